#!/usr/bin/env bash
# regions_test.sh: regions without maps, huge pages and counted instructions, from the command line to
# the report. Nothing here looks at a time.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"

# check FILE FILTER: jq must say true. of(R): the entry with that region, on(M): with that map.
check() {
  local words='def of($r): .benchmarks[] | select(.point.region == $r);
    def on($m): .benchmarks[] | select(.point.map == $m);'
  if [ "$(jq -r "$words $2" "$1")" != true ]; then
    echo "$1: not so: $2"
    jq '.context.failures, .benchmarks' "$1"
    exit 1
  fi
}

bench() { "$TMB" bench --rounds=1 --min-time=0.01 --no-report "$@"; }

# A region alone; with a map it would not mean anything.
bench --workload=region_only --region=region_shared,region_per_thread --keys=2000 --threads=1 \
  --param=seats=64 --out=seats 2>log
check seats/bench.json 'of("region_shared").region_mapped_bytes < of("region_per_thread").region_mapped_bytes'
check seats/bench.json 'of("region_per_thread").region_mapped_bytes >= 64 * 65536'
check seats/bench.json 'of("region_per_thread").region_seats == 64'
check seats/bench.json '[.benchmarks[] | .region_used_bytes <= .region_mapped_bytes] | all'
expect 3 'calls no map' "$TMB" bench --rounds=1 --min-time=0.01 --no-report --workload=region_only \
  --map=hash_trie --keys=2000 --threads=1 --out=map
expect 4 'seats is 257, must be from 0 to 256' "$TMB" bench --rounds=1 --no-report \
  --workload=region_only --keys=2000 --threads=1 --param=seats=257 --out=many

# What is wrong is seen: blocks that are lost, pieces that overlap.
if [ -z "$TMB_SANITIZE" ]; then
  mutants=$TMB_BUILD_DIR/lib/tracemap-bench/mutants
  for mutant in per_thread_leave_loses_block per_thread_off_by_one region_misaligned per_thread_drop_keeps_seats; do
    expect 1 "$mutant" "$TMB" bench --rounds=1 --min-time=0.01 --no-report --workload=region_only \
      --region="$mutants/$mutant.so" --keys=20000 --threads=1 --out="wrong_$mutant"
  done
fi

# Huge pages: refused where the kernel never gives them, else what came stands in the results.
if grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null; then
  expect 3 'says never' "$TMB" bench --rounds=1 --no-report --workload=unique_inserts --map=hash_trie \
    --keys=1000 --threads=1 --huge-pages --out=huge
elif [ -e /sys/kernel/mm/transparent_hugepage/enabled ]; then
  bench --workload=unique_inserts --map=hash_trie --keys=1000 --threads=1 --huge-pages --pages=cold,warm \
    --out=huge 2>log
  check huge/bench.json '[.benchmarks[] | (.name | contains("/huge:1/")) and .huge_page_bytes >= 0] | all'
fi

# Counted instructions: the same whichever way the machine is busy, and in the report. Sanitizers have
# instructions of their own.
if [ -z "$TMB_SANITIZE" ] && [ "$(nproc)" -ge 2 ]; then
  bench --workload=region_only --region=region_shared,region_sharded,region_per_thread --keys=1000 --threads=2 --count-instructions --out=counts 2>log
  if grep -q 'instructions are not counted' log; then
    cat log
    exit 77
  fi
  check counts/bench.json 'of("region_shared").shared_locked_per_op >= 1'
  check counts/bench.json 'of("region_sharded").locked_per_op >= 1'
  check counts/bench.json 'of("region_sharded").shared_locked_per_op < 0.05'
  check counts/bench.json 'of("region_per_thread").locked_per_op < 0.05'
  bench --workload=unique_inserts --map=null_map,hash_trie --region=region_shared --keys=500 --threads=2 \
    --count-instructions --out=maps 2>log
  check maps/bench.json 'on("null_map") | .instructions_per_op < 10 and .locked_per_op == 0'
  check maps/bench.json 'on("hash_trie").instructions_per_op > 50'
  check maps/bench.json 'on("hash_trie").shared_locked_per_op >= 3' # two of the region, the id
  expect 0 'region_shared: ' "$TMB" report --no-plots counts
  expect 0 'Regions: throughput over that of region_shared' "$TMB" report --no-plots counts
fi
