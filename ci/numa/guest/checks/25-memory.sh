# Where the pages of each memory policy are, counted by the kernel; whose accesses go to another node;
# pages that are moved away meanwhile, which must be seen; and more than a node holds, which must be
# refused, not killed for.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

# measure JQ: a point of two threads on two nodes (where there are two) with that change; leaves side.json.
measure() {
  rm -f side.json
  point scatter 2 | jq -c ". + {region: \"region_per_thread\", keys: 8000, operations: 8000} + $1" >point.json
  tmb point --min-time=0.01 --side=side.json "$(cat point.json)" >point.log 2>&1 || cat point.log >&2
}

# found SET: the verdict, and the nodes that have pages of the set.
found() {
  [ -e side.json ] || {
    echo refused
    return
  }
  jq -r --arg set "$1_pages_node_" '"\(.memory), on " + ([.counters | keys[] | select(startswith($set)) |
    ltrimstr($set) | tonumber] | sort | map(tostring) | join(" "))' side.json
}

# remote: the share of remote accesses as words.
remote() {
  [ ! -e side.json ] || jq -r '.counters.remote_share | "; remote: " + if . == null then "not known"
    elif . == 0 then "none" elif . > 0.4 and . < 0.6 then "half" elif . > 0.61 and . < 0.71 then "two thirds"
    elif . > 0.71 and . < 0.8 then "three quarters" else tostring end' side.json
}

for mem in first-touch local bind:1 interleave per-node; do
  measure "{mem: \"$mem\"}"
  saw "pages under $(echo $mem | tr : ' ')" "$(found region)$(remote)"
done
measure '{mem: "interleave@65536"}' # whose turn it is when a thread asks is chance
saw 'pages under interleave@65536' "$(found region)"
for mem in bind:1 interleave per-node; do
  measure "{mem: \"$mem\", pages: \"cold\"}"
  saw "fresh pages under $(echo $mem | tr : ' ')" "$(found region)$(remote)"
done
for mem in local bind:1 interleave; do
  measure "{mem_keys: \"$mem\"}"
  saw "keys under $(echo $mem | tr : ' ')" "$(found keys)"
done

# The control: pages that move away while a point runs, as a cgroup that may use node 0 alone takes them.
mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true
echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/moved
rm -f side.json
point scatter 2 | jq -c '. + {mem: "bind:1"}' >point.json
tmb point --strict --min-time=4 --side=side.json "$(cat point.json)" >point.log 2>&1 &
started=$!
sleep 2
echo $started 2>/dev/null >/sys/fs/cgroup/moved/cgroup.procs || true # gone already where it was refused
echo 0 >/sys/fs/cgroup/moved/cpuset.mems
code=0
wait $started || code=$?
saw 'exit code under --strict of pages that were moved' "$code"
saw 'memory of pages that were moved' "$([ ! -e side.json ] || jq -r .memory side.json)"

point compact 1 | jq -c '. + {mem: "bind:1", block_bytes: 4294967296}' >point.json
saw 'exit code for more than node 1 holds' "$(exit_of tmb point "$(cat point.json)")"
point compact 1 | jq -c '. + {mem: "bind:9"}' >point.json
saw 'exit code for memory of a node that is not there' "$(exit_of tmb point "$(cat point.json)")"
