#!/usr/bin/env bash
# memory_test.sh: `tmb memory`: that it measures what it says, prints and writes it, and what it
# refuses. No time is held against anything.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

memory() { "$TMB" memory "$@"; }

memory --max=256K --passes=2 --json >memory.json
cat memory.json
# Sizes: powers of two and the middles, up to the largest and no further.
sizes=$(grep -o '"bytes": [0-9]*' memory.json | head -13 | grep -o '[0-9]*' | tr '\n' ' ')
test "$sizes" = '4096 6144 8192 12288 16384 24576 32768 49152 65536 98304 131072 196608 262144 '
expect 0 '"distance"' cat memory.json
expect 0 '"huge_share"' cat memory.json
expect 0 '"on_node_share"' cat memory.json
expect 0 '"fingerprint"' cat memory.json

# Where the kernel is told to bind and can be asked, all pages are where they were wanted.
if "$TMB" topology | grep -q 'bind memory to a node *yes' && grep -q '"bound": true' memory.json; then
  expect 0 '"on_node_share": 1.0' cat memory.json
fi

# Text, and files.
expect 0 'working set     least  median  spread' memory --max=64K --passes=2
if command -v gnuplot >/dev/null; then
  expect 0 'ns a load' memory --max=64K --passes=2 --out=out
  test "$(head -c 4 out/memory_latency.png | tail -c 3)" = PNG
  expect 0 '<svg' cat out/memory_latency.svg
fi
expect 3 'gnuplot is not installed' env PATH=/nonexistent "$TMB" memory --max=4K --passes=1 --out=bare
expect 0 '"matrix"' cat bare/memory.json

# Usage.
expect 4 '--max=1K' memory --max=1K
expect 4 '--max=12Q' memory --max=12Q
expect 4 '--max=99999999999999999999' memory --max=99999999999999999999
expect 4 '--passes=0' memory --passes=0
expect 4 '--passes=100000' memory --passes=100000
expect 4 'no arguments are expected' memory here
expect 4 'HWLOC_SYNTHETIC' env HWLOC_SYNTHETIC='pack:2 pu:2' "$TMB" memory --max=4K
touch file
expect 4 'file' memory --max=4K --passes=1 --out=file/inside
