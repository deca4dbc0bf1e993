#!/usr/bin/env bash
# gate.sh [BASE [CANDIDATE]]: did a change make a map or the harness slower? Builds two commits alike
# and has the candidate's tmb compare them. Without BASE: the merge base with the main branch. Without
# CANDIDATE: the work tree as it is, uncommitted and new files too. Called by make gate and by the
# workflow.
#
# Sources and builds stay in build/gate/, so that the next gate builds what differs only. The results
# go to results/gate/<time>/: pairs.jsonl, gate.md, gate.json, junit.xml and a picture.
# Exits as tmb gate does: 0 pass, 1 regression, 2 inconclusive, 3 incomplete or unfit machine, 4 error.
set -euo pipefail

cd "$(dirname "$0")/.."

# refuse WHY...
refuse() {
  echo "gate: $*" >&2
  exit 4
}

[ $# -le 2 ] || refuse "usage: gate.sh [BASE [CANDIDATE]]"
for tool in git cmake ninja jq; do
  command -v $tool >/dev/null || refuse "$tool is missing; make setup installs what the build needs"
done
git rev-parse --verify --quiet HEAD >/dev/null || refuse "this is no git repository with a commit in it"

# main_branch: the branch that changes go to.
main_branch() {
  local branch
  for branch in "$(git symbolic-ref --quiet --short refs/remotes/origin/HEAD)" origin/main main \
    origin/master master; do
    if git rev-parse --verify --quiet "$branch^{commit}" >/dev/null; then
      echo "$branch"
      return
    fi
  done
  refuse "there is no branch main or master; name a BASE"
}

# commit_of REVISION
commit_of() {
  git rev-parse --verify --quiet "$1^{commit}" ||
    refuse "'$1' is no commit here; a shallow clone lacks old ones: git fetch --unshallow"
}

# work_tree: a commit of all files that git does not ignore, on no branch; HEAD when nothing differs.
work_tree() {
  local index tree
  index=$(mktemp)
  cp "$(git rev-parse --git-path index)" "$index"
  GIT_INDEX_FILE=$index git add --all
  tree=$(GIT_INDEX_FILE=$index git write-tree)
  rm -f "$index"
  if [ "$tree" = "$(git rev-parse 'HEAD^{tree}')" ]; then
    git rev-parse HEAD
  else
    GIT_AUTHOR_NAME=gate GIT_AUTHOR_EMAIL=gate@localhost GIT_COMMITTER_NAME=gate \
      GIT_COMMITTER_EMAIL=gate@localhost git commit-tree "$tree" -p HEAD -m 'The work tree'
  fi
}

# check_out COMMIT FOLDER: a git worktree of that commit, which keeps the files that are the same.
check_out() {
  if [ "$(git -C "$2" rev-parse --show-toplevel 2>/dev/null)" = "$PWD/$2" ]; then
    git -C "$2" checkout --quiet --force --detach "$1"
  else
    rm -rf "$2"
    git worktree prune
    git worktree add --quiet --force --detach "$2" "$1"
  fi
}

# Both sides get the flags of this tree's preset `gate`, whatever presets they have themselves.
mapfile -t flags < <(jq -r '.configurePresets[] | select(.name == "gate") | .cacheVariables
  | to_entries[] | "-D\(.key)=\(.value)"' CMakePresets.json)
[ ${#flags[@]} -gt 0 ] || refuse "CMakePresets.json has no preset gate"
flags+=("-DCMAKE_C_COMPILER=${CC:-cc}" "-DCMAKE_CXX_COMPILER=${CXX:-c++}")

# build_side SIDE COMMIT
build_side() {
  local folder=build/gate/$1 log
  log=$folder.log
  echo "gate: $1: $(git log -1 --format='%h %s' "$2")" >&2
  check_out "$2" "$folder/source"
  rm -rf "$folder"/build/{bin,lib,share} # linked anew: no plug-in of another commit stays
  if ! { cmake -S "$folder/source" -B "$folder/build" -G Ninja "${flags[@]}" &&
    cmake --build "$folder/build" --target product; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    refuse "$1 ($2) was not built; all of it is in $log"
  fi
}

if [ $# -ge 1 ]; then
  base=$(commit_of "$1")
else
  branch=$(main_branch)
  base=$(git merge-base HEAD "$branch") || refuse "HEAD and $branch have no commit in common; name a BASE"
fi
if [ $# -eq 2 ]; then candidate=$(commit_of "$2"); else candidate=$(work_tree); fi
if [ $# -eq 0 ] && [ "$base" = "$candidate" ]; then
  refuse "nothing has changed since the main branch; name a BASE to compare with"
fi
mkdir -p build/gate
build_side base "$base"
build_side candidate "$candidate"
exec build/gate/candidate/build/bin/tmb gate build/gate/base/build build/gate/candidate/build \
  --out="results/gate/$(date +%Y%m%d-%H%M%S)" --history=results/gate/history.jsonl
