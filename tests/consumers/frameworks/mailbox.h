// SPDX-License-Identifier: Apache-2.0
// What both tests explore. Checks in a body are assert() or heddle::fail(): a framework's own
// record their results in memory that outlives the execution.
#pragma once

#include <atomic>
#include <thread>

#include "heddle/heddle.h"

inline void mailbox(std::memory_order publish) {
  std::atomic<bool> full{false};
  std::atomic<int> letter{0};
  std::thread postman([&] {
    letter.store(42, std::memory_order_relaxed);
    full.store(true, publish);
  });
  if (full.load(std::memory_order_acquire) && letter.load(std::memory_order_relaxed) != 42) {
    heddle::fail("the letter is lost");
  }
  postman.join();
}
