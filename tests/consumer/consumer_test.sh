#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs Heddle into an empty folder, builds a project against it, and runs it: the bug is found
# (exit code 1), its fix is proved (0).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$HEDDLE_BUILD_DIR" --prefix "$folder/installed" >"$folder/install.log"
cmake -S "$HEDDLE_SOURCE_DIR/tests/consumer/project" -B "$folder/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$folder/installed" -DCMAKE_CXX_COMPILER="${CXX:-clang++}" >"$folder/configure.log"
cmake --build "$folder/build" >"$folder/build.log" || { cat "$folder/build.log"; exit 1; }

expect() {
  local program=$1 code=$2 words=$3 actual=0
  "$folder/build/$program" >"$folder/$program.txt" 2>&1 || actual=$?
  if [[ $actual -ne $code ]] || ! grep -q "$words" "$folder/$program.txt"; then
    cat "$folder/$program.txt"
    echo "$program: exit code $actual, expected $code and a line with '$words'"
    exit 1
  fi
}
expect mailbox 1 'race'
expect mailbox_fixed 0 'ok'
