#!/usr/bin/env bash
# out_of_tree_test.sh: a map that knows only the installed headers is built, found and benchmarked by
# the installed tmb.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")" && pwd)
. "$source_dir/installed.sh"
tmb=$PWD/prefix/bin/tmb

# shellcheck disable=SC2086 # cflags are words
cc -std=c11 -pedantic -Wall -Wextra -Werror -O2 -shared -fPIC $cflags "$source_dir/mine.c" -o mine.so

# expect TEXT COMMAND...: exit 0 and the text in the output.
expect() {
  local text=$1 status=0 output
  shift
  output=$("$@" 2>&1) || status=$?
  if [ "$status" -ne 0 ] || ! grep -qF -- "$text" <<<"$output"; then
    printf '%s\nexpected exit 0 and "%s"; got exit %s and:\n%s\n' "$*" "$text" "$status" "$output"
    exit 1
  fi
}

plugindir=$(pkg-config --variable=plugindir tracemap-bench)
for plugin in "$TMB_BUILD_DIR"/lib/tracemap-bench/*.so; do
  if [ ! -f "$plugindir/${plugin##*/}" ]; then
    echo "${plugin##*/} is built but not installed in $plugindir"
    exit 1
  fi
done

expect hash_trie "$tmb" list
expect 'one mutex around a table of chains' "$tmb" list --map=./mine.so
expect 'one mutex around a table of chains' "$tmb" list --plugin-dir=.

expect mine "$tmb" bench --map=./mine.so --workload=unique_inserts --keys=1000 --threads=1 \
  --rounds=1 --out=run
if ! grep -q '"map": *"mine"' run/bench.json; then
  echo 'run/bench.json has no point of the map mine:'
  cat run/bench.json
  exit 1
fi
