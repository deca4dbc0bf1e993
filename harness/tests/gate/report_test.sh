#!/usr/bin/env bash
# report_test.sh: tmb gate --from: an exit code for each case, the files of the report, and what is
# refused.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

holds() {
  if ! "$@"; then
    printf 'line %s: not so: %s\n' "${BASH_LINENO[0]}" "$*"
    exit 1
  fi
}

# ---- a fixture for every exit code ----

while read -r code name text; do
  "$FAKE_GATE" "$name.jsonl" "$name"
  expect "$code" "gate: $text" "$TMB" gate "--from=$name.jsonl" "--out=$name"
  holds [ "$(jq .exit_code "$name/gate.json")" -eq "$code" ]
  # The same pairs give the same report.
  "$TMB" gate "--from=$name.jsonl" --out=again >/dev/null || true
  holds cmp -s "$name/gate.json" again/gate.json
done <<'END'
0 pass pass: no regression above the limits
0 new pass: no regression
1 regression FAIL: a regression: w/two/pages:warm/threads:2
1 stall FAIL: a regression: w/two/pages:warm/threads:2
1 faster FAIL: a regression: w/two/pages:warm/threads:2
1 instructions FAIL: a regression: w/one/pages:warm/threads:1
1 wrong FAIL: w/two/pages:warm/threads:2: candidate wrong: two ids
2 inconclusive inconclusive: neither a regression nor its absence is proved of w/two/pages:warm/threads:2
3 incomplete incomplete: w/two/pages:warm/threads:2: undecided, with 7 of the 20 pairs
3 unfit incomplete: the machine is unfit
4 undeclared error: w/stranger/threads:1 ran and is not declared
END
expect 1 'FAIL by the p90' "$TMB" gate --from=stall.jsonl
expect 1 'FAIL by the instructions' "$TMB" gate --from=instructions.jsonl
expect 0 'NEW: base missing: no map <b>' "$TMB" gate --from=new.jsonl
expect 0 'w/gone/threads:1: no longer in the manifest' "$TMB" gate --from=pass.jsonl
expect 3 'UNFIT' "$TMB" gate --from=unfit.jsonl

# ---- the files ----

words() { jq -r '[.verdicts[].verdict] | join(" ")' "$1/gate.json"; }
holds [ "$(words pass)" = 'PASS PASS PASS PASS PASS' ]
holds [ "$(words regression)" = 'PASS PASS FAIL PASS PASS' ]
holds [ "$(words unfit)" = 'UNFIT UNFIT UNFIT PASS FAIL' ]
holds [ "$(jq '.verdicts[2].ratio.minimum | .low < .estimate and .estimate < .high' regression/gate.json)" = true ]
# What is markup in a name is text in a report, and no terminal is steered.
holds grep -qF '\<b\>\&\|' pass/gate.md
holds grep -qF 'value="&lt;b&gt;&amp;|' pass/junit.xml
holds [ "$(cat pass/gate.md pass/junit.xml new/gate.md new/junit.xml | tr -cd '\033' | wc -c)" -eq 0 ]
holds grep -qF '<skipped message="w/two/pages:warm/threads:2: NEW: base missing: no map &lt;b&gt;' new/junit.xml
holds grep -qF 'tests="5" failures="1" errors="0" skipped="0"' regression/junit.xml
holds grep -qF 'failures="0" errors="1" skipped="3"' unfit/junit.xml
if command -v xmllint >/dev/null; then
  holds xmllint --noout ./*/junit.xml
fi
if command -v gnuplot >/dev/null; then
  holds [ -s regression/gate.svg ] && holds [ -s regression/gate.png ]
  holds grep -qF 'threads:2' regression/gate.svg
  if grep -qF 'pages:warm' regression/gate.svg; then
    echo "a label says what all rows have in common"
    exit 1
  fi
fi

# ---- maps against each other ----

history() { expect 0 "$1" "$TMB" gate --from=maps.jsonl --history=history.jsonl; }
for ((gate = 1; gate <= 14; gate++)); do
  rm -f maps.jsonl
  "$FAKE_GATE" maps.jsonl "$([ "$gate" -le 7 ] && echo maps || echo maps-otherwise)"
  sed -i "1s/c0ffee/commit$gate/" maps.jsonl
  history 'w/two over one/threads:1'
done
history 'since'
holds [ "$(wc -l <history.jsonl)" -eq 14 ] # once a gate, however often it is judged
"$TMB" gate --from=maps.jsonl --history=history.jsonl >told
holds grep -qE '1\.5[0-9]* .*commit13 +\+[0-9.]+ % +commit8 +w/two over one' told
sed -i 's/"fingerprint":"0/"fingerprint":"f/' history.jsonl
"$TMB" gate --from=maps.jsonl --history=history.jsonl >told
if grep -qF commit13 told; then
  echo "another machine's history was compared with"
  exit 1
fi
sed -i '1s/"low":[0-9.]*/"low":9/' history.jsonl
expect 4 'history.jsonl:1: a ratio must have' "$TMB" gate --from=maps.jsonl --history=history.jsonl
expect 4 'cannot write' "$TMB" gate --from=maps.jsonl --history=nowhere/history.jsonl
holds [ ! -e kept.jsonl ]
expect 3 'unfit' "$TMB" gate --from=unfit.jsonl --history=kept.jsonl
holds [ ! -e kept.jsonl ]

# ---- a torn end, and nonsense ----

head -c -30 pass.jsonl >torn.jsonl
expect 3 'the last line of the pairs was torn' "$TMB" gate --from=torn.jsonl
sed '3s/"pair":2/"pair":5/' pass.jsonl >gap.jsonl
expect 4 'gap.jsonl:3: "pair" must be 2 here' "$TMB" gate --from=gap.jsonl
sed 3d pass.jsonl >lost.jsonl
expect 4 'lost.jsonl:3: "pair" must be 2 here' "$TMB" gate --from=lost.jsonl
: >empty.jsonl
expect 4 'empty.jsonl:1: the file is empty' "$TMB" gate --from=empty.jsonl
expect 4 'nowhere.jsonl: No such file' "$TMB" gate --from=nowhere.jsonl
expect 4 '' "$TMB" gate --from=.
expect 4 'nowhere/deep' "$TMB" gate --from=pass.jsonl --out=nowhere/deep
expect 4 '' "$TMB" gate --no-such-option
