#!/usr/bin/env bash
# report_test.sh: `tmb report` on made-up runs: what it makes, prints and refuses. FAKE_RUN writes the
# runs.
set -euo pipefail
. "$TMB_SOURCE_DIR/harness/tests/expect.sh"

# refute TEXT FILE: the file must not hold the text.
refute() {
  if grep -nF -- "$1" "$2"; then
    echo "$2 must not hold '$1'"
    exit 1
  fi
}
holds() {
  if ! grep -qF -- "$1" "$2"; then
    echo "$2 does not hold '$1'"
    exit 1
  fi
}

"$FAKE_RUN" run
"$FAKE_RUN" same
"$FAKE_RUN" other_commit 1111111
"$FAKE_RUN" other_machine 0000000 deadbeef

# Without pictures.
expect 0 'run/report.html' "$TMB" report --no-plots run
test -s run/report.html
test ! -e run/plots
holds 'This page was made with --no-plots' run/report.html

# Without gnuplot: all but the pictures, and a sentence.
rm run/report.html
expect 3 'gnuplot is not installed' env PATH=/nonexistent "$TMB" report run
test -s run/report.html
test ! -e run/plots

# The words that every report has, and foreign text that must not act.
"$TMB" report --no-plots run >table
for file in table run/report.html; do
  holds 'null_map above a bare loop' "$file"
  holds 'no figure: oracle in round 1' "$file"
  holds 'points agree with themselves' "$file"
  holds 'Old against new: fixed_bucket over hash_trie' "$file"
  holds 'puts that repeat an earlier one' "$file"
  refute $'\033' "$file"
done
if awk 'length > 130' table | grep -v 'place:compact' | grep .; then
  echo 'lines too long for a terminal'
  exit 1
fi
refute '<script' run/report.html
refute 'http:' run/report.html
refute 'https:' run/report.html

# Refused: mixed subjects, one run twice, several runs and nowhere to write.
expect 4 'differ in their commit (0000000 and 1111111)' \
  "$TMB" report --no-plots --out=all run other_commit
expect 4 'are from different machines (fingerprints feedface and deadbeef)' \
  "$TMB" report --no-plots --out=all run other_machine
expect 4 'run/../run is named twice' "$TMB" report --no-plots --out=all run run/../run
expect 4 'several runs need --out=FOLDER' "$TMB" report run same
expect 4 'which run?' "$TMB" report
expect 4 'nowhere/bench.json' "$TMB" report nowhere
test ! -e all
expect 0 '10 rounds each' "$TMB" report --no-plots --out=all run same
test -s all/report.html

# A run of an emulated machine: no speed, so no report, and none of it in another's.
cp -r run emulated
rm -f emulated/report.html
sed -i '0,/"context": {/s//&"emulated": true,/' emulated/bench.json
expect 3 'emulated: measured on an emulated machine' "$TMB" report --no-plots emulated
"$TMB" report --no-plots emulated >places 2>/dev/null || true # where threads and pages were, no times
holds 'rounds do not say' places
refute 'ns/op' places
expect 3 'no report' "$TMB" report --no-plots --out=all run emulated
test ! -e emulated/report.html
sed -i 's/"emulated": true/"emulated": false/' emulated/bench.json
expect 0 'report.html' "$TMB" report --no-plots emulated
sed -i 's/"emulated": false/"emulated": "no"/' emulated/bench.json
expect 4 '"emulated" must be true or false' "$TMB" report --no-plots emulated

# Threads that were elsewhere in one round, and pages on two nodes: a mark, a list and a table; on one
# node a sentence. Not of an emulated machine alone, and there without times.
holds 'no accesses were sampled' table
cp -r run placed
sed -i '0,/"ns_per_op":/s//"placement": "broken", "placement_reason": "thread 1 <b> ran on CPU 3",\
  "access_samples": 10, "access_node_0_0": 0.5, "access_node_1_0": 0.5, &/' placed/bench.json
