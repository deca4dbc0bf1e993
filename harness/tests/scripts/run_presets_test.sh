#!/usr/bin/env bash
# run_presets_test.sh: run-presets.sh with stand-ins for cmake and ctest: it adds up what ctest
# reports, names what failed, and fails on a failure, a missing program, a preset that does not build
# and a run without tests.
set -euo pipefail
. "$(dirname "$0")/../expect.sh"

mkdir -p ci bin build/{good,bad,gone,odd,empty}
cp "$TMB_SOURCE_DIR"/ci/{build,run-presets}.sh ci
cat >bin/cmake <<'END'
#!/usr/bin/env bash
[ "$2" != broken ] && [ "$3" != broken ]
END
cat >bin/ctest <<'END'
#!/usr/bin/env bash
preset=$2
[ "$preset" = empty ] && exit 8
while [ "$1" != --output-junit ]; do shift; done
case $preset in bad) status=fail ;; *) status=run ;; esac
case $preset in gone) why='Unable to find executable' ;; *) why=SKIP_RETURN_CODE=77 ;; esac
cat >"$2" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux"
	tests="3"
	>
	<testcase name="unit.one" classname="unit.one" time="0.1" status="run">
		<system-out>skipped message=SKIP_RETURN_CODE=77</system-out>
	</testcase>
	<testcase name="unit.two" classname="unit.two" time="0.1" status="$status">
		<failure message=""/>
		<system-out></system-out>
	</testcase>
	<testcase name="unit.three" classname="unit.three" time="0" status="notrun">
		<skipped message="$why"/>
		<system-out></system-out>
	</testcase>
</testsuite>
XML
case $preset in good) exit 0 ;; *) exit 8 ;; esac
END
chmod +x bin/*
PATH=$PWD/bin:$PATH
closing() { bash ci/run-presets.sh "$@" 2>&1 | tail -n 1; }

expect 0 '2 passed, 0 failed, 1 skipped' bash ci/run-presets.sh good
expect 0 'good: 2 passed, 0 failed, 1 skipped' bash ci/run-presets.sh good
expect 0 'skipped: good: unit.three' bash ci/run-presets.sh good
expect 1 'FAILED: bad: unit.two' bash ci/run-presets.sh good bad
expect 1 '3 passed, 1 failed, 2 skipped' closing good bad
expect 1 'FAILED: gone: unit.three' bash ci/run-presets.sh gone
expect 1 '2 passed, 1 failed' closing gone
expect 1 'FAILED: odd: ctest exited 8' bash ci/run-presets.sh odd
expect 1 'FAILED: empty: ctest exited 8' bash ci/run-presets.sh empty good
expect 1 '2 passed, 1 failed, 1 skipped' closing empty good
expect 1 'FAILED: broken: does not build' bash ci/run-presets.sh broken good
expect 1 '2 passed, 2 failed, 1 skipped' closing bad broken:build good:build
expect 0 '1 passed, 0 failed' closing good:build
