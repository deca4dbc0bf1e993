#!/usr/bin/env bash
# doctor_test.sh: `tmb doctor` on this machine and on folders that stand for other machines.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

doctor() { "$TMB" doctor "$@"; }
# put ROOT PATH TEXT
put() {
  mkdir -p "$1$(dirname "$2")"
  printf '%s\n' "$3" >"$1$2"
}
refuse_text() { # TEXT COMMAND...: the output must not hold it
  local text=$1
  shift
  if "$@" 2>&1 | grep -F -- "$text"; then
    printf '%s: must not print "%s"\n' "$*" "$text"
    exit 1
  fi
}
cpu=/sys/devices/system/cpu
thp=/sys/kernel/mm/transparent_hugepage/enabled

# A server that is set up for measuring.
server() {
  put "$1" /proc/cpuinfo $'model name\t: Example Server\nflags\t: fpu'
  put "$1" $cpu/online 0-1
  put "$1" $cpu/cpu0/cpufreq/scaling_governor performance
  put "$1" $cpu/cpu1/cpufreq/scaling_governor performance
  put "$1" $cpu/intel_pstate/no_turbo 1
  put "$1" $cpu/smt/active 0
  put "$1" $thp 'always [madvise] never'
  put "$1" /proc/sys/kernel/randomize_va_space 0
  put "$1" /proc/sys/kernel/numa_balancing 0
  put "$1" /sys/devices/system/clocksource/clocksource0/current_clocksource tsc
  put "$1" /proc/loadavg '0.01 0.01 0.01 1/100 1'
  put "$1" /proc/stat 'cpu 100 0 10 9000 0 0 0 0 0 0'
  put "$1" /proc/self/cgroup '0::/'
}

# Only an optimised build without sanitizers has nothing to say about itself.
fit=3
"$TMB" --version | grep -q ', Release)' && fit=0

server good
expect "$fit" 'Example Server' doctor --strict --root=good
[ "$fit" -ne 0 ] || expect 0 '0 spoil measurements here' doctor --root=good

# One fault each: the mark, the words, and exit 3 only when that was asked for.
fault() { # PATH TEXT MARKED-LINE REMEDY
  rm -rf faulty
  server faulty
  put faulty "$1" "$2"
  expect 0 "$3" doctor --root=faulty
  expect 0 "$4" doctor --root=faulty
  refuse_text "$3" doctor --root=good
}
fault $cpu/cpu1/cpufreq/scaling_governor powersave '! governor' 'cpupower frequency-set -g performance'
expect 3 '! governor' doctor --strict --root=faulty
fault $cpu/intel_pstate/no_turbo 0 '! turbo' 'intel_pstate/no_turbo'
fault $thp '[always] madvise never' '! transparent_huge_pages' 'echo madvise'
fault /sys/devices/system/clocksource/clocksource0/current_clocksource hpet '! clock_source' 'echo tsc'
fault /proc/loadavg '7.5 7 7 9/100 1' '! load_average' 'top'
fault /proc/stat 'cpu 100 0 10 9000 0 0 0 99 0 0' '! steal_time_share' 'processors of its own'
fault $cpu/smt/active 1 '- smt' 'smt/control'
expect "$fit" '- smt' doctor --strict --root=faulty # it limits, and spoils nothing
fault /sys/fs/cgroup/cpu.max '150000 100000' '! cpu_limit' '--cpus'

# AMD: another file.
rm -rf faulty
server faulty
rm -r faulty$cpu/intel_pstate
put faulty $cpu/cpufreq/boost 1
expect 0 'cpufreq/boost' doctor --root=faulty

# A system that says nothing is no error, and nothing is left out.
mkdir nothing
expect 0 'not exposed here' doctor --root=nothing
lines() { doctor --root="$1" --json | grep -c '"name"'; }
test "$(lines nothing)" -eq "$(lines good)"

# This machine. The JSON is that of machine.json.
expect 0 'steal_time_share_now' doctor
expect 0 '"severity": "fine"' doctor --json
expect 0 '"remedy": "sudo cpupower' sh -c \
  'echo powersave >good'$cpu'/cpu0/cpufreq/scaling_governor && "$TMB" doctor --json --root=good'

# Usage.
expect 4 'not a folder' doctor --root=nowhere
expect 4 'no arguments are expected' doctor here
expect 4 'unrecognized option' doctor --fix
if [ -e /dev/full ]; then
  expect 4 'standard output cannot be written' sh -c '"$TMB" doctor --root=good >/dev/full'
fi
