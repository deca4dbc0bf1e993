#!/usr/bin/env bash
# record-corpus.sh: records a command with perf and makes a corpus of its stacks.
#
#   scripts/record-corpus.sh [-o OUT.tmbc] [-e EVENTS] [-F SAMPLES_PER_SECOND | -c COUNT]
#                            [-g fp|dwarf] [-s] -- COMMAND [ARG...]
#
# Samples all threads and children of COMMAND, with the call graphs of user space.
#   -e  perf's events, by commas. Without it the clock: the cycles of the processor, or the kernel's
#       clock where those cannot be counted. Events that happen at few places, as page-faults and
#       context-switches, repeat their stacks as a tracer's events do; the clock hits everywhere.
#   -F  samples a second (997), -c: one sample every COUNT events instead.
#   -g  fp (the usual) follows frame pointers: cheap, and right for programs that keep them (Go,
#       -fno-omit-frame-pointer); dwarf copies pieces of the stack: for all others, slow to unwind.
#   -s  also keep the source file and line of every frame: slow, and only where COMMAND has debug
#       information. Without it, a frame has its function and the program or library it is in.
# The corpus holds addresses and their symbols, the paths of programs and libraries (with -s: of
# sources), the names of the events and of the threads.
#
# TMB names the tmb to import with; without it, build/release/bin/tmb of this checkout, then PATH.
# Exit: 0 good; 3 perf is missing or not permitted; 4 usage, or COMMAND, perf or the import failed.
set -euo pipefail

me=$(basename "$0")
say() { printf '%s: %s\n' "$me" "$*" >&2; }

usage() {
  say "$1"
  sed -n '4s/^#  /usage:/p; 5s/^#/      /p' "$0" >&2
  exit 4
}

out=corpus.tmbc events='' rate=(-F 997) graph=fp fields=()
while getopts ':o:e:F:c:g:s' option; do
  case $option in
    o) out=$OPTARG ;;
    e) events=$OPTARG ;;
    F | c)
      [[ $OPTARG =~ ^[1-9][0-9]{0,8}$ ]] || usage "-$option takes a number, not '$OPTARG'"
      rate=("-$option" "$OPTARG")
      ;;
    g) graph=$OPTARG ;;
    s) fields=(-F 'comm,tid,time,event,ip,sym,symoff,dso,srcline' --full-source-path) ;;
    *) usage "unknown option, or one without its value: -$OPTARG" ;;
  esac
done
shift $((OPTIND - 1))
[[ $# -gt 0 ]] || usage "no command to record"
[[ $graph == fp || $graph == dwarf ]] || usage "-g takes fp or dwarf, not '$graph'"

tmb=${TMB:-}
if [[ -z $tmb ]]; then
  tmb=$(dirname "$0")/../build/release/bin/tmb
  [[ -x $tmb ]] || tmb=$(command -v tmb) || {
    say "no tmb to import with: run 'make build' first, or set TMB"
    exit 4
  }
fi

if ! command -v perf >/dev/null; then
  say "perf is not installed: on Debian, apt-get install linux-perf"
  exit 3
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A machine without hardware counters (most virtual ones) has no cycles; its clock does as well.
chosen=''
for candidate in ${events:-cycles:u cpu-clock:u}; do
  if perf record -q -e "$candidate" -g -o "$folder/try" -- true >"$folder/why" 2>&1; then
    chosen=$candidate
    break
  fi
done
if [[ -z $chosen ]]; then
  say "perf may not record ${events:-the clock} here; perf says:"
  sed 's/^/  /' "$folder/why" >&2
  say "as root, 'sysctl kernel.perf_event_paranoid=1' permits it; a container needs CAP_PERFMON too"
  exit 3
fi

# perf goes over to the clock by itself, too, so ask what it did.
say "recording $(perf evlist -i "$folder/try" | paste -s -d, -) (${rate[*]}), call graphs by $graph"
status=0
perf record -q -e "$chosen" "${rate[@]}" --call-graph "$graph" --user-callchains -m 4M \
  -o "$folder/data" -- "$@" || status=$?
if [[ $status -ne 0 ]]; then
  say "the command, or perf, ended with exit code $status: no corpus is written"
  exit 4
fi

perf script "${fields[@]}" -i "$folder/data" >"$folder/text" 2>"$folder/why" || {
  say "perf script failed:"
  sed 's/^/  /' "$folder/why" >&2
  exit 4
}
if [[ ! -s $folder/text ]]; then
  say "no sample was taken: let the command run longer, or raise -F; events of the kernel, as"
  say "context-switches, are shown to root only"
  exit 4
fi
"$tmb" corpus import --from=perf_script --output="$out" "$folder/text"
"$tmb" corpus info "$out"
