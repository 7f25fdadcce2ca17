// SPDX-License-Identifier: Apache-2.0
// PCT: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic
// Guarantees of Finding Bugs", ASPLOS 2010.
//
// Threads get random priorities, the highest enabled one runs. At d - 1 steps, drawn from the k of
// an execution, the running thread falls below all others. A bug that d ordering constraints
// between events bring out is hit with probability at least 1 / (n k^(d-1)), n threads.
//
// Where this differs: k is the most steps of an execution so far unless it is given, so the bound
// holds from then on when the lengths do not grow; and a thread that took kPatience steps alone
// while others could go on falls below them, or a loop that waits for another thread would run for
// ever. Within kPatience steps nothing differs.
#pragma once

#include <array>
#include <vector>

#include "checker/search/strategy.h"

namespace heddle::search {

class Pct : public Strategy {
 public:
  /// `length` 0: as seen.
  Pct(std::uint32_t depth, std::uint64_t length) : depth_(depth), given_length_(length) {}

  std::string_view name() const override { return "pct"; }
  bool begin(std::uint64_t seed) override;
  base::ThreadId choose(std::span<const PendingOperation> enabled) override;
  void end(const graph::ExecutionGraph& graph) override;

  std::uint64_t length() const { return given_length_ != 0 ? given_length_ : longest_; }
  std::uint32_t threads() const { return most_threads_; }
  std::uint32_t depth() const { return depth_; }

 private:
  static constexpr std::uint64_t kFirstGuess = 64;
  static constexpr std::uint32_t kPatience = 1000;
  static constexpr std::uint64_t kInitial = std::uint64_t{1} << 63;  ///< Least initial priority.
  base::ThreadId highest(std::span<const PendingOperation> enabled);

  const std::uint32_t depth_;
  const std::uint64_t given_length_;
  std::uint64_t longest_ = kFirstGuess;
  bool seen_ = false;
  std::uint32_t most_threads_ = 0;
  Random random_;
  std::array<std::uint64_t, base::kMaxThreads> priority_{};  ///< 0: not seen yet.
  std::vector<std::uint64_t> changes_;                       ///< Steps, ascending.
  std::size_t next_change_ = 0;
  std::uint64_t step_ = 0;
  std::uint64_t lowest_ = 0;  ///< Priorities below have not been given yet.
  base::ThreadId last_ = kNoThread;
  std::uint32_t alone_ = 0;
};

}  // namespace heddle::search
