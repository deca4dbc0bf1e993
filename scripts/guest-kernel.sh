#!/usr/bin/env bash
# guest-kernel.sh: Debian's own kernel for the emulated machines of numa-vm.sh: its package is downloaded
# and unpacked, not installed, into build/numa/kernel-amd64. Called by make setup. Exits 0; or 3 with the
# reason where it cannot be had.
set -euo pipefail

family=linux-image-cloud-amd64
folder=${BASH_SOURCE[0]%/*}/../build/numa/kernel-amd64

cannot() {
  echo "guest-kernel: no kernel for the emulated machines: $1" >&2
  exit 3
}

if [ -e "$folder/vmlinuz" ]; then
  echo "guest-kernel: it is there, $(cat "$folder/package")"
  exit 0
fi
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || cannot "this machine has no $tool"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The family's package is empty and depends on the newest kernel's.
fetch() {
  local package
  package=$(apt-cache depends "$family:amd64" 2>/dev/null |
    sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | sed -n 1p)
  [ -n "$package" ] || return 1
  # As who calls: apt's own user may not write into this folder.
  (cd "$work" && apt-get download -q -o APT::Sandbox::User="$(id -un)" "$package")
}
if ! fetch; then
  # Lists that are old name a package that is gone.
  apt-get -q update || true
  fetch || cannot "apt-get download of what $family depends on failed"
fi
package=$(basename "$work"/*.deb .deb)
dpkg-deb --fsys-tarfile "$work"/*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*'
mkdir -p "$folder"
echo "$package" >"$folder/package"
mv "$work"/boot/vmlinuz-* "$folder/vmlinuz"
echo "guest-kernel: $package"
