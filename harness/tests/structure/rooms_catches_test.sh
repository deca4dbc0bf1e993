#!/usr/bin/env bash
# rooms_catches_test.sh: check-rooms.sh accepts a clean tree and refuses each thing planted in it.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

check() { bash "$TMB_SOURCE_DIR/ci/check-rooms.sh" tree tree/rooms.txt; }

# plant FILE LINE...: a fresh clean tree in which FILE has these lines.
plant() {
  rm -rf tree
  mkdir -p tree/harness/{api,record,check,cmd,tests/unit} tree/impls/{common,regions} tree/workloads
  printf 'api: \nrecord: api\ncheck: api record\ncorpus: \n' >tree/rooms.txt
  echo '#include <stdint.h>' >tree/harness/api/map.h
  printf '#include "api/map.h"\n#include "tape.h"\n' >tree/harness/record/history.h
  echo >tree/harness/record/tape.h
  printf '#include "record/history.h"\n#include "check/oracle.h"\n' >tree/harness/check/oracle.c
  echo '#include <api/map.h>' >tree/harness/check/oracle.h
  echo '#include "check/oracle.h"' >tree/harness/cmd/tmb.c
  echo '#include "cmd/commands.h"' >tree/harness/tests/unit/cmd_test.c
  echo >tree/harness/cmd/commands.h
  echo '#include "api/map.h"' >tree/impls/common/hash.h
  echo '#include "../common/hash.h"' >tree/impls/regions/locked.c
  echo '#include "common/hash.h"' >tree/impls/trie.c
  echo '#include "api/map.h"' >tree/workloads/replay.c
  local file=$1
  shift
  if [ $# -gt 0 ]; then printf '%s\n' "$@" >"tree/$file"; fi
}

plant none
expect 0 'all allowed' check

plant harness/record/history.h '#include "api/map.h"' '#include "check/oracle.h"'
expect 1 'harness/record/history.h:2: record may not include check' check
plant harness/record/history.h '#  include <check/oracle.h>'
expect 1 'record may not include check' check
plant harness/record/history.h '#include "../check/oracle.h"'
expect 1 'record may not include check' check
plant harness/record/history.h '#include "check/not_yet_there.h"'
expect 1 'record may not include check' check
plant harness/check/oracle.h '#include "cmd/commands.h"'
expect 1 'check may not include cmd' check
plant harness/cmd/tmb.c '#include "common/hash.h"'
expect 1 'is no file of the project' check
plant harness/cmd/tmb.c '#include "../../impls/common/hash.h"'
expect 1 'cmd may not include impls' check
plant harness/cmd/tmb.c '#include "tests/unit/cmd_test.c"'
expect 1 'cmd may not include tests' check
plant impls/trie.c '#include "check/oracle.h"'
expect 1 'impls may not include check' check
plant workloads/replay.c '#include "../impls/common/hash.h"'
expect 1 'workloads may not include impls' check

plant rooms.txt 'api: ' 'record: api check' 'check: record api'
expect 1 'a circle: ' check
plant rooms.txt 'api: ' 'record: api' 'check: api record nowhere'
expect 1 'check uses nowhere, which is no room' check
plant rooms.txt 'api: ' 'check: api record'
expect 1 'harness/record has sources but no add_room()' check
