#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Code that a program loads with dlopen, and that counts in a thread_local or in a global variable:
# neither is put back between executions, so the verdict is never `ok` (nor `bounded`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >library.cc <<'CODE'
thread_local int in_thread = 0;
int in_process = 0;
extern "C" int count_in_thread() { return ++in_thread; }
extern "C" int count_in_process() { return ++in_process; }
CODE
cat >program.cc <<'CODE'
#include <dlfcn.h>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include "heddle/heddle.h"
int main(int, char** arguments) {
  const std::string function = arguments[1];
  const bool early = std::strcmp(arguments[2], "before") == 0;
  using Count = int (*)();
  const auto find = [&] {
    void* library = dlopen("./library.so", RTLD_NOW);
    return reinterpret_cast<Count>(dlsym(library, function.c_str()));
  };
  const Count found = early ? find() : nullptr;
  const heddle::Report report = heddle::explore([&] {
    const Count count = early ? found : find();
    std::atomic<int> x{0};
    std::thread other([&] { x.store(1); });
    // A step more in each second execution.
    if (count() % 2 == 0) {
      x.load();
    }
    x.store(2);
    other.join();
  });
  std::fputs(heddle::to_text(report).c_str(), stdout);
  return heddle::exit_code(report.verdict);
}
CODE
"${CXX:-clang++}" -std=c++20 -shared -fPIC -o library.so library.cc
"${CXX:-clang++}" -std=c++20 -g -O1 -fsanitize=thread -I"$HEDDLE_SOURCE_DIR/checker/include" -c program.cc
"${CXX:-clang++}" program.o -Wl,--no-as-needed -L"$HEDDLE_BUILD_DIR/lib" -lheddle -o program

failed=0
for function in count_in_thread count_in_process; do
  for when in before within; do
    code=0
    LD_LIBRARY_PATH="$HEDDLE_BUILD_DIR/lib" ./program "$function" "$when" >out.txt 2>&1 || code=$?
    if [[ $code -ne 1 && $code -ne 4 ]]; then
      echo "$function, loaded $when the exploration: exit code $code"
      cat out.txt
      failed=1
    fi
  done
done
exit $failed
