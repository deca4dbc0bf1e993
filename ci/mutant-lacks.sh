#!/usr/bin/env bash
# mutant-lacks.sh MUTANT: prints which features of the processor that a mutant asks for (`needs: `) are not
# here. Without them its difference never runs, and nothing can see it.
set -euo pipefail

has=$(grep -m 1 '^flags' /proc/cpuinfo || true)
lacks=()
for feature in $(sed -n 's/^needs: //p' "$1"); do
  grep -qw "$feature" <<<"$has" || lacks+=("$feature")
done
echo "${lacks[*]}"
