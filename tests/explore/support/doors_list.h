// SPDX-License-Identifier: Apache-2.0
// What checker/intercept/ says is unsupported, read from its sources and its README, so that a test
// of all of it misses no new one.
#pragma once

#include <string>
#include <vector>

namespace doors_list {

/// Functions that are unsupported whatever their arguments: uses of the macros whose text has
/// stop_unsupported(#name).
std::vector<std::string> functions();
/// What else the sources call stop_unsupported() with.
std::vector<std::string> reasons();
/// Names in the README's section on what is unsupported; some end in "*".
std::vector<std::string> promised();

/// The function of that name, to be called with as many zeros as it likes. Null if there is none.
using Function = long (*)(long, long, long, long, long, long);
Function find(const std::string& name);

}  // namespace doors_list
