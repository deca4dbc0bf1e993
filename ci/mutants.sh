#!/usr/bin/env bash
# mutants.sh [--short] [MUTANT...]: runs every detector on every mutant (impls/mutants/*.mutant) and on the
# products that they differ from. Called by make mutants, and with --short by the test mutants.short.
#
# In full: builds the presets release, tsan and asan-ubsan, tries each pair for SECONDS_EACH, writes
# results/mutants.md and results/mutants.json. What nothing has seen by then is tried once more with
# PATIENCE=60 s. --short: the release build in TMB_BUILD_DIR only, the first detector that sees a mutant is
# enough, mutants that only ThreadSanitizer can see are left out, nothing is written.
#
# What a mutant needs of the processor (`needs: `) and does not find here leaves it untried.
#
# Exits 1 when a mutant that changes behaviour is not seen, one that `expect: tsan` says only
# ThreadSanitizer sees is not seen by it, or an equivalent mutant or a product is accused; 4 when a
# detector itself fails.
#
# A detector is a function below: detect_NAME SECONDS MAP REGION runs it with its output in $output
# and returns 0 when it saw something, with a sentence in $finding. To add one, write the function
# and put its name into detectors=.
set -euo pipefail

cd "$(dirname "$0")/.."
mutants=${MUTANTS:-impls/mutants}
short=
if [ "${1:-}" = --short ]; then
  short=1
  shift
fi
seed=${SEED:-1}
seconds_each=${SECONDS_EACH:-1}
patience=${PATIENCE:-60} # seconds for what nothing has seen so far
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# ThreadSanitizer of gcc 12 cannot place its shadow memory when the kernel shuffles addresses over more
# than 28 bits.
steady=()
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ] && setarch -R true 2>/dev/null; then
  steady=(setarch -R)
fi

# ---- detectors ----

# try SECONDS COMMAND...: runs it; ends it when it takes that long. Sets $status.
try() {
  local limit=$1
  shift
  status=0
  # The braces keep the shell from saying itself that it was a crash.
  { timeout --signal=KILL "$limit" "$@" >"$output" 2>&1 </dev/null; } 2>/dev/null || status=$?
}

# The first line of the output that matches, as the finding.
finding_like() {
  finding=$(grep -m 1 -aE "$1" "$output" | sed -e 's/^\[[^]]*\] *//' -e 's/\x1b\[[0-9;]*m//g' || true)
}

# What a status says by itself: killed by a signal, or by the time limit.
ended_badly() {
  case $status in
  137) finding="no progress until the time limit" ;;
  1[3-5][0-9]) finding="crash: signal $((status - 128))" ;;
  *) return 1 ;;
  esac
}

# After a program of the contract tests.
contract_verdict() {
  ended_badly && return 0
  [ "$status" -eq 0 ] || [ "$status" -eq 77 ] && return 1
  # A crash on a thread of its own ends the test program before it can say which test failed.
  if [ "$status" -ge 128 ]; then
    finding="crash in $(grep -a "RUN" "$output" | tail -n 1 | sed "s/.*] *//")"
    return 0
  fi
  grep -qa "FAILED" "$output" || tool_fails
  finding_like '\[  FAILED  \] [a-z]'
}

# After the program `detect`.
detect_verdict() {
  ended_badly && return 0
  case $status in
  0) return 1 ;;
  1) finding_like '^found' ;;
  *) tool_fails ;;
  esac
}

tool_fails() {
  echo "mutants: a detector failed with status $status:" >&2
  tail -n 5 "$output" >&2
  exit 4
}

