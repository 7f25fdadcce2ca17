// SPDX-License-Identifier: Apache-2.0
// Replays wrong tokens of an explored body.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "heddle/heddle.h"

namespace wrong_tokens {

struct Tally {
  int replayed = 0;
  int refused = 0;
  std::string wrong;  ///< The first token that was neither, and what it gave.
};

/// Makes `count` wrong tokens of the good ones, the same in each run, and replays each.
Tally replay(const std::vector<std::string>& good, const std::function<void()>& body,
             const heddle::Options& options, int count);

}  // namespace wrong_tokens
