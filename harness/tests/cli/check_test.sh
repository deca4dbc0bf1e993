#!/usr/bin/env bash
# `tmb check`: verdicts, exit codes, refusals with file and line, pictures, JSON.
set -euo pipefail

histories=$TMB_SOURCE_DIR/harness/tests/histories
failed=0

fail() {
  echo "FAILED: $*"
  failed=1
}

# expect <exit code> <argument>...: runs tmb check; output in out, messages in err.
expect() {
  local wanted=$1 got=0
  shift
  "$TMB" check "$@" >out 2>err || got=$?
  [ "$got" = "$wanted" ] || fail "exit code $got, not $wanted: tmb check $*: $(cat out err)"
}

says() { # <file> <text>
  grep -qF -- "$2" "$1" || fail "no '$2' in: $(cat "$1")"
}

for file in "$histories"/*_linearizable.jsonl "$histories"/{register_keys,register_values}.jsonl \
  "$histories"/{register_equal_times,intern_epochs,intern_concurrent_reset}.jsonl; do
  expect 0 "$file"
  says out ": linearizable, "
done

for file in "$histories"/{register_stale_read,register_failed_cas,kv_lost_append}.jsonl \
  "$histories"/{set_added_twice,intern_lost_key,intern_shared_id}.jsonl; do
  expect 1 "$file"
  says out ": VIOLATION, "
done

expect 2 --budget=1000 "$histories/register_hard.jsonl"
says out ": unknown, "
says out "--budget"

# Every bad input is refused by file and line, and by nothing else.
for file in "$histories"/bad/*.jsonl; do
  expect 4 "$file"
  [ ! -s out ] || fail "$file: a verdict on what could not be read: $(cat out)"
  grep -qE "^$file:[0-9]+: .+" err || fail "$file: no file and line in: $(cat err)"
  [ "$(wc -l <err)" = 1 ] || fail "$file: more than one line: $(cat err)"
done

# The others are checked all the same; the worst exit code counts.
expect 4 "$histories/bad/empty.jsonl" "$histories/register_stale_read.jsonl"
says out "VIOLATION"
expect 1 "$histories/register_stale_read.jsonl" "$histories/register_keys.jsonl"
says out "register_keys.jsonl: linearizable"
expect 1 --budget=1000 "$histories/register_hard.jsonl" "$histories/set_added_twice.jsonl"
expect 1 --budget=1000 --quiet "$histories"
[ "$(wc -l <out)" = 7 ] || fail "--quiet is not a line for each that is not linearizable: $(cat out)"
expect 4 no-such-file
says err "cannot open"
mkdir empty
expect 4 empty
says err "no file *.jsonl"

"$TMB" check - <"$histories/kv_linearizable.jsonl" >out || fail "standard input"
says out "linearizable, 6 operations, 2 keys"

expect 4
expect 4 --model=queue "$histories/register_keys.jsonl"
expect 4 --budget=many "$histories/register_keys.jsonl"
expect 4 --budget=-1 "$histories/register_keys.jsonl"
expect 4 --timeline=picture.png "$histories/register_keys.jsonl"
expect 4 --model=kv "$histories/register_keys.jsonl"
says err "unknown function"

# A witness is an order of the operations; a violation names its operations.
expect 0 --witness "$histories/register_linearizable.jsonl"
says out "write(1)"
expect 0 --witness --json "$histories/intern_epochs.jsonl"
says out '"witness":[0,1,2,3]'
expect 1 --json "$histories/register_stale_read.jsonl"
says out '"verdict":"violation"'
says out '"stuck":5'
says out '"core":['
expect 4 --json "$histories/bad/empty.jsonl"
says out '"verdict":"error"'

expect 1 --timeline=a.svg "$histories/register_stale_read.jsonl"
says a.svg "a read that goes back in time is not linearizable as a register"
expect 1 --timeline=a.html "$histories/intern_shared_id.jsonl"
says a.html "</html>"
expect 0 --timeline=b.svg "$histories/register_keys.jsonl"
[ ! -e b.svg ] || fail "a picture of no violation"
expect 4 --timeline=no/such/a.svg "$histories/register_stale_read.jsonl"
[ -z "$(ls a.*.?????? a.svg.* 2>/dev/null)" ] || fail "a temporary file is left"

exit $failed
