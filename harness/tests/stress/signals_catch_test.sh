#!/usr/bin/env bash
# signals_catch_test.sh MAP: the test stress.signals, of a map whose put may not be interrupted by another.
set -euo pipefail

. "$TMB_SOURCE_DIR/harness/tests/expect.sh"
expect 1 'REFUTED' "$TMB" stress --time=20s --only=signals --region=region_sharded --map="$1"
