#!/usr/bin/env bash
# format_catches_test.sh: check-format.sh refuses a file that clang-format would change, and says so
# when clang-format is missing.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

check() { bash "$TMB_SOURCE_DIR/ci/check-format.sh" tree; }

mkdir tree
cp "$TMB_SOURCE_DIR/.clang-format" tree
printf 'int main(void)\n{\n  return 0;\n}\n' >tree/main.c
without_clang_format() {
  mkdir -p bin
  local tool
  for tool in bash dirname; do ln -sf "$(command -v "$tool")" bin; done
  PATH=$PWD/bin check
}
expect 77 'clang-format is not installed' without_clang_format

if ! command -v clang-format >/dev/null; then
  echo 'skipped: clang-format is not installed'
  exit 77
fi
expect 0 '1 files are formatted' check
printf 'int main(void) {\n    return 0;\n}\n' >tree/main.c
expect 1 'not formatted: run make format' check
