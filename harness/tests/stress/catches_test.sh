#!/usr/bin/env bash
# catches_test.sh: maps that break a promise are refuted, for that promise and with the words that say
# why; those that claim nothing are not accused; a crash costs its own row only; and the command that is
# printed plays the epoch again.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"
maps=$TMB_BUILD_DIR/harness/tests/stress/maps
signals=yes
case $TMB_SANITIZE in *thread*) signals=no ;; esac

# refuted MAP SCENARIO PROMISE TEXT [TIME]: exit 1, the promise REFUTED, no other one, and TEXT.
refuted() {
  local got=0
  "$TMB" stress --map="$maps/$1.so" --only="$2" --time="${5:-1s}" --patience=1s >table 2>progress || got=$?
  if [ "$got" -ne 1 ] || ! grep -qE "^$1 +[a-z_]+ +$3 +(yes|in part) +REFUTED" table ||
    ! grep -qF -- "$4" table || [ "$(grep -c REFUTED table)" -ne 1 ]; then
    printf '%s under %s: exit %s, wanted 1 with only %s REFUTED and "%s":\n' "$1" "$2" "$got" "$3" "$4"
    cat table progress
    exit 1
  fi
}

# Nothing lands inside a put under ThreadSanitizer: said so, and nobody is accused.
if [ "$signals" = yes ]; then
  refuted false_signal_safe signals async-signal-safe \
    'deadlock: put in the signal handler waits for the lock that the interrupted put of the same thread holds' 20s
  refuted false_lock_free stall lock-free 'all went on when it was let go' 20s
else
  expect 0 'not under ThreadSanitizer' "$TMB" stress --map="$maps/false_signal_safe.so" --only=signals --time=1s
  expect 0 'not under ThreadSanitizer' "$TMB" stress --map="$maps/false_lock_free.so" --only=stall --time=1s
fi
refuted false_dense mix dense-ids 'ids are promised to be dense'
refuted false_ordered mix ordered-ids 'the later put drew the smaller one'
refuted false_ids mix interning 'oracle: '
refuted false_reset mix interning 'bytes after reset'
refuted false_steal mix interning 'oracle: ' # where no memory fails
refuted false_refusal memory clean-refusal 'oracle: '
refuted false_crash mix interning 'crash: Aborted'

# The printed command plays the same tapes: the same epoch is refuted in the same way.
refuted false_ids collisions interning 'oracle: '
first=$(grep -A1 'REFUTED' table | sed -n 's/.*after [0-9.]* s: //p')
again=$(sed -n 's/^ *to repeat: tmb //p' table)
got=0
eval "$TMB ${again/--time=10s/--time=100ms}" >table2 2>/dev/null || got=$?
second=$(grep -A1 'REFUTED' table2 | sed -n 's/.*after [0-9.]* s: //p')
if [ "$got" -ne 1 ] || [ -z "$first" ] || [ -z "$second" ]; then
  printf 'the command\n  tmb %s\nexits %s, wanted 1 and again a refutation:\n' "$again" "$got"
  cat table table2
  exit 1
fi

# The same defects without the promise accuse nobody.
for scenario in signals stall; do
  expect 0 '0 of them refuted' "$TMB" stress --map=fixed_bucket --only=$scenario --time=1s --patience=1s
done
# A crash does not keep the others from their turn.
got=0
"$TMB" stress --map="$maps/false_crash.so,hash_trie" --only=mix --time=200ms >table 2>/dev/null || got=$?
if [ "$got" -ne 1 ] || ! grep -qE '^hash_trie +region_shared +interning +yes +confirmed' table; then
  echo "exit $got, wanted 1 and hash_trie confirmed:"
  cat table
  exit 1
fi
