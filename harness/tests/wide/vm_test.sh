#!/usr/bin/env bash
# vm_test.sh: wide-vm.sh and wide.sh with a stand-in for the emulator: what the machine is made of, exit codes,
# guests that do not come to an end, and a machine that cannot be booted.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

mkdir -p scripts ci bin build/numa/kernel-amd64
cp "$TMB_SOURCE_DIR"/scripts/{wide,numa}-vm.sh scripts
cp -r "$TMB_SOURCE_DIR"/ci/wide{,.sh} "$TMB_SOURCE_DIR/ci/mutant-lacks.sh" ci
emulator=$PWD/bin/bochs
cat >"$emulator" <<END
#!/usr/bin/env bash
cp "\$3" "$PWD/machine"
cat "$PWD/console" >"\$(sed -n 's/^com1:.*dev=//p' "\$3")"
END
chmod +x bin/*
printf 'booting\r\n| from the guest\r\nguest ended with 7\r\n' >console
touch image

expect 4 'usage' bash scripts/wide-vm.sh
expect 4 'usage' bash scripts/wide-vm.sh boot image
expect 4 'usage' bash ci/wide.sh --some
expect 3 "lack of: Debian's kernel. To have one: make setup" bash scripts/wide-vm.sh can
touch build/numa/kernel-amd64/vmlinuz
only=$(mktemp -d -p .)
for tool in bash dirname; do ln -s "$(command -v $tool)" "$only"; done
expect 3 'for lack of: bochs-term' env PATH="$PWD/$only" bash scripts/wide-vm.sh can
expect 77 'no emulated machine with AVX-512' env PATH="$PWD/$only" bash ci/wide.sh --full
PATH=$PWD/bin:$PATH
if ! bash scripts/wide-vm.sh can; then
  exit 77 # no boot loader or no genisoimage: said above
fi

# The guest's words and its exit code.
boot() { bash scripts/wide-vm.sh boot image log; }
expect 7 'from the guest' boot
expect 0 'booting' cat log
expect 0 'icelake' cat machine
if boot | grep booting; then
  echo 'the console is not what the script printed'
  exit 1
fi

# A guest that stops half way, and one that never ends.
printf '| half\n' >console
expect 4 'did not come to an end' boot
printf '#!/bin/sh\nexec sleep 60\n' >"$emulator"
expect 4 'within 1 s' env BOOT_SECONDS=1 bash scripts/wide-vm.sh boot image log

# Checks that do not hold are told, whatever they are: the guest's own script, with stand-ins.
mkdir guest
printf 'holds a *\ncatches b *\nwhat e *\n' >checks
sed -e 's|/guest/checks|checks|' -e 's|/guest/mutants|.|' -e 's|/proc/cpuinfo|cpuinfo|' ci/wide/guest/run >run
echo 'flags : avx512bw avx512vl bmi2 vaes' >cpuinfo
for tool in map_contract hash_test; do
  printf '#!/bin/sh\necho "$words"\nexit "$exit_with"\n' >"bin/$tool"
  chmod +x "bin/$tool"
done
expect 1 'FAILED  catches b *' env exit_with=0 words='[  OK ] halves_come_to_the_same_hash' bash run
expect 1 'FAILED  what e *' env exit_with=0 words='[  OK ] halves_come_to_the_same_hash' bash run
expect 1 'FAILED  holds a *' env exit_with=1 words=FAILED bash run
expect 1 'FAILED  the hash is the same' env exit_with=0 words='  SKIPPED halves_come_to_the_same_hash' bash run
expect 1 'FAILED  catches b *' env exit_with=139 words='' bash run
printf 'holds a *\n' >checks
expect 0 'ok      holds a *' env exit_with=0 words='[  OK ] halves_come_to_the_same_hash' bash run
sed -i 's/ vaes//' cpuinfo
expect 1 'FAILED  the processor has vaes' env exit_with=0 words='[  OK ] halves_come_to_the_same_hash' bash run
