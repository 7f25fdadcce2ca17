#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `heddle run` and `heddle replay` of whole programs, in the three ways in which they are linked: by
# g++ with its own shared runtime of ThreadSanitizer, by hand with -lheddle, in C and in C++.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
programs="$HEDDLE_SOURCE_DIR/tests/tools/programs"
heddle="$HEDDLE_BUILD_DIR/bin/heddle"
lib="$HEDDLE_BUILD_DIR/lib"
failures=0
cd "$folder" || exit 1

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
says() { grep -qE -- "$2" out.txt || complain "$1: no line with '$2'"; }
says_not() { ! grep -qE -- "$2" out.txt || complain "$1: a line with '$2'"; }

# tsan NAME: already linked with the compiler's runtime. linked NAME: by hand.
tsan() { gcc -g -O1 -fsanitize=thread "$programs/$1.c" -o "$1"; }
linked() {
  clang -g -O1 -fsanitize=thread -mllvm -tsan-instrument-read-before-write \
    -c "$programs/$1.c" -o "$1.o" && clang "$1.o" -L"$lib" -lheddle -Wl,-rpath,"$lib" -o "$2"
}
for name in lost_update opposite_order no_predicate bounded_buffer ends annotated outside flag; do
  tsan $name || exit 1
done
linked lost_update lost_update_linked || exit 1
linked ends ends_linked || exit 1
gcc -no-pie -g -O1 -fsanitize=thread "$programs/lost_update.c" -o lost_update_no_pie || exit 1
g++ -std=c++20 -g -O1 -fsanitize=thread "$programs/world.cc" -o world || exit 1

# The race, and what it leads to, each with its output and a replay.
for name in lost_update lost_update_linked lost_update_no_pie; do
  expect "$name" 1 '^[23]\. assertion: ' "$heddle" run --json "$name.json" -- "./$name"
  says "$name" '^1\. data race: T[12] writes counter'
  says "$name" 'assert\(counter == 2\);'
  says "$name" '\| the counter is 1'
  says_not "$name" 'in a process of its own'
  tokens=$(grep -o '"token": "[^"]*"' "$name.json" | cut -d'"' -f4)
  for token in $tokens; do
    expect "replay of $name" 1 'assertion|data race' "$heddle" replay "$token" -- "./$name"
    says "replay of $name" '1 execution '
  done
done
expect 'race alone' 1 '^bug: 2 findings; 1 execution' "$heddle" run --after-race=stop -- ./lost_update
expect 'opposite order' 1 'deadlock \(cycle\)' "$heddle" run -- ./opposite_order
expect 'same order' 0 '^ok: ' "$heddle" run -- ./opposite_order same
expect 'no predicate' 1 'deadlock \(missing signal|deadlock \(lost wakeup' "$heddle" run -- ./no_predicate
expect 'bounded buffer' 0 '^ok: ' "$heddle" run -- ./bounded_buffer
expect 'bounded buffer that asks once' 1 'assertion: .*count > 0' "$heddle" run -- ./bounded_buffer if

# Ends of the process.
for program in ./ends ./ends_linked; do
  for how in nothing outlived exit_elsewhere _exit_elsewhere two_exits handlers quick status leak; do
    expect "$program $how" 0 '^ok: ' "$heddle" run -- $program $how
  done
  expect "$program fail_late" 1 'a thread that runs while main returns' "$heddle" run -- $program fail_late
  expect "$program abort" 1 'abort was called' "$heddle" run -- $program abort
done
expect failing_handler 1 'this handler runs' "$heddle" run -- ./ends failing_handler
expect crash 1 'crash: SIGSEGV' "$heddle" run -- ./ends crash
expect join_itself 1 'deadlock' "$heddle" run -- ./ends join_itself
expect status 1 'exit status 3' "$heddle" run --fail-on-exit-status -- ./ends status
expect leak 1 'leak: 10 bytes' "$heddle" run --detect-leaks -- ./ends leak
expect fork 0 '^ok: 2 executions' "$heddle" run -- ./ends fork

