#!/usr/bin/env bash
# numa.sh [MACHINE...]: the installed tmb on machines that are not here: boots each (two and one unless
# others are named; numa-vm.sh describes them), runs numa/guest/checks/ there, and holds what they saw
# against numa/expected/any, several (unless it has one node) and MACHINE. After `two` and `one`, the negative control: what
# is expected of two nodes must fail on one, line by line.
#
# It proves where threads and pages are, never speed: the times of an emulator are none.
#
# Called by make numa and the test numa.emulated. TMB_BUILD_DIR: the build to install (build/release);
# for aarch64 it is build/arm64. Exits 0; 1 with what was not as expected; 77 when a machine could not be
# booted here and all others were as expected; 4 when a guest did not come to an end.
#
# A new check is a file in numa/guest/checks/ and its lines in numa/expected/.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${TMB_BUILD_DIR:-build/release}
machines=("$@")
[ $# -gt 0 ] || machines=(two one)
vm=scripts/numa-vm.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 skipped=0

architecture_of() { case $1 in aarch64) echo arm64 ;; *) echo amd64 ;; esac }
build_of() { case $1 in arm64) echo build/arm64 ;; *) echo "$build" ;; esac }

for machine in "${machines[@]}"; do
  if [ ! -e "ci/numa/expected/$machine" ]; then
    echo "numa: no machine is called '$machine': there are $(cd ci/numa/expected && ls -I any -I several | paste -sd ' ')" >&2
    exit 4
  fi
done

# ---- what the guests hold ----

# pack ARCHITECTURE: its image; nothing where there can be no such machine.
pack() {
  local overlay=$work/$1 from
  from=$(build_of "$1")
  bash $vm can "$1" || return 0
  if [ ! -x "$from/bin/map_contract" ]; then
    echo "numa: no programs for $1 in $from: make numa, or make numa-full, builds them" >&2
    return 0
  fi
  cmake --install "$from" --prefix "$overlay/opt/tmb" >"$work/install.log" || {
    cat "$work/install.log" >&2
    exit 4
  }
  rm -rf "$overlay"/opt/tmb/{include,lib/pkgconfig,share}
  cp "$from"/bin/{map,region}_contract "$overlay/opt/tmb/bin"
  mkdir -p "$overlay/guest/wrong"
  cp -r ci/numa/guest/. "$overlay/guest"
  cp "$from"/test-plugins/wrong/wrong_{map_no_second_look,map_unsound_id,region_torn_bump,region_starts_over}.so \
    "$overlay/guest/wrong"
  bash $vm pack "$1" "$overlay" "$work/$1.image"
}

bootable=()
for machine in "${machines[@]}"; do
  architecture=$(architecture_of "$machine")
  if [ ! -e "$work/$architecture.tried" ]; then
    touch "$work/$architecture.tried"
    pack "$architecture"
  fi
  if [ -e "$work/$architecture.image" ]; then
    bootable+=("$machine")
  else
    echo "skipped: $machine"
    skipped=1
  fi
done

# ---- each machine ----

# boot MACHINE: leaves what it saw in $work/MACHINE.saw, all that it said in .said, the exit code in
# .code, the seconds in .seconds.
boot() {
  local from=$SECONDS code=0
  bash $vm boot "$1" "$work/$(architecture_of "$1").image" "$work/$1.log" >"$work/$1.said" 2>"$work/$1.errors" || code=$?
  grep '^saw ' "$work/$1.said" >"$work/$1.saw" || true
  echo "$code" >"$work/$1.code"
  echo $((SECONDS - from)) >"$work/$1.seconds"
}
for machine in "${bootable[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  boot "$machine" &
done
wait

for machine in "${bootable[@]}"; do
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
if [ "$failed" -eq 0 ] && [ "$skipped" -eq 1 ]; then
  exit 77
fi
exit "$failed"
