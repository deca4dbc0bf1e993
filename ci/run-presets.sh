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

# outcomes FILE: "pass NAME", "fail NAME" or "skip NAME" for each test in ctest's JUnit file. A test
# whose program is missing stands there as skipped; only exit code 77 is.
outcomes() {
  awk '
    function attribute(name) {
      match($0, name "=\"[^\"]*\"")
      return substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3)
    }
    function tell(outcome) { if (test != "") print outcome, test; test = "" }
    /^\t<testcase / { test = attribute(" name"); status = attribute(" status") }
    /^\t\t<skipped message="SKIP_RETURN_CODE=/ { tell("skip") }
    /^\t<\/testcase>/ { tell(status == "run" ? "pass" : status == "disabled" ? "skip" : "fail") }
  ' "$1"
}

# run PRESET: its tests, two at a time; those that measure or need every core say so to ctest.
run() {
  local preset=$1 junit=$PWD/build/$1/junit.xml status=0 ok=0 bad=0 skip=0 outcome name
  local wrap=()
  case $preset in tsan*) wrap=("${steady[@]}") ;; esac
  rm -f "$junit"
  "${wrap[@]}" ctest --preset "$preset" --parallel 2 --no-tests=error --output-junit "$junit" ||
    status=$?
  while read -r outcome name; do
    case $outcome in
    pass) ok=$((ok + 1)) ;;
    skip) skip=$((skip + 1)) skips+=("$preset: $name") ;;
    fail) bad=$((bad + 1)) failures+=("$preset: $name") ;;
    esac
  done < <(outcomes "$junit")
  if [ $((ok + bad)) -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
    bad=$((bad + 1))
    failures+=("$preset: ctest exited $status, $ok tests passed and none failed")
  fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
  summary+=("$preset: $ok passed, $bad failed, $skip skipped, $SECONDS s")
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
    summary+=("${preset%:build}: builds, $SECONDS s")
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
