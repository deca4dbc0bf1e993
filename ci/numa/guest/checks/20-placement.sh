# Which order tmb places threads in, and where the kernel says that they are while a point runs.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

tmb topology --json >json
for place in compact scatter cores-first smt-first node:0 node:1; do # no node 1: none
  # shellcheck disable=SC2046 # numbers are words
  saw "order of $place" "$(at_nodes $(jq --arg place "$place" '.placements[$place] // [] | .[]' json))"
done

threads_of() { # PLACE THREADS
  start_point 60 "$1" "$2"
  end_point
  # shellcheck disable=SC2086 # numbers are words
  saw "$2 threads of $1 run on" "$(at_nodes $bound)"
}
threads_of scatter 2
threads_of compact "$(cpu_count)"
threads_of node:0+node:1 2
threads_of "cpus:$(($(cpu_count) - 1)),0" 2

# A thread that is moved is seen. To the next CPU: two threads on one would wait for each other.
start_point 0.3 scatter 2
for task in /proc/"$started"/task/*; do
  cpu=$(bound_to "$task")
  [ -z "$cpu" ] || taskset -p "$(printf %x $((2 << cpu)))" "${task##*/}" >/dev/null
done
kill -CONT "$started"
wait "$started" || true
saw 'placement of threads that were moved' "$(jq -r .placement side.json)"
saw 'exit code for more threads than CPUs' "$(exit_of tmb point "$(point compact $(($(cpu_count) + 1)))")"
saw 'exit code for a node that is not there' "$(exit_of tmb point "$(point node:9 1)")"
