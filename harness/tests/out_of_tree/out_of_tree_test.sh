#!/usr/bin/env bash
# out_of_tree_test.sh: a map that knows only the installed headers is built, found and benchmarked by
# the installed tmb.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")" && pwd)
. "$source_dir/installed.sh"
. "$source_dir/../expect.sh"
tmb=$PWD/prefix/bin/tmb

# shellcheck disable=SC2086,SC2154 # cflags are words, set by installed.sh
cc -std=c11 -pedantic -Wall -Wextra -Werror -O2 -shared -fPIC $cflags "$source_dir/mine.c" -o mine.so

plugindir=$(pkg-config --variable=plugindir tracemap-bench)
for plugin in "$TMB_BUILD_DIR"/lib/tracemap-bench/*.so; do
  if [ ! -f "$plugindir/${plugin##*/}" ]; then
    echo "${plugin##*/} is built but not installed in $plugindir"
    exit 1
  fi
done

expect 0 hash_trie "$tmb" list
expect 0 'one mutex around a table of chains' "$tmb" list --map=./mine.so
expect 0 'one mutex around a table of chains' "$tmb" list --plugin-dir=.

expect 0 mine "$tmb" bench --map=./mine.so --workload=unique_inserts --keys=1000 --threads=1 \
  --rounds=1 --out=run
if ! grep -qE '"map": *"(\./)?mine(\.so)?"' run/bench.json; then
  echo 'run/bench.json has no point of the map mine:'
  cat run/bench.json
  exit 1
fi
