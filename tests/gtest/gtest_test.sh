#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# heddle/gtest.h: what its tests say when they pass and when they fail, with both compilers' code;
# replays, flags, and GoogleTest's own features.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "$program: $1"
  cat out.txt
  exit 1
}
# run CODE ARGUMENTS...: what it prints goes to out.txt.
run() {
  local expected=$1 actual=0
  shift
  "$program" "$@" >out.txt 2>&1 || actual=$?
  [[ $actual -eq $expected ]] || fail "'$*' ended with $actual, not $expected"
}
# Wherever lines are broken.
says() { tr -s '[:space:]' ' ' <out.txt | grep -F -e "$(tr -s ' ' <<<"$1")" >/dev/null || fail "does not say '$1'"; }
count() { grep -cF -e "$1" out.txt || true; }

check_passing() {
  run 0 '--gtest_filter=*Passes*'
  says '[  HEDDLE  ] ok: 2 executions, all there are; model sc'
  says '[  HEDDLE  ] ok: 6 executions, all there are; model rc11'
  says '[  SKIPPED ] Passes.Skipped'
  says '[  PASSED  ] 10 tests.'
  run 0 '--gtest_filter=*Passes*' --gtest_repeat=3
  [[ $(count '[  PASSED  ] 10 tests.') -eq 3 ]] || fail 'not the same thrice'
}

check_failing() {
  run 1 '--gtest_filter=*Fails*'
  says '[  FAILED  ] 11 tests, listed below:'
  [[ $(count '[       OK ]') -eq 0 ]] || fail 'a test passes that should fail'
  [[ $(count 'To run this execution again:') -eq 6 ]] || fail 'not 6 replays'
  says 'sample.cc:31: Expected equality of these values:'
  says 'a letter is lost'
  says 'sample.cc:30: the reader'
  says 'reads the initial value, not the newer 42'
  says 'Expected: (count.load(kRelaxed)) < (2), actual: 2 vs 2'
  says 'outcome: went on = 1'
  says 'from elsewhere'
  says "1. assertion: $HEDDLE_SOURCE_DIR/tests/gtest/sample.cc:87: Actual function call count"
  says 'older than the execution and would be seen by the next one; do it in heddle::outside'
  says 'unknown option "modle"; did you mean "model"?'
  says 'The test explored nothing, so it cannot pass.'
  says 'accept it with --heddle_allow_incomplete'
  says 'Expected: is ok: every execution explored, none failed'
  grep -F ' --heddle_replay=' out.txt >replays.txt
}

check_replays() {
  local line
  while read -r line; do
    if eval "$line" >out.txt 2>&1; then fail "'$line' passes"; fi
    says '1 execution explored'
    says "${line##*--heddle_replay=}"
  done <replays.txt
  run 1 "--heddle_replay=h1:nonsense" --gtest_filter=Fails.Expect
  says 'token'
  run 1 "--heddle_replay=h1:nonsense" '--gtest_filter=Passes.*'
  says 'needs a --gtest_filter that names the one test'
}

check_flags() {
  run 0 --gtest_filter=Fails.Expect --heddle_model=sc other
  says 'left: other'
  HEDDLE_OPTIONS=model=sc run 0 --gtest_filter=Fails.Expect
  run 0 --gtest_filter=Fails.Incomplete --heddle_allow_incomplete
  says 'incomplete: 1 execution, not all: a limit stopped the search'
  run 2 --heddle_modle=sc
  says '--heddle_modle=sc: unknown option "modle"; did you mean "model"?'
  run 2 --heddle_threads=many
  says 'is not a whole number'
  HEDDLE_OPTIONS=modle=sc run 2
  says 'HEDDLE_OPTIONS: unknown option "modle"'
  run 0 --help
  says '--heddle_model=rc11|sc'
  says '--gtest_filter='
}

check_googletest() {
  local long=and_a_name_that_is_long_enough_to_be_kept_on_the_heap
  run 0 "--gtest_filter=Counter.PassesAndBeginsAnew:$long" "--gtest_output=xml:$long.xml"
  says '[  HEDDLE  ] ok: 2 executions'
  [[ -e $long.xml ]] || fail 'writes no XML'
  run 0 --gtest_filter=Counter.PassesAndBeginsAnew --heddle_search=cycles
  says 'states, all there are; model sc'
  run 0 --gtest_filter=Passes.Go* --gtest_output=xml:out.xml
  for text in 'name="heddle_verdict" value="ok"' 'name="colour" value="red"'; do
    grep -qF "$text" out.xml || fail "XML lacks $text"
  done
  run 1 --gtest_filter=Fails.Expect --gtest_output=xml:out.xml
  grep -qF 'heddle_replay=' out.xml || fail 'XML lacks the replay'
  local total=0
  for shard in 0 1; do
    GTEST_TOTAL_SHARDS=2 GTEST_SHARD_INDEX=$shard run 0 '--gtest_filter=*Passes*'
    total=$((total + $(count '[ RUN      ]')))
  done
  [[ $total -eq 11 ]] || fail "two shards run $total tests"
}

for compiler in clang gcc; do
  program=$HEDDLE_BUILD_DIR/bin/heddle-gtest-sample-$compiler
  if [[ ! -x $program ]]; then
    echo "$compiler is not installed: its half is skipped"
    continue
  fi
  check_passing
  check_failing
  check_replays
  check_flags
  check_googletest
done
