#!/usr/bin/env bash
# expectations_test.sh: expectations.sh on made-up sights: what holds, what does not, what nobody
# expected, and the negative control of the negative control.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

expectations() { bash "$TMB_SOURCE_DIR/ci/numa/expectations.sh" "$@"; }

cat >two <<'END'
# A comment, and an empty line.

nodes: 0:0-3, 1:4-7
order: 0@0 4@1
END
printf 'exit code: 0\n' >any
printf 'saw %s\n' 'nodes: 0:0-3, 1:4-7' 'order: 0@0 4@1' 'exit code: 0' >seen_two
printf 'saw %s\n' 'nodes: 0:0-7' 'order: 0@0 4@0' 'exit code: 0' >seen_one

expect 0 'ok nodes: "0:0-3, 1:4-7"' expectations hold seen_two any two
expect 1 'FAILED nodes: expected "0:0-3, 1:4-7", saw "0:0-7"' expectations hold seen_one any two
expect 1 'ok exit code: "0"' expectations hold seen_one any two
expect 1 'FAILED order: saw "0@0 4@1", which nothing expects' expectations hold seen_two any
expect 1 'FAILED nodes: expected "0:0-3, 1:4-7", saw nothing' expectations hold /dev/null two
expect 0 'refuted nodes: expected "0:0-3, 1:4-7", saw "0:0-7"' expectations refute seen_one two
expect 1 'FAILED exit code: saw "0" on this machine, too: it tells nothing' expectations refute seen_one any two
expect 1 'FAILED nodes: saw "0:0-3, 1:4-7" on this machine, too' expectations refute seen_two two

# A name may hold a colon; the first one before a blank ends it.
printf 'order of node:1: 4@1\n' >place
printf 'saw order of node:1: 4@1\n' >seen_place
expect 0 'ok order of node:1: "4@1"' expectations hold seen_place place

# What cannot be meant.
expect 1 'FAILED nothing is expected' expectations hold seen_two /dev/null
expect 1 'FAILED nothing is expected' expectations refute seen_two /dev/null
printf 'nodes 2\n' >bad
expect 1 'bad:1: no line "NAME: VALUE"' expectations hold seen_two any two bad
expect 1 'exit code: expected twice' expectations hold seen_two any two any
cat seen_two seen_two >twice
expect 1 'FAILED order: seen twice' expectations hold twice any two
expect 4 'usage' expectations hold seen_two
expect 4 'usage' expectations look seen_two two

# The files that are there: refuted lines are not in the files of every machine, and all are read.
cd "$TMB_SOURCE_DIR/ci/numa/expected"
for file in *; do
  sed -n '/^[^#]/s/^/saw /p' "$file" >"$OLDPWD/seen"
  expect 0 'ok ' expectations hold "$OLDPWD/seen" "$file"
done
