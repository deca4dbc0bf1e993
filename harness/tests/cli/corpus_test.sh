#!/usr/bin/env bash
# corpus_test.sh: tmb corpus and scripts/record-corpus.sh: exit codes, messages, files left behind.
set -euo pipefail

samples=$TMB_SOURCE_DIR/harness/tests/corpora
failures=0

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  failures=$((failures + 1))
}

# expect CODE PATTERN COMMAND...: exit code, and a line of output that matches the pattern.
expect() {
  local code=$1 pattern=$2 got=0
  shift 2
  "$@" >out 2>&1 || got=$?
  [[ $got -eq $code ]] || fail "exit code $got instead of $code: $*: $(head -c 300 out)"
  grep -q -- "$pattern" out || fail "no '$pattern' in the output of: $*: $(head -c 300 out)"
}

# --- usage
expect 4 'Usage: tmb corpus' "$TMB" corpus
expect 4 "no action 'eat'" "$TMB" corpus eat
expect 0 'import ' "$TMB" corpus --help
expect 0 'perf_script ' "$TMB" corpus import --help
expect 4 'name a file' "$TMB" corpus import
expect 4 'name a file' "$TMB" corpus info
expect 4 'dump takes one file' "$TMB" corpus dump a b
expect 4 "no format 'xml'; there are: go_trace, perf_script, folded, lines" \
  "$TMB" corpus import --from=xml "$samples/go_trace.txt"
expect 4 'no frame names' "$TMB" corpus import --frame-names -o x.tmbc "$samples/folded.txt"
expect 4 'name the corpus to write' "$TMB" corpus import - <"$samples/go_trace.txt"

# --- good input: named, told from the text, through a pipe; the puts are those expected
for format in go_trace perf_script folded; do
  cp "$samples/$format.txt" .
  expect 0 "$format.txt.tmbc: .* puts of" "$TMB" corpus import "$format.txt"
  expect 0 'puts of' "$TMB" corpus import --from=$format -o piped.tmbc - <"$format.txt"
  cmp "$format.txt.tmbc" piped.tmbc || fail "$format: a pipe gives another corpus"
  "$TMB" corpus dump "$format.txt.tmbc" | tr '\t' ' ' | cmp - "$samples/$format.expected" ||
    fail "$format: other puts than expected"
  "$TMB" corpus dump --symbols "$format.txt.tmbc" | tr '\t' ' ' | cmp - "$samples/$format.symbols" ||
    fail "$format: other symbols than expected"
done
expect 0 '16 puts' "$TMB" corpus import --frame-names -o frames.tmbc go_trace.txt
"$TMB" corpus dump frames.tmbc | tr '\t' ' ' | cmp - "$samples/go_trace_frames.expected" ||
  fail "go_trace: other names of frames than expected"
expect 0 '1 frames have other symbols than an earlier frame' \
  "$TMB" corpus import -o lines.tmbc "$samples/perf_script_lines.txt"
expect 0 '4 frames with symbols' "$TMB" corpus import -o lines.tmbc "$samples/perf_script_lines.txt"
"$TMB" corpus dump -s lines.tmbc | tr '\t' ' ' | cmp - "$samples/perf_script_lines.symbols" ||
  fail 'perf_script: other source lines than expected'
printf 'one\ntwo\none\n' >README
expect 4 'cannot tell its format; name it with --from=' "$TMB" corpus import README
expect 0 '3 puts of 2 distinct items in 1 streams' "$TMB" corpus import -f lines -o l.tmbc README
expect 0 '6 puts of 2 distinct items in 1 streams' \
  "$TMB" corpus import -f lines -o l.tmbc README README

# --- info
expect 0 'repeats .*25.0%' "$TMB" corpus info go_trace.txt.tmbc
"$TMB" corpus info --json go_trace.txt.tmbc piped.tmbc >info.json
grep -q '"puts": 8' info.json || fail "info --json: $(head -c 300 info.json)"
[[ $(grep -c '"repeat_share"' info.json) -eq 2 ]] || fail "info --json does not show two files"

expect 0 'frames with symbols .*4 of 5 program counters, 80.0%' \
  "$TMB" corpus info perf_script.txt.tmbc
expect 0 'frames with symbols .*0 of 3 program counters, 0.0%' \
  "$TMB" corpus info "$samples/version_1.tmbc"
"$TMB" corpus info --json perf_script.txt.tmbc >info.json
grep -q '"frames": 4' info.json || fail "info --json shows no symbols: $(tail -c 300 info.json)"
"$TMB" corpus dump "$samples/version_1.tmbc" | tr '\t' ' ' | cmp - "$samples/go_trace.expected" ||
  fail 'a corpus of version 1 holds other puts'

