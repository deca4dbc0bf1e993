#!/usr/bin/env bash
# catches_mutant_test.sh MUTANT TEST PROGRAM PLUGIN [ARGUMENT...]: as catches_test.sh, for a plug-in that was
# made from impls/mutants/MUTANT.mutant. Exit code 77 where the processor lacks what its difference needs.
set -euo pipefail

mutant=$TMB_SOURCE_DIR/impls/mutants/$1.mutant
shift
lacks=$(bash "$TMB_SOURCE_DIR/ci/mutant-lacks.sh" "$mutant")
if [ "$lacks" ]; then
  echo "skipped: this processor lacks $lacks"
  exit 77
fi
exec bash "$(dirname "$0")/catches_test.sh" "$@"
