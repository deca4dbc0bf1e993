#!/usr/bin/env bash
# memory_policy_test.sh: tmb bench --mem on this machine, be it of one node: which policies hold, what
# is refused, what a point is told and tells. What takes several nodes is in ci/numa/.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

tiny=(--workload=unique_inserts --map=hash_trie --keys=1000 --threads=1 --rounds=1 --min-time=0.005
  --no-report)
bench() {
  "$TMB" bench "${tiny[@]}" "$@"
}

# check FILE FILTER: jq must say true.
check() {
  if [ "$(jq -r "$2" "$1")" != true ]; then
    echo "$1: not so: $2"
    jq '.context.failures, (.benchmarks[]? | del(.point))' "$1"
    exit 1
  fi
}

# ---- what is refused, whatever the machine ----

expect 4 "'nowhere' is no memory policy" bench --mem=nowhere
expect 4 'the number of one node' bench --mem=bind:
expect 4 'nodes are listed' bench --mem=interleave:1-0
expect 4 'a multiple of 4096' bench --mem=interleave@5000
expect 4 "mem_keys: 'per-node' is for a region's blocks" bench --mem-keys=per-node
expect 4 "mem_history: 'interleave@4096' is for a region's blocks" bench --mem-history=interleave@4096
expect 4 'no node 63 for this process' bench --mem=bind:63 --out=no_node
check no_node/bench.json '.context.failures | length == 1 and .[0].reason == "error"'

# ---- what holds ----

node=$("$TMB" topology --json | jq '.nodes[0].node')
if ! bench --mem="bind:$node" --out=probe 2>log && grep -q 'does not let this process' log; then
  echo 'this system forbids binding memory: what holds cannot be tried'
  exit 77
fi
expect 0 'results: warm' bench --pages=warm --mem-keys=local --out=warm \
  --mem="local,bind:$node,interleave,interleave:$node@65536,per-node"
expect 0 'results: cold' bench --pages=cold --record=full --out=cold --mem="bind:$node,per-node" \
  --mem-keys=interleave --mem-history="bind:$node"
check warm/bench.json '.benchmarks | length == 5'
check cold/bench.json '.benchmarks | length == 2'
for run in warm cold; do
  check $run/bench.json '[.benchmarks[].memory] | unique == ["held"]'
  check $run/bench.json '[.benchmarks[].memory_reason] | unique == [""]'
  check $run/bench.json "[.benchmarks[] | .region_pages_node_$node > 0 and .keys_pages_node_$node > 0
    and .access_samples > 0 and .remote_share >= 0] | all"
  check $run/bench.json '[.benchmarks[] | select(.name | contains("/mem:per-node/mem_keys:"))
    | .point.mem == "per-node"] == [true]'
done
check cold/bench.json "[.benchmarks[].history_pages_node_$node > 0] | all"

# Nothing was asked for: nothing is promised, all the same counted.
expect 0 'results: plain' bench --out=plain
check plain/bench.json '.benchmarks[0] | .memory == "free" and .point.mem == null'
check plain/bench.json ".benchmarks[0] | [keys[] | select(startswith(\"region_pages_node_\"))] | length > 0"

# A lot more than any node has: refused before it starts, with sizes, and nothing is killed.
expect 3 'MiB on node' "$TMB" point '{"workload": "unique_inserts", "map": "hash_trie",
  "region": "region_shared", "kind": "strings", "keys": 1000, "pages": "warm", "place": "compact",
  "threads": 1, "operations": 1000, "block_bytes": 4503599627370496, "seed": 1, "arm": "",
  "mem": "bind:'"$node"'", "parameters": {}}'
