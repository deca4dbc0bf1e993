#!/usr/bin/env bash
# wide.sh [--full]: does the AVX-512 code do what it should where no processor has AVX-512? Boots a machine
# that has it in an emulator (scripts/wide-vm.sh), runs contract tests of split_line there, and the mutants that
# nothing else here can try, which must be caught. Never speed.
#
# Without --full, as the test wide.emulated: one processor and ci/wide/short, a minute. With it, as make
# wide: two processors and ci/wide/full, a quarter of an hour. A new check is a line there.
#
# TMB_BUILD_DIR: the build whose programs run (build/release). Exits 0; 1 with what was not as it should be; 77
# where there can be no such machine, or, without --full, where this one has AVX-512 and the tests of every day
# cover it; 4 when the guest did not come to an end.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${TMB_BUILD_DIR:-build/release}
checks=short processors=1
case $#:${1:-} in
0:) ;;
1:--full) checks=full processors=2 ;;
*)
  echo "usage: wide.sh [--full]" >&2
  exit 4
  ;;
esac

if [ "$checks" = short ] && [ -z "$(bash ci/mutant-lacks.sh impls/mutants/split_wide_one_short.mutant)" ]; then
  echo "skipped: this processor has AVX-512 itself"
  exit 77
fi
vm=scripts/wide-vm.sh
if ! bash $vm can || ! bash scripts/numa-vm.sh can amd64; then
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
overlay=$work/overlay
mkdir -p "$overlay"/guest/mutants "$overlay"/opt/tmb/{bin,lib/tracemap-bench}
cp "$build"/bin/{map_contract,hash_test,detect} "$overlay/opt/tmb/bin"
# The maps, the regions and the workloads of `detect oracle`: what is not packed boots sooner.
cp "$build"/lib/tracemap-bench/{split_line*,region_*,same_key_race,cold_storm,unique_inserts,hash_collisions,zipf_mix}.so \
  "$overlay/opt/tmb/lib/tracemap-bench"
sed -n 's/^\(catches\|finds\) \([^ ]*\) .*/\2/p' "ci/wide/$checks" | while read -r mutant; do
  cp "$build/lib/tracemap-bench/mutants/$mutant.so" "$overlay/guest/mutants"
done
cp ci/wide/guest/run "$overlay/guest"
cp "ci/wide/$checks" "$overlay/guest/checks"
bash scripts/numa-vm.sh pack amd64 "$overlay" "$work/image"
bash $vm boot "$processors" "$work/image" "$work/log"
