#!/usr/bin/env bash
# vm_test.sh: numa-vm.sh and numa.sh with a stand-in for the emulator: what a machine is made of, exit
# codes, guests that do not come to an end, and machines that cannot be booted.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

mkdir -p scripts ci bin build/numa/kernel-amd64
cp "$TMB_SOURCE_DIR/scripts/numa-vm.sh" scripts
cp -r "$TMB_SOURCE_DIR"/ci/numa{,.sh} ci
emulator=$PWD/bin/qemu-system-x86_64
cat >"$emulator" <<'END'
#!/usr/bin/env bash
printf '%s\n' "$@" >arguments
cat console
END
chmod +x bin/*
printf 'booting\r\n| from the guest\r\nguest ended with 7\r\n' >console
touch image

# Where something is missing: 3 with its name, 77 for ctest.
expect 3 "Debian's kernel" bash scripts/numa-vm.sh can amd64
expect 77 'no emulated amd64 machine here' bash ci/numa.sh
touch build/numa/kernel-amd64/vmlinuz
only=$(mktemp -d -p .)
for tool in bash dirname grep; do ln -s "$(command -v $tool)" "$only"; done
expect 3 'for lack of: qemu-system-x86' env PATH="$PWD/$only" bash scripts/numa-vm.sh can amd64
expect 3 'cpio' env PATH="$PWD/$only" bash scripts/numa-vm.sh can amd64
expect 3 'make setup' env PATH="$PWD/$only" bash scripts/numa-vm.sh can amd64

expect 4 'usage' bash scripts/numa-vm.sh
expect 4 'usage' bash scripts/numa-vm.sh can
expect 4 "no architecture is called 'sparc'" bash scripts/numa-vm.sh can sparc
expect 4 "no machine is called 'five'" bash scripts/numa-vm.sh boot five image log
if ! bash scripts/numa-vm.sh can amd64 2>/dev/null; then
  PATH=$PWD/bin:$PATH
  if ! bash scripts/numa-vm.sh can amd64; then
    exit 77 # no cpio or no busybox: said above
  fi
fi
PATH=$PWD/bin:$PATH
expect 4 "no machine is called 'five': there are aarch64 four memory-only one two" bash ci/numa.sh five

# The guest's words and its exit code.
boot() { bash scripts/numa-vm.sh boot "$1" image log; }
expect 7 'from the guest' boot two
if boot two | grep booting; then
  echo 'the console is not what the script printed'
  exit 1
fi
expect 0 'booting' cat log
expect 0 'node,nodeid=1,cpus=4-7,memdev=memory1' cat arguments
expect 0 'tmb.emulated' cat arguments
expect 7 '' boot one
expect 1 '' grep nodeid arguments

# A guest that stops half way, and one that never ends.
printf '| half\n' >console
expect 4 'did not come to an end' boot two
printf '#!/bin/sh\nexec sleep 60\n' >"$emulator"
expect 4 'within 1 s' env BOOT_SECONDS=1 bash scripts/numa-vm.sh boot two image log
printf '#!/bin/sh\nexit 1\n' >"$emulator"
expect 4 'did not come to an end' boot two
