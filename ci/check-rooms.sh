#!/usr/bin/env bash
# check-rooms.sh ROOT ROOMS: refuses every #include that crosses into a room that the including room
# does not name in its add_room(... USES ...), and every circle among the rooms. ROOMS is the list that
# CMake writes into the build tree, a line a room: "name: used rooms". Called by the test
# structure.rooms. Exits 1 with a line "file:line: what" for each.
#
# harness/cmd and harness/tests may include every room; no room may include them.
# impls/ may include harness/api and itself; workloads/ also harness/corpus.
set -euo pipefail

if [ $# -ne 2 ]; then
  echo "usage: check-rooms.sh ROOT ROOMS" >&2
  exit 4
fi
here=$(cd "$(dirname "$0")" && pwd)
rooms=$(realpath "$2")
cd "$1"

files=$("$here/tracked-files.sh" . | tr '\0' '\n' |
  grep -E '^(harness|impls|workloads)/.*\.(c|cc|h)$' || true)
if [ -z "$files" ]; then
  echo "$1: no sources" >&2
  exit 4
fi

# One stream: the rooms, the files, the includes. A quoted include is found as the compiler finds it:
# beside the file, then below the include roots.
{
  sed 's/^/room /' "$rooms"
  while IFS= read -r file; do echo "file $file"; done <<<"$files"
  tr '\n' '\0' <<<"$files" |
    { xargs -0 grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+[">]' || true; } |
    sed 's/^/include /'
} | awk '
  function owner(path, part) {
    split(path, part, "/")
    return part[1] == "harness" ? part[2] : part[1]
  }
  function normal(path, part, n, i, m, kept, joined) {
    n = split(path, part, "/")
    for (i = 1; i <= n; i++) {
      if (part[i] == ".." && m > 0) m--
      else if (part[i] != ".") kept[++m] = part[i]
    }
    for (i = 1; i <= m; i++) joined = joined (i > 1 ? "/" : "") kept[i]
    return joined
  }
  function refuse(where, what) { print where ": " what; bad++ }
  function walk(room, path, n, i, used) { # depth first: a room met again on its own path is a circle
    if (state[room] == 2) return
    if (state[room] == 1) { refuse("rooms", "a circle: " path); return }
    state[room] = 1
    n = split(uses[room], used, " ")
    for (i = 1; i <= n; i++) {
      if (!(used[i] in uses)) refuse("rooms", room " uses " used[i] ", which is no room")
      else walk(used[i], path " -> " used[i])
    }
    state[room] = 2
  }
  BEGIN {
    uses["impls"] = "api"
    uses["workloads"] = "api corpus"
  }
  $1 == "room" && NF > 1 {
    name = $2; sub(":$", "", name)
    list = ""
    for (i = 3; i <= NF; i++) list = list " " $i
    uses[name] = list; declared[name] = 1
  }
  $1 == "file" {
    exists[$2] = 1
    room = owner($2)
    if ($2 ~ /^harness\// && room != "cmd" && room != "tests" && !(room in declared) && !said[room]++)
      refuse($2, "harness/" room " has sources but no add_room()")
  }
  $1 == "include" {
    match($2, /^[^:]+:[0-9]+/)
    where = substr($2, 1, RLENGTH)
    file = where; sub(/:[0-9]+$/, "", file)
    match($0, /["<][^">]+[">]$/)
    quoted = substr($0, RSTART, 1) == "\""
    path = substr($0, RSTART + 1, RLENGTH - 2)
    from = owner(file)
    folder = file; sub(/\/[^\/]*$/, "", folder)
    top = file; sub(/\/.*/, "", top)

    target = ""
    if (quoted && (normal(folder "/" path) in exists)) target = normal(folder "/" path)
    else if (normal("harness/" path) in exists) target = normal("harness/" path)
    else if (normal(top "/" path) in exists) target = normal(top "/" path)

    if (target != "") to = owner(target)
    else {
      to = path; sub(/\/.*/, "", to)
      if (!(to in declared) && to != "cmd" && to != "tests") { # a system or generated header
        if (quoted && path ~ /\// && from != "tests") refuse(where, "\"" path "\" is no file of the project")
        next
      }
    }
    seen++
    if (to == from || from == "cmd" && to in declared || from == "tests") next
    if ((" " uses[from] " ") !~ (" " to " "))
      refuse(where, from " may not include " to " (\"" path "\"); it uses:" \
             (uses[from] == "" ? " nothing" : " " uses[from]))
  }
  END {
    for (room in uses) if (room in declared) walk(room, room)
    if (bad) { printf "%d refused\n", bad; exit 1 }
    printf "%d includes among %d rooms: all allowed, no circle\n", seen, length(declared)
  }'
