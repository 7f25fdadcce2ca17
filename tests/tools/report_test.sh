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

# Results of before as a page: the same findings as in a page of the run itself.
cp plain.json 'old results.json'
expect 'results again' 1 '^bug: ' "$heddle" report 'old results.json' --html old.html --report sarif:old.sarif
if grep -q 'missing in ' out.txt; then complain 'nothing is missing'; fi
validate sarif:old.sarif
expect 'the page of a run' 1 '^bug: ' "$heddle" run --html new.html -- "./lost update"
python3 - <<'END' >out.txt 2>&1 || complain 'two pages of the same results differ'
import json, re
pages = []
for name in ("old.html", "new.html"):
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', open(name).read(), re.S).group(1)
    report = json.loads(data)["programs"][0]["variants"][0]["report"]
    pages.append(([{key: value for key, value in finding.items() if key != "replay"} for finding in report["findings"]],
                  json.loads(data)["files"]))
assert pages[0] == pages[1] and all(finding["trace"] for finding in pages[0][0]), pages
END

# What results lack is said, in the page, too.
python3 - <<'END'
import json
report = json.load(open("plain.json"))
for step in [step for finding in report["findings"] for step in finding["trace"]]:
    step.pop("happens_after", None)
    step.pop("overwrites", None)
    for frame in step.get("stack", []):
        if "file" in frame:
            frame["file"] = "/nowhere/" + frame["file"].split("/")[-1]
report["findings"][0]["trace"] = []
del report["findings"][1]["decision"]
json.dump(report, open("older.json", "w"))
END
COLUMNS=300 expect 'older results' 1 '^bug: ' "$heddle" report older.json --html older.html
cp out.txt older.txt
for what in 'the execution, so the timeline,' 'what happens before what .*, so these arrows,' \
  'what decides it, so no passing execution beside it,'; do
  says older.txt "missing in older.json: $what of [12] findings?$"
done
says older.txt 'missing in older.json: the source of lost update.c: it cannot be read here$'
says older.html 'missing in older.json: the execution, so the timeline, of 1 finding'
touch -d '+1 hour' 'lost update.c'
expect 'a source that has changed' 1 'has changed since' "$heddle" report plain.json --full --colour never
touch 'lost update.c'
"$heddle" run --json ok.json -- ./opposite_order same >out.txt 2>&1
expect 'two results' 1 '^== ok.json$' "$heddle" report plain.json ok.json --report junit:two.xml
says two.xml 'tests="2" failures="1"'
expect 'only good ones' 0 '^ok: ' "$heddle" report ok.json
expect 'no results' 2 'heddle: opposite_order: ' "$heddle" report opposite_order
expect 'no file' 2 'cannot read none.json: No such file' "$heddle" report none.json
expect 'a folder' 2 'cannot read \.: it is a folder' "$heddle" report .

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
  expect 'the gallery again' 0 '^== races/lost_update/buggy$' "$heddle" report gallery.json --report sarif:again.sarif
  validate sarif:again.sarif
  says again.sarif '"suppressions": \['
  expect 'verdicts only' 0 'as declared' "$heddle" gallery run races/lost_update --no-tsan --json verdicts.json
  expect 'no executions' 2 'verdicts.json has the gallery.s verdicts only' "$heddle" report verdicts.json
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
