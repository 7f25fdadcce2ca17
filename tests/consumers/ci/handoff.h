// SPDX-License-Identifier: Apache-2.0
// Hands one value from a thread to another.
#pragma once

#include <atomic>

class Handoff {
 public:
  void put(int value) {
    value_ = value;
    full_.store(true, kPublish);
  }
  /// The value, or -1 while there is none.
  int take() { return full_.load(std::memory_order_acquire) ? value_ : -1; }

 private:
#ifdef HANDOFF_FIXED
  static constexpr std::memory_order kPublish = std::memory_order_release;
#else
  static constexpr std::memory_order kPublish = std::memory_order_relaxed;
#endif
  int value_ = 0;
  std::atomic<bool> full_ = false;
};
