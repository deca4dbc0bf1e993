#!/usr/bin/env bash
# sanitize.sh [PRESET...]: every test under the sanitizers of gcc and of clang, or under those named.
# Called by make sanitize, and by the workflow with one preset a job.
set -euo pipefail

if [ $# -eq 0 ]; then
  set -- asan-ubsan asan-ubsan-clang tsan tsan-clang
fi
exec bash "$(dirname "$0")/run-presets.sh" "$@"
