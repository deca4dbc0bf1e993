#!/usr/bin/env bash
# setup_test.sh: setup.sh with stand-ins for dpkg-query, apt-get, id and sudo: what it installs, and
# each refusal.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

# The tools of the system that setup.sh needs, without its apt.
fresh_bin() {
  rm -rf bin calls
  mkdir bin
  local tool
  for tool in bash env grep paste sed; do ln -s "$(command -v "$tool")" bin; done
}

# stand_in NAME LINE...: a command of the test's own in front of the system's.
stand_in() {
  local name=$1
  shift
  printf '%s\n' "#!$PWD/bin/bash" "$@" >"bin/$name"
  chmod +x "bin/$name"
}

setup() { PATH=$PWD/bin bash "$TMB_SOURCE_DIR/scripts/setup.sh"; }

names=$(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' "$TMB_SOURCE_DIR/scripts/packages.txt")
required=$(sed -n '/\[optional\]/d; s/^\([a-z][^ ]*\) .*/\1/p' "$TMB_SOURCE_DIR/scripts/packages.txt" | paste -sd ' ')

# dpkg_holds NAME...: dpkg-query says that these are installed, one of them with its architecture.
dpkg_holds() {
  printf '%s installed\n' "$@" >held
  sed -i '1s/ /:amd64 /' held
  stand_in dpkg-query "sed '' $PWD/held" 'exit 1'
}
root() { stand_in id 'echo 0'; }
user() { stand_in id 'echo 1000'; }
apt() { stand_in apt-get "echo \"\$*\" >>$PWD/calls" "$@"; }
# shellcheck disable=SC2046 # names are words
without() { dpkg_holds $(grep -vxF -- "$1" <<<"$names"); }

# No apt: every required name, and 3.
fresh_bin
expect 3 "  $required" setup
expect 3 'this machine has no apt' setup

# Everything there: apt is not called, and no right is needed.
fresh_bin
user
apt
# shellcheck disable=SC2086
dpkg_holds $names
expect 0 'every package is there' setup
if [ -e calls ]; then
  echo 'apt was called though nothing was missing'
  exit 1
fi

# Root: only what is missing is installed.
fresh_bin
root
apt
without libcmocka-dev
expect 0 '' setup
if ! grep -q 'install -y --no-install-recommends libcmocka-dev$' calls; then
  cat calls
  exit 1
fi

# A user whom sudo asks for a password: the one missing name, and 3.
fresh_bin
user
apt
without libcmocka-dev
stand_in sudo 'exit 1'
expect 3 '  libcmocka-dev' setup
expect 3 'not root, and no sudo without a password' setup
rm bin/sudo
expect 3 'not root, and no sudo without a password' setup

# A user whom sudo trusts.
# shellcheck disable=SC2016 # for the stand-in to expand
stand_in sudo "[ \"\$1\" = -n ] || exit 1" 'shift' 'if [ "$1" = true ]; then exit 0; fi' \
  "echo sudo >>$PWD/calls" 'exec "$@"'
expect 0 '' setup
if ! grep -q sudo calls || ! grep -q 'libcmocka-dev$' calls; then
  cat calls
  exit 1
fi

# apt fails: 3 for what is required, a warning for what is optional.
fresh_bin
root
apt 'exit 100'
without libcmocka-dev
expect 3 'apt-get install failed' setup
without linux-perf
expect 0 'warning: optional package linux-perf could not be installed: perf record' setup
user
expect 0 'missing, but optional: linux-perf' setup
