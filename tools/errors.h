// SPDX-License-Identifier: Apache-2.0
// Errors the command answers with one line on standard error and an exit code of its own.
#pragma once

#include <stdexcept>

namespace heddle::tools {

inline constexpr int kExitDeviation = 1;  ///< A bug was found, or the gallery is not as declared.
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInternal = 3;

/// The caller asked for something that does not exist or cannot be done: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Heddle's own parts do not fit together (a runner is missing or answers nonsense): exit code 3.
struct InternalError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace heddle::tools
