# What tmb says the machine is.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

tmb topology >text
tmb topology --json >json
saw 'machine' "$(sed 's/;.*//; q' text)"
saw 'nodes' "$(jq -r '[.nodes[] | "\(.node):\(.cpus)\(if .memory_only then " memory only" else "" end)"] | join(", ")' json)"
saw 'distances' "$(jq -r '(.distances // [])[] | join(" ")' json | paste -sd '|' | sed 's/|/ | /g')"
saw 'CPUs that tmb has on another node than the kernel' "$(
  jq -r '.cpus[] | "\(.cpu) \(.node)"' json | while read -r cpu node; do
    [ "$node" = "$(node_of "$cpu")" ] || printf '%s ' "$cpu"
  done
)"
saw 'what cannot be bound, located or moved' "$(jq -r '[.support | to_entries[] | select(.value | not) | .key] | join(" ")' json)"
