#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `heddle run` of programs too large to exhaust: what it does by default, with each kind of search,
# and what it tells meanwhile.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
programs="$HEDDLE_SOURCE_DIR/tests/tools/programs"
heddle="$HEDDLE_BUILD_DIR/bin/heddle"
failures=0
cd "$folder" || exit 1
gcc -g -O1 -fsanitize=thread "$programs/adders.c" -o adders || exit 1
gcc -g -O1 -fsanitize=thread "$programs/lost_update.c" -o lost_update || exit 1

complain() {
  echo "FAILED: $1"
  sed 's/^/    /' out.txt | head -60
  failures=$((failures + 1))
}

# expect NAME CODE PATTERN COMMAND...: the exit code, and what it prints, as one line.
expect() {
  local name=$1 code=$2 pattern=$3 actual=0
  shift 3
  COLUMNS=160 "$@" >out.txt 2>&1 </dev/null || actual=$?
  if [[ $actual -ne $code ]]; then
    complain "$name: exit code $actual, expected $code"
  elif ! tr '\n' ' ' <out.txt | tr -s ' ' | grep -qE -- "$pattern"; then
    complain "$name: no '$pattern'"
  fi
}

expect 'half for the exhaustive search, half for the portfolio' 4 \
  '^incomplete: 400 executions.* covered: 200 executions by the exhaustive search; [0-9]+ different executions drawn from seed 1; nothing is proved;.* 67 executions by delays .* 50 executions by surw.* 17 executions by random' \
  "$heddle" run --executions 400 --json auto.json -- ./adders 6
grep -q '"search": "auto"' auto.json || complain 'the search that the JSON names'
expect 'enough for the exhaustive search' 0 '^ok: 4 executions' "$heddle" run --seconds 60 -- ./adders 2
expect 'schedules with few preemptions' 0 'covered: every schedule with at most 1 preemptions' \
  "$heddle" run --search preemptions --bound 1 -- ./adders 3
expect 'all schedules' 0 '^ok: .*and there are no others' \
  "$heddle" run --search delays --bound 100 -- ./adders 2
expect 'two jobs that draw' 4 'covered: [0-9]+ different executions drawn from seed 7; .* 100 executions by pos' \
  "$heddle" run --search pos --samples 100 --seed 7 --jobs 2 -- ./adders 6
expect 'two jobs that bound' 0 '^ok: .*and there are no others' \
  "$heddle" run --search delays --bound 100 --jobs 2 -- ./adders 2
expect 'two jobs for cycles' 2 'search=cycles is run by one process' \
  "$heddle" run --search cycles --jobs 2 -- ./adders 2
expect 'an enumeration that stops' 4 'a limit stopped' \
  "$heddle" run --search preemptions --bound 1 --executions 5 --checkpoint enumeration -- ./adders 3
expect 'one that goes on' 0 'covered: every schedule with at most 1 preemptions' \
  "$heddle" run --search preemptions --bound 1 --resume enumeration -- ./adders 3
expect 'a finding with its odds' 1 'found in execution [0-9]+; shown with [01] preemptions? \(not fewer in [0-9]+ runs?\); of 200 plain random schedules, [0-9]+ hit it' \
  "$heddle" run --search pct --after-race=stop -- ./lost_update
expect 'its bound' 4 'a bug of depth 2 is hit by one with probability at least 1 / \([0-9]+ \* [0-9]+\^1\)' \
  "$heddle" run --search pct --depth 2 --samples 10 -- ./adders 3
expect 'depth 0' 2 'depth is 0' "$heddle" run --search pct --depth 0 -- ./adders 2

for run in 1 2; do
  "$heddle" run --search portfolio --seed 5 --samples 60 --json "seed$run.json" -- ./adders 4 >/dev/null 2>&1
  sed -i 's/"seconds": .*//' "seed$run.json"
done
cmp -s seed1.json seed2.json || complain 'the same seed, other results'

expect 'progress and the estimate' 4 'exhaustive: [0-9]+ executions of .*/s, no findings, .* covered: (about|how many)' \
  "$heddle" run --search exhaustive --seconds 2 --progress -- ./adders 7

if ((failures == 0)); then
  echo "all as expected"
fi
exit $((failures != 0))
