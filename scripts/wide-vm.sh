#!/usr/bin/env bash
# wide-vm.sh: boots a machine whose processors have AVX-512 and VAES, in Bochs (qemu emulates neither), and
# runs a script on it. It shows that instructions compute what they should; never speed. Called by
# ci/wide.sh.
#
#   wide-vm.sh can               whether it can be booted here: 0, or 3 with what is missing
#   wide-vm.sh boot IMAGE LOG    runs /guest/run of an image that numa-vm.sh packed; prints what it printed,
#                                exits with its exit code; the whole console is in LOG. 4: the guest did
#                                not come to an end
#
# BOOT_SECONDS: a guest that takes longer is ended (1500).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kernel=$here/../build/numa/kernel-amd64/vmlinuz
loader=/usr/lib/ISOLINUX/isolinux.bin
loader_module=/usr/lib/syslinux/modules/bios/ldlinux.c32

fail() {
  echo "wide-vm: $1" >&2
  exit 4
}

can() {
  local missing=()
  command -v bochs >/dev/null || missing+=(bochs-term)
  [ -e "$loader" ] || missing+=(isolinux)
  [ -e "$loader_module" ] || missing+=(syslinux-common)
  command -v genisoimage >/dev/null || missing+=(genisoimage)
  [ -e "$kernel" ] || missing+=("Debian's kernel")
  if [ ${#missing[@]} -gt 0 ]; then
    local IFS=,
    echo "wide-vm: no emulated machine with AVX-512 here, for lack of: ${missing[*]}. To have one: make setup" >&2
    exit 3
  fi
}

# write_disc IMAGE: Bochs has no way to be handed a kernel, so it boots from a disc. What Bochs 2.7 says of
# its own state makes Linux give up all of AVX, unless Linux is told to leave alone the keys (515) and the
# compact forms of that state (321, 323); with short moves by bytes (580) it comes to a halt.
write_disc() {
  mkdir -p "$work/disc/isolinux"
  cp "$loader" "$loader_module" "$work/disc/isolinux"
  cp "$kernel" "$work/disc/vmlinuz"
  gzip -1 <"$1" >"$work/disc/image" # the emulated drive is slower than the emulated processor
  cat >"$work/disc/isolinux/isolinux.cfg" <<'CFG'
default linux
prompt 0
label linux
  kernel /vmlinuz
  append initrd=/image console=ttyS0 loglevel=1 clearcpuid=515,321,323,580 panic=-1 tmb.emulated
CFG
  genisoimage -quiet -o "$work/disc.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot \
    -boot-load-size 4 -boot-info-table "$work/disc" 2>"$work/genisoimage.log" || fail "$(tail -n 1 "$work/genisoimage.log")"
}

# One processor, as with two the guest takes three times as long to boot. Its clock counts instructions; that of its
# screen too, which nobody reads: what is written to it must not fill the terminal up.
write_machine() {
  cat >"$work/machine" <<MACHINE
cpu: model=corei7_icelake_u, ips=100000000, ignore_bad_msrs=1
memory: guest=512, host=512
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0: enabled=1
ata0-master: type=cdrom, path=$work/disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/console
clock: sync=none
display_library: term
vga: update_freq=1, realtime=0
log: $work/bochs.log
info: action=ignore
error: action=ignore
MACHINE
  echo c >"$work/go" # Debian's Bochs waits for its debugger's command to continue
}

boot() {
  local log=$2 limit=${BOOT_SECONDS:-1500}
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # this folder, not the one that the name stands for later
  trap "rm -rf '$work'" EXIT
  write_disc "$1"
  write_machine
  # It wants a terminal, and ends when the guest is switched off.
  TERM=xterm timeout --kill-after=5 "$limit" script -qec "exec bochs -q -f '$work/machine' -rc '$work/go'" /dev/null \
    </dev/null >"$work/terminal" 2>&1 || true
  tr -d '\r' <"$work/console" >"$log" 2>/dev/null || tail -n 5 "$work/bochs.log" >"$log" || true
  bash "$here/numa-vm.sh" said "$log" "$limit"
}

case ${1:-}:$# in
can:1) can ;;
boot:3)
  can
  boot "$2" "$3"
  ;;
*)
  { echo usage: && sed -n '6,9s/^# //p' "$0"; } >&2
  exit 4
  ;;
esac
