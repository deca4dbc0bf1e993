#!/usr/bin/env bash
# hygiene_catches_test.sh: check-hygiene.sh accepts a clean tree and refuses each thing planted in it.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

check() { bash "$TMB_SOURCE_DIR/ci/check-hygiene.sh" tree; }

# plant FILE LINE...: a fresh clean tree in which FILE has these lines.
plant() {
  rm -rf tree
  mkdir tree
  printf '#!/usr/bin/env bash\nset -euo pipefail\necho ok\n' >tree/good.sh
  echo '/* below ~/work/x and share/home/y */' >tree/main.c
  local file=$1
  shift
  if [ $# -gt 0 ]; then printf '%s\n' "$@" >"tree/$file"; fi
}

plant none
expect 0 '2 files are clean' check

# Written in two halves, for the check reads this file too.
plant main.c '#include "/ho''me/someone/map.h"'
expect 1 'main.c:1:' check
plant main.c 'read /wo''rk/tree/x'
expect 1 'a path of one machine' check
plant main.c '' '/* TO''DO: later */'
expect 1 'main.c:2:' check
plant main.c '/* FIX''ME */'
expect 1 'a note to self' check
plant bad.sh 'set -euo pipefail' 'if true'
expect 1 'syntax error' check
plant bad.sh 'echo ok'
expect 1 "bad.sh: lacks the line 'set -euo pipefail'" check
plant run '#!/bin/bash' 'echo ok'
expect 1 "run: lacks the line 'set -euo pipefail'" check
