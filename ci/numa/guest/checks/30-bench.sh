# A short run of the real benchmark: every point measured, every thread where it should be, and times
# that nobody takes for speed.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

saw 'exit code of tmb bench' "$(exit_of tmb bench --workload=same_key_race --map=hash_trie,fixed_bucket \
  --keys=500 --threads="$(cpu_count)" --place=compact,scatter --pages=warm --rounds=1 --min-time=0.001 \
  --timeout=60 --no-report --out=run)"
saw 'points whose threads stayed in place' "$(
  jq -r '"\([.benchmarks[] | select(.placement == "held")] | length) of \(.benchmarks | length)"' run/bench.json
)"

# Keys that travel between every pair of nodes.
tmb bench --workload=producer_consumer --map=hash_trie --keys=500 --threads=2 --place=pairs --pages=warm \
  --rounds=1 --min-time=0.001 --timeout=60 --no-report --out=pairs >&2
saw 'pairs of nodes that keys travelled between' "$(
  jq -r '[.benchmarks[] | select(.placement == "held") | .point.place] | sort | join(" ")' pairs/bench.json
)"

# What threads of two nodes did is told apart, and whose pages they used is shown.
saw 'points with throughput and latencies of two nodes' "$(
  jq '[.benchmarks[] | [keys[] | select(startswith("ops_per_s_node_"))] as $rates |
    [keys[] | select(startswith("latency_") and contains("_p50_ns_node_"))] as $latencies |
    select(($rates | length) == 2 and ($latencies | length) >= 2)] | length' pairs/bench.json
)"
tmb report --no-plots pairs >report 2>/dev/null || true
saw 'nodes of pages that the report shows' "$(sed -n '/^Accesses/,$p' report | sed -n 's/.*remote  *on node/on node/p')"
saw 'threads, says the report' "$(sed -n 's/^threads *//p' report)"
saw 'words for times in that report' "$(grep -e 'ns/op' -e 'ops/s' -e 'p99' report || true)"

saw 'emulated, says machine.json' "$(
  jq -r '.facts[] | select(.name == "emulated") | "\(.value), it \(.severity)"' run/machine.json
)"
saw 'emulated, says bench.json' "$(jq .context.emulated run/bench.json)"
saw 'exit code of tmb report' "$(exit_of tmb report --no-plots run)"
# shellcheck disable=SC2010 # names of our own
saw 'files of the report' "$(ls run | grep -e html -e plots || true)"
