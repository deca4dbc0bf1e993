#!/usr/bin/env bash
# generations_test.sh: the workload generations from the command line to the report. Nothing here looks at
# a time.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"

# small FOLDER OPTION...: both maps, eight small generations.
small() {
  local folder=$1
  shift
  "$TMB" bench --rounds=1 --min-time=0.001 --threads=1 --pages=warm --operations=20000 \
    --workload=generations --param=generations=8 --no-report --out="$folder" "$@" 2>log || {
    cat log
    exit 1
  }
}
small few --map=fixed_bucket,hash_trie --param=keys=500
small more --map=fixed_bucket,hash_trie --param=keys=2000

# check FILE FILTER: jq must say true.
check() {
  if [ "$(jq -r "$2" "$1")" != true ]; then
    echo "$1: not so: $2"
    jq . "$1"
    exit 1
  fi
}
# Work in a stretch: all of a generation for the old map, a step for the new one, whatever the keys.
for run in few more; do
  check $run/bench.json '[.benchmarks[] | .switches == 7 and .generations_checked == 8] | all'
  check $run/bench.json '[.benchmarks[] | select(.point.map == "hash_trie") |
    .stretch_dump_stacks <= 16 and .stretch_reset_blocks <= 1 and .cleaning_steps > 2] | length == 1 and all'
  check $run/bench.json '[.benchmarks[] | select(.point.map == "fixed_bucket") |
    .stretch_dump_stacks > 16 and .stretch_reset_blocks > 1 and .cleaning_steps == 1] | length == 1 and all'
  check $run/timelines.json '[.entries[] | [.spans[] | select(.name == "switch")] | length == 7] | all'
done

# The table, and the pictures where gnuplot is there: one run has its moments, two sizes make a curve.
"$TMB" report --no-plots few >table
grep -q 'Generations: what cleaning costs who writes' table
if command -v gnuplot >/dev/null; then
  "$TMB" report few more --out=both >/dev/null
  for picture in generations stretches; do
    [ -s "both/plots/$picture.svg" ] || { echo "no picture $picture"; ls both/plots; exit 1; }
  done
  "$TMB" report few >/dev/null
  [ ! -e few/plots/stretches.svg ] || { echo "a curve of one size"; exit 1; }
fi

# A damaged timeline.
cp -r few damaged
sed -i 's/"from_ns": *[0-9]*/"from_ns": "soon"/' damaged/timelines.json
expect 4 'timelines.json: entries[0]: "from_ns" must be a whole number' "$TMB" report --no-plots damaged
sed -i 's/"spans"/"spins"/' damaged/timelines.json
expect 4 'timelines.json: entries[0]: "spans"' "$TMB" report --no-plots damaged
