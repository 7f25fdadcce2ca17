#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs without debug information: places are an offset in a module, which addr2line and objdump
# take, and the function where there is a symbol table. The same in every form, and in each process.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
heddle="$HEDDLE_BUILD_DIR/bin/heddle"
programs="$HEDDLE_SOURCE_DIR/tests/tools/programs"
failures=0
cd "$folder" || exit 1
unset HEDDLE_OPTIONS HEDDLE_SOURCE_ROOT

complain() {
  echo "FAILED: $1"
  sed 's/^/    /' out.txt | head -60
  failures=$((failures + 1))
}
says() { grep -qE -- "$2" "$1" || complain "$1 has no line with '$2'"; }
says_not() { ! grep -E -- "$2" "$1" >out.txt || complain "$1 has a line with '$2'"; }

for name in lost_update opposite_order; do
  gcc -g -O1 -fsanitize=thread "$programs/$name.c" -o $name.whole || exit 1
  strip --strip-debug -o $name.symbols $name.whole
  strip --strip-all -o $name.stripped $name.whole
done
for name in {lost_update,opposite_order}.{symbols,stripped}; do
  "$heddle" run --html $name.html --report sarif:$name.sarif --report dot:$name.dot --report junit:$name.xml \
    --report json:$name.json --colour never -- ./$name >$name.txt 2>&1 </dev/null
  [[ $? -eq 1 ]] || complain "$name is not a bug"
  says $name.txt "$name\\+0x[0-9a-f]{4}"
  says $name.sarif '"fullyQualifiedName": "'$name'\+0x[0-9a-f]{4}"'
  says $name.dot "$name\\+0x[0-9a-f]{4}"
  says $name.html "$name\\+0x[0-9a-f]{4}"
  says $name.json '"offset": [0-9]{4}'
  for form in txt sarif dot html xml; do
    says_not $name.$form ' at 0x[0-9a-f]|0x(5555|7f)[0-9a-f]{8}'
  done
  python3 "$HEDDLE_SOURCE_DIR/tests/report/validators.py" sarif:$name.sarif dot:$name.dot json:$name.json \
    junit:$name.xml >out.txt 2>&1 || complain "the validators of $name"
done

# With the symbol table functions and variables have names.
says lost_update.symbols.txt 'T1 (writes|reads) counter \(work at lost_update.symbols\+0x[0-9a-f]+\)'
says lost_update.symbols.dot 'work at lost_update.symbols\+0x'
says_not lost_update.stripped.txt 'work at|in work|s counter'
says lost_update.stripped.txt 'T1 (writes|reads) lost_update.stripped\+0x[0-9a-f]+ \(lost_update.stripped\+0x[0-9a-f]+\)'

# The offset is the access: addr2line finds its line in the file that was stripped.
python3 - lost_update.stripped.json lost_update.whole <<'END' >out.txt 2>&1 || complain 'offsets and addr2line'
import json, subprocess, sys
report = json.load(open(sys.argv[1]))
race = report["findings"][0]
assert race["kind"] == "data_race", race
for part in race["participants"]:
    offset = part["stack"][0]["offset"]
    line = subprocess.run(["addr2line", "-e", sys.argv[2], hex(offset)], capture_output=True, text=True).stdout
    assert line.strip().rsplit(":", 1)[1].split()[0] in ("10", "11"), (part, line)
END
exit $((failures > 0))
