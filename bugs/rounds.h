// SPDX-License-Identifier: Apache-2.0
// How often a thread of an exhibit goes round that would go round for ever: for ever when explored,
// and a few times with real threads, which must end.
#pragma once

namespace bugs {

extern "C" [[gnu::weak]] void heddle_progress();

/// for (bugs::Rounds rounds; rounds.go_on();) { ... }
class Rounds {
 public:
  /// Explored, it counts nothing: a state of the program can then come again.
  bool go_on() { return heddle_progress != nullptr || done_++ < kReal; }

 private:
  static constexpr int kReal = 200;
  int done_ = 0;
};

}  // namespace bugs
