#!/usr/bin/env bash
# numa-vm.sh: boots a machine that is not here, in an emulator, and runs a script on it. It shows where
# threads and pages are on such a machine; it never shows speed. Called by ci/numa.sh.
#
#   numa-vm.sh can ARCHITECTURE               whether one can be booted here: 0, or 3 with what is missing
#   numa-vm.sh pack ARCHITECTURE ROOT IMAGE   makes the guest's file system: the folder ROOT, busybox and
#                                             jq, and the libraries that all these need
#   numa-vm.sh boot MACHINE IMAGE LOG         runs /guest/run of the image; prints what it printed, exits
#                                             with its exit code; the whole console is in LOG. 4: the
#                                             guest did not come to an end
#   numa-vm.sh said LOG SECONDS               the same of a console that another emulator left after at
#                                             most that time (wide-vm.sh)
#
# ARCHITECTURE: amd64, arm64. MACHINE: two, one, four, memory-only, aarch64; see machine() below.
# BOOT_SECONDS: a guest that takes longer is ended (300).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
numa=$here/../build/numa # what guest-kernel.sh and arm64-sysroot.sh leave

fail() {
  echo "numa-vm: $1" >&2
  exit 4
}

# ---- machines ----

# node_memory ID...: a piece of memory for each node, so that no node can lend another's.
node_memory() {
  local id
  for id in "$@"; do
    machine+=(-object "memory-backend-ram,id=memory$id,size=256M")
  done
  machine+=(-m "$((256 * $#))")
}

# distances FROM TO DISTANCE [FROM TO DISTANCE]...
distances() {
  while [ $# -gt 0 ]; do
    machine+=(-numa "dist,src=$1,dst=$2,val=$3")
    shift 3
  done
}

# machine NAME: sets architecture= and machine=, the emulator's options.
machine() {
  architecture=amd64
  machine=()
  case $1 in
  two) # 2 packages x 2 cores x 2 threads, a node a package
    node_memory 0 1
    machine+=(-smp 8,sockets=2,cores=2,threads=2
      -numa node,nodeid=0,cpus=0-3,memdev=memory0
      -numa node,nodeid=1,cpus=4-7,memdev=memory1)
    distances 0 1 21
    ;;
  one) # the same packages, cores and threads on one node
    machine+=(-smp 8,sockets=2,cores=2,threads=2 -m 512)
    ;;
  four) # 4 packages x 2 cores, a node a package; the way back is not as long as the way there
    node_memory 0 1 2 3
    machine+=(-smp 8,sockets=4,cores=2,threads=1
      -numa node,nodeid=0,cpus=0-1,memdev=memory0
      -numa node,nodeid=1,cpus=2-3,memdev=memory1
      -numa node,nodeid=2,cpus=4-5,memdev=memory2
      -numa node,nodeid=3,cpus=6-7,memdev=memory3)
    distances 0 1 16 0 2 22 0 3 28 1 0 18 1 2 28 1 3 22
    distances 2 0 24 2 1 30 2 3 16 3 0 30 3 1 24 3 2 18
    ;;
  memory-only) # 2 packages x 2 cores, a node a package, and a node that is only memory, nearer to 1
    node_memory 0 1 2
    machine+=(-smp 4,sockets=2,cores=2,threads=1
      -numa node,nodeid=0,cpus=0-1,memdev=memory0
      -numa node,nodeid=1,cpus=2-3,memdev=memory1
      -numa node,nodeid=2,memdev=memory2)
    distances 0 1 21 0 2 28 1 2 17
    ;;
  aarch64) # 2 packages x 2 cores, a node a package
    architecture=arm64
    node_memory 0 1
    machine+=(-smp 4,sockets=2,cores=2,threads=1
      -numa node,nodeid=0,cpus=0-1,memdev=memory0
      -numa node,nodeid=1,cpus=2-3,memdev=memory1)
    distances 0 1 21
    ;;
  *) fail "no machine is called '$1': there are two, one, four, memory-only and aarch64" ;;
  esac
}

# of ARCHITECTURE: sets what differs between them. Every thread of a guest is a thread of the emulator,
# so that threads really run beside each other. A Nehalem boots fastest, and has two threads a core.
of() {
  case $1 in
  amd64)
    emulator=(qemu-system-x86_64 -cpu Nehalem)
    emulator_package=qemu-system-x86 console=ttyS0 triplet=x86_64-linux-gnu sysroot=
    mend='make setup'
    ;;
  arm64)
    emulator=(qemu-system-aarch64 -machine virt -cpu cortex-a57)
    emulator_package=qemu-system-arm console=ttyAMA0 triplet=aarch64-linux-gnu sysroot=$numa/sysroot-arm64
    mend='apt-get install qemu-system-arm g++-aarch64-linux-gnu, then make numa-full'
    ;;
  *) fail "no architecture is called '$1': there are amd64 and arm64" ;;
  esac
  emulator+=(-accel "tcg,thread=multi" -nodefaults -display none -no-reboot -monitor none -serial stdio)
  kernel=$numa/kernel-$1/vmlinuz
}

