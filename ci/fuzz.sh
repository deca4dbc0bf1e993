#!/usr/bin/env bash
# fuzz.sh [SECONDS [TARGET...]]: each fuzz target, or those named, for that long (60), from the kept
# corpus, after a negative control. New inputs gather in build/fuzz/found/TARGET; a crash is kept
# there too: exit 1 and the command that repeats it. Called by make fuzz.
set -euo pipefail

seconds=${1:-60}
case $seconds in
'' | *[!0-9]*)
  echo "usage: fuzz.sh [SECONDS [TARGET...]]" >&2
  exit 4
  ;;
esac
shift || true
cd "$(dirname "$0")/.."
bash ci/build.sh fuzz fuzz_targets
if [ $# -eq 0 ]; then
  mapfile -t targets < <(find build/fuzz/bin -name 'fuzz_*' -type f -printf '%f\n' | sed 's/^fuzz_//' | sort)
else
  targets=("$@")
fi
if [ "${#targets[@]}" -eq 0 ]; then
  echo "fuzz: no targets" >&2
  exit 4
fi

# The negative control: not bounded by time, so that a slow machine fails nothing.
mkdir -p build/fuzz/found
if build/fuzz/bin/control_fuzz -runs=10000000 -seed=1 \
  -artifact_prefix=build/fuzz/found/control- >build/fuzz/found/control.log 2>&1 ||
  ! grep -q 'AddressSanitizer: heap-buffer-overflow' build/fuzz/found/control.log; then
  echo "fuzz: the planted defect of control_fuzz was not found; see build/fuzz/found/control.log" >&2
  exit 1
fi

crashed=()
for target in "${targets[@]}"; do
  printf '\n== %s, %s s\n' "$target" "$seconds"
  kept=harness/tests/fuzz/corpus/$target
  found=build/fuzz/found/$target
  mkdir -p "$found/crashes"
  if ! ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    "build/fuzz/bin/fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$found/crashes/" "$found" "$kept"; then
    crashed+=("$target")
    newest=$(find "$found/crashes" -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    echo "fuzz: $target failed. To repeat: build/fuzz/bin/fuzz_$target $newest"
  fi
done

printf '\n%s passed, %s failed\n' "$((${#targets[@]} - ${#crashed[@]}))" "${#crashed[@]}"
[ "${#crashed[@]}" -eq 0 ]
