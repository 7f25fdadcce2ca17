#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# heddle-c++ and heddle-cc in the ways that build systems call a compiler, with both compilers
# underneath. What is compiled calls the __tsan_ hooks; what is linked needs libheddle.so and no
# ThreadSanitizer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
bin=$HEDDLE_BUILD_DIR/bin
# The wrappers themselves choose the compiler, and the build's own launcher is of no interest.
unset CXX CC

cat >one.cc <<'X'
int shared;
extern "C" int two();
namespace { int helper() { return ++shared; } }
int one() { return helper() + two(); }
X
cat >main.cc <<'X'
#include <cassert>
int one();
int main(int argc, char**) { assert(argc == 1); return one() == 3 ? 0 : 1; }
X
printf 'int counter; int two(void) { return ++counter + 1; }\n' >two.c
printf 'int two(void); int main(void) { return two() == 2 ? 0 : 1; }\n' >main.c

fail() {
  echo "$under: $1"
  exit 1
}
# grep reads to the end: a program that cannot write to a closed pipe would fail instead.
hooks() { nm "$1" | grep ' U __tsan_write4\| U __tsan_read4' >/dev/null || fail "$1 is not instrumented"; }
linked() {
  readelf -d "$1" >needed.txt
  grep -q 'NEEDED.*libheddle.so.0' needed.txt || fail "$1 does not need libheddle.so"
  if grep -q 'NEEDED.*tsan' needed.txt || nm "$1" | grep '[tT] __tsan_init' >/dev/null; then
    fail "$1 has ThreadSanitizer in it"
  fi
}
# refused WORDS ARGUMENTS...
refused() {
  local words=$1
  shift
  if "$bin/heddle-c++" "$@" 2>error.txt; then fail "'$*' is accepted"; fi
  grep -qF -e "$words" error.txt || fail "'$*' says $(cat error.txt)"
}

try_compiling() {
  "$bin/heddle-c++" -c one.cc -o one.o
  hooks one.o
  "$bin/heddle-cc" -c two.c # The name is the compiler's choice.
  hooks two.o
  "$bin/heddle-c++" -O2 -S one.cc -o one.s
  grep -q __tsan_ one.s || fail 'assembly is not instrumented'
  "$bin/heddle-c++" -E main.cc | grep 'int one()' >/dev/null || fail '-E gives no text'
  "$bin/heddle-c++" -MM main.cc | grep '^main.o:' >/dev/null || fail '-MM gives no rule'
  "$bin/heddle-c++" -MMD -c main.cc -o main.o
  grep -q '^main.o' main.d || fail '-MMD writes no dependencies'
}

try_linking() {
  "$bin/heddle-c++" main.o one.o two.o -o linked
  linked linked
  ./linked || fail 'the program does not run'
  "$bin/heddle-c++" -fsanitize=thread main.cc one.cc two.o -o 'at once'
  linked 'at once'
  './at once' || fail 'the program of several sources does not run'
  [[ ! -e main.o.tmp && ! -e 1.o ]] || fail 'objects are left over'
  "$bin/heddle-cc" main.c two.c -o c_program
  linked c_program
  ./c_program || fail 'the C program does not run'
  "$bin/heddle-c++" -DNDEBUG main.o one.o two.o -o linked && "$bin/heddle-c++" -DNDEBUG -c main.cc
  nm main.o | grep __assert_fail >/dev/null || fail 'assertions are off'
  "$bin/heddle-cc" -shared -fPIC two.c -o libtwo.so
  linked libtwo.so
  "$bin/heddle-c++" main.o one.o -L. -ltwo -Wl,-rpath,"$folder" -o with_library
  ./with_library || fail 'the program with a library does not run'
  printf -- '-o "by file" main.o\none.o two.o\n' >response
  "$bin/heddle-c++" @response
  linked 'by file'
  "$bin/heddle-c++" -MMD main.cc one.cc two.o -ojoined
  linked joined
  [[ -e one.d && -e main.d ]] || fail '-MMD with several sources writes no dependencies'
  "$bin/heddle-c++" -xc++ main.cc one.cc -xnone two.o -o languages
  linked languages
  "$bin/heddle-c++" -r one.o two.o -o both.o -nostdlib
  if nm both.o | grep ' [tT] __tsan_' >/dev/null; then fail '-r links a runtime'; fi
  printf 'int one(); int two_() { return one(); }' | "$bin/heddle-c++" -x c++ -c - -o stdin.o
}

for under in clang++ g++; do
  if ! command -v "$under" >/dev/null; then
    echo "$under is not installed: its half is skipped"
    continue
  fi
  export HEDDLE_CXX=$under HEDDLE_CC=${under/++/}
  [[ $under != g++ ]] || HEDDLE_CC=gcc
  rm -f -- *.o *.d
  try_compiling
  try_linking
done

under=wrapper
"$bin/heddle-c++" --version >/dev/null || fail '--version fails'
refused '-static: Heddle has to stand before libc' -static main.cc
refused 'two do not go together' -fsanitize=address main.cc
refused 'two do not go together' -fsanitize=undefined,address -c main.cc
refused 'libstdc++ only' -stdlib=libc++ -c main.cc
HEDDLE_CXX=no-such-c++ refused 'there is no compiler "no-such-c++"; set HEDDLE_CXX to' -c main.cc
HEDDLE_CXX=$bin/heddle-c++ refused 'is this wrapper itself' -c main.cc
refused 'no-such.cc' -c no-such.cc