# ---- can ----

can() {
  of "$1"
  local missing=()
  command -v "${emulator[0]}" >/dev/null || missing+=("$emulator_package")
  command -v cpio >/dev/null || missing+=(cpio)
  [ -n "$(find_busybox)" ] || missing+=("busybox-static for $1")
  [ -e "$kernel" ] || missing+=("Debian's kernel")
  if [ ${#missing[@]} -gt 0 ]; then
    local IFS=,
    echo "numa-vm: no emulated $1 machine here, for lack of: ${missing[*]}. To have one: $mend" >&2
    exit 3
  fi
}

# ---- pack ----

find_busybox() {
  local file=$sysroot/bin/busybox
  [ -x "$file" ] && ! readelf -l "$file" 2>/dev/null | grep -q INTERP && echo "$file"
  return 0
}

# needed FILE: the loader and the libraries that it names itself.
needed() {
  { readelf -ld "$1" 2>/dev/null || true; } |
    sed -n -e 's/.*program interpreter: \(.*\)]$/\1/p' -e 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'
}

# add_libraries: what is in the guest's root and needs a library gets it, until nothing is missing.
add_libraries() {
  local file name from to added=1
  declare -A looked=()
  while [ "$added" -eq 1 ]; do
    added=0
    while IFS= read -r -d '' file; do
      [ -z "${looked[$file]:-}" ] || continue
      looked[$file]=1
      while IFS= read -r name; do
        case $name in
        /*) from=$sysroot$name to=$root$name ;;
        *)
          to=$root/lib/$triplet/$name
          for from in "$sysroot"/{usr/,}lib/"$triplet/$name"; do
            [ ! -e "$from" ] || break
          done
          ;;
        esac
        [ ! -e "$to" ] || continue
        [ -e "$from" ] || fail "$file needs $name, which is not in $sysroot/usr/lib/$triplet"
        mkdir -p "$(dirname "$to")"
        cp -L "$from" "$to"
        added=1
      done < <(needed "$file")
    done < <(find "$root" -type f \( -perm -100 -o -name '*.so*' \) -print0)
  done
}

# What the kernel starts. Nothing of the guest's own may look like the lines that boot() looks for.
write_init() {
  cat >"$root/init" <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
# Pages that move by themselves are a check of their own, not the background of all others.
[ ! -e /proc/sys/kernel/numa_balancing ] || echo 0 >/proc/sys/kernel/numa_balancing
set -o pipefail
cd /tmp
status=0
PATH=/opt/tmb/bin:/bin /guest/run 2>&1 </dev/null | sed 's/^/| /' || status=$?
echo "guest ended with $status"
sleep 1 # a slow console loses what it has not sent by then
poweroff -f
INIT
  chmod +x "$root/init"
}

pack() {
  local from=$1 image=$2 work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # this folder, not the one that the name stands for later
  trap "rm -rf '$work'" EXIT
  root=$work/root
  mkdir -p "$root"/{bin,dev,proc,sys,tmp}
  cp -r "$from/." "$root"
  cp "$sysroot/usr/bin/jq" "$root/bin"
  add_libraries
  cp "$(find_busybox)" "$root/bin/busybox"
  local applet
  for applet in awk basename cat cp cut env grep head kill ls mkdir mount paste poweroff ps rm sed seq sh sleep \
    sort tail taskset test tr wc; do
    ln -s busybox "$root/bin/$applet"
  done
  write_init
  # Not compressed: the guest would take longer to unpack it than this machine to read it.
  (cd "$root" && find . | cpio --quiet -o -H newc) >"$work/image"
  mv "$work/image" "$image"
}

# ---- boot ----

boot() {
  local image=$1 log=$2 limit=${BOOT_SECONDS:-300}
  of "$architecture"
  timeout --kill-after=5 "$limit" "${emulator[@]}" "${machine[@]}" \
    -kernel "$kernel" -initrd "$image" \
    -append "console=$console loglevel=1 panic=-1 tmb.emulated" </dev/null 2>&1 | tr -d '\r' >"$log" || true
  said "$log" "$limit"
}

# said LOG SECONDS: what write_init() has the guest write. The caller may delete LOG, so its end is printed.
said() {
  local log=$1 status
  sed -n 's/^| //p' "$log"
  status=$(sed -n 's/^guest ended with \([0-9][0-9]*\)$/\1/p' "$log")
  if [ -z "$status" ]; then
    tail -n 20 "$log" >&2
    fail "the guest did not come to an end within $2 s; above, the last lines of its console"
  fi
  exit "$status"
}

case ${1:-}:$# in
can:2) can "$2" ;;
pack:4)
  can "$2"
  pack "$3" "$4"
  ;;
boot:4)
  machine "$2"
  can "$architecture"
  boot "$3" "$4"
  ;;
said:3) said "$2" "$3" ;;
*)
  { echo usage: && sed -n '5,12s/^# //p' "$0"; } >&2
  exit 4
  ;;
esac
