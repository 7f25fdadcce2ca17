#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Report files of `heddle run`, `heddle gallery run` and heddle/gtest.h: what real explorations write
# is accepted by the validators of tests/report/; paths with spaces, what cannot be written, special
# files, exit codes.
set -uo pipefail
folder="$(mktemp -d)/my project"
mkdir -p "$folder"
trap 'rm -rf "$(dirname "$folder")"' EXIT
heddle="$HEDDLE_BUILD_DIR/bin/heddle"
programs="$HEDDLE_SOURCE_DIR/tests/tools/programs"
failures=0
cd "$folder" || exit 1
unset HEDDLE_OPTIONS HEDDLE_SOURCE_ROOT

complain() {
  echo "FAILED: $1"
  sed 's/^/    /' out.txt | head -40
  failures=$((failures + 1))
}
# expect NAME CODE PATTERN COMMAND...: the exit code, and a line of what it prints.
expect() {
  local name=$1 code=$2 pattern=$3 actual=0
  shift 3
  "$@" >out.txt 2>&1 </dev/null || actual=$?
  if [[ $actual -ne $code ]]; then
    complain "$name: exit code $actual, expected $code"
  elif ! grep -qE -- "$pattern" out.txt; then
    complain "$name: no line with '$pattern'"
  fi
}
validate() {
  python3 "$HEDDLE_SOURCE_DIR/tests/report/validators.py" "$@" >out.txt 2>&1 || complain "the validators of $*"
}
says() { grep -qE -- "$2" "$1" || complain "$1 has no line with '$2'"; }

cp "$programs/lost_update.c" "lost update.c"
sed -i 's/printf("the counter is %d/printf("caf\\xe9: the counter is %d/' "lost update.c"
gcc -g -O1 -fsanitize=thread "lost update.c" -o "lost update" || exit 1
gcc -g -O1 -fsanitize=thread "$programs/opposite_order.c" -o opposite_order || exit 1

# All forms at once, beside what is printed.
expect 'all forms' 1 '^bug: ' "$heddle" run --json plain.json --report 'sarif:a b.sarif' \
  --report=junit:out.xml --report dot:out.dot --report json:out.json --report text:out.text -- "./lost update"
validate 'sarif:a b.sarif' junit:out.xml dot:out.dot json:out.json
cmp -s plain.json out.json || complain '--json and --report json differ'
says 'a b.sarif' '"ruleId": "data_race"'
says 'a b.sarif' '"uri": "lost%20update.c"'
says 'a b.sarif' '"replay": "heddle replay h[0-9].* -- '"'./lost update'"'"'
says out.xml '<failure type="data_race" message="T[12] '
says out.xml 'file="lost update.c" line="[0-9]+"'
says out.xml "replay: heddle replay h[0-9]"
says out.dot 'label=po'
says out.dot 'label=rf'
says out.dot 'label=hb'
says out.text "^1\. data race: "
python3 - 'a b.sarif' <<'END' >out.txt || complain 'the schedule in SARIF'
import json, sys
results = json.load(open(sys.argv[1]))["runs"][0]["results"]
for result in results:
    schedule, threads = result["codeFlows"]
    steps = schedule["threadFlows"][0]["locations"]
    assert len(steps) >= 6 and {flow["id"] for flow in threads["threadFlows"]} == {"main", "T1", "T2"}, steps
    lines = [s["location"]["physicalLocation"]["region"]["startLine"] for s in steps if "physicalLocation" in s["location"]]
    assert set(lines) >= {10, 11}, lines
    assert sum(len(flow["locations"]) for flow in threads["threadFlows"]) == len(steps)
assert any(r["ruleId"] == "assertion" for r in results)
END

python3 - out.json <<'END' >out.txt 2>&1 || complain 'happens-before and modification order'
import json, sys
for finding in json.load(open(sys.argv[1]))["findings"]:
    trace = finding["trace"]
    index = {(step["thread"], step["what"]): i for i, step in enumerate(trace)}
    before = [set() for _ in trace]  # All that happens before a step.
    for i, step in enumerate(trace):
        own = [j for j in range(i) if trace[j]["thread"] == step["thread"]]
        for j in own[-1:] + step.get("happens_after", []):
            assert j < i, (i, step)
            before[i] |= before[j] | {j}
    for thread in ("T1", "T2"):
        assert trace[index[thread, "start"]]["happens_after"] == [index["main", f"create {thread}"]]
        join = index.get(("main", f"join {thread}"))
        if join is not None:
            assert trace[join]["happens_after"] == [index[thread, "end"]]
    if finding["kind"] == "data_race":
        one, two = [i for i, step in enumerate(trace) if "race" in step.get("note", "")]
        assert one not in before[two], "racing accesses are ordered"
    if finding["kind"] == "assertion":  # After promotion the accesses are events, with an order of their own.
        writes = [i for i, step in enumerate(trace) if step["what"] == "write"]
        assert len(writes) == 2 and trace[writes[1]]["overwrites"] == writes[0], trace
END

# By the environment, and both; not for replays.
HEDDLE_OPTIONS='report=sarif:env.sarif:model=sc' expect 'environment' 0 '^ok: .* model sc' \
  "$heddle" run --report 'junit:deep/folder/' -- ./opposite_order same
