#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `heddle run` with several jobs, checkpoints and shards, and `heddle merge`: counts are those of one
# search, also after Ctrl-C and kill -9.
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

expect 'two jobs' 0 '^ok: 576 executions .* 0 blocked' "$heddle" run --jobs 2 -- ./adders 4
expect 'jobs that find something' 1 'assertion: ' "$heddle" run --jobs 2 --json bug.json -- ./lost_update
for token in $(grep -o '"token": "[^"]*"' bug.json | cut -d'"' -f4); do
  expect 'its replay' 1 'assertion|data race' "$heddle" replay "$token" -- ./lost_update
done
expect 'zero jobs' 2 'jobs is 0; it must be from 1 to 256' "$heddle" run --jobs 0 -- ./adders 2
expect 'another search' 2 'need a search with an end' "$heddle" run --search cycles --resume c -- ./adders 2
expect 'no such checkpoint' 2 'cannot resume from c: No such file' "$heddle" run --resume c -- ./adders 2

# What cannot be written is told with the results, and not replaced.
expect 'full disk' 0 'checkpoint /dev/full could not be written: No space left' \
  "$heddle" run --checkpoint /dev/full -- ./adders 3
grep -q '^ok: 36 executions' out.txt || complain 'no results with a full disk'
[[ -c /dev/full ]] || complain '/dev/full was replaced'

# Ctrl-C to all, as a terminal sends it, when there is a checkpoint; then kill -9; then to the end.
set -m
interrupt_when_written() {
  local signal=$1
  rm -f c
  shift
  "$heddle" run --checkpoint c "$@" -- ./adders 6 >out.txt 2>&1 </dev/null &
  local command=$!
  for ((k = 0; k < 400; ++k)); do
    [[ -e c ]] && break
    sleep 0.02
  done
  kill "-$signal" -- "-$command"
  wait "$command"
}
interrupt_when_written INT --jobs 2
[[ $? -eq 4 ]] || complain "Ctrl-C: exit code"
grep -qE '^incomplete: [1-9][0-9]* executions' out.txt || complain 'Ctrl-C: no report'
[[ -s c ]] || complain 'Ctrl-C: no checkpoint'
mv c first
interrupt_when_written KILL --resume first 2>/dev/null
[[ -s c ]] || complain 'kill -9: no checkpoint'
expect 'another program' 2 'belongs to another program' "$heddle" run --resume c -- ./lost_update
expect 'other arguments' 2 'argument 1' "$heddle" run --resume c -- ./adders 5
expect 'resumed' 0 '^ok: 518400 executions .* 0 blocked' "$heddle" run --resume c --jobs 2 -- ./adders 6

# Shards.
for index in 0 1 2; do
  expect "shard $index" 0 '^bounded: ' \
    "$heddle" run --shard "$index/3" --after-race=stop --json "$index.json" -- ./adders 5
done
expect 'merged' 0 '^ok: 14400 executions .* 0 blocked' "$heddle" merge --json all.json 0.json 1.json 2.json
expect 'a shard is missing' 4 'missing 1 of 3' "$heddle" merge 0.json 2.json
expect 'a shard is there twice' 2 'shard 0/3 is there twice' "$heddle" merge 0.json 0.json 1.json
expect 'no shard' 2 'bug.json is not the result of a shard' "$heddle" merge 0.json bug.json

if ((failures > 0)); then
  exit 1
fi
echo 'jobs, checkpoints and shards count like one search'
