#!/usr/bin/env bash
# topology_test.sh: tmb topology: what is planned for described machines, and what is refused.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

topology() { "$TMB" topology "$@"; }

# expect_not COMMAND...: the command must not pass: an expectation that could not fail would.
expect_not() {
  if ("$@") >/dev/null 2>&1; then
    printf 'should have failed: %s\n' "$*"
    exit 1
  fi
}

two_by_two_by_two='pack:2 [numa(memory=4GiB)] l3:1(size=8MiB) core:2 pu:2'

# This machine.
expect 0 'bind a thread to a CPU' topology
expect 0 '"this_system": true' topology --json

# Another one, counted and ordered by hand.
expect 0 'packages 2, nodes 2, cores 4, CPUs 8; allowed CPUs: 0-7' \
  topology --synthetic="$two_by_two_by_two"
expect 0 '   1  4 GiB       4-7' topology --synthetic="$two_by_two_by_two"
expect 0 'L3     8 MiB           2  4' topology --synthetic="$two_by_two_by_two"
expect 0 '  compact  0 1 2 3 4 5 6 7' topology --synthetic="$two_by_two_by_two"
expect 0 '  scatter  0 4 2 6 1 5 3 7' topology --synthetic="$two_by_two_by_two"
expect 0 'Not this system' topology --synthetic="$two_by_two_by_two"
expect 0 'memory only' topology --synthetic='pack:1 [numa] [numa] pu:2'
expect_not expect 0 'memory only' topology --synthetic="$two_by_two_by_two"
expect_not expect 0 '  scatter  0 1 2 3 4 5 6 7' topology --synthetic="$two_by_two_by_two"

# One order only.
expect 0 '  none     left to the kernel' topology --place=none
expect 0 'scatter' topology --place=scatter --synthetic='pu:3'
expect_not expect 0 'compact' topology --place=scatter --synthetic='pu:3'

# JSON.
topology --json --synthetic="$two_by_two_by_two" >machine.json
expect 0 '"this_system": false' cat machine.json
expect 0 '[0,4,2,6,1,5,3,7]' sh -c 'tr -d " \n" <machine.json'
expect 0 '{"cpu":7,"core":3,"rank":1,"package":1,"node":1}' sh -c 'tr -d " \n" <machine.json'
expect 0 '{"cpu":1,"core":null,"rank":0,"package":null,"node":0}' \
  sh -c '"$TMB" topology --json --synthetic=pu:2 | tr -d " \n"'

# What cannot be read is refused, and is never the real machine.
for bad in '' 'nonsense' 'pack:2 core:2' 'pu:0' 'pu:-1' 'pu:2 and more' '[numa]'; do
  expect 4 'synthetic machine' topology --synthetic="$bad"
  expect_not expect 4 'packages' topology --synthetic="$bad"
done
expect 4 'more than 8192' topology --synthetic='pack:1000 pu:1000'
expect 4 'none.xml: No such file' topology --xml=none.xml
printf 'not XML' >bad.xml
expect 4 'bad.xml: not a whole XML topology: its 7 bytes' topology --xml=bad.xml
printf '<topology></topology>' >bad.xml
expect 4 'bad.xml: not an XML topology' topology --xml=bad.xml
expect 4 'HWLOC_SYNTHETIC' env HWLOC_SYNTHETIC='pack:2 nonsense' "$TMB" topology
expect 4 'HWLOC_XMLFILE' env HWLOC_XMLFILE=none.xml "$TMB" topology

# Usage.
expect 4 '--place=middle' topology --place=middle
expect 4 'give one of them' topology --synthetic=pu:2 --xml=bad.xml
expect 4 'no arguments are expected' topology here
expect 4 'unrecognized option' topology --fast
expect 0 'KIND' topology --help
if [ -e /dev/full ]; then
  expect 4 'standard output cannot be written' sh -c '"$TMB" topology >/dev/full'
fi
