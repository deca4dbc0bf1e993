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
expect 0 'packages 2, nodes 2, cores 4, CPUs 8; allowed CPUs: 0-7 (all of the machine)' \
  topology --synthetic="$two_by_two_by_two"
expect 0 '   1  4 GiB       4-7' topology --synthetic="$two_by_two_by_two"
expect 0 'L3     8 MiB           2  4' topology --synthetic="$two_by_two_by_two"
expect 0 '  compact     0 1 2 3 4 5 6 7' topology --synthetic="$two_by_two_by_two"
expect 0 '  scatter     0 4 2 6 1 5 3 7' topology --synthetic="$two_by_two_by_two"
expect 0 'Not this system' topology --synthetic="$two_by_two_by_two"
expect 0 'memory only' topology --synthetic='pack:1 [numa] [numa] pu:2'
expect_not expect 0 'memory only' topology --synthetic="$two_by_two_by_two"
expect_not expect 0 '  scatter     0 1 2 3 4 5 6 7' topology --synthetic="$two_by_two_by_two"

expect 0 '  cores-first 0 2 4 6 1 3 5 7' topology --synthetic="$two_by_two_by_two"
expect 0 '  smt-first   0 1 4 5 2 3 6 7' topology --synthetic="$two_by_two_by_two"
expect 0 '  node:1      4 6 5 7' topology --synthetic="$two_by_two_by_two"
expect 0 'distances between nodes: not known' topology --synthetic="$two_by_two_by_two"

# One order only.
expect 0 '  node:1+node:0 4 6 5 7 0 2 1 3' topology --place=node:1+node:0 \
  --synthetic="$two_by_two_by_two"
expect 0 '  cpus:7,0-2  7 0 1 2' topology --place=cpus:7,0-2 --synthetic="$two_by_two_by_two"
expect 0 '  none        left to the kernel' topology --place=none
expect 0 'scatter' topology --place=scatter --synthetic='pu:3'
expect_not expect 0 'compact' topology --place=scatter --synthetic='pu:3'

# JSON.
topology --json --synthetic="$two_by_two_by_two" >machine.json
expect 0 '"this_system": false' cat machine.json
expect 0 '[0,4,2,6,1,5,3,7]' sh -c 'tr -d " \n" <machine.json'
expect 0 '{"cpu":7,"core":3,"rank":1,"package":1,"node":1}' sh -c 'tr -d " \n" <machine.json'
expect 0 '{"cpu":1,"core":null,"rank":0,"package":null,"node":0}' \
  sh -c '"$TMB" topology --json --synthetic=pu:2 | tr -d " \n"'

expect 0 '"node:0+node:1":[0,2,1,3,4,6,5,7]' sh -c '"$TMB" topology --json \
  --place=node:0+node:1 --synthetic="numa:2 core:2 pu:2" | tr -d " \n"'
expect 0 '"distances":null' sh -c '"$TMB" topology --json --synthetic=pu:2 | tr -d " \n"'

# Distances, as a machine's firmware states them: hwloc writes them into its XML.
cat >distances.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc2.dtd">
<topology version="2.0">
  <object type="Machine" os_index="0" cpuset="0x3" complete_cpuset="0x7" allowed_cpuset="0x3" nodeset="0x3" complete_nodeset="0x3" allowed_nodeset="0x3" gp_index="1">
    <object type="Package" os_index="0" cpuset="0x1" complete_cpuset="0x5" nodeset="0x1" complete_nodeset="0x1" gp_index="2">
      <object type="NUMANode" os_index="0" cpuset="0x1" complete_cpuset="0x5" nodeset="0x1" complete_nodeset="0x1" gp_index="4" local_memory="1073741824"/>
      <object type="PU" os_index="0" cpuset="0x1" complete_cpuset="0x1" nodeset="0x1" complete_nodeset="0x1" gp_index="6"/>
    </object>
    <object type="Package" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="3">
      <object type="NUMANode" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="5" local_memory="1073741824"/>
      <object type="PU" os_index="1" cpuset="0x2" complete_cpuset="0x2" nodeset="0x2" complete_nodeset="0x2" gp_index="7"/>
    </object>
  </object>
  <distances2 type="NUMANode" nbobjs="2" kind="5" name="NUMALatency" indexing="os">
    <indexes length="4">0 1 </indexes>
    <u64values length="12">10 21 31 10 </u64values>
  </distances2>
</topology>
XML
expect 0 '   1    31    10' topology --xml=distances.xml
expect 0 '"distances":[[10,21],[31,10]]' sh -c '"$TMB" topology --json --xml=distances.xml | tr -d " \n"'
expect 4 'CPU 2 is offline, or this process may not use it: it may use 0-1' topology \
  --xml=distances.xml --place=cpus:2
expect 4 'there is no CPU 3' topology --xml=distances.xml --place=cpus:3

# What this process may not use: of a machine with one CPU nothing can be taken away.
first=$("$TMB" topology --json | jq -r '.cpus[0].cpu')
second=$("$TMB" topology --json | jq -r '.cpus[1].cpu // empty')
if [ -n "$second" ]; then
  expect 0 "allowed CPUs: $second (of " taskset -c "$second" "$TMB" topology
  expect 4 "CPU $first is offline, or this process may not use it: it may use $second" \
    taskset -c "$second" "$TMB" topology --place="cpus:$first"
  expect_not expect 4 'there is no CPU' taskset -c "$second" "$TMB" topology --place="cpus:$first"
fi

# A picture.
expect 4 'must end in a format' topology --picture=machine
expect 4 'hwloc-nox' env PATH=/nonexistent "$TMB" topology --picture=machine.svg
if command -v lstopo >/dev/null; then
  expect 0 'packages 2' topology --synthetic="$two_by_two_by_two" --picture=machine.svg
  expect 0 '<svg' cat machine.svg
  expect 4 'machine.nonsense: lstopo did not draw it' topology --picture=machine.nonsense
  expect 4 'none/machine.svg' topology --picture=none/machine.svg
fi
for left in machine machine.svg.* machine.nonsense* ./*.tmp*; do
  if [ -e "$left" ]; then
    echo "$left was left behind"
    exit 1
  fi
done

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
expect 4 '"middle" is no placement: there are compact' topology --place=middle
expect_not expect 4 'packages' topology --place=middle
expect 4 'there is no node 9' topology --place=node:9 --synthetic="$two_by_two_by_two"
expect 4 'node 1 has memory only' topology --place=node:1 --synthetic='pack:1 [numa] [numa] pu:2'
expect 4 'CPU 1 is in the list twice' topology --place=cpus:1,0-2 --synthetic=pu:4
expect 4 'give one of them' topology --synthetic=pu:2 --xml=bad.xml
expect 4 'no arguments are expected' topology here
expect 4 'unrecognized option' topology --fast
expect 0 'PLACE' topology --help
if [ -e /dev/full ]; then
  expect 4 'standard output cannot be written' sh -c '"$TMB" topology >/dev/full'
fi
