#!/usr/bin/env bash
# expectations.sh hold|refute SEEN EXPECTED...: holds what a guest saw against what is expected of it.
# SEEN has lines "saw NAME: VALUE"; EXPECTED files have lines "NAME: VALUE", and # comments.
#
# hold: every expectation was seen, and nothing else was. refute: the negative control: on this machine,
# which is another one, every expectation must fail; one that holds here too can tell nothing.
# A line for each; exits 1 when one is not as it should be. Called by numa.sh.
set -euo pipefail

if [ $# -lt 3 ] || { [ "$1" != hold ] && [ "$1" != refute ]; }; then
  echo "usage: expectations.sh hold|refute SEEN EXPECTED..." >&2
  exit 4
fi
awk -v mode="$1" '
  function wrong(text) { print "FAILED " text; failed = 1 }
  function split_line(line) {
    at = index(line, ": ")
    name = substr(line, 1, at - 1)
    value = substr(line, at + 1)
    gsub(/^[ \t]+|[ \t]+$/, "", value)
    return at > 1
  }
  FILENAME == ARGV[1] {
    if (sub(/^saw /, "") && split_line($0)) {
      if (name in saw) wrong(name ": seen twice")
      saw[name] = value
    }
    next
  }
  /^[ \t]*(#|$)/ { next }
  !split_line($0) { wrong(FILENAME ":" FNR ": no line \"NAME: VALUE\""); next }
  name in expected { wrong(name ": expected twice"); next }
  {
    expected[name] = value
    count++
    found = name in saw ? "\"" saw[name] "\"" : "nothing"
    holds = name in saw && saw[name] == value
    if (mode == "hold" && !holds) wrong(name ": expected \"" value "\", saw " found)
    else if (mode == "refute" && holds) wrong(name ": saw " found " on this machine, too: it tells nothing")
    else if (mode == "hold") print "ok " name ": " found
    else print "refuted " name ": expected \"" value "\", saw " found
  }
  END {
    if (count == 0) wrong("nothing is expected")
    if (mode == "hold")
      for (name in saw)
        if (!(name in expected)) wrong(name ": saw \"" saw[name] "\", which nothing expects")
    exit failed
  }' "${@:2}"
