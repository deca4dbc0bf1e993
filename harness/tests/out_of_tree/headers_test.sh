#!/usr/bin/env bash
# headers_test.sh: each installed header compiles alone, as strict C11 and as C++17, and as nothing
# less: a header that needs another one first is refused by the same means.
set -euo pipefail
. "$(dirname "$0")/installed.sh"

# compiles_alone HEADER: both languages; the include path is the installed one alone.
compiles_alone() {
  # shellcheck disable=SC2086,SC2154 # cflags are words, set by installed.sh
  echo "#include <$1>" >alone.c &&
    cp alone.c alone.cc &&
    cc -std=c11 -pedantic -Wall -Wextra -Werror $cflags -fsyntax-only alone.c &&
    c++ -std=c++17 -pedantic -Wall -Wextra -Werror $cflags -fsyntax-only alone.cc
}

headers=0
for header in prefix/include/tracemap-bench/api/*.h; do
  compiles_alone "api/${header##*/}"
  headers=$((headers + 1))
done
installed=$(cd "$TMB_SOURCE_DIR/harness/api" && echo ./*.h | wc -w)
if [ "$headers" -ne "$installed" ]; then
  echo "$headers headers installed, of $installed"
  exit 1
fi

echo 'static inline struct map_put nothing(void);' >prefix/include/tracemap-bench/api/needs_another.h
if compiles_alone api/needs_another.h 2>/dev/null; then
  echo 'a header that cannot stand alone was let through'
  exit 1
fi
echo "$headers headers stand alone"
