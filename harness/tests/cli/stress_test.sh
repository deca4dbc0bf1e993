#!/usr/bin/env bash
# stress_test.sh: the command line of tmb stress: what it refuses, what it lists, and its JSON.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"

expect 4 'no such scenario' "$TMB" stress --only=weather
expect 4 "--time=0s" "$TMB" stress --time=0s
expect 4 "--time=5x" "$TMB" stress --time=5x
expect 4 "--threads=0" "$TMB" stress --threads=0
expect 4 "--epoch=-1" "$TMB" stress --epoch=-1
expect 4 "--seed=" "$TMB" stress --seed=
expect 4 'no arguments are expected' "$TMB" stress mix
expect 4 "no map named 'nobody'" "$TMB" stress --map=nobody
expect 4 "no region named 'nowhere'" "$TMB" stress --map=hash_trie --region=nowhere
expect 4 'is a baseline' "$TMB" stress --map=null_map
expect 0 'async-signal-safe' "$TMB" stress --help

# Every region, one scenario, few threads.
expect 0 'region_locked' "$TMB" stress --map=hash_trie --region=all --only=collisions --time=100ms --threads=2

# Failing memory, the maps of both generations with every region: each refuses cleanly, and says so.
"$TMB" stress --map=fixed_bucket,hash_trie --region=all --only=memory --time=100ms --threads=3 2>/dev/null >rows
for map in fixed_bucket hash_trie; do
  for region in region_locked region_shared region_sharded region_per_thread; do
    if ! grep -qE "^$map +$region +clean-refusal +yes +confirmed +[0-9]+ puts refused" rows; then
      echo "$map with $region was not seen to refuse cleanly:"
      cat rows
      exit 1
    fi
  done
done
if [ -z "$TMB_SANITIZE" ]; then # a region that loses a block is seen
  expect 1 'bytes after' "$TMB" stress --map=hash_trie --only=memory --time=2s --threads=3 \
    --region="$TMB_BUILD_DIR/lib/tracemap-bench/mutants/per_thread_leave_loses_block.so"
fi
expect 0 'not run' "$TMB" stress --map=hash_trie --only=mix --epoch=3 --seed=7 --time=100ms

json=$("$TMB" stress --map=fixed_bucket --only=mix --time=100ms --seed=9 --threads=3 --json 2>/dev/null |
  tr -d '\n ')
for part in '"v":1,"seed":9,' '"threads":3,' \
  '"promise":"dense-ids","claimed":"yes","shown":"confirmed"' \
  '"promise":"lock-free","claimed":"no","shown":"nottested"'; do
  if ! grep -qF -- "$part" <<<"$json"; then
    printf 'the JSON lacks %s:\n%s\n' "$part" "$json"
    exit 1
  fi
done
