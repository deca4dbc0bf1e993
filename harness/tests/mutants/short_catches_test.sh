#!/usr/bin/env bash
# short_catches_test.sh: the short run of ci/mutants.sh fails when a mutant is not seen, and when
# something right is accused. Called by ctest.
set -euo pipefail

source "$TMB_SOURCE_DIR/harness/tests/expect.sh"
short=(env PATIENCE=0.1 bash "$TMB_SOURCE_DIR/ci/mutants.sh" --short)
mutants=$TMB_SOURCE_DIR/impls/mutants

sed 's/^expect: .*/expect: killed/' "$mutants/same_trie_bytes_first.mutant" >same_trie_bytes_first.mutant
expect 1 'NOT SEEN: same_trie_bytes_first' "${short[@]}" "$PWD/same_trie_bytes_first.mutant"

sed 's/^expect: .*/expect: equivalent/' "$mutants/trie_zero_id.mutant" >trie_zero_id.mutant
expect 1 'ACCUSED: trie_zero_id by oracle' "${short[@]}" "$PWD/trie_zero_id.mutant"

# A difference whose lines the product no longer has is an error when it is built.
printf '@@ hash_trie.c\n-  no such line\n' >gone.mutant
expect 1 'stand 0 times in hash_trie.c, not once' awk -v file=hash_trie.c -v from=hash_trie -v to=gone \
  -f "$mutants/mutate.awk" gone.mutant "$TMB_SOURCE_DIR/impls/hash_trie.c"
