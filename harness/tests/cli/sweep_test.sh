#!/usr/bin/env bash
# sweep_test.sh: tmb sweep from its options to its folder. No time is held against a bound: one bound
# is met by every rate that is achieved at all, the other by none.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

misbehaving=$TMB_BUILD_DIR/test-plugins/misbehaving_map
tiny=(--workload=unique_inserts --keys=1000 --rounds=1 --min-time=0.001 --from=160000 --precision=100
  --no-report)

sweep() {
  "$TMB" sweep "${tiny[@]}" "$@"
}

# check FILE FILTER: jq must say true.
check() {
  if [ "$(jq -r "$2" "$1")" != true ]; then
    echo "$1: not so: $2"
    jq . "$1"
    exit 1
  fi
}
holds() {
  if ! "$@"; then
    printf 'line %s: not so: %s\n' "${BASH_LINENO[0]}" "$*"
    exit 1
  fi
}

# ---- what is refused ----

expect 4 'which bound?' "$TMB" sweep --workload=unique_inserts
expect 4 'which workload?' "$TMB" sweep --p999=1ms
expect 4 'which workload?' "$TMB" sweep --p999=1ms --workload=misses,unique_inserts
for odd in 100 0us -1us 1parsec us '' 1e300s nan; do
  expect 4 "--p999=$odd: a time above 0 with its unit" sweep --p999="$odd"
done
expect 4 '--precision=0' sweep --p999=1ms --precision=0
expect 4 '--from=0' sweep --p999=1ms --from=0
expect 4 '--from=1000000001' sweep --p999=1ms --from=1000000001
expect 4 '--rounds=0' sweep --p999=1ms --rounds=0
expect 4 "arrivals 'rare'" sweep --p999=1ms --arrivals=rare
expect 4 'no_such' sweep --p999=1ms --map=no_such
expect 4 'a sweep compares maps' sweep --p999=1ms --keys=10,20
expect 4 'an argument' sweep --p999=1ms 'an argument'
expect 4 'ends in .partial' "$TMB" sweep --resume=nowhere
expect 4 'plan.json' "$TMB" sweep --resume=nowhere.partial
holds [ ! -e results ]

# ---- a bound that is no bound: what ends the search is the rate ----

# On a machine that has no time for the worker no rate at all is achieved, which is no fault here.
for ((attempt = 1; attempt <= 6; attempt++)); do
  rm -rf loose
  status=0
  sweep --p999=900s --map=hash_trie,null_map --out=loose 2>loose.log || status=$?
  if [ "$status" -ne 3 ]; then break; fi
  holds grep -qF 'is not achieved' loose.log
done
if [ "$status" -eq 3 ]; then
  echo "this machine is too busy: no rate was achieved in $((attempt - 1)) sweeps"
  exit 77
fi
holds [ "$status" -eq 0 ]
holds grep -qF 'p99.9 is at most 900 s' loose.log
for file in bench.json sweep.json histograms.json machine.json plan.json; do
  holds [ -s "loose/$file" ]
done
holds [ ! -e loose.partial ]
check loose/sweep.json '.v == 1 and .p999_bound_ns == 900e9 and .arrivals == "poisson"'
check loose/sweep.json '[.maps[] | .map] == ["hash_trie", "null_map"]'
check loose/sweep.json '[.maps[] | .verdict == "found" and .limit == "rate" and .rate < .rate_failed] | all'
check loose/sweep.json '[.maps[].tried[] | .passed == (.achieved_share >= 0.99)] | all'
# Every rate that was tried is a point of the run, beside one of a closed loop a map.
holds [ "$(jq '[.maps[].tried[]] | length' loose/sweep.json)" -eq \
  "$(jq '[.benchmarks[] | select(.rate_asked)] | length' loose/bench.json)" ]
check loose/bench.json '[.benchmarks[] | select(.rate_asked | not)] | length == 2'
check loose/bench.json '.context.complete and (.context.command | startswith("tmb sweep "))'

# ---- a bound that nothing meets ----

expect 3 'no rate that was tried meets the bound of 1.00 ns' sweep --p999=1ns --map=null_map --out=tight
check tight/sweep.json '.maps[0].verdict == "none" and .maps[0].rate == null'

# ---- maps that fail cost themselves ----

expect 1 'crashes: no verdict' sweep --p999=900s --map="$misbehaving/crashes.so",null_map \
  --out=failing
check failing/sweep.json '.maps[0].verdict == "failed" and (.maps[1].verdict | . == "found" or . == "none")'
expect 3 'needs lookup' "$TMB" sweep --workload=misses --keys=1000 --rounds=1 --from=20000 --no-report \
  --p999=900s --map="$misbehaving/lacks_lookup.so" --out=refused

# ---- Ctrl-C, and going on the same way ----

set -m # else a shell starts background commands with SIGINT ignored
"$TMB" sweep "${tiny[@]}" --p999=900s --map=hash_trie --rounds=2 --from=400000 --out=stopped \
  2>stopped.log & # not through the function: the signal would reach a shell
pid=$!
for ((i = 0; i < 1200; i++)); do
  if compgen -G 'stopped.partial/points/0001-*.json' >/dev/null; then
    break
  fi
  sleep 0.02
done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
if [ "$status" -eq 3 ]; then
  holds grep -qF -- '--resume=stopped.partial goes on' stopped.log
  check stopped.partial/bench.json '.context.complete | not'
  check stopped.partial/sweep.json '.maps[0].verdict == "unfinished"'
  expect 4 'another build' "$TMB" bench --resume=stopped.partial
  first=$(cd stopped.partial/points && ls ./*.json | head -n 1)
  before=$(sha256sum <"stopped.partial/points/$first")
  "$TMB" sweep --no-report --resume=stopped.partial 2>resumed.log || holds [ $? -eq 3 ]
  holds grep -qF 'results: stopped' resumed.log
  holds [ "$before" = "$(sha256sum <"stopped/points/$first")" ]
else
  cat stopped.log
  echo "exit code $status of a sweep that was interrupted"
  exit 1
fi
check stopped/sweep.json '(.maps[0].verdict | . == "found" or . == "none") and .maps[0].tried[0].rate == 400000'
check stopped/bench.json '.context.command | contains("--rounds=2")'

# A run that is no sweep.
"$TMB" bench --workload=unique_inserts --map=null_map --keys=10 --threads=1 --rounds=1 --min-time=0.001 \
  --no-report --out=plain 2>/dev/null
mv plain plain.partial
expect 4 'is no sweep' "$TMB" sweep --resume=plain.partial

# ---- the report ----

"$TMB" report --no-plots loose >table
holds grep -qF 'Highest rate that keeps p99.9 under the bound' table
holds grep -qF 'Open loop: latency from when an operation was due' table
holds grep -qF 'rate not achieved' table
holds grep -qF 'tmb sweep --workload=unique_inserts' loose/report.html
if command -v gnuplot >/dev/null; then
  "$TMB" report loose >/dev/null
  holds [ -s loose/plots/response.svg ]
fi
cp -r loose damaged
sed -i 's/"rate": [0-9]*,/"rate": "fast",/' damaged/sweep.json
expect 4 'damaged/sweep.json: maps[0]: "rate" must be a whole number' "$TMB" report --no-plots damaged
echo '{' >damaged/sweep.json
expect 4 'damaged/sweep.json: line' "$TMB" report --no-plots damaged
