// SPDX-License-Identifier: Apache-2.0
// Uniform random walk: each enabled thread is as likely as the others, at every step.
//
// Guarantee: a schedule with n enabled threads at each of its k steps has probability n^-k. Orders
// that need one thread to fall far behind the others are exponentially rare.
#pragma once

#include "checker/search/strategy.h"

namespace heddle::search {

class RandomWalk : public Strategy {
 public:
  std::string_view name() const override { return "random"; }
  bool begin(std::uint64_t seed) override {
    random_ = Random(seed);
    return true;
  }
  base::ThreadId choose(std::span<const PendingOperation> enabled) override {
    return enabled[random_.below(enabled.size())].thread;
  }

 private:
  Random random_;
};

}  // namespace heddle::search
