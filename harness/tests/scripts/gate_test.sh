#!/usr/bin/env bash
# gate_test.sh: gate.sh in a small repository, with a stand-in for cmake that builds a tmb which says
# what it was built from: that both sides get the same flags, that the work tree goes in as it is, that
# sources are reused, and what is refused.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

command -v ninja >/dev/null || exit 77
mkdir bin repository
cat >bin/cmake <<'END'
#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case $1 in
-S)
  mkdir -p "$4/bin"
  printf '#!/usr/bin/env bash\necho "$@"\ngrep -H . "%s"/*/source/*.c\nexit %s\n' \
    "$(dirname "$PWD/$2")/.." "${TMB_EXITS:-0}" >"$4/bin/tmb"
  chmod +x "$4/bin/tmb"
  ! grep -q broken "$2"/*.c
  ;;
esac
END
chmod +x bin/cmake
export PATH=$PWD/bin:$PATH CALLS=$PWD/calls
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t
unset CC CXX
cd repository
git init -q -b main
mkdir ci
cp "$TMB_SOURCE_DIR/ci/gate.sh" ci
cp "$TMB_SOURCE_DIR/CMakePresets.json" .
echo /build/ >.gitignore
echo first >map.c
expect 4 'no git repository with a commit' bash ci/gate.sh
git add --all
git commit -qm first
expect 4 'nothing has changed' bash ci/gate.sh
git checkout -qb topic
echo second >map.c
git commit -qam second

expect 0 'gate build/gate/base/build build/gate/candidate/build --out=results/gate/' bash ci/gate.sh
expect 0 'base/source/map.c:first' bash ci/gate.sh
mkdir -p build/gate/base/build/lib
touch build/gate/base/build/lib/of_another_commit.so
expect 0 'candidate/source/map.c:second' bash ci/gate.sh
[ ! -e build/gate/base/build/lib/of_another_commit.so ]

# Both sides are configured alike, but for where they are.
: >"$CALLS"
bash ci/gate.sh >/dev/null 2>&1
[ "$(grep -c '^-S' "$CALLS")" -eq 2 ]
[ "$(grep '^-S' "$CALLS" | sed 's,/base/,/X/,g; s,/candidate/,/X/,g' | sort -u | wc -l)" -eq 1 ]
grep -q -- '-DCMAKE_C_FLAGS=-falign-functions=64' "$CALLS"
CC=other-cc bash ci/gate.sh >/dev/null 2>&1
[ "$(grep -c -- '-DCMAKE_C_COMPILER=other-cc' "$CALLS")" -eq 2 ]

# Uncommitted and new files are the candidate's, and the index stays as it was.
echo third >map.c
echo new >new.c
before=$(git status --porcelain)
expect 0 'candidate/source/map.c:third' bash ci/gate.sh
expect 0 'candidate/source/new.c:new' bash ci/gate.sh
[ "$(git status --porcelain)" = "$before" ]
expect 0 'candidate/source/map.c:second' bash ci/gate.sh main HEAD
expect 0 'base/source/map.c:second' bash ci/gate.sh HEAD

for status in 1 2 3; do
  TMB_EXITS=$status expect $status map.c bash ci/gate.sh
done
echo broken >map.c
expect 4 'candidate' bash ci/gate.sh
expect 4 'no commit here' bash ci/gate.sh nothing
expect 4 'usage' bash ci/gate.sh a b c
git checkout -q --force topic
git branch -qD main
expect 4 'name a BASE' bash ci/gate.sh
