// SPDX-License-Identifier: Apache-2.0
// The command line of heddle-random.
#pragma once

#include <cstdint>

#include "tests/support/oracle.h"
#include "tests/support/random_program.h"

namespace heddle::test {

/// What the oracle is compared with.
struct Layers {
  bool search = true;
  bool native = true;
};

struct Settings {
  std::uint64_t programs = 1000;
  std::uint64_t seed = 1;
  std::uint64_t mismatches = 10;
  double seconds = 0;  ///< 0: no limit.
  RandomShape shape;
  Layers layers;
  OracleLimits limits{1'000'000, 1'000'000};
};

/// Ends the process after printing help (status 0), or what is wrong with the arguments (2).
Settings read_settings(int argc, char** argv);

}  // namespace heddle::test
