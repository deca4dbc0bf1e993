#!/usr/bin/env bash
# half_test.sh: what `tmb half` prints, that instruction counts repeat, and what it refuses.
set -euo pipefail

. "$(dirname "$0")/../expect.sh"

point() { # WORKLOAD MAP THREADS
  printf '{"workload":"%s","map":"%s","region":"region_shared","kind":"strings","keys":1000,
    "pages":"warm","place":"compact","threads":%d,"operations":1000,"block_bytes":65536,"seed":7,
    "arm":"","parameters":{}}' "$@"
}

for threads in 1 2; do
  "$TMB" half --chunks=9 "$(point unique_inserts hash_trie $threads)" >half.json
  jq -e '(.chunk_ns | length == 9 and all(. > 0)) and .cpu_ns > 0' half.json >/dev/null
done

# Where the machine counts events, all three are there; else none.
jq -e '.counters == null or (.counters | keys == ["cycles", "instructions", "llc_misses"])' half.json \
  >/dev/null

# Counts are the same on every run, and another workload has others.
if "$TMB" half --count-instructions "$(point repeated_hits hash_trie 1)" >first 2>why; then
  "$TMB" half --count-instructions "$(point repeated_hits hash_trie 1)" >second
  "$TMB" half --count-instructions "$(point misses hash_trie 1)" >other
  cmp first second
  ! cmp -s first other
else
  grep -q 'instructions are not counted' why
fi

misbehaving=$TMB_BUILD_DIR/test-plugins/misbehaving_map
expect 1 oracle "$TMB" half --plugin-dir "$misbehaving" "$(point repeated_hits gives_two_ids 1)"
expect 3 'does not offer' "$TMB" half --plugin-dir "$misbehaving" "$(point misses lacks_lookup 1)"
expect 4 'from 8 to 1000' "$TMB" half --chunks=7 "$(point unique_inserts hash_trie 1)"
expect 4 'from 8 to 1000' "$TMB" half --chunks=8x "$(point unique_inserts hash_trie 1)"
expect 4 'column' "$TMB" half '{'
expect 4 'which point' "$TMB" half
expect 4 'no_such_map' "$TMB" half "$(point unique_inserts no_such_map 1)"
