#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `heddle replay --gdb` stops at the finding, on the stack of its model thread, and shows the others'.
set -uo pipefail
command -v gdb >/dev/null || { echo 'gdb is not installed'; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
programs="$HEDDLE_SOURCE_DIR/tests/tools/programs"
heddle="$HEDDLE_BUILD_DIR/bin/heddle"
failures=0
cd "$folder" || exit 1

# debug PROGRAM COMMANDS...: gdb at the last finding of the program.
debug() {
  local program=$1
  shift
  gcc -g -O0 -fsanitize=thread "$programs/$program.c" -o "$program" || exit 1
  "$heddle" run --json report.json -- "./$program" >/dev/null
  local token
  token=$(grep -o '"token": "[^"]*"' report.json | tail -1 | cut -d'"' -f4)
  printf '%s\n' "$@" kill quit | "$heddle" replay --gdb "$token" -- "./$program" >out.txt 2>&1
}
says() {
  if ! grep -qE -- "$1" out.txt; then
    echo "FAILED: no line with '$1'"
    sed 's/^/    /' out.txt | head -60
    failures=$((failures + 1))
  fi
}

debug opposite_order 'heddle thread T1' 'bt' 'heddle thread T2' 'bt' 'heddle thread T9' \
  'heddle back' 'continue'
says '^heddle: deadlock: T1 holds mutex first and waits for mutex second'
says 'T1 +is about to pthread_mutex_lock'
says '#[0-9]+ .* in forwards'
says '#[0-9]+ .* in backwards'
says 'there is no model thread "T9"'
says 'bug: 1 finding'  # It goes on to its end.

debug lost_update 'heddle threads' 'bt' 'continue' 'bt' 'continue' 'bt' 'continue'
says '^heddle: data_race: T[12] '
says '\* +[12] +T[12] +is where this happens'
says '#[0-9]+ .* in work '
says '^heddle: assertion: .*counter == 2'
says '#[0-9]+ .* in main'

[[ $failures -eq 0 ]] || exit 1
echo 'all as expected'
