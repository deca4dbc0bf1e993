# The contract tests on processors that are really apart, by their tests with threads: each region, and
# each map with its usual region; and wrong ones, which the same tests must catch. Not on one node:
# there they tell nothing more than on the host.
# shellcheck shell=dash disable=SC3040,SC2154
set -euo pipefail

[ -e /sys/devices/system/node/node1 ] || exit 0

failed=
passed=0
try() { # WHAT PROGRAM ARGUMENT...
  what=$1
  shift
  if "$@" '*thread*' >test.log 2>&1; then
    passed=$((passed + 1))
  else
    failed="$failed$what "
    cat test.log >&2
  fi
}
tmb list >list
for region in $(awk '/^[a-z]/ { kind = $1 } kind == "regions" && /^  [a-z]/ { print $1 }' list); do
  try "$region" region_contract "$region"
done
awk '/^[a-z]/ { kind = $1 } kind == "maps" && /^  [a-z]/ { map = $1 }
  kind == "maps" && sub(/.*; region: /, "") { sub(/;.*/, ""); print map, $0 }' list >maps
while read -r map region; do
  try "$map" map_contract "$map" "$region"
done <maps
echo "# $passed runs of the contract tests passed"
[ "$passed" -gt 0 ] || failed='all: none ran'
saw 'maps and regions that break their contract' "${failed% }"

caught=
for file in /guest/wrong/*.so; do
  name=$(basename "$file" .so)
  case $name in
  wrong_map_*) set -- map_contract "$file" region_shared ;;
  *) set -- region_contract "$file" ;;
  esac
  "$@" '*thread*' >test.log 2>&1 || caught="$caught$name "
done
saw 'wrong maps and regions caught' "${caught% }"