# The same world for each execution.
printf 'three short words\n' >words.txt
in_world() { HEDDLE_TEST=set "$heddle" run -- ./world argument 3; }
(in_world <words.txt) >out.txt 2>&1 || complain 'input from a file'
says 'input from a file' '^ok: 2 executions'
(cat words.txt | in_world) >out.txt 2>&1 || complain 'input from a pipe'
says 'input from a pipe' '^ok: 2 executions'
says_not 'output of executions that do not fail' 'the last word'

# Annotations and suppressions.
for how in '' readers ignored_too_late; do
  expect "annotated '$how'" 1 'data race' "$heddle" run -- ./annotated $how
done
for how in mutex release happens_before ignored; do
  expect "annotated $how" 0 '^ok: ' "$heddle" run -- ./annotated $how
done
expect 'annotated benign' 0 'annotated as benign: statistics' "$heddle" run -- ./annotated benign
printf '# ours\nrace:^work$\n' >race.supp
expect 'suppressed race' 0 'suppressed by race.supp:2 \(race:\^work\$\)' \
  "$heddle" run --suppressions race.supp --after-race=stop -- ./lost_update
printf 'race:nothing_like_it\ndeadlock:first\n' >other.supp
expect 'race of another name' 1 'data race' env HEDDLE_OPTIONS=suppressions=other.supp \
  "$heddle" run -- ./lost_update
expect 'suppressed deadlock' 0 'suppressed by other.supp:2' "$heddle" run --suppressions other.supp \
  -- ./opposite_order
echo 'rice:work' >bad.supp
expect 'bad suppression' 2 'bad.supp:1: "rice:work" is not a suppression' \
  "$heddle" run --suppressions bad.supp -- ./lost_update
expect 'no suppressions' 2 'cannot read the suppressions in none.supp' \
  "$heddle" run --suppressions none.supp -- ./lost_update

# What is not controlled is named.
outside() {
  rm -f state.bin
  expect "outside $1" "$2" "$3" "$heddle" run -- ./outside "$1"
}
outside file 1 '^1\. nondeterminism: '
says 'outside file' 'open \(outside.c:[0-9]+\)'
outside processor 1 '^1\. nondeterminism: '
says 'outside processor' 'it reads a clock that'
outside cycles 1 '^1\. nondeterminism: '
says 'outside cycles' 'rdtsc'
outside writes 4 'nothing is proved: .* creat'
says 'outside writes' '^incomplete: .*nothing is proved|as the warnings say'
outside nothing 0 '^ok: '

# A library with locks of its own that is not instrumented: nothing is proved, and a race that its
# lock excludes is told with the reason.
cat >tally.c <<'END'
#include <pthread.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int word; /* What orders is an exchange, as in spin locks. */
void tally_wait(void) { pthread_mutex_lock(&mutex); }
void tally_lock(void) { while (__atomic_exchange_n(&word, 1, __ATOMIC_ACQUIRE)) {} }
void tally_unlock(void) { __atomic_store_n(&word, 0, __ATOMIC_RELEASE); }
END
cat >tallied.c <<'END'
#include <pthread.h>
void tally_lock(void);
void tally_unlock(void);
static int shared, always = 1;
static void *work(void *once) { tally_lock(); if (once) ++shared; tally_unlock(); return 0; }
int main(int count, char **words) {
  pthread_t thread;
  pthread_create(&thread, 0, work, count > 1 ? &always : 0);
  work(count > 1 ? words : 0);
  return pthread_join(thread, 0);
}
END
gcc -g -O1 -shared -fPIC tally.c -o libtally.so || exit 1
gcc -g -O1 -fsanitize=thread tallied.c -L. -ltally -Wl,-rpath,"$folder" -o tallied || exit 1
expect 'an unseen lock' 4 'nothing is proved: not compiled with -fsanitize=thread, but called' "$heddle" run -- ./tallied
says 'an unseen lock' 'libtally.so.*What it orders is not seen'
expect 'an unseen lock that is needed' 1 '^1\. uninstrumented: not compiled with' "$heddle" run -- ./tallied race
says 'an unseen lock that is needed' '^2\. data race'
expect 'a trusted library' 0 '^ok: ' "$heddle" run --trust-libraries -- ./tallied

