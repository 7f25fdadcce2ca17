// SPDX-License-Identifier: Apache-2.0
// The failing side of HEDDLE_CHECK.
#include "checker/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace heddle::base {
namespace {
CheckHandler g_handler = nullptr;
}

void set_check_handler(CheckHandler handler) { g_handler = handler; }

void check_failed(const char* condition, const char* file, int line) {
  if (g_handler != nullptr) {
    g_handler(condition, file, line);
  }
  std::fprintf(stderr, "heddle: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace heddle::base
