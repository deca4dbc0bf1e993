# A short run of the real benchmark: every point measured, every thread where it should be, and times
# that nobody takes for speed.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

saw 'exit code of tmb bench' "$(exit_of tmb bench --workload=same_key_race --map=hash_trie,fixed_bucket \
  --keys=500 --threads="$(cpu_count)" --place=compact,scatter --pages=warm --rounds=1 --min-time=0.01 \
  --timeout=60 --no-report --out=run)"
saw 'points whose threads stayed in place' "$(
  jq -r '"\([.benchmarks[] | select(.placement == "held")] | length) of \(.benchmarks | length)"' run/bench.json
)"

# Keys that travel between every pair of nodes.
tmb bench --workload=producer_consumer --map=hash_trie --keys=500 --threads=2 --place=pairs --pages=warm \
  --rounds=1 --min-time=0.01 --timeout=60 --no-report --out=pairs >&2
saw 'pairs of nodes that keys travelled between' "$(
  jq -r '[.benchmarks[] | select(.placement == "held") | .point.place] | sort | join(" ")' pairs/bench.json
)"

saw 'emulated, says machine.json' "$(
  jq -r '.facts[] | select(.name == "emulated") | "\(.value), it \(.severity)"' run/machine.json
)"
saw 'emulated, says bench.json' "$(jq .context.emulated run/bench.json)"
saw 'exit code of tmb report' "$(exit_of tmb report --no-plots run)"
# shellcheck disable=SC2010 # names of our own
saw 'files of the report' "$(ls run | grep -e html -e plots || true)"
