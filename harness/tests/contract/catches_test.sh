#!/usr/bin/env bash
# catches_test.sh TEST PROGRAM PLUGIN [ARGUMENT...]: the contract program must fail on this plug-in,
# which is wrong on purpose, and it must be TEST that fails. A crash counts when TEST was under way.
set -euo pipefail

name=$1
shift
status=0
output=$("$@" "$name" 2>&1) || status=$?
if [ "$status" -eq 0 ] || [ "$status" -eq 77 ]; then
  printf '%s\nlets it through (exit %s):\n%s\n' "$*" "$status" "$output"
  exit 1
fi
if grep -qE "^\[  FAILED  \] ([a-z]+: )?$name$" <<<"$output"; then
  echo "caught by $name"
  exit 0
fi
last=$(grep -E '^\[ RUN      \]' <<<"$output" | tail -n 1 || true)
if [ "$last" = "[ RUN      ] $name" ]; then
  echo "caught by $name, which it ended (exit $status)"
  exit 0
fi
printf '%s\nexit %s, but it is not %s that failed:\n%s\n' "$*" "$status" "$name" "$output"
exit 1
