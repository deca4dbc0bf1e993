# `tmb memory`: a figure for each pair of nodes, of memory that really is there, and times that nobody
# takes for speed.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

saw 'exit code of tmb memory' "$(exit_of tmb memory --max=64K --passes=2 --out=survey)"
measured='[.matrix[] | select(.base.latency_ns.median > 0 and .huge.all_bytes_per_s.median > 0)]'
saw 'pairs of nodes measured' "$(jq -r "$measured | map(\"\(.cpu_node)-\(.memory_node)\") | join(\" \")" survey/memory.json)"
saw 'their distances' "$(jq -r '[.matrix[].distance // "none" | tostring] | join(" ")' survey/memory.json)"
saw 'pairs whose pages were elsewhere' "$(
  jq -r '[.matrix[] | select(.base.pages.on_node_share != 1 or .huge.pages.on_node_share != 1) |
    "\(.cpu_node)-\(.memory_node)"] | join(" ")' survey/memory.json
)"
saw 'emulated, says memory.json' "$(jq .emulated survey/memory.json)"
# shellcheck disable=SC2010 # names of our own
saw 'pictures of those times' "$(ls survey | grep -v memory.json || true)"
