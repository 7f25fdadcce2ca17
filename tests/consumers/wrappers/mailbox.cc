// SPDX-License-Identifier: Apache-2.0
// A lost letter: an atomic flag that orders nothing. The letter is in another file.
#include <atomic>
#include <cassert>
#include <cstdio>
#include <thread>

#include "heddle/heddle.h"

int letter();
void write_letter();

int main() {
  const heddle::Report report = heddle::explore([] {
    std::atomic<bool> full{false};
    std::thread postman([&] {
      write_letter();
      full.store(true, std::memory_order_relaxed);
    });
    if (full.load(std::memory_order_acquire)) {
      assert(letter() == 42);
    }
    postman.join();
  });
  std::puts(heddle::to_text(report).c_str());
  return heddle::exit_code(report.verdict);
}
