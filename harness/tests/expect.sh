#!/usr/bin/env bash
# expect.sh: for tests that are scripts: runs a command and holds its exit code and its output
# against what they must be. Sourced.
set -euo pipefail

# expect STATUS TEXT COMMAND...: fails the test unless the command exits so and prints TEXT.
expect() {
  local status=$1 text=$2 got=0 output
  shift 2
  output=$("$@" 2>&1) || got=$?
  if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" <<<"$output"; then
    printf '%s\nexpected exit %s and "%s"; got exit %s and:\n%s\n' \
      "$*" "$status" "$text" "$got" "$output"
    exit 1
  fi
}
