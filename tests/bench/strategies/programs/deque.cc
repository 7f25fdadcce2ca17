// SPDX-License-Identifier: Apache-2.0
// The deque with the race for its last element.
#include "tests/bench/strategies/programs/deque.h"

#include <array>
#include <atomic>
#include <cassert>
#include <thread>

namespace heddle::bench {
namespace {

constexpr int kElements = 4;
constexpr int kEmpty = -1;

class Deque {
 public:
  void push(int value) {
    const int bottom = bottom_;
    elements_[bottom] = value;
    bottom_ = bottom + 1;
  }

  int pop() {
    const int bottom = bottom_ - 1;
    bottom_ = bottom;
    const int top = top_;
    if (top > bottom) {
      bottom_ = top;
      return kEmpty;
    }
    return elements_[bottom];  // The bug: with top == bottom a thief may take it as well.
  }

  int steal() {
    int top = top_;
    if (top >= bottom_) {
      return kEmpty;
    }
    const int value = elements_[top];
    return top_.compare_exchange_strong(top, top + 1) ? value : kEmpty;
  }

 private:
  std::atomic<int> top_{0};
  std::atomic<int> bottom_{0};
  std::array<std::atomic<int>, kElements> elements_{};
};

}  // namespace

void stealing_deque() {
  Deque deque;
  std::array<std::atomic<int>, kElements> taken{};
  const auto note = [&](int value) {
    if (value != kEmpty) ++taken[value];
  };
  for (int i = 0; i < kElements; ++i) {
    deque.push(i);
  }
  std::thread thief([&] {
    note(deque.steal());
    note(deque.steal());
  });
  for (int i = 0; i < kElements; ++i) {
    note(deque.pop());
  }
  thief.join();
  for (const std::atomic<int>& count : taken) {
    assert(count <= 1);
  }
}

}  // namespace heddle::bench
