#!/usr/bin/env bash
# test.sh: every test, in the release build and under the sanitizers, but for three long ones of one
# thread under ThreadSanitizer (CMakePresets.json); clang must compile it all without a warning. Called by
# make test.
set -euo pipefail

exec bash "$(dirname "$0")/run-presets.sh" release asan-ubsan tsan debug-clang:build
