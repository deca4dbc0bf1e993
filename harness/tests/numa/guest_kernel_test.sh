#!/usr/bin/env bash
# guest_kernel_test.sh: guest-kernel.sh with stand-ins for apt: what it fetches, where it puts it, and
# each reason why it cannot.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

mkdir -p scripts bin package/boot package/DEBIAN
cp "$TMB_SOURCE_DIR/scripts/guest-kernel.sh" scripts
for tool in bash basename cat dirname id mkdir mktemp mv rm sed tar; do
  ln -s "$(command -v $tool)" bin
done
stand_in() { # NAME LINE...
  local name=$1
  shift
  printf '%s\n' "#!$PWD/bin/bash" "$@" >"bin/$name"
  chmod +x "bin/$name"
}
kernel() { PATH=$PWD/bin bash scripts/guest-kernel.sh "$@"; }
fetched=build/numa/kernel-amd64

expect 3 'this machine has no apt-get' kernel

stand_in apt-get "echo \"\$*\" >>$PWD/calls" \
  'case $1 in update) exit 0 ;; esac' 'echo >"linux-image-6.1.0-1-cloud-amd64_1_amd64.deb"'
stand_in apt-cache "echo '  Depends: linux-image-6.1.0-1-cloud-amd64'"
stand_in dpkg-deb 'mkdir -p boot' 'echo kernel >boot/vmlinuz-6.1.0-1' 'tar -c ./boot'
expect 0 'guest-kernel: linux-image-6.1.0-1-cloud-amd64_1_amd64' kernel
expect 0 'kernel' cat $fetched/vmlinuz
grep -q 'download .*linux-image-6.1.0-1-cloud-amd64$' calls

# It is there: nothing is fetched.
rm calls
expect 0 'it is there, linux-image-6.1.0-1' kernel
test ! -e calls

# Lists that are missing are fetched once; what then cannot be had is said.
rm -r build
stand_in apt-cache 'exit 100'
expect 3 'linux-image-cloud-amd64 depends on failed' kernel
grep -q 'update' calls
stand_in apt-cache "echo '  Depends: linux-image-6.1.0-1-cloud-amd64'"
stand_in apt-get 'exit 100'
expect 3 'linux-image-cloud-amd64 depends on failed' kernel
test ! -e $fetched/vmlinuz