validate sarif:env.sarif junit:deep/folder/opposite_order.xml
says env.sarif '"results": \[\]'
says env.sarif '"verdict": "ok"'
token=$(grep -o -m1 '"token": "[^"]*"' plain.json | cut -d'"' -f4)
HEDDLE_OPTIONS='report=text:replay.text' expect 'replay' 1 '1 execution' \
  "$heddle" replay "$token" --report dot:replay.dot -- "./lost update"
validate dot:replay.dot
[[ ! -e replay.text ]] || complain 'a replay writes the report of the search'

# What is not complete has not passed.
expect 'incomplete' 4 '^incomplete' "$heddle" run --executions 1 --report junit:part.xml -- ./opposite_order same
says part.xml '<error type="incomplete" message="a limit stopped the search: nothing is proved">'
validate junit:part.xml

# What cannot be written is told, and the verdict stands.
expect 'no such folder' 1 '^bug: ' "$heddle" run --report sarif:none/out.sarif -- "./lost update"
says out.txt '^heddle: cannot write none/out.sarif: No such file or directory$'
expect 'full device' 1 '^bug: ' "$heddle" run --report sarif:/dev/full -- "./lost update"
says out.txt '^heddle: cannot write /dev/full: No space left on device$'
[[ -c /dev/full ]] || complain '/dev/full is replaced'
expect 'ok, but not written' 2 '^ok: ' "$heddle" run --report text:/dev/full -- ./opposite_order same
expect 'full device as json' 1 '^bug: ' "$heddle" run --json /dev/full -- "./lost update"
expect 'unknown form' 2 'sarf:x" is not FORM:FILE; did you mean "sarif"' "$heddle" run --report sarf:x -- ./none
expect 'no file' 2 '"sarif" names no file' "$heddle" run --report sarif -- ./none
expect 'twice' 2 'only one result can go to standard output' \
  "$heddle" run --report sarif:- --json /dev/stdout -- ./opposite_order

# Standard output, also by another name, and a pipe.
"$heddle" run --report sarif:/dev/stdout -- ./opposite_order same >std.sarif 2>out.txt
says out.txt '^ok: '
"$heddle" run --report json:- -- ./opposite_order same >std.json 2>out.txt
validate sarif:std.sarif json:std.json
mkfifo pipe
cat pipe >from_pipe.dot &
"$heddle" run --report dot:pipe -- ./opposite_order >out.txt 2>&1
wait $!
[[ -p pipe ]] || complain 'a pipe is replaced'
validate dot:from_pipe.dot

# The gallery: what is declared is no failure, and suppressed in SARIF.
if [[ -x ${HEDDLE_GALLERY_DIR:-$HEDDLE_BUILD_DIR/bin}/heddle-gallery-explored ]]; then
  HEDDLE_SOURCE_ROOT=$HEDDLE_SOURCE_DIR expect 'gallery' 0 'as declared' "$heddle" gallery run races/lost_update --no-tsan \
    --report sarif:gallery.sarif --report junit:gallery.xml --report dot:gallery.dot --report json:gallery.json
  validate sarif:gallery.sarif junit:gallery.xml dot:gallery.dot
  says gallery.sarif '"uri": ".*bugs/races/lost_update.cc"'
  says gallery.sarif '"suppressions": \['
  says gallery.xml 'classname="races.lost_update" name="buggy"'
  says gallery.xml 'tests="[0-9]+" failures="0" errors="0"'
fi

# GoogleTest: one file for all tests, or one a test in a folder.
sample=$HEDDLE_BUILD_DIR/bin/heddle-gtest-sample-gcc
if [[ -x $sample ]]; then
  HEDDLE_OPTIONS="report=junit:tests.xml:report=sarif:'tests of it.sarif'" expect 'gtest' 1 'FAILED' \
    "$sample" '--gtest_filter=Fails.Expect:Passes.Go*' --heddle_report=json:each/
  says out.txt 'HEDDLE_OPTIONS=.* --gtest_filter=Fails.Expect --heddle_replay='
  validate junit:tests.xml 'sarif:tests of it.sarif' each
  says tests.xml 'classname="Fails" name="Expect"'
  says tests.xml '<testsuites name="heddle" tests="2" failures="1" errors="0"'
  says 'tests of it.sarif' '"replay": "HEDDLE_OPTIONS=.* --heddle_replay='
  says each/heddle-gtest-sample-gcc-Fails.Expect.json '"verdict": "bug"'
  expect 'gtest, full device' 1 'cannot write /dev/full' "$sample" '--gtest_filter=Passes.Go*' --heddle_report=sarif:/dev/full
  expect 'gtest, nothing explored' 1 'jobs is 0' \
    "$sample" '--gtest_filter=Passes.Go*' --heddle_report=junit:none.xml --heddle_jobs=0
  validate junit:none.xml
  says none.xml '<error type="internal_error" message="heddle: jobs is 0; '
  expect 'gtest, unknown form' 2 'is not FORM:FILE' "$sample" --heddle_report=sraif:x
fi
exit $((failures > 0))
