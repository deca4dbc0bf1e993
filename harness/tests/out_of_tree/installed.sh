#!/usr/bin/env bash
# installed.sh: installs the build below ./prefix and lets pkg-config find it. Sourced by the tests.
set -euo pipefail

cmake --install "$TMB_BUILD_DIR" --prefix "$PWD/prefix" >install.log
export PKG_CONFIG_PATH=$PWD/prefix/lib/pkgconfig
# shellcheck disable=SC2034 # for the test that sources this
cflags=$(pkg-config --cflags tracemap-bench)
