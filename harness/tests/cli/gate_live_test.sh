#!/usr/bin/env bash
# gate_live_test.sh: `tmb gate` on build trees: that all pairs are measured and judged, that counted
# instructions tell a slower map, and what becomes of builds that lack a map, crash, hang, are wrong or
# are no builds. Times decide nothing here: the limit is 90 %.
set -euo pipefail

. "$(dirname "$0")/../expect.sh"

build=$TMB_BUILD_DIR
row() { # WORKLOAD MAP THREADS TIER LIMIT
  printf '%s/%s/region_shared/kind:strings/keys:100/pages:warm/place:compact/threads:%d\t%s\t%s\tslower\t100\n' \
    "$@"
}
manifest() {
  printf 'benchmark\ttier\tlimit\tdirection\toperations\n'
  cat
}
check() { # FILE FILTER
  if ! jq -es "$2" "$1" >/dev/null; then
    echo "$1 does not hold: $2"
    cat "$1"
    exit 1
  fi
}

# tree NAME PLUGIN: a build tree as this one, but that its hash_trie is another plug-in.
tree() {
  mkdir -p "$1/lib/tracemap-bench"
  ln -s "$build/bin" "$1/bin"
  ln -s "$build/lib/tracemap-bench/region_shared.so" "$1/lib/tracemap-bench/"
  ln -s "$2" "$1/lib/tracemap-bench/hash_trie.so"
}
misbehaving=$build/test-plugins/misbehaving_map
for trick in crashes hangs gives_two_ids; do
  tree $trick "$misbehaving/$trick.so"
done
tree lacks_it /nowhere

# ---- measured from end to end ----
{
  row repeated_hits hash_trie 1 time 90%
  row repeated_hits null_map 1 time 90%
  row unique_inserts hash_trie 2 advice 90%
} | manifest >three.tsv
status=0
"$TMB" gate "$build" "$build" --manifest=three.tsv --out=three --seed=5 >three.txt || status=$?
case $status in 0 | 2) ;; *) # 2: a machine so busy that 90 % are within its noise
  cat three.txt
  exit 1
  ;;
esac
check three/pairs.jsonl '.[0].seed == 5 and (.[0].same | length == 2)
  and .[0].base == .[0].candidate and (.[0].base.commit | length > 0)'
check three/pairs.jsonl '[.[1:][] | select(.arm == "change") | .benchmark] | group_by(.)
  | length == 3 and all(length >= 20)'
check three/pairs.jsonl '[.[1:][] | select(.arm == "same") | .benchmark] | unique | length == 2'
check three/pairs.jsonl '[.[1:][] | .order] | unique == ["base-first", "candidate-first"]'
check three/pairs.jsonl '.[1:] | all(.base.chunk_ns | length == 16 and all(. > 0))'
# Turns: the benchmarks that are open all have their n-th pair before one of them has its next.
check three/pairs.jsonl '[.[1:61][] | .pair] | . == sort'
# Judged again from the file, the verdict is the same.
"$TMB" gate --from=three/pairs.jsonl >again.txt || [ $? -eq $status ]
diff three.txt again.txt
expect 4 three/pairs.jsonl "$TMB" gate "$build" "$build" --manifest=three.tsv --out=three

# ---- instructions: exact, so a slower map is told on any machine ----
# By more than the limit in sanitized builds, too, whose maps take five times the instructions.
row repeated_hits hash_trie 1 instructions 1% | manifest >counted.tsv
if "$TMB" half --count-instructions "{\"workload\":\"misses\",\"map\":\"hash_trie\",\"region\":\"region_shared\",\"kind\":\"strings\",\"keys\":9,\"pages\":\"warm\",\"place\":\"none\",\"threads\":1,\"operations\":9,\"block_bytes\":4096,\"seed\":1,\"arm\":\"\",\"parameters\":{}}" >/dev/null; then
  expect 0 pass "$TMB" gate "$build" "$build" --manifest=counted.tsv --out=same
  expect 1 'FAIL by the instructions' "$TMB" gate "$build" "$build/slowed/20" \
    --manifest=counted.tsv --out=slower
else
  expect 3 'instructions are not counted' "$TMB" gate "$build" "$build" --manifest=counted.tsv --out=same
fi

# ---- builds in trouble ----
row repeated_hits hash_trie 1 time 90% | manifest >one.tsv
expect 3 'failed: Aborted' "$TMB" gate "$build" crashes --manifest=one.tsv --out=crash
check crash/pairs.jsonl '.[1:] | map(select(.trouble))[0] | .trouble == "failed" and .side == "candidate"
  and (.reason | test("command: crashes/bin/tmb half .*crashes/lib/tracemap-bench/hash_trie.so"))'
expect 3 'killed after 0.5 s' "$TMB" gate hangs "$build" --timeout=0.5 --manifest=one.tsv --out=hang
check hang/pairs.jsonl '[.[] | select(.trouble) | .side] == ["base"]'
expect 1 'oracle' "$TMB" gate "$build" gives_two_ids --manifest=one.tsv --out=wrong
expect 3 'is not there' "$TMB" gate "$build" lacks_it --manifest=one.tsv --out=gone
"$TMB" gate lacks_it "$build" --manifest=one.tsv --out=new >new.txt || true
grep -q NEW new.txt

# ---- Ctrl-C keeps what is finished ----
row repeated_hits hash_trie 1 time 0.001% | manifest >long.tsv
"$TMB" gate "$build" "$build" --manifest=long.tsv --out=long >/dev/null 2>long.txt &
gate=$!
until [ -s long/pairs.jsonl ] && [ "$(wc -l <long/pairs.jsonl)" -ge 4 ]; do sleep 0.05; done
kill -TERM $gate
status=0
wait $gate || status=$?
[ $status -eq 3 ]
grep -q 'interrupted; the finished pairs are in long/pairs.jsonl' long.txt
check long/pairs.jsonl 'length >= 4'

# ---- what is no gate ----
expect 4 'does not run as tmb' "$TMB" gate "$build" nowhere --manifest=one.tsv --out=bad
expect 4 'which builds?' "$TMB" gate "$build"
expect 4 'and no more' "$TMB" gate a b c
expect 4 'leave the build trees out' "$TMB" gate --from=long/pairs.jsonl "$build"
expect 4 '--seed=-1' "$TMB" gate "$build" "$build" --seed=-1
expect 4 '--timeout=0' "$TMB" gate "$build" "$build" --timeout=0
expect 4 'no.tsv' "$TMB" gate "$build" "$build" --manifest=no.tsv --out=bad
printf 'benchmark\ttier\tlimit\tdirection\toperations\nmisses/threads:1\ttime\t5%%\tslower\t9\n' >odd.tsv
expect 3 'names no point' "$TMB" gate "$build" "$build" --manifest=odd.tsv --out=odd
