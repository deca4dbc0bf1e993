#!/usr/bin/env bash
# tracked-files.sh ROOT: the source files below ROOT, NUL-separated, relative to it: what git tracks,
# or every file where ROOT is no checkout (a release archive, a test's copy). Called by the checks.
set -euo pipefail

cd "$1"
if [ -e .git ] && git ls-files -z >/dev/null 2>&1; then
  git ls-files -z
else
  find . -name .git -prune -o -path ./build -prune -o -path ./results/runs -prune -o \
    -type f -printf '%P\0'
fi | while IFS= read -r -d '' file; do
  # Tracked, but deleted in the working tree.
  if [ -f "$file" ]; then printf '%s\0' "$file"; fi
done