# contract_run BUILD PROGRAM MAP REGION [TEST]: false where there is nothing to run.
contract_run() {
  local build=$1 program=$2 map=$3 region=$4
  shift 4
  case $program:$region in
  map_contract:*) try "$contract_limit" "$build/bin/map_contract" "$map" "$region" "$@" ;;
  region_contract:*/*) try "$contract_limit" "$build/bin/region_contract" "$region" ;;
  *) return 1 ;;
  esac
}

detect_contract() {
  local program
  for program in region_contract map_contract; do
    if contract_run "$release" "$program" "$2" "$3" && contract_verdict; then return 0; fi
  done
  return 1
}
detect_memory() {
  contract_run "$release" map_contract "$2" "$3" "*memory*"
  contract_verdict
}
detect_growth() {
  try "$contract_limit" "$release/bin/many_growths" "$2" "$3" fills 2048
  contract_verdict
}
detect_oracle() { try 90 "$release/bin/detect" oracle "$1" "$seed" "$2" "$3"; detect_verdict; }
detect_recording() { try 90 "$release/bin/detect" recording "$1" "$seed" "$2" "$3"; detect_verdict; }
detect_search() { try 90 "$release/bin/detect" search "$1" "$seed" "$2" "$3"; detect_verdict; }

# Only what the sanitizer itself reports counts here.
detect_tsan() {
  local by
  for by in oracle recording; do
    try 120 env TSAN_OPTIONS=halt_on_error=1 "${steady[@]}" \
      "$tsan/bin/detect" "$by" "$1" "$seed" "$(in_build "$tsan" "$2")" "$(in_build "$tsan" "$3")"
    if grep -qa 'WARNING: ThreadSanitizer: data race' "$output"; then
      finding=$(grep -m 1 -aoE '#[01] [a-z_]+ [^ ]*(impls|mutants)/[^ ]*' "$output" |
        sed -e 's|^#. ||' -e 's| .*/| |' || true)
      finding="data race: $finding"
      return 0
    fi
    [ "$status" -ne 4 ] || tool_fails
  done
  return 1
}

detect_asan() {
  local program
  for program in region_contract map_contract; do
    ASAN_OPTIONS=detect_leaks=0 \
      contract_run "$asan" "$program" "$(in_build "$asan" "$2")" "$(in_build "$asan" "$3")" || continue
    if grep -qaE "AddressSanitizer|runtime error:" "$output"; then
      finding_like "ERROR: AddressSanitizer|runtime error:"
      finding=$(sed -e "s/^.*ERROR: //" -e "s/^.*runtime error: //" -e "s/ on address.*//" \
        -e "s/0x[0-9a-f]*/.../g" <<<"$finding")
      return 0
    fi
  done
  return 1
}

# Signals and parked threads are what promises are about, not what mutants break.
detect_stress() {
  try 90 "$release/bin/tmb" stress --map="$2" --region="$3" --time="$1s" --seed="$seed" --patience=1s \
    --only=mix,oversubscribed,collisions,memory
  ended_badly && return 0
  case $status in
  0 | 3) return 1 ;;
  1) finding=$(grep -m 1 -a -A 1 'REFUTED' "$output" | tail -n 1 | sed 's/^ *//') ;;
  *) tool_fails ;;
  esac
}

# The plug-in of the release build, in another one.
in_build() { echo "${2/#$release/$1}"; }

# ---- mutants ----

field() { sed -n "s/^$1: //p" "$2"; }

