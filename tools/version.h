// SPDX-License-Identifier: Apache-2.0
// The version of the command, from the build: the command does not link heddle::version().
#pragma once

namespace heddle::tools {

inline constexpr const char* kVersion = HEDDLE_VERSION;

}  // namespace heddle::tools
