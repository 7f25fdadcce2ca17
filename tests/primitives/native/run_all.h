// SPDX-License-Identifier: Apache-2.0
// Runs a suite with real threads, again and again.
#pragma once

#include <gtest/gtest.h>

#include "tests/primitives/suites.h"

namespace primitive_tests {

inline void run_all(const Suite& suite, int times = 50) {
  for (const Program& program : suite) {
    SCOPED_TRACE(program.name);
    for (int i = 0; i < times; ++i) {
      program.body();
    }
  }
}

}  // namespace primitive_tests