expect 0 'report.html' "$TMB" report --no-plots placed
"$TMB" report --no-plots placed >placed_table
for file in placed_table placed/report.html; do
  holds 'rounds DID NOT HOLD, marked !' "$file"
  holds 'Not where they were put' "$file"
  holds 'Accesses: nodes of the threads' "$file"
  refute 'no accesses were sampled' "$file"
done
holds 'thread 1 <b> ran on CPU 3' placed_table
holds 'thread 1 &lt;b&gt; ran on CPU 3' placed/report.html
sed -i '0,/"context": {/s//&"emulated": true,/' placed/bench.json
"$TMB" report --no-plots placed >places 2>/dev/null || true
holds 'Accesses: nodes of the threads' places
holds 'thread 1 <b> ran on CPU 3' places
refute 'ns/op' places
sed -i 's/"access_node_1_0": 0.5/"access_node_1_0": 1.5/' placed/bench.json
expect 4 '"access_node_1_0" must be a number from 0 to 1' "$TMB" report --no-plots placed
sed -i 's/"placement": "broken"/"placement": 7/' placed/bench.json
expect 4 '"placement" must be a string, found a number' "$TMB" report --no-plots placed

# Two numbers of threads: no model of scaling, and its page has the bounds in words. Six: a model,
# which finds what fake_run put in: hits do 3 % of their work one after the other, old inserts 90 %.
holds 'Scaling model: no fit' table
holds 'no fit: ratio' run/report.html
refute 'contention 2' run/report.html
"$FAKE_RUN" large 0000000 feedface 32 'pack:2 [numa] core:8 pu:2'
"$TMB" report --no-plots large >large_table
refute 'no fit' large_table
holds '6  contention 3.0' large_table
holds '6  contention 9' large_table
holds 'repeated_hits, strings, place scatter' large_table

# Damaged files: which, and where. The report that is there stays as it is.
mkdir damaged
cp run/*.json damaged
cp run/report.html damaged
head -c 5000 run/histograms.json >damaged/histograms.json
expect 4 'damaged/histograms.json: line' "$TMB" report --no-plots damaged
cp run/histograms.json damaged
sed -i '0,/"keys": 1000,/s//"keys": "many",/' damaged/bench.json
expect 4 'damaged/bench.json: benchmarks[0]: "keys" must be a whole number' \
  "$TMB" report --no-plots damaged
cmp run/report.html damaged/report.html

# With pictures.
if ! command -v gnuplot >/dev/null; then
  echo 'the rest is skipped: gnuplot is not installed'
  exit 77
fi
expect 0 'run/report.html' "$TMB" report run
for picture in throughput scaling cost latency memory cold_warm; do
  holds '<svg' "run/plots/$picture.svg"
  holds 'prefers-color-scheme: dark' "run/plots/$picture.svg"
  holds 'Made-Up 9000' "run/plots/$picture.svg"
  holds 'commit 0000000' "run/plots/$picture.svg"
  test "$(head -c 4 "run/plots/$picture.png" | tail -c 3)" = PNG
  holds "id=\"${picture}_gnuplot_canvas\"" run/report.html
done
test "$(find run -type f | wc -l)" -eq 16
refute 'http:' run/report.html
refute '<script' run/report.html
refute wrong_map run/plots/cost.svg

# Floors: under the costs, and nowhere else.
for floor in hash_only chase_only null_map; do
  holds ">floor: $floor<" run/plots/cost.svg
  for picture in throughput scaling latency memory cold_warm; do
    refute "$floor" "run/plots/$picture.svg"
  done
done

# Boundaries of the machine: by placement, from the run's own topology.
"$TMB" report large >/dev/null
for picture in throughput scaling; do
  holds '>2 nodes<' "large/plots/$picture.svg"
  holds '>shared cores<' "large/plots/$picture.svg"
  holds ', scatter<' "large/plots/$picture.svg"
  refute '>2 nodes<' "run/plots/$picture.svg"
  refute '>shared cores<' "run/plots/$picture.svg"
done
