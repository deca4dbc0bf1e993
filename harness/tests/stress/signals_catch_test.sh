#!/usr/bin/env bash
# signals_catch_test.sh MAP: stress.signals refutes a map whose draw of an id may not be interrupted by
# another, because two strings have one id.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"
expect 1 'both have id' "$TMB" stress --time=20s --only=signals --region=region_sharded --map="$1"