# A process for each execution: the same report as in one process, and what one cannot restore.
# ISOLATE PROGRAM...: without what is measured or differs by design, and without an estimate: beyond half a second that runs
# executions that are not counted, and one of those may find the bug.
report_of() {
  "$heddle" run --isolate="$1" --estimate 0 --json - -- "${@:2}" 2>>err.txt </dev/null |
    grep -vE '"(seconds|resumed|events)"'
}
same_report() {
  report_of process "$@" >process.json
  report_of fork "$@" >forked.json
  [[ -s process.json ]] || complain "$*: no report"
  diff process.json forked.json >out.txt || complain "$*: forked, it has another report"
}
same_report ./lost_update
same_report ./lost_update_linked
same_report ./opposite_order
same_report ./no_predicate
same_report ./bounded_buffer
same_report ./bounded_buffer if
same_report ./annotated mutex
for how in outlived two_exits handlers fail_late crash abort join_itself; do same_report ./ends $how; done
cat >leaves.c <<'END'
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
static atomic_int turn;
static void *work(void *p) { atomic_fetch_add(&turn, 1); return p; }
int main(int count, char **words) {
  pthread_t thread;
  assert(open("/dev/null", O_RDONLY) == 3); /* Never closed. */
  pthread_create(&thread, 0, work, 0);
  const int first = atomic_fetch_add(&turn, 1) == 0;
  pthread_join(thread, 0);
  for (volatile int i = 0; count > 1 && words[1][0] == 'l' && first;) {}
  if (count > 1 && words[1][0] == 'd' && first) _Exit(getpid() == 0);
  assert(count == 1 || words[1][0] != 'a' || first);
}
END
gcc -g -O1 -fsanitize=thread leaves.c -o leaves || exit 1
expect 'files left open' 0 'in a process of its own, because an execution left a file open' "$heddle" run -- ./leaves
expect 'files left open, one process' 1 'nondeterminism' "$heddle" run --isolate=process -- ./leaves
expect 'files left open, forked' 0 '^ok: 2 executions' "$heddle" run --isolate=fork -- ./leaves
expect 'files left open, end' 0 '^ok: 2 executions' "$heddle" run -- ./leaves d
expect 'files left open, bug' 1 '^1\. assertion: ' "$heddle" run --json leaves.json -- ./leaves a
expect 'files left open, replay' 1 '^1\. assertion: ' "$heddle" replay \
  "$(grep -om1 '"token": "[^"]*"' leaves.json | cut -d'"' -f4)" -- ./leaves a
# Names of places are read from files in the middle of a run: those are not the program's. And what
# a run in a process of its own has found to be a spin is one when it is run again.
expect 'a loop that waits' 0 '^ok: ' "$heddle" run -- ./flag
says_not 'a loop that waits' 'a process of its own'
expect 'a loop that waits, forked' 0 '^ok: ' "$heddle" run --isolate=fork -- ./flag
expect 'a forked loop' 1 'no visible operation' "$heddle" run --isolate=fork --quiet-seconds 0.5 -- ./leaves l
expect 'a limit, forked' 4 '^incomplete: ' "$heddle" run --isolate=fork --executions 1 -- ./opposite_order same
expect 'cycles, forked' 2 'the search of cycles' "$heddle" run --isolate=fork --search cycles -- ./opposite_order

# JSON, limits, exit codes.
echo 'int main(void) { return 0; }' >nothing.c
gcc -fsanitize=thread nothing.c -o nothing
expect 'a program that does nothing' 0 '^ok: 1 execution' "$heddle" run -- ./nothing
expect json 0 '"verdict": "ok"' "$heddle" run --json - -- ./opposite_order same
says json '"complete": true'
expect 'a limit' 4 '^incomplete: ' "$heddle" run --executions 1 -- ./opposite_order same

# An interrupted search reports what it has.
cat >long.c <<'END'
#include <pthread.h>
#include <stdatomic.h>
atomic_int x;
void *work(void *p) { for (int i = 0; i < 12; ++i) atomic_fetch_add(&x, 1); return p; }
int main(void) {
  pthread_t t[3];
  for (int i = 0; i < 3; ++i) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 3; ++i) pthread_join(t[i], 0);
}
END
gcc -g -O1 -fsanitize=thread long.c -o long
# On a busy machine the signal may come before the search has begun (143): then later.
interrupted() {
  local seconds code=143
  for seconds in 0.5 2 8; do
    [[ $code -ne 143 ]] || { code=0 && timeout --preserve-status -s TERM $seconds "$@" || code=$?; }
  done
  return $code
}
for isolate in auto process fork; do
  expect "an interrupted search, $isolate" 4 '^incomplete: ' \
    interrupted "$heddle" run --isolate=$isolate -- ./long
