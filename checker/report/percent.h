// SPDX-License-Identifier: Apache-2.0
// A share in words.
#pragma once

#include <fmt/format.h>

#include <string>

namespace heddle::report {

/// Two digits, in per cent: "0.31", "98", "100".
inline std::string percent(double share) {
  const double value = 100 * share;
  return value < 9.95 ? fmt::format("{:.2g}", value) : fmt::format("{:.0f}", value);
}

}  // namespace heddle::report
