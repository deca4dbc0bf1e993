#!/usr/bin/env bash
# negative_control_test.sh BIN PLUGINS SANITIZERS DEFECT...: each sanitizer reports the defect that is
# its own, by name, and every plug-in carries its instrumentation. Called by ctest.
set -euo pipefail

bin=$1 plugins=$2 sanitizers=$3
shift 3

declare -A report=(
  [heap_overflow]='AddressSanitizer: heap-buffer-overflow'
  [leak]='LeakSanitizer: detected memory leaks'
  [signed_overflow]='runtime error: signed integer overflow'
  [data_race]='ThreadSanitizer: data race'
)
failed=0

for defect in "$@"; do
  status=0
  output=$("$bin/$defect" 2>&1) || status=$?
  if [ "$status" -eq 0 ]; then
    echo "$defect: exited 0, its defect unseen"
    failed=1
  elif ! grep -qF "${report[$defect]}" <<<"$output"; then
    printf '%s: exited %s without "%s":\n%s\n' "$defect" "$status" "${report[$defect]}" "$output"
    failed=1
  else
    echo "$defect: reported (exit $status)"
  fi
done

case $sanitizers in
*address*) mark=__asan_ ;;
*thread*) mark=__tsan_ ;;
*) mark=__ubsan_ ;;
esac
seen=0
while IFS= read -r -d '' plugin; do
  seen=$((seen + 1))
  if ! nm -D --undefined-only "$plugin" | grep -q " $mark"; then
    echo "$plugin: not built with the sanitizer: no $mark symbol"
    failed=1
  fi
done < <(find "$plugins" -name '*.so' -print0)
if [ "$seen" -eq 0 ]; then
  echo "$plugins: no plug-ins"
  failed=1
fi
echo "$seen plug-ins looked at"
exit "$failed"
