#!/usr/bin/env bash
# oversubscription_test.sh: crowds of threads on each processor: all of them there, their results
# checked, and never on a curve over threads. Nothing here looks at a time.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"

bench() { "$TMB" bench --rounds=1 --min-time=0.01 "$@"; }

# The crowd, and what one of each times: its share of the keys, every put.
bench --workload=oversubscription,same_key_race --map=null_map,fixed_bucket,hash_trie --keys=3000 \
  --threads=each --out=crowds >report 2>log
for words in 'select(.point.threads == 1) | .crowd == 4' '.latency_put_p999_ns >= .latency_put_p50_ns' \
  '.operations == 3000 * .point.threads' 'select(.point.threads == 2) | .crowd == 8'; do
  if jq -e "[.benchmarks[] | select(.point.workload == \"oversubscription\") | $words] | all | not" \
    crowds/bench.json >/dev/null; then
    echo "not so: $words"
    jq '.benchmarks' crowds/bench.json
    exit 1
  fi
done
jq -e '[.benchmarks[] | select(.point.workload == "oversubscription")] | length >= 3' crowds/bench.json >/dev/null

# On no curve: the table of scaling has the other workload's rows alone.
if [ "$(nproc)" -ge 2 ]; then
  sed -n '/^Scaling: throughput/,/^Scaling model/p' report >scaling
  if ! grep -q same_key_race scaling || grep -q oversubscription scaling; then
    echo "the table of scaling:"
    cat scaling
    exit 1
  fi
fi

# A larger crowd; one that is too large.
bench --workload=oversubscription --map=hash_trie --keys=100 --threads=1 --param=per_cpu=64 --no-report \
  --out=large 2>log
jq -e '.benchmarks[0].crowd == 64' large/bench.json >/dev/null
expect 4 'per_cpu is 65, must be from 1 to 64' "$TMB" bench --rounds=1 --no-report \
  --workload=oversubscription --map=hash_trie --keys=100 --threads=1 --param=per_cpu=65 --out=larger

# A wrong map is seen.
misbehaving=$TMB_BUILD_DIR/test-plugins
expect 1 'one string has two ids' "$TMB" bench --rounds=1 --min-time=0.01 --no-report \
  --workload=oversubscription --map="$(find "$misbehaving" -name gives_two_ids.so)" --keys=100 \
  --threads=2 --out=two_ids
