#!/usr/bin/env bash
# gate-selftest.sh [--full] [--budget=SECONDS] [--out=FOLDER]: how often does the gate err? Tries its
# statistics on made-up and recorded noise (harness/tests/gate/gate_trials.c), then compares
# builds of which the truth is known, live, and counts the verdicts. Called by make gate-selftest and
# make gate-selftest-full.
#
# The truth: a build against itself, against builds whose hash_trie executes 3 to 20 % more
# instructions, and against one whose threads wait for a lock that one thread alone does not feel
# (harness/tests/slowed/). A comparison is one benchmark of a gate of 20, so that the error rates are
# those of a gate as it is used: its 20 rows are repeated_hits at 1000 to 1019 keys, which are 20
# processes' worth of one benchmark, measured in turns. In one gate all rows have the same truth.
#
# --full: 300 comparisons unchanged at one thread, 100 at two, 100 of each slowdown that must be
# noticed; else 20 of the main ones. --budget: no new gate after that time. A run that was cut short goes
# on where it was when it is started again with the same FOLDER (results/gate-selftest-<machine>).
# FOLDER gets selftest.json, selftest.md and the power curve; the pairs stay in build/gate-selftest/,
# those of each build apart.
#
# Exits 0 when more than 90 % of what must be noticed failed and at most 1 % of what is unchanged; 1
# when not; 3 when the budget did not do; 4 on other errors.
set -euo pipefail

cd "$(dirname "$0")/.."
build=build/release
full= budget=0 out=
for argument; do
  case $argument in
  --full) full=1 ;;
  --budget=*[!0-9]* | --budget=) echo "gate-selftest: $argument: whole seconds" >&2 && exit 4 ;;
  --budget=*) budget=${argument#*=} ;;
  --out=?*) out=${argument#*=} ;;
  *)
    echo "usage: gate-selftest.sh [--full] [--budget=SECONDS] [--out=FOLDER]" >&2
    exit 4
    ;;
  esac
done
rows=20

# Cases: name, tree, true slowdown as its name says, threads, gates of 20 comparisons.
if [ "$full" ]; then
  cases='unchanged . 0 1 15
unchanged . 0 2 5
slower 5 5 1 5
slower 8 8 2 5
slower 10 10 1 5
slower 10 10 2 5
locked locked lock 1 1
locked locked lock 2 1
slower 3 3 1 1
slower 8 8 1 1
slower 20 20 1 1
slower 3 3 2 1
slower 5 5 2 1
slower 20 20 2 1'
else
  cases='unchanged . 0 1 1
slower 5 5 1 1
slower 10 10 2 1'
fi

