#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: configures and builds a preset in build/PRESET. Called by make and the
# scripts beside it.
set -euo pipefail

if [ $# -lt 1 ]; then
  echo "usage: build.sh PRESET [TARGET...]; cmake --list-presets lists them" >&2
  exit 4
fi
preset=$1
shift
cd "$(dirname "$0")/.."
if ! command -v cmake >/dev/null; then
  echo "build: cmake is missing; make setup installs what the build needs" >&2
  exit 3
fi
cmake --preset "$preset" --log-level=NOTICE
cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
