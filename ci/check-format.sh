#!/usr/bin/env bash
# check-format.sh ROOT: every C and C++ file is as clang-format leaves it. Called by the test
# structure.format and make check-format. Exits 1 with the places, 77 where clang-format is missing.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
if ! command -v clang-format >/dev/null; then
  echo "skipped: clang-format is not installed (make setup installs it)"
  exit 77
fi
files=$("$here/tracked-files.sh" . | tr '\0' '\n' | grep -E '\.(c|cc|h)$' || true)
if [ -z "$files" ]; then
  echo "$1: no sources" >&2
  exit 4
fi
if ! tr '\n' '\0' <<<"$files" | xargs -0 clang-format --dry-run -Werror; then
  echo "not formatted: run make format"
  exit 1
fi
echo "$(wc -l <<<"$files") files are formatted"
