#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Heddle as others use it: packed and unpacked once, then each way in from there (find_package,
# pkg-config, the wrappers with make and with CMake, other test frameworks), and as sources in
# another project. The bug is found (exit code 1), its fix is proved (0).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
here=$HEDDLE_SOURCE_DIR/tests/consumers
compiler=${CXX:-clang++}
unset CXX CC CMAKE_CXX_COMPILER_LAUNCHER CMAKE_C_COMPILER_LAUNCHER

# quietly COMMAND...: what it prints is shown only if it fails.
quietly() {
  "$@" >"$folder/log.txt" 2>&1 || { cat "$folder/log.txt"; echo "failed: $*"; exit 1; }
}
# expect CODE WORDS PROGRAM...
expect() {
  local code=$1 words=$2 actual=0
  shift 2
  "$@" >"$folder/out.txt" 2>&1 || actual=$?
  if [[ $actual -ne $code ]] || ! grep -qF -e "$words" "$folder/out.txt"; then
    cat "$folder/out.txt"
    echo "$*: exit code $actual, expected $code and a line with '$words'"
    exit 1
  fi
}

pack() {
  if command -v dpkg-deb >/dev/null; then
    quietly cpack --config "$HEDDLE_BUILD_DIR/CPackConfig.cmake" -B "$folder/package" \
      -D CPACK_DEBIAN_COMPRESSION_TYPE=none
    quietly dpkg-deb -x "$folder"/package/heddle_*.deb "$folder/root"
    expect 0 'libheddle.so.0' dpkg-deb -c "$folder"/package/heddle_*.deb
    expect 0 'g++ | clang' dpkg-deb -f "$folder"/package/heddle_*.deb Depends
    prefix=$folder/root/usr
  else
    echo "skipped: without dpkg-deb nothing is packed, only installed"
    quietly cmake --install "$HEDDLE_BUILD_DIR" --prefix "$folder/root"
    prefix=$folder/root
  fi
  expect 0 'heddle 0.' "$prefix/bin/heddle" --version
  if grep -rIlF -e "$HEDDLE_SOURCE_DIR" "$prefix"; then
    echo "these installed files name the build machine's folders"
    exit 1
  fi
}

use_find_package() {
  quietly cmake -S "$here/find_package" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler"
  quietly cmake --build "$folder/build"
  expect 1 'race' "$folder/build/mailbox"
  expect 0 'ok' "$folder/build/mailbox_fixed"
  expect 8 '50% tests passed, 1 tests failed out of 2' ctest --test-dir "$folder/build"
  expect 1 'counter.cc:5' "$folder/build/counter_test" --gtest_filter=Counter.Unlocked
}

# A compiler without -fsanitize=thread.
refuse_find_package() {
  printf '#!/bin/sh\ncase "$*" in *fsanitize=thread*) echo unsupported; exit 1;; esac\nexec %s "$@"\n' \
    "$compiler" >"$folder/plain-c++"
  chmod +x "$folder/plain-c++"
  expect 1 'does not compile with' cmake -S "$here/find_package" -B "$folder/refused" -G Ninja \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$folder/plain-c++"
}

# Building all of Heddle once more takes too long here: that the programs depend on it is shown.
use_sources() {
  local way
  for way in add_subdirectory FetchContent; do
    quietly cmake -S "$here/subdirectory" -B "$folder/$way" -G Ninja -DWAY=$way \
      -DHEDDLE_SOURCE_DIR="$HEDDLE_SOURCE_DIR" -DCMAKE_CXX_COMPILER="$compiler"
    expect 0 'lib/libheddle.so' ninja -C "$folder/$way" -t commands mailbox
    expect 0 'counter.cc' ninja -C "$folder/$way" -t commands counter_test
    if ninja -C "$folder/$way" -t commands all | grep -E '/(bugs|tests)/[a-z]*/CMakeFiles'; then
      echo "$way: builds what a user does not need"
      exit 1
    fi
  done
}

use_pkg_config() {
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  local kind=clang
  [[ $compiler == *clang* ]] || kind=gcc
  # shellcheck disable=SC2046
  quietly "$compiler" -std=c++20 $(pkg-config --cflags heddle) $(pkg-config --variable=$kind heddle) \
    -c "$here/find_package/mailbox.cc" -o "$folder/mailbox.o"
  # shellcheck disable=SC2046
  quietly "$compiler" "$folder/mailbox.o" $(pkg-config --libs heddle) -o "$folder/mailbox"
  expect 1 'race' "$folder/mailbox"
}

use_wrappers() {
  cp -r "$here/wrappers" "$folder/make"
  PATH=$prefix/bin:$PATH CXX=heddle-c++ CC=heddle-cc quietly make -C "$folder/make"
  expect 1 'race' "$folder/make/mailbox"
  quietly "$folder/make/counter"
  quietly cmake -S "$here/frameworks" -B "$folder/frameworks" -G Ninja \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$prefix/bin/heddle-c++"
  grep 'skipped:' "$folder/log.txt" || true
  quietly cmake --build "$folder/frameworks"
  local program
  for program in "$folder"/frameworks/*_test; do
    [[ ! -x $program ]] || expect 0 'passed' "$program"
  done
}

pack
use_find_package
refuse_find_package
use_pkg_config
use_wrappers
use_sources
