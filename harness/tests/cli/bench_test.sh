#!/usr/bin/env bash
# bench_test.sh: tmb bench from its options to its folder: what it writes, what it refuses, what
# becomes of maps that misbehave, and of a run that is interrupted.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

misbehaving=$TMB_BUILD_DIR/test-plugins/misbehaving_map
tiny=(--keys=1000 --threads=1 --rounds=1 --min-time=0.005 --operations=2000 --no-report)

# bench OPTION...: as small as can be.
bench() {
  "$TMB" bench "${tiny[@]}" "$@"
}

# names FILE: of the points that have figures, once each.
names() {
  jq -r '.benchmarks[].name' "$1" | sort -u
}

# check FILE FILTER: jq must say true.
check() {
  if [ "$(jq -r "$2" "$1")" != true ]; then
    echo "$1: not so: $2"
    jq '.context, (.benchmarks[]? | {name, ns_per_op})' "$1"
    exit 1
  fi
}

# holds COMMAND...: fails the test, and says so, unless the command does well.
holds() {
  if ! "$@"; then
    printf 'line %s: not so: %s\n' "${BASH_LINENO[0]}" "$*"
    exit 1
  fi
}

# ---- a good run ----

expect 0 'results: good' bench --workload=unique_inserts,misses --map=hash_trie,null_map --out=good
for file in bench.json histograms.json machine.json topology.xml plan.json; do
  if [ ! -s "good/$file" ]; then
    echo "good/$file is missing"
    exit 1
  fi
done
if [ -e good.partial ]; then
  echo 'good.partial was left behind'
  exit 1
fi
holds [ "$(names good/bench.json | wc -l)" -eq 4 ]
check good/bench.json '.context.complete and (.context.failures | length == 0)'
check good/bench.json '.context.executable == null and .context.commit != null'
check good/bench.json '[.benchmarks[] | .ns_per_op > 0 and .point.keys == 1000] | all'
check good/bench.json '[.benchmarks[] | select(.point.map == "null_map") | has("harness_ns_per_op")
  and has("bare_loop_ns_per_op")] | length == 2 and all'
check good/bench.json '[.benchmarks[] | select(.point.map == "hash_trie")
  | has("harness_ns_per_op") | not] | all'
check good/bench.json '[.benchmarks[] | select(.point.workload == "unique_inserts"
  and .point.map == "hash_trie") | .added == 1 and .bytes_per_key > 0 and .depth_max >= 1] == [true]'
check good/bench.json '[.benchmarks[] | select(.point.workload == "misses"
  and .point.map == "hash_trie") | .missed == 1] == [true]'
check good/histograms.json '.entries | length > 0'

# Which maps are libraries, which baselines, which neither.
expect 0 'results: sides' bench --workload=misses --map=hash_trie,hash_only,sharded_unordered --out=sides
check sides/bench.json '[.benchmarks[] | select(.point.baseline) | .point.map] == ["hash_only"]'
check sides/bench.json '[.benchmarks[] | select(.point.library) | .point.map] == ["sharded_unordered"]'

# ---- an open loop ----

expect 0 'results: open' bench --workload=unique_inserts --map=hash_trie,null_map --rate=20000,40000 \
  --arrivals=fixed --out=open
check open/bench.json '[.benchmarks[] | "/rate:\(.point.rate)/arrivals:fixed/threads:1" as $part
  | (.name | contains($part)) and .point.arrivals == "fixed" and .rate_asked == .point.rate
  and .rate_achieved > 0 and .late_share <= 1 and .response_p999_ns >= .service_p50_ns]
  | length == 4 and all'
check open/bench.json '[.benchmarks[] | has("harness_ns_per_op")] | any | not' # waiting is no cost
check open/histograms.json '[.entries[] | select(.outcome == "response") | .count > 0] == [true, true, true, true]'
check good/bench.json '[.benchmarks[] | has("rate_asked") or (.point | has("rate"))] | any | not'

# ---- what is refused ----

expect 4 'is there already' bench --workload=misses --map=hash_trie --out=good
expect 4 'matches no point' bench --workload=misses --map=hash_trie --benchmark_filter=nothing_like_it
expect 4 'no_such' bench --workload=no_such
expect 4 'no_such' bench --workload=misses --map=no_such
expect 4 'no such file.json' bench --profile='no such file.json'
expect 4 'compare-quick, compare, full' bench --profile=quack
expect 4 '--rounds=0' bench --rounds=0
expect 4 '--rounds=4294967296' bench --rounds=4294967296
expect 4 '--min-time=soon' bench --min-time=soon
expect 4 '--min-time=-1' bench --min-time=-1
expect 4 '--timeout=0' bench --timeout=0
expect 4 '--operations=1e6' bench --operations=1e6
expect 4 '--seed=-1' bench --seed=-1
expect 4 "keys '0'" bench --workload=misses --map=hash_trie --keys=0
expect 4 "threads 'few'" bench --workload=misses --map=hash_trie --threads=few
expect 4 'block bytes 100' bench --workload=misses --map=hash_trie --block-bytes=100
expect 4 '--param=skew' bench --workload=zipf_mix --map=hash_trie --param=skew
expect 4 "rate '0'" bench --workload=misses --map=hash_trie --rate=0
expect 4 "rate 'fast'" bench --workload=misses --map=hash_trie --rate=1000,fast
expect 4 "arrivals 'rare'" bench --workload=misses --map=hash_trie --rate=1000 --arrivals=rare
expect 4 'no-such-option' bench --no-such-option
expect 4 'an argument' bench 'an argument'
expect 4 '--benchmark_out_format=csv' bench --benchmark_out_format=csv
expect 4 'ends in .partial' bench --resume=good
expect 4 'plan.json' bench --resume=nowhere.partial
for odd in results nowhere nowhere.partial; do
  if [ -e "$odd" ]; then
    echo "$odd was made by a run that was refused"
    exit 1
  fi
