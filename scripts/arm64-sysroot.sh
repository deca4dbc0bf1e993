#!/usr/bin/env bash
# arm64-sysroot.sh: what an arm64 guest needs of Debian: the libraries that tmb is built with, busybox, jq
# and a kernel. The packages are downloaded and unpacked, not installed, and this machine's apt learns of
# no other architecture: into build/numa/sysroot-arm64 and build/numa/kernel-arm64. Called by make
# numa-full. Exits 0; or 3 with the reason where they cannot be had.
set -euo pipefail

packages=(libc6-dev libstdc++-12-dev libbenchmark-dev libhwloc-dev libjansson-dev libxxhash-dev
  libzstd-dev libcmocka-dev busybox-static jq)

numa=$(cd "$(dirname "$0")/.." && pwd)/build/numa
sysroot=$numa/sysroot-arm64
kernel=$numa/kernel-arm64

cannot() {
  echo "arm64-sysroot: $1" >&2
  exit 3
}

command -v aarch64-linux-gnu-g++ >/dev/null ||
  cannot "this machine has no compiler for arm64: apt-get install g++-aarch64-linux-gnu"
if [ -e "$sysroot/whole" ] && [ -e "$kernel/vmlinuz" ]; then
  echo "arm64-sysroot: it is there"
  exit 0
fi
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || cannot "this machine has no $tool"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial}
touch "$work/status"
# A machine of apt's own making: arm64, and nothing is installed on it.
arm64=(-q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)"
  -o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
  -o Debug::NoLocking=1)

apt-get "${arm64[@]}" update || cannot "apt-get update for arm64 failed"
image=$(apt-cache "${arm64[@]}" depends linux-image-cloud-arm64 |
  sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | sed -n 1p)
apt-get "${arm64[@]}" install -y --download-only --no-install-recommends "${packages[@]}" ||
  cannot "not all of these can be downloaded for arm64: ${packages[*]}"
(cd "$work" && apt-get "${arm64[@]}" download "$image") || cannot "the kernel cannot be downloaded"

rm -rf "$sysroot"
mkdir -p "$sysroot" "$kernel"
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$sysroot"
done
dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*'
mv "$work"/boot/vmlinuz-* "$kernel/vmlinuz"
touch "$sysroot/whole"
echo "arm64-sysroot: $(find "$work/cache/archives" -name '*.deb' | wc -l) packages and $image"