done

sed -e 's/atomic_int/int/' -e 's/atomic_fetch_add(&x, 1)/x++/' long.c >races.c
gcc -g -O0 -fsanitize=thread races.c -o races
expect 'a long search after a race' 1 '^bug: ' timeout 30 "$heddle" run --seconds-after-race 0.2 -- ./races

# What cannot be explored.
refuse() { expect "$1" 2 "$2" "$heddle" run "${@:3}"; }
refuse 'no such program' 'No such file' -- ./none
refuse 'not in PATH' 'did you mean "./ends"' -- ends
refuse 'a folder' 'is a directory' -- "$folder"
echo 'int main(void) { return 0; }' >plain.c
gcc plain.c -o plain && refuse 'not instrumented' 'is not instrumented: compile it with -fsanitize=thread' -- ./plain
gcc -static plain.c -o static && refuse 'static' 'is linked statically' -- ./static
clang -fsanitize=thread plain.c -o clang_tsan && refuse 'clang runtime' 'carries ThreadSanitizer' -- ./clang_tsan
gcc -c plain.c -o plain.o && chmod +x plain.o && refuse 'an object' 'is not linked yet' -- ./plain.o
printf '#!/bin/sh\n./ends\n' >script && chmod +x script && refuse 'a script' 'is a script' -- ./script
printf '\x7fELF\x01\x01\x01' >elf32 && head -c 200 /dev/zero >>elf32 && printf '\x02\x00\x03\x00' |
  dd of=elf32 bs=1 seek=16 conv=notrunc 2>dd.txt && chmod +x elf32 && refuse '32 bits' '32-bit' -- ./elf32
echo 'text' >text && chmod +x text && refuse 'a text' 'not an executable program' -- ./text
printf '#include <stdlib.h>\n__attribute__((constructor)) void early(void) { abort(); }\n' >early.c
gcc -shared -fPIC early.c -o libearly.so &&
  gcc -fsanitize=thread plain.c -L. -Wl,--no-as-needed -learly -Wl,-rpath,"$folder" -o early &&
  refuse 'dies before main' 'died before main: signal 6' -- ./early
refuse 'unknown option' 'unknown option "--modle"; did you mean "--model"' --modle sc -- ./ends
refuse 'bad isolate' 'isolate' --isolate=thread -- ./ends
refuse 'bad value' 'option "model": "tso" is not one of rc11, sc' --model tso -- ./ends
expect 'another program' 2 'belongs to another program' "$heddle" replay \
  "$(grep -om1 '"token": "[^"]*"' lost_update.json | cut -d'"' -f4)" -- ./ends
expect 'no token' 2 'token' "$heddle" replay nonsense -- ./ends

[[ $failures -eq 0 ]] || { echo "$failures failures"; exit 1; }
echo 'all as expected'