done

# A point that fails for its input alone costs itself.
expect 4 'has no parameter' bench --workload=misses --map=hash_trie --param=skew=1 --out=odd_parameter
check odd_parameter/bench.json '.context.failures[0].reason == "error" and (.context.complete | not)'

# ---- Google Benchmark's flags ----

bench --workload=misses,unique_inserts --map=hash_trie --benchmark_list_tests >list
holds [ "$(wc -l <list)" -eq 2 ]
bench --workload=misses,unique_inserts --map=hash_trie --benchmark_list_tests=true \
  --benchmark_filter='^misses' >list
holds [ "$(cut -d/ -f1,2 list)" = misses/hash_trie ]
expect 0 'results: flags' bench --workload=misses --map=hash_trie --out=flags \
  --benchmark_out=copy.json --benchmark_out_format=json
holds cmp copy.json flags/bench.json
bench --workload=misses --map=hash_trie --out=stdout --benchmark_format=json >stdout.json 2>log
check stdout.json '.benchmarks | length == 1'
holds cmp stdout.json stdout/bench.json

# ---- maps that misbehave ----

# The oracle: its point has no figure, the other map's is there.
expect 1 'two ids for one string' bench --workload=repeated_hits \
  --map="$misbehaving/gives_two_ids.so",hash_trie --out=two_ids
check two_ids/bench.json '[.context.failures[] | .reason] == ["oracle"]'
check two_ids/bench.json '.context.failures[0].detail | contains("two ids for one string")'
check two_ids/bench.json '.context.failures[0].name | contains("/gives_two_ids/")'
check two_ids/bench.json '.context.complete | not'
holds [ "$(names two_ids/bench.json | cut -d/ -f2)" = hash_trie ]

# What a trial looks at besides its results: blocks, visits, promises, stolen ids.
wrong=$TMB_BUILD_DIR/test-plugins/wrong/wrong_map
expect 1 oracle bench --workload=unique_inserts --out=wrong \
  --map="${wrong}_keeps_blocks.so,${wrong}_visits_half.so,${wrong}_gaps.so,${wrong}_lends_stolen.so,${wrong}_sound.so"
check wrong/bench.json '[.context.failures[] | .reason] == ["oracle", "oracle", "oracle", "oracle"]'
for words in 'keeps [0-9]+ bytes after reset' 'visit does not show' 'promised to be dense' \
  'stolen id [0-9]+ belongs to'; do
  check wrong/bench.json "[.context.failures[] | select(.detail | test(\"$words\"))] | length == 1"
done
holds [ "$(names wrong/bench.json | cut -d/ -f2)" = wrong_map_sound ]

expect 1 'crash' bench --workload=unique_inserts --map="$misbehaving/crashes.so",hash_trie --out=crash
check crash/bench.json '[.context.failures[] | .reason] == ["crash"]'
check crash/bench.json '.context.failures[0].detail | contains("Aborted")'
holds [ "$(names crash/bench.json | cut -d/ -f2)" = hash_trie ]

# Exit code 1 means the oracle when tmb says so, not when a plug-in ends the process.
expect 1 'crash' bench --workload=unique_inserts --map="$misbehaving/exits.so" --out=exits
check exits/bench.json '[.context.failures[] | .reason] == ["crash"]'
check exits/bench.json '.context.failures[0].detail | startswith("exit code 1")'

expect 1 'hang' bench --workload=unique_inserts --map="$misbehaving/hangs.so" --timeout=1 --out=hang
check hang/bench.json '[.context.failures[] | .reason] == ["hang"]'
check hang/bench.json '.benchmarks | length == 0'

expect 3 'needs lookup' bench --workload=misses --map="$misbehaving/lacks_lookup.so",hash_trie \
  --out=refused
check refused/bench.json '[.context.failures[] | .reason] == ["refused"]'
holds [ "$(names refused/bench.json | cut -d/ -f2)" = hash_trie ]

# ---- where threads stand ----

first=$("$TMB" topology --json | jq -r '.cpus[0].cpu')
node=$("$TMB" topology --json | jq -r '.cpus[0].node')
bench --workload=misses --map=hash_trie --list --threads=1 \
  --place="compact,cpus:$first,node:$node+node:$node,scatter" >list
