// SPDX-License-Identifier: Apache-2.0
// Hands one value from a thread to another.
#pragma once

#include <atomic>

class Handoff {
 public:
  void put(int value);
  /// The value, or -1 while there is none.
  int take();

 private:
  int value_ = 0;
  std::atomic<bool> full_ = false;
};
