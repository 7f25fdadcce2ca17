#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command heddle-random: its last line, its seeds, and what it says to wrong options.
set -euo pipefail
random="$HEDDLE_BUILD_DIR/bin/heddle-random"

fail() {
  echo "$1"
  exit 1
}

usage_error() {
  local status=0
  "$random" "$@" >/dev/null 2>"$errors" || status=$?
  [[ $status -eq 2 ]] || fail "$*: exit code $status, not 2"
  [[ -s $errors ]] || fail "$*: says nothing"
}

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
usage_error --programs many
usage_error --programs 0
usage_error --programs -5
usage_error --seed x
usage_error --seed
usage_error --threads 40
usage_error --least 9 --most 3
usage_error --no-such-option
usage_error 1000
usage_error --no-search --no-native

"$random" --help | grep -q -- --seed || fail "--help does not name --seed"
first=$("$random" --programs 40 --seed 7)
[[ $(tail -n 1 <<<"$first") == "40 programs tried, 0 mismatches" ]] || fail "last line: $(tail -n 1 <<<"$first")"
[[ $("$random" --programs 40 --seed 7) == "$first" ]] || fail "the same seed gave something else"
next=$(sed -n 's/.*go on with --seed //p' <<<"$first")
whole=$("$random" --programs 60 --seed 7)
rest=$("$random" --programs 20 --seed "$next")
[[ $(sed -n 's/.*go on with //p' <<<"$whole") == $(sed -n 's/.*go on with //p' <<<"$rest") ]] ||
  fail "40 programs and 20 more are not the 60 at once"
