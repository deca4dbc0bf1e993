#!/usr/bin/env bash
# list_test.sh: what `tmb list` says of a map: the library under it, and what sets it apart.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR/..
. "$TMB_SOURCE_DIR/harness/tests/expect.sh"

# traits MAP: the line behind its name. All is read: who ends earlier ends tmb, too.
traits() {
  "$TMB" list "${@:2}" | awk -v map="$1" '$1 == map { getline; print }'
}
# says MAP LINE [ARGUMENT...]: LINE may be a pattern.
says() {
  local line
  line=$(traits "$1" "${@:3}")
  # shellcheck disable=SC2053 # a pattern on purpose
  if [[ $line != "      "$2 ]]; then
    printf '%s: expected "%s", got "%s"\n' "$1" "$2" "$line"
    exit 1
  fi
}

says hash_trie 'no library; lock-free; async-signal-safe; memory given back on reset'
says fixed_bucket 'no library; not lock-free; not async-signal-safe; memory given back on reset'
says null_map 'no library; not lock-free; not async-signal-safe; memory not given back on reset'
says false_lock_free \
  'no library; lock-free; not async-signal-safe; memory not given back on reset' \
  --map="$TMB_BUILD_DIR/harness/tests/stress/maps/false_lock_free.so"

# The peers that were built here name their library with its version; one needs none but C++'s own.
says sharded_unordered 'lib*c++ [0-9]*; not lock-free; not async-signal-safe; memory given back on reset'
for peer in urcu_lfht:liburcu ck_ht:'Concurrency Kit' tbb_hash_map:oneTBB libcuckoo_map:libcuckoo \
  glib_locked:GLib boost_flat_map:Boost; do
  map=${peer%%:*}
  if [ -e "$TMB_BUILD_DIR/lib/tracemap-bench/$map.so" ]; then
    says "$map" "${peer#*:} [0-9]*.[0-9]*; *lock-free; not async-signal-safe; memory given back on reset"
  fi
done
# Every profile, with its summary.
profiles=$("$TMB" list | sed -n '/^profiles$/,$p')
for profile in "$TMB_SOURCE_DIR"/ci/matrices/*.json; do
  name=$(basename "$profile" .json)
  summary=$(jq -r .summary "$profile")
  if ! grep -qxE " +$name +.*" <<<"$profiles" || ! grep -qF -- " $summary" <<<"$profiles"; then
    echo "the profile $name is not listed"
    exit 1
  fi
done
expect 4 'no arguments are expected' "$TMB" list hash_trie
echo "list says what it should"