# --- damaged input: exit 4, file and line, and nothing is written
refuse() {
  expect 4 "$2: .*$3\|$2:$3" "$TMB" corpus import --from="$1" -o out.tmbc "$samples/$2"
  [[ -z $(find . -name 'out.tmbc*') ]] || fail "$2: refused, but a file was written"
}
refuse go_trace bad_go_trace_no_tables.txt '27: the text ends'
refuse go_trace bad_go_trace_cut_in_stack.txt '16: the text ends'
refuse go_trace bad_go_trace_dangling.txt '10: stack 99 is not defined'
refuse perf_script bad_perf_script_cut.txt '7: the text ends inside the sample of line 5'
refuse folded bad_folded_no_count.txt '2: expected'
refuse folded bad_folded_huge_count.txt '2: a count of'
expect 4 'cannot open' "$TMB" corpus import --from=lines -o out.tmbc no-such-file
expect 4 'cannot read: Is a directory' "$TMB" corpus import --from=lines -o out.tmbc .
expect 4 'the input holds no put' "$TMB" corpus import --from=lines -o out.tmbc /dev/null
expect 4 'cannot write in its directory' "$TMB" corpus import -o no/out.tmbc go_trace.txt
[[ ! -e out.tmbc ]] || fail 'a refused import left a file'
for action in info dump; do
  expect 4 'go_trace.txt: byte 0: not a corpus' "$TMB" corpus $action go_trace.txt
  head -c 60 go_trace.txt.tmbc >cut.tmbc
  expect 4 'cut.tmbc: damaged or cut off zstd frame' "$TMB" corpus $action cut.tmbc
done

# --- what stood there stays when an import fails
cp go_trace.txt.tmbc kept.tmbc
expect 4 'expected "frame' "$TMB" corpus import --from=folded -o kept.tmbc perf_script.txt
cmp kept.tmbc go_trace.txt.tmbc || fail 'a failed import changed the corpus that stood there'

# --- the corpora that are shipped can be read, and their puts hold no path
for corpus in "$TMB_SOURCE_DIR"/workloads/corpora/*.tmbc; do
  expect 0 'repeats' "$TMB" corpus info "$corpus"
  [[ $(stat -c %s "$corpus") -le 1000000 ]] || fail "$corpus is larger than 1 MB"
  if "$TMB" corpus dump "$corpus" | grep -m 3 -E '"[^"]*/'; then fail "$corpus holds a path"; fi
done

# --- record-corpus.sh, with a stand-in for perf
record=$TMB_SOURCE_DIR/scripts/record-corpus.sh
mkdir bare fake
for tool in bash basename dirname mktemp rm sed cat env; do
  ln -s "$(command -v $tool)" bare/
done
cat >fake/perf <<'EOF'
#!/bin/bash
# record: runs what follows --; evlist: the events recorded; script: prints the sample.
if [[ $1 == record ]]; then
  if [[ $* == *"${PERF_REFUSES:-nothing}"* ]]; then
    echo 'Access to performance monitoring is limited.'
    exit 255
  fi
  echo "$*" >>perf-log
  while [[ $1 != -- ]]; do
    [[ $1 == -e ]] && events=$2
    [[ $1 == -o ]] && echo "$events" >"$2"
    shift
  done
  shift
  "$@"
elif [[ $1 == evlist ]]; then
  cat "$3"
else
  echo "$*" >>perf-log
  cat "$PERF_TEXT"
fi
EOF
chmod +x fake/perf
export TMB PERF_TEXT=$samples/perf_script.txt
with_perf() { PATH=$PWD/fake:$PATH "$@"; }

expect 4 'no command to record' bash "$record"
expect 4 'usage:' bash "$record" -x -- true
expect 4 "-F takes a number, not 'fast'" bash "$record" -F fast -- true
expect 4 '-g takes fp or dwarf' bash "$record" -g magic -- true
expect 3 'perf is not installed' env PATH="$PWD/bare" bash "$record" -- true
PERF_REFUSES=record expect 3 'Access to performance monitoring is limited' \
  with_perf bash "$record" -o r.tmbc -- true
expect 4 'ended with exit code 7: no corpus' with_perf bash "$record" -o r.tmbc -- bash -c 'exit 7'
PERF_TEXT=/dev/null expect 4 'no sample was taken' with_perf bash "$record" -o r.tmbc -- true
PERF_TEXT=$samples/folded.txt expect 4 'expected a sample' \
  with_perf bash "$record" -o r.tmbc -- true
[[ ! -e r.tmbc ]] || fail 'a failed recording left a file'
expect 0 'recording cycles:u' with_perf bash "$record" -o r.tmbc -- true
"$TMB" corpus dump r.tmbc | tr '\t' ' ' | cmp - "$samples/perf_script.expected" ||
  fail 'record-corpus.sh imported other puts'
PERF_REFUSES=cycles expect 0 'recording cpu-clock:u' with_perf bash "$record" -o r.tmbc -- true
expect 0 'recording faults (-c 3), call graphs by dwarf' \
  with_perf bash "$record" -e faults -c 3 -g dwarf -o r.tmbc -- true
grep -q -- '-e faults -c 3 --call-graph dwarf' perf-log || fail "perf got: $(tail -n 2 perf-log)"
if grep -q srcline perf-log; then fail 'source lines without -s'; fi
PERF_TEXT=$samples/perf_script_lines.txt expect 0 '4 frames with symbols' \
  with_perf bash "$record" -s -o r.tmbc -- true
grep -q 'script -F .*,srcline --full-source-path' perf-log || fail "perf got: $(tail -n 1 perf-log)"

[[ $failures -eq 0 ]] || exit 1
echo 'corpus: all as expected'
