#!/usr/bin/env bash
# Runs a command in an empty directory that is gone afterwards. Called by ctest for every test that
# is a script.
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
"$@"
