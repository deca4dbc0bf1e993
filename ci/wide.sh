#!/usr/bin/env bash
# wide.sh [--full]: does the AVX-512 code do what it should where no processor has AVX-512? Boots a machine
# that has it in an emulator (scripts/wide-vm.sh), runs contract tests of split_line there, and the mutants that
# nothing else here can try, which must be caught. Never speed.
#
# Without --full, as the test wide.emulated: ci/wide/short, a minute. With it, as make wide: ci/wide/full, some
# minutes. A new check is a line there. The guest has one processor, so threads meet only where one is stopped:
# split_wide_sealed_is_room, which two have to run at once to show, is for machines that have AVX-512.
#
# TMB_BUILD_DIR: the build whose programs run (build/release). Exits 0; 1 with what was not as it should be; 77
# where there can be no such machine, or, without --full, where this one has AVX-512 and the tests of every day
# cover it; 4 when the guest did not come to an end.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${TMB_BUILD_DIR:-build/release}
checks=short
case $#:${1:-} in
0:) ;;
1:--full) checks=full ;;
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
cp "$build"/bin/{map_contract,hash_test} "$overlay/opt/tmb/bin"
# No more than it takes: what is not packed boots sooner.
cp "$build"/lib/tracemap-bench/{split_line*,region_*}.so "$overlay/opt/tmb/lib/tracemap-bench"
sed -n 's/^catches \([^ ]*\) .*/\1/p' "ci/wide/$checks" | while read -r mutant; do
  cp "$build/lib/tracemap-bench/mutants/$mutant.so" "$overlay/guest/mutants"
done
cp ci/wide/guest/run "$overlay/guest"
cp "ci/wide/$checks" "$overlay/guest/checks"
bash scripts/numa-vm.sh pack amd64 "$overlay" "$work/image"
bash $vm boot "$work/image" "$work/log"
