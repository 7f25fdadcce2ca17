// SPDX-License-Identifier: Apache-2.0
// The example of the top README, with the memory order of the fix as a macro.
#include <atomic>
#include <cassert>
#include <cstdio>
#include <thread>

#include "heddle/heddle.h"

#ifndef PUBLISH
#define PUBLISH std::memory_order_relaxed
#endif

void mailbox() {
  std::atomic<bool> full{false};
  int letter = 0;
  std::thread postman([&] {
    letter = 42;
    full.store(true, PUBLISH);
  });
  if (full.load(std::memory_order_acquire)) {
    assert(letter == 42);
  }
  postman.join();
}

int main() {
  const heddle::Report report = heddle::explore(mailbox);
  std::fputs(heddle::to_text(report).c_str(), stdout);
  return heddle::exit_code(report.verdict);
}
