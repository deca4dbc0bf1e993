#!/usr/bin/env bash
# run-presets.sh PRESET...: builds each preset and runs its tests; PRESET:build is built only, and
# counts as one test. Goes on after a failure. Ends with a line a preset, the failures by name, and
# "N passed, N failed" (", N skipped"). Called by test.sh and sanitize.sh. Exits 1 on any failure.
set -euo pipefail

cd "$(dirname "$0")/.."

# ThreadSanitizer of gcc 12 and clang 14 cannot place its shadow memory when the kernel shuffles
# addresses over more than 28 bits.
steady=()
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ]; then
  if setarch -R true 2>/dev/null; then
    steady=(setarch -R)
  else
    echo "warning: addresses are shuffled over more than 28 bits and setarch -R is not allowed here;" \
      "the ThreadSanitizer tests may not start. As root: sysctl vm.mmap_rnd_bits=28" >&2
  fi
fi

passed=0 failed=0 skipped=0
summary=() failures=() skips=()

# attribute NAME FILE: of the testsuite element of ctest's JUnit file, which stands on several lines.
attribute() {
  tr '\n\t' '  ' <"$2" | sed -n "s/.*<testsuite [^>]*\b$1=\"\([0-9]*\)\".*/\1/p"
}

# cases STATUS FILE: names of its test cases with that status.
cases() {
  sed -n "s/.*<testcase name=\"\([^\"]*\)\".* status=\"$1\".*/\1/p" "$2"
}

# run PRESET: its tests, two at a time; those that measure or need every core say so to ctest.
run() {
  local preset=$1 junit=$PWD/build/$1/junit.xml tests bad skip name
  rm -f "$junit"
  local wrap=()
  case $preset in tsan*) wrap=("${steady[@]}") ;; esac
  "${wrap[@]}" ctest --preset "$preset" --parallel 2 --no-tests=error --output-junit "$junit" || true
  tests=$(attribute tests "$junit" || true)
  bad=$(attribute failures "$junit" || true)
  skip=$(attribute skipped "$junit" || true)
  if [ -z "$tests" ] || [ "$tests" -eq 0 ]; then
    failed=$((failed + 1))
    failures+=("$preset: ctest ran no test")
    summary+=("$preset: ctest ran no test")
    return
  fi
  passed=$((passed + tests - bad - skip))
  failed=$((failed + bad))
  skipped=$((skipped + skip))
  while IFS= read -r name; do failures+=("$preset: $name"); done < <(cases fail "$junit")
  while IFS= read -r name; do skips+=("$preset: $name"); done < <(cases notrun "$junit")
  summary+=("$preset: $((tests - bad - skip)) passed, $bad failed, $skip skipped, ${SECONDS} s")
}

for preset in "$@"; do
  SECONDS=0
  printf '\n== %s\n' "$preset"
  if ! bash ci/build.sh "${preset%:build}"; then
    failed=$((failed + 1))
    failures+=("${preset%:build}: does not build")
    summary+=("${preset%:build}: does not build")
  elif [ "$preset" != "${preset%:build}" ]; then
    passed=$((passed + 1))
    summary+=("${preset%:build}: builds, ${SECONDS} s")
  else
    run "$preset"
  fi
done

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
if [ "${#skips[@]}" -gt 0 ]; then printf 'skipped: %s\n' "${skips[@]}"; fi
if [ "${#failures[@]}" -gt 0 ]; then printf 'FAILED: %s\n' "${failures[@]}"; fi
echo
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