holds [ "$(wc -l <list)" -eq 4 ]
holds grep -qF "/place:node:$node+node:$node/threads:1" list
bench --workload=misses --map=hash_trie --list --threads=1 --place=pairs >list 2>pairs.log
nodes=$("$TMB" topology --json | jq '[.nodes[] | select(.memory_only | not)] | length')
holds [ "$(wc -l <list)" -eq $((nodes * nodes)) ]
if [ "$nodes" -eq 1 ]; then
  holds grep -qF 'one node has CPUs here' pairs.log
fi
expect 4 'there is no node 4321' bench --workload=misses --map=hash_trie --place=node:4321
expect 4 'there is no CPU 65535' bench --workload=misses --map=hash_trie --place=cpus:65535
expect 4 'is in the list twice' bench --workload=misses --map=hash_trie --place="cpus:$first,$first"
expect 4 'is no placement' bench --workload=misses --map=hash_trie --place=near
expect 4 'tmb stress --only=oversubscribed' bench --workload=misses --map=hash_trie --threads=60000

# A map that lets go of its threads when they enter is found out; its figures are kept, and marked.
moves="$misbehaving/moves_threads.so"
expect 0 'results: held' bench --strict --workload=unique_inserts --map=hash_trie --out=held
check held/bench.json '[.benchmarks[] | .placement] == ["held"]'
expect 0 'results: free' bench --strict --workload=unique_inserts --map="$moves" --place=none --out=free
check free/bench.json '[.benchmarks[] | .placement] == ["free"]'
if [ "$("$TMB" topology --json | jq '.cpus | length')" -ge 2 ]; then
  expect 0 'the placement of 1 of 1 processes did not hold' bench --workload=unique_inserts \
    --map="$moves" --out=marked
  check marked/bench.json '.context.complete and ([.benchmarks[] | .placement] == ["broken"])'
  check marked/bench.json '.benchmarks[0].placement_reason | test("should be bound to CPU")'
  expect 3 'should be bound to CPU' bench --strict --workload=unique_inserts --map="$moves" --out=strict
  check strict/bench.json '.benchmarks | length == 1'
  point=$(jq -c '.matrix.points[0]' strict/plan.json)
  expect 3 'the placement did not hold' "$TMB" point --strict "$point"
  expect 0 'the placement did not hold' "$TMB" point "$point"
fi

# ---- Ctrl-C, and going on ----

# interrupt FOLDER OPTION...: starts a run, stops it once a point is finished; leaves its exit code
# in $status.
interrupt() {
  local folder=$1 pid i
  shift
  "$TMB" bench --no-report --threads=1 --rounds=1 --min-time=0.01 --operations=2000 \
    --out="$folder" "$@" 2>"$folder.log" &
  pid=$!
  for ((i = 0; i < 1200; i++)); do
    if compgen -G "$folder.partial/points/*.json" >/dev/null; then
      break
    fi
    sleep 0.05
  done
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
}

many=$(seq -s, 1000 1 1019)
set -m # else a shell starts background commands with SIGINT ignored
interrupt stopped --workload=unique_inserts --map=hash_trie --keys="$many"
holds [ "$status" -eq 3 ]
holds grep -qF -- '--resume=stopped.partial goes on' stopped.log
holds [ ! -e stopped ]
finished=$(names stopped.partial/bench.json | wc -l)
holds [ "$finished" -ge 1 ]
holds [ "$finished" -lt 20 ]
check stopped.partial/bench.json '.context.complete | not'

# Another build's figures are not mixed in.
cp -r stopped.partial foreign.partial
jq '.identity.commit = "0000000"' foreign.partial/plan.json >plan && mv plan foreign.partial/plan.json
expect 4 'another build' bench --resume=foreign.partial
holds [ -d foreign.partial ]

# What was finished is not measured again.
first=$(cd stopped.partial/points && ls ./*.json | head -n 1)
before=$(sha256sum <"stopped.partial/points/$first")
expect 0 'results: stopped' "$TMB" bench --no-report --resume=stopped.partial
holds [ ! -e stopped.partial ]
holds [ "$(names stopped/bench.json | wc -l)" -eq 20 ]
check stopped/bench.json '.context.complete'
holds [ "$before" = "$(sha256sum <"stopped/points/$first")" ]

# A failure from before the interruption is not forgotten.
interrupt failing --workload=unique_inserts --keys="$many" --map=hash_trie
index=$(cd failing.partial/points && ls ./*.json | head -n 1 | cut -c3-6)
rm failing.partial/points/"$index"-00.*
echo '{"round": 0, "reason": "oracle", "detail": "made up"}' >"failing.partial/points/$index.failure"
expect 1 'results: failing' "$TMB" bench --no-report --resume=failing.partial
check failing/bench.json '.context.complete | not'
holds [ "$(names failing/bench.json | wc -l)" -eq 19 ]
