#!/usr/bin/env bash
# record_test.sh: what --record says, keeps and refuses. Its negative control is a map that every
# oracle passes and only the order of recorded operations refutes. Called by ctest.
set -euo pipefail

source "$TMB_SOURCE_DIR/harness/tests/expect.sh"
bench=("$TMB" bench --workload=same_key_race,misses --keys=500 --operations=500 --threads=2 --rounds=1
  --min-time=0.01 --no-report)

expect 0 'were linearizable; recorded trials took' "${bench[@]}" --map=hash_trie,fixed_bucket --out=full \
  --record=full --keep-history
[ "$(find full/points -name '*.history' | wc -l)" -eq 4 ]
grep -q '"record_slowdown"' full/bench.json
expect 0 'linearizable' "$TMB" check full/points/*.history

expect 0 'were linearizable' "${bench[@]}" --map=hash_trie --out=sampled --record=sampled:0.1
[ "$(find sampled/points -name '*.history' | wc -l)" -eq 0 ]

expect 4 "--record=half: full, or sampled:P" "${bench[@]}" --record=half
expect 4 "--record=sampled:1.5" "${bench[@]}" --record=sampled:1.5
expect 4 "give --record as well" "${bench[@]}" --keep-history

mutant=$TMB_BUILD_DIR/lib/tracemap-bench/mutants/trie_ids_swapped.so
if [ -e "$mutant" ]; then # not in a sanitizer's build
  expect 0 'results:' "${bench[@]}" --map="$mutant" --out=unrecorded
  expect 1 'interning check: ids are promised in real-time order' "${bench[@]}" --map="$mutant" \
    --out=recorded --record=full --keep-history
  [ "$(find recorded/points -name '*.history' | wc -l)" -ge 1 ]
fi
