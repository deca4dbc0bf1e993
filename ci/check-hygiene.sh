#!/usr/bin/env bash
# check-hygiene.sh ROOT: no path of a build machine, no note to self, and scripts that stop at the
# first error. Called by the test structure.hygiene. Exits 1 with the places.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
failed=0

mapfile -d '' -t files < <("$here/tracked-files.sh" .)
if [ "${#files[@]}" -eq 0 ]; then
  echo "$1: no files" >&2
  exit 4
fi

# refuse PATTERN WHY: no text file may match. The patterns are written so that they do not match
# themselves.
refuse() {
  local found
  found=$(printf '%s\0' "${files[@]}" | xargs -0 grep -HnIE -e "$1" || true)
  if [ -n "$found" ]; then
    echo "$2:"
    echo "$found"
    failed=1
  fi
}
refuse '(^|[^[:alnum:]_.~/-])/(home|root|work|Users)/[[:alnum:]._-]' 'a path of one machine'
refuse '\b(TO[D]O|FIX[M]E)\b' 'a note to self: do it, or file an issue'

# Scripts, by name or by first line.
mapfile -t scripts < <(printf '%s\0' "${files[@]}" |
  xargs -0 awk '/^#!.*sh *$/ || FILENAME ~ /\.sh$/ { print FILENAME } { nextfile }')
for file in "${scripts[@]}"; do
  if ! bash -n "$file"; then
    failed=1
  fi
  if ! grep -qx 'set -euo pipefail' "$file"; then
    echo "$file: lacks the line 'set -euo pipefail'"
    failed=1
  fi
done

if [ "$failed" -eq 0 ]; then
  echo "${#files[@]} files are clean"
fi
exit "$failed"