# subject FILE: sets $map and $region to what a mutant, or a product by name, is tried as.
subject() {
  local product path
  case $1 in
  *.mutant)
    product=$(field of "$1")
    path=$release/lib/tracemap-bench/mutants/$(basename "$1" .mutant).so
    ;;
  *)
    product=$1
    path=$release/lib/tracemap-bench/$1.so
    ;;
  esac
  case $product in
  regions/*) map=hash_trie region=$path ;;
  region_*) map=hash_trie region=$path ;;
  fixed_bucket) map=$path region=region_locked ;;
  *) map=$path region=region_shared ;;
  esac
  [ -e "$path" ] || {
    echo "mutants: $path is not there; build the target mutants" >&2
    exit 4
  }
}

# cannot_be_tried FILE: true, and says so, where its difference would never run.
cannot_be_tried() {
  local lacks=
  case $1 in *.mutant) lacks=$(bash ci/mutant-lacks.sh "$1") ;; esac
  [ -z "$lacks" ] || echo "not tried: $1: this processor lacks $lacks"
  [ "$lacks" ]
}

declare -A took saw # by "name detector": seconds until it was seen, and what was seen

# set_contract_limit EXPECT: only its time tells a deadlock from a slow machine. The tests take about a
# second; nothing right may be accused of being slow.
set_contract_limit() {
  if [ "$1" = equivalent ]; then contract_limit=100; else contract_limit=12; fi
}

# examine NAME DETECTOR SECONDS
examine() {
  local from=$EPOCHREALTIME to
  finding=
  if "detect_$2" "$3" "$map" "$region"; then
    to=$EPOCHREALTIME
    took[$1 $2]=$(awk -v from="$from" -v to="$to" 'BEGIN { printf "%.2f", to - from }')
    saw[$1 $2]=$finding
    return 0
  fi
  return 1
}

if [ $# -gt 0 ]; then
  files=("$@")
else
  files=("$mutants"/*.mutant)
fi
products=(hash_trie wide_trie fixed_bucket split_line region_shared region_locked region_sharded region_per_thread)

# ---- in short ----

failed=0
if [ "$short" ]; then
  release=${TMB_BUILD_DIR:?the build to try}
  seen=0 passed=0
  for file in "${files[@]}"; do # the products have contract tests of their own
    name=$(basename "$file" .mutant)
    expect=$(field expect "$file")
    [ "$expect" != tsan ] || continue
    if cannot_be_tried "$file"; then continue; fi
    subject "$file"
    set_contract_limit "$expect"
    by=
    case $(field class "$file") in # what is likely to see it first
    comparison | memory | region) order="contract oracle recording" ;;
    equivalent) order="contract oracle" ;;
    *) order="oracle recording growth contract" ;;
    esac
    for detector in $order; do
      if [ "$expect" = equivalent ]; then seconds=0.2; else seconds=0.5; fi
      if examine "$name" "$detector" "$seconds"; then
        by=$detector
        break
      fi
    done
    if [ "$expect" = killed ] && [ -z "$by" ] && examine "$name" oracle "$patience"; then by=oracle; fi
    case $expect:$by in
    killed:) echo "NOT SEEN: $name: $(field what "$file")"; failed=1 ;;
    killed:*) seen=$((seen + 1)) ;;
    equivalent:) passed=$((passed + 1)) ;;
    *) echo "ACCUSED: $name by $by: ${saw[$name $by]}"; failed=1 ;;
    esac
  done
  echo "$seen mutants seen, $passed equivalent ones not accused"
  [ $((seen + passed)) -gt 0 ] || failed=1
  exit "$failed"
fi

# ---- in full ----

detectors=(contract memory growth oracle recording search stress tsan asan)
targets=(tmb detect map_contract region_contract many_growths mutants hash_trie wide_trie fixed_bucket split_line region_shared region_locked
  region_sharded region_per_thread
  same_key_race cold_storm unique_inserts hash_collisions zipf_mix)
release=${RELEASE_BUILD:-$PWD/build/release}
tsan=${TSAN_BUILD:-$PWD/build/tsan}
asan=${ASAN_BUILD:-$PWD/build/asan-ubsan}
[ "${RELEASE_BUILD:-}" ] || bash ci/build.sh release "${targets[@]}"
[ "${TSAN_BUILD:-}" ] || bash ci/build.sh tsan "${targets[@]}"
[ "${ASAN_BUILD:-}" ] || bash ci/build.sh asan-ubsan "${targets[@]}"

names=() untried=()
declare -A class expect what verdict
start=$SECONDS
count=0
for file in "${products[@]}" "${files[@]}"; do
  name=$(basename "$file" .mutant)
  if cannot_be_tried "$file"; then
    untried+=("$name")
    continue
  fi
  names+=("$name")
  class[$name]=product expect[$name]=equivalent what[$name]="as it is"
  case $file in *.mutant)
    class[$name]=$(field class "$file") expect[$name]=$(field expect "$file") what[$name]=$(field what "$file")
    ;;
  esac
  count=$((count + 1))
  subject "$file"
  set_contract_limit "${expect[$name]}"
  seers=()
  for detector in "${detectors[@]}"; do
    if examine "$name" "$detector" "$seconds_each"; then seers+=("$detector"); fi
  done
  # Once more, with patience.
  if [ "${expect[$name]}" = killed ] && [ "${#seers[@]}" -eq 0 ]; then
    for detector in oracle recording; do
      if examine "$name" "$detector" "$patience"; then
        seers+=("$detector")
        break
      fi
    done
  elif [ "${expect[$name]}" = tsan ] && [ -z "${took[$name tsan]:-}" ] && examine "$name" tsan "$patience"; then
    seers+=(tsan)
  fi
  case ${expect[$name]} in
  killed) if [ "${#seers[@]}" -gt 0 ]; then verdict[$name]=seen; else verdict[$name]=ALIVE; fi ;;
  tsan) if [ "${took[$name tsan]:-}" ]; then verdict[$name]=seen; else verdict[$name]=ALIVE; fi ;;
  equivalent) if [ "${#seers[@]}" -eq 0 ]; then verdict[$name]="not accused"; else verdict[$name]=ACCUSED; fi ;;
  *) echo "mutants: $file: expect: '${expect[$name]}' is none of killed, tsan, equivalent" >&2; exit 4 ;;
  esac
  case ${verdict[$name]} in ALIVE | ACCUSED) failed=1 ;; esac
  printf '[%d/%d] %-32s %-11s %s\n' "$count" "$((${#files[@]} + ${#products[@]} - ${#untried[@]}))" "$name" \
    "${verdict[$name]}" "${seers[*]:-}"
done
total=$((SECONDS - start))

# ---- the table ----

plain() { sed -e 's/[\\"]/\x27/g' -e 's/[[:cntrl:]]//g' <<<"$1"; }

write_table() {
  local name detector row only seers
  cat <<END
# The mutants, and what sees them

Made by \`ci/mutants.sh\` (\`make mutants\`) in $total s on $(nproc) processors of type $(uname -m), seed $seed. A cell is the
time in seconds from a detector's start until it has seen the mutant; a dash: not seen within
$seconds_each s. Every row but the equivalent ones and the products must have a time.

| detector | what runs |
|---|---|
| contract | \`map_contract\`, and \`region_contract\` on a region: it goes on after what it found, so its time is that of all tests |
| memory | those of the contract tests in which memory runs out |
| growth | \`many_growths\`: small maps that grow under two and eight threads, 2048 times |
| oracle | trials as in a benchmark, many and small: same_key_race, cold_storm, unique_inserts, hash_collisions, zipf_mix |
| recording | random puts, lookups and steals of two threads, recorded, and the linear-time interning check |
| search | the same histories and the general checker |
| stress | \`tmb stress\`: its scenarios mix, oversubscribed, collisions and memory |
| tsan | oracle and recording under ThreadSanitizer: data races only |
| asan | the contract tests under AddressSanitizer and UBSan: their reports only |

On x86-64 the processor itself forbids what the mutants marked *tsan* would allow: no run of the release
build can go wrong, and only ThreadSanitizer sees them.

END
  if [ "${#untried[@]}" -gt 0 ]; then
    printf 'Not tried, for want of something in the processor:%s.\n\n' "$(printf ' `%s`' "${untried[@]}")"
  fi
  printf '| mutant | class |'
  printf ' %s |' "${detectors[@]}" "only seen by"
  printf '\n|---|---|'
  for detector in "${detectors[@]}" only; do printf '%s' '---|'; done
  printf '\n'
  for name in "${names[@]}"; do
    row="| \`$name\` | ${class[$name]} |" seers=0 only=
    for detector in "${detectors[@]}"; do
      row="$row ${took[$name $detector]:--} |"
      if [ "${took[$name $detector]:-}" ]; then
        seers=$((seers + 1))
        only=$detector
      fi
    done
    [ "$seers" -eq 1 ] || only=
    case ${verdict[$name]} in ALIVE | ACCUSED) only=${verdict[$name]} ;; esac
    [ "${expect[$name]}" != tsan ] || only="*tsan*"
    echo "$row $only |"
  done
  printf '\n## What each does\n\n| mutant | difference |\n|---|---|\n'
  for name in "${names[@]}"; do
    [ "${class[$name]}" = product ] || echo "| \`$name\` | ${what[$name]} |"
  done
}

write_json() {
  local name detector comma_name='' comma
  printf '{"v": 1, "seed": %s, "seconds_each": %s, "total_s": %s, "mutants": [\n' "$seed" "$seconds_each" "$total"
  for name in "${names[@]}"; do
    printf '%s{"name": "%s", "class": "%s", "expect": "%s", "verdict": "%s", "what": "%s", "seen_by": [' \
      "$comma_name" "$name" "${class[$name]}" "${expect[$name]}" "${verdict[$name]}" "$(plain "${what[$name]}")"
    comma=
    for detector in "${detectors[@]}"; do
      [ "${took[$name $detector]:-}" ] || continue
      printf '%s\n  {"detector": "%s", "seed": %s, "time_s": %s, "finding": "%s"}' "$comma" "$detector" \
        "$seed" "${took[$name $detector]}" "$(plain "${saw[$name $detector]}")"
      comma=,
    done
    printf ']}'
    comma_name=$',\n'
  done
  printf '\n]}\n'
}

write_table >results/mutants.md.part
write_json >results/mutants.json.part
mv results/mutants.md.part results/mutants.md
mv results/mutants.json.part results/mutants.json
echo "results/mutants.md: $count rows in $total s"
exit "$failed"