mkdir -p build
log=build/gate-selftest.log
bash ci/build.sh release product slowed gate_trials >"$log" 2>&1 || {
  tail -n 20 "$log" >&2
  exit 4
}
# Gates of one build are not mixed with those of another.
kept=build/gate-selftest/$(cat "$build"/bin/tmb "$build"/lib/tracemap-bench/hash_trie.so "$build"/slowed/*/lib/tracemap-bench/*.so |
  sha256sum | cut -c 1-12)
mkdir -p "$kept"

# What needs no measuring: made-up noise, and recorded pairs with their sides turned 2,000 times.
"$build/bin/gate_trials" simulate 100 1 || exit 1
"$build/bin/gate_trials" replay harness/tests/gate/recorded_aa.jsonl 2000 1 || exit 1

# tree_of NAME
tree_of() { if [ "$1" = . ]; then echo "$build"; else echo "$build/slowed/$1"; fi; }

# point KEYS THREADS: its name.
point() {
  echo "repeated_hits/hash_trie/region_shared/kind:strings/keys:$1/pages:warm/place:compact/threads:$2"
}

# manifest THREADS: 20 rows. The limits are those of ci/gate.tsv.
manifest() {
  local i limit=2.5%
  [ "$1" -eq 1 ] || limit=5%
  printf 'benchmark\ttier\tlimit\tdirection\toperations\n'
  for ((i = 0; i < rows; i++)); do
    printf '%s\ttime\t%s\tslower\t10000\n' "$(point $((1000 + i)) "$1")" "$limit"
  done
}

# count TREE: instructions of some calls, as the gate's second tier counts them; "null" where it cannot.
count() {
  local manifest=$kept/count.tsv folder
  folder=$(mktemp -d "$kept/count.XXXXXX")
  printf 'benchmark\ttier\tlimit\tdirection\toperations\n%s\tinstructions\t1%%\tslower\t10000\n' \
    "$(point 1000 1)" >"$manifest"
  "$build/bin/tmb" gate "$build" "$1" --manifest="$manifest" --out="$folder" >/dev/null 2>&1 || true
  jq -s 'map(.instructions | select(.)) | if length == 1 then .[0].candidate / .[0].base else null end' \
    "$folder/pairs.jsonl"
  rm -rf "$folder"
}

start=$SECONDS
cut=
# run NAME TREE SLOWDOWN THREADS GATES: what is not there yet.
run() {
  local gate folder status
  manifest "$4" >"$kept/threads-$4.tsv"
  for ((gate = 1; gate <= $5; gate++)); do
    folder=$kept/$1-$3-threads-$4-$gate
    [ -e "$folder/gate.json" ] && continue
    if [ "$budget" -gt 0 ] && [ $((SECONDS - start)) -ge "$budget" ]; then
      cut=1
      return
    fi
    rm -rf "$folder"
    echo "gate-selftest: $1 $3, $4 threads, gate $gate of $5, $((SECONDS - start)) s" >&2
    status=0
    "$build/bin/tmb" gate "$build" "$(tree_of "$2")" --manifest="$kept/threads-$4.tsv" \
      --seed=$((gate * 1000 + $4)) --out="$folder" >"$kept/last.txt" 2>&1 || status=$?
    if [ "$status" -ge 4 ] || [ ! -e "$folder/gate.json" ] ||
      jq -e '[.verdicts[].verdict] | index("INCOMPLETE")' "$folder/gate.json" >/dev/null; then
      rm -f "$folder/gate.json"
      tail -n 20 "$kept/last.txt" >&2
      echo "gate-selftest: that gate was not measured" >&2
      exit 4
    fi
  done
}
while read -r name tree slowdown threads gates <&3; do
  run "$name" "$tree" "$slowdown" "$threads" "$gates"
done 3<<<"$cases"
took=$((SECONDS - start))

# ---- what came out ----

# Wilson's 95 % interval of $k of $n.
wilson='def wilson($k; $n): if $n == 0 then null else
  1.959964 as $z | ($k / $n) as $p | (1 + $z * $z / $n) as $d
  | (($p + $z * $z / (2 * $n)) / $d) as $middle
  | ($z * (($p * (1 - $p) / $n + $z * $z / (4 * $n * $n)) | sqrt) / $d) as $half
  | [([$middle - $half, 0] | max), ([$middle + $half, 1] | min)] end;'

# summary NAME TREE SLOWDOWN THREADS GATES: one object.
summary() {
  local -a files=()
  local gate
  for ((gate = 1; gate <= $5; gate++)); do
    [ -e "$kept/$1-$3-threads-$4-$gate/gate.json" ] && files+=("$kept/$1-$3-threads-$4-$gate/gate.json")
  done
  [ ${#files[@]} -gt 0 ] || return 0
  jq -s --arg name "$1" --arg slowdown "$3" --argjson threads "$4" --argjson wanted $(($5 * rows)) \
    --argjson instructions "$(count "$(tree_of "$2")")" "$wilson"'
    def median: sort | if length == 0 then null else .[length / 2 | floor] end;
    [.[].verdicts[] | select(.arm == "change")] as $all
    | [.[].verdicts[] | select(.arm == "same") | .verdict] as $same
    | ($all | map(select(.verdict == "FAIL")) | length) as $fail
    | {case: $name, slowdown: $slowdown, threads: $threads, wanted: $wanted,
       comparisons: ($all | length), FAIL: $fail,
       INCONCLUSIVE: ($all | map(select(.verdict == "INCONCLUSIVE")) | length),
       PASS: ($all | map(select(.verdict == "PASS")) | length),
       fail_interval: wilson($fail; $all | length),
       instructions: $instructions, time: ($all | map(.ratio.minimum.estimate) | median),
       pairs: ($all | map(.pairs) | add / length),
       same: {arms: ($same | length), FAIL: ($same | map(select(. == "FAIL")) | length)}}' "${files[@]}"
}
while read -r name tree slowdown threads gates; do
  summary "$name" "$tree" "$slowdown" "$threads" "$gates"
done <<<"$cases" >"$kept/cases.json"

first=$(find "$kept" -name pairs.jsonl | sort | head -n 1)
if [ -z "$out" ]; then
  out=results/gate-selftest-$(nproc)-core-$(head -n 1 "$first" |
    jq -r '[.machine.facts[] | select(.name == "processor") | .value][0] | ascii_downcase
      | split(" ")[-1] | gsub("[^a-z0-9]"; "")')
fi
mkdir -p "$out"
head -n 1 "$first" | jq --slurpfile cases <(jq -s . "$kept/cases.json") --arg command "ci/gate-selftest.sh${full:+ --full}" \
  --argjson took "$took" '{schema: "tracemap-bench/gate-selftest/1", command: $command,
    seconds_of_the_last_start: $took, build: .base, fingerprint: .machine.fingerprint,
    machine: (.machine.facts | map({(.name): .value}) | add), rows_a_gate: 20, cases: $cases[0]}' \
  >"$out/selftest.json.part"
mv "$out/selftest.json.part" "$out/selftest.json"

jq -r 'def percent: . * 1000 | round / 10 | tostring;
  "# How often the gate errs\n",
  "`\(.command)`, build \(.build.commit) (\(.build.build)), \(.machine.processor), "
  + "\(.machine.cpus) CPUs. Each comparison is one of the 20 benchmarks of a gate, "
  + "`repeated_hits` of `hash_trie` at 1000 to 1019 keys; limits are 2.5 % at one thread and 5 % at two. "
  + "Instructions and time are ratios over the unchanged map: counted, and the median that the gate saw.\n",
  "| true change | threads | comparisons | FAIL | INCONCLUSIVE | PASS | FAIL, 95 % | instructions | time | pairs, mean |",
  "|---|---|---|---|---|---|---|---|---|---|",
  (.cases[] | "| \(if .case == "unchanged" then "none" elif .case == "locked" then "a shared lock" else "+\(.slowdown) % instructions" end) "
   + "| \(.threads) | \(.comparisons) | \(.FAIL) | \(.INCONCLUSIVE) | \(.PASS) "
   + "| \(.fail_interval[0] | percent) to \(.fail_interval[1] | percent) % "
   + "| \(if .instructions then .instructions * 1000 | round / 1000 else "not counted" end) "
   + "| \(.time * 1000 | round / 1000) | \(.pairs | round) |"),
  "",
  "A/A arms inside these gates: \([.cases[].same.arms] | add), of which FAIL: \([.cases[].same.FAIL] | add)."' \
  "$out/selftest.json" >"$out/selftest.md"
cat "$out/selftest.md"

# The power curve: share of FAIL over the change in time that was seen.
if [ ! "$cut" ] && command -v gnuplot >/dev/null; then
  for threads in 1 2; do
    jq -r --argjson threads $threads '.cases | map(select(.threads == $threads and .case != "locked"))
      | sort_by(.time)[] | [(.time - 1) * 100, .FAIL / .comparisons * 100, .fail_interval[0] * 100,
        .fail_interval[1] * 100] | @tsv' "$out/selftest.json" >"$kept/power-$threads.tsv"
  done
  for format in svg png; do
    gnuplot -c scripts/plots/gate_power.gp "$kept" "$out/power.$format" $format
  done
fi

if [ "$cut" ]; then
  echo "gate-selftest: the budget of $budget s is used up; the same command goes on" >&2
  exit 3
fi
jq -e '[.cases[] | select(.case == "unchanged")] as $unchanged
  | [.cases[] | select((.case == "slower") and (.slowdown == "10" or
      (.slowdown == "5" and .threads == 1) or (.slowdown == "8" and .threads == 2)))] as $slower
  | ($unchanged | map(.FAIL) | add) <= 0.01 * ($unchanged | map(.comparisons) | add)
    and all($slower[]; .FAIL > 0.9 * .comparisons)' "$out/selftest.json" >/dev/null || {
  echo "gate-selftest: the gate errs more often than it may" >&2
  exit 1
}
