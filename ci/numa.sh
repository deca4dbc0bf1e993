#!/usr/bin/env bash
# numa.sh [MACHINE...]: the installed tmb on machines that are not here: boots each (two and one unless
# others are named; numa-vm.sh describes them), runs numa/guest/checks/ there, and holds what they saw
# against numa/expected/any, several (unless it has one node) and MACHINE. After `two` and `one`, the negative control: what
# is expected of two nodes must fail on one, line by line.
#
# It proves where threads and pages are, never speed: the times of an emulator are none.
#
# Called by make numa and the test numa.emulated. TMB_BUILD_DIR: the build to install (build/release).
# Exits 0; 1 with what was not as expected; 77 where no such machine can be booted; 4 when a guest did
# not come to an end.
#
# A new check is a file in numa/guest/checks/ and its lines in numa/expected/.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${TMB_BUILD_DIR:-build/release}
machines=("$@")
[ $# -gt 0 ] || machines=(two one)
vm=scripts/numa-vm.sh

work=$(mktemp -d)
overlay=$work/overlay
trap 'rm -rf "$work"' EXIT
failed=0

# ---- what the guest holds ----

bash $vm can amd64 || exit 77
for machine in "${machines[@]}"; do
  if [ ! -e "ci/numa/expected/$machine" ]; then
    echo "numa: no machine is called '$machine': there are $(cd ci/numa/expected && ls -I any -I several | paste -sd ' ')" >&2
    exit 4
  fi
done
cmake --install "$build" --prefix "$overlay/opt/tmb" >"$work/install.log" || {
  cat "$work/install.log" >&2
  exit 4
}
rm -rf "$overlay"/opt/tmb/{include,lib/pkgconfig,share}
cp "$build"/bin/{map,region}_contract "$(command -v jq)" "$overlay/opt/tmb/bin"
mkdir -p "$overlay/guest/wrong"
cp -r ci/numa/guest/. "$overlay/guest"
cp "$build"/test-plugins/wrong/wrong_{map_no_second_look,map_unsound_id,region_torn_bump,region_starts_over}.so \
  "$overlay/guest/wrong"
bash $vm pack amd64 "$overlay" "$work/image"

# ---- each machine ----

# boot MACHINE: leaves what it saw in $work/MACHINE.saw, all that it said in .said, the exit code in
# .code, the seconds in .seconds.
boot() {
  local from=$SECONDS code=0
  bash $vm boot "$1" "$work/image" "$work/$1.log" >"$work/$1.said" 2>"$work/$1.errors" || code=$?
  grep '^saw ' "$work/$1.said" >"$work/$1.saw" || true
  echo "$code" >"$work/$1.code"
  echo $((SECONDS - from)) >"$work/$1.seconds"
}
for machine in "${machines[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  boot "$machine" &
done
wait

for machine in "${machines[@]}"; do
  code=$(cat "$work/$machine.code")
  printf '\n== %s: exit %s, %s s\n' "$machine" "$code" "$(cat "$work/$machine.seconds")"
  grep '^# ' "$work/$machine.said" || true
  if [ "$code" -eq 4 ]; then
    cat "$work/$machine.errors" >&2
    exit 4
  fi
  expected=(ci/numa/expected/{any,"$machine"})
  [ "$machine" = one ] || expected+=(ci/numa/expected/several)
  if ! bash ci/numa/expectations.sh hold "$work/$machine.saw" "${expected[@]}"; then
    failed=1
    echo "what $machine said:"
    grep -v '^saw ' "$work/$machine.said" || true
  fi
done

if [ -s "$work/two.saw" ] && [ -s "$work/one.saw" ]; then
  printf '\n== the negative control: what is expected of two nodes, on one\n'
  bash ci/numa/expectations.sh refute "$work/one.saw" ci/numa/expected/two || failed=1
fi
exit "$failed"
