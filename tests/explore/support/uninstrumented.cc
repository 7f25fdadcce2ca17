// SPDX-License-Identifier: Apache-2.0
// Built without -fsanitize=thread.
#include "uninstrumented.h"

namespace uninstrumented {

heddle::Report explore_quiet_body() {
  return heddle::explore([] {});
}

void spin_for_ever() {
  volatile bool never = false;
  while (!never) {
  }
}

void wait_for_a_whole_round(const std::atomic<int>& rounds) {
  // What this thread wrote before is seen by the other one before the first round counts.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const int before = rounds.load();
  while (rounds.load() - before < 2) {
  }
}

}  // namespace uninstrumented
