# Where the pages of each memory policy are, counted by the kernel; whose accesses go to another node;
# pages that are moved away meanwhile, which must be seen; and more than a node holds, which must be
# refused, not killed for. One trial each: nothing here is a time.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

# look SET MEMBERS: measures a point of two threads on two nodes (where there are two) with those members;
# the verdict, the nodes that have pages of the set, and the share of remote accesses as words.
look() {
  rm -f side.json
  tmb point --min-time=0.0001 --side=side.json "$(
    point scatter 2 "{\"region\": \"region_per_thread\", \"keys\": 4000, \"operations\": 4000, $2}"
  )" >point.log 2>&1 || cat point.log >&2
  [ -e side.json ] || {
    echo refused
    return
  }
  jq -r --arg set "$1_pages_node_" '
    ([.counters | keys[] | select(startswith($set)) | ltrimstr($set) | tonumber] | sort | map(tostring)) as $nodes |
    (.counters.remote_share | if . == null then "not known" elif . == 0 then "none"
      elif . > 0.4 and . < 0.6 then "half" elif . > 0.61 and . < 0.71 then "two thirds"
      elif . > 0.71 and . < 0.8 then "three quarters" else tostring end) as $remote |
    "\(.memory) \(.memory_reason)" + ", on " + ($nodes | join(" ")) + "; remote: \($remote)"' side.json |
    sed 's/ ,/,/'
}

for mem in first-touch local bind:1 interleave per-node; do
  saw "pages under $(echo $mem | tr : ' ')" "$(look region "\"mem\": \"$mem\"")"
done
seen=$(look region '"mem": "interleave@65536"')
saw 'pages under interleave@65536' "${seen%;*}" # whose turn it is when a thread asks is chance
for mem in bind:1 interleave per-node; do
  saw "fresh pages under $(echo $mem | tr : ' ')" "$(look region "\"mem\": \"$mem\", \"pages\": \"cold\"")"
done
for mem in local bind:1 interleave; do
  seen=$(look keys "\"mem_keys\": \"$mem\"")
  saw "keys under $(echo $mem | tr : ' ')" "${seen%;*}"
done

# The control: pages that move away while a point runs, as a cgroup that may use node 0 alone takes them.
# Stopped meanwhile, from when its region is there: the kernel's own list says so.
mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true
echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/moved
rm -f side.json
tmb point --strict --min-time=0.02 --side=side.json "$(point scatter 2 '{"mem": "bind:1"}')" >point.log 2>&1 &
started=$!
until grep -q 'bind:1 .*N1=' /proc/$started/numa_maps 2>/dev/null; do
  [ -e /proc/$started/exe ] || break # refused, where there is no node 1
done
kill -STOP $started 2>/dev/null || true
echo $started 2>/dev/null >/sys/fs/cgroup/moved/cgroup.procs || true
echo 0 >/sys/fs/cgroup/moved/cpuset.mems
kill -CONT $started 2>/dev/null || true
code=0
wait $started || code=$?
saw 'exit code under --strict of pages that were moved' "$code"
saw 'memory of pages that were moved' "$([ ! -e side.json ] || jq -r .memory side.json)"

saw 'exit code for more than node 1 holds' "$(
  exit_of tmb point "$(point compact 1 '{"mem": "bind:1", "block_bytes": 4294967296}')"
)"
saw 'exit code for memory of a node that is not there' "$(exit_of tmb point "$(point compact 1 '{"mem": "bind:9"}')")"
