# observe.sh: what the checks have in common. Sourced by run.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

# saw NAME [VALUE]: what expected/ is held against. One line a name.
saw() {
  value=${2:-}
  printf 'saw %s: %s\n' "$1" "${value:-none}"
}

# exit_of COMMAND...: its exit code; its output goes to the log.
exit_of() {
  code=0
  "$@" >&2 || code=$?
  echo "$code"
}

cpu_count() { grep -c '^processor' /proc/cpuinfo; }

# node_of CPU: as the kernel says, not as tmb does.
node_of() {
  for link in /sys/devices/system/cpu/cpu"$1"/node*; do
    echo "${link##*/node}"
  done
}

# at_nodes CPU...: "0@0 4@1": each CPU with its node.
at_nodes() {
  list=
  for cpu in "$@"; do list="$list $cpu@$(node_of "$cpu")"; done
  echo "${list# }"
}

# point PLACE THREADS [CHANGE]: one for tmb point; the change is an object of members.
point() {
  jq -cn --arg place "$1" --argjson threads "$2" --argjson change "${3:-{\}}" '{
    workload: "unique_inserts", map: "hash_trie", region: "region_shared", kind: "strings", keys: 500,
    pages: "warm", place: $place, threads: $threads, operations: 500, block_bytes: 65536, seed: 1,
    arm: "", parameters: {}} + $change'
}

# bound_cpus PID: the CPUs that a thread of the process is bound to, and last ran on: "0 4". /proc says
# so, not tmb. Threads that may run on several CPUs do not count.
bound_cpus() {
  { cat /proc/"$1"/task/*/status /proc/"$1"/task/*/stat 2>/dev/null || true; } | awk '
    /^Pid:/ { task = $2 }
    /^Cpus_allowed_list:/ && $2 ~ /^[0-9]+$/ { bound[task] = $2 }
    /^[0-9]+ \(/ {
      task = $1
      sub(/.*\) /, "")
      split($0, field, " ") # the processor is the 37th after the name
      if (task in bound && bound[task] == field[37]) cpus[bound[task]]
    }
    END { for (cpu in cpus) print cpu }' | sort -n | tr '\n' ' '
}

# bound_to TASK: the CPU that the thread of that folder in /proc is bound to; nothing when to several.
bound_to() { sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\)$/\1/p' "$1/status"; }

# start_point SECONDS PLACE THREADS: starts tmb point for about so long, waits until it has bound that
# many threads, and stops it there: its id is in $started, the CPUs in $bound. Gives up after a while,
# with the CPUs that there are.
start_point() {
  tmb point --min-time="$1" --side=side.json "$(point "$2" "$3")" >point.log 2>&1 &
  started=$!
  for _ in $(seq 100); do
    bound=$(bound_cpus $started)
    [ "$(echo "$bound" | wc -w)" -lt "$3" ] || break
    [ -e /proc/$started/exe ] || break # it has ended, and waits to be waited for
    sleep 0.1
  done
  kill -STOP $started 2>/dev/null || true
}

# end_point: ends what start_point has started.
end_point() {
  kill -KILL "$started" 2>/dev/null || true
  wait "$started" 2>/dev/null || true
}
