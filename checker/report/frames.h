// SPDX-License-Identifier: Apache-2.0
// What to show of a call stack: which frames are a library's, and short names. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "heddle/report.h"

namespace heddle::report {

/// Whether the frame is inside the C++ or C library, a compiler's runtime or Heddle itself.
bool is_library_frame(const Frame& frame);

/// The innermost frame of the user's own code with a line; if there is none the innermost with a
/// line, else the innermost of the user's own modules, else the first; null if nothing is known.
const Frame* user_frame(const std::vector<Frame>& stack);

/// "counter.cc" of "/home/me/src/counter.cc".
std::string_view short_file(std::string_view path);

/// "counter.cc:12", "counter.cc", "module+0x1136" or "0x401136", whatever is known.
std::string place(const Frame& frame);

/// The same where the function is not told beside it: "worker at module+0x1136".
std::string spot(const Frame& frame);

/// The function without argument and template lists: "Stack::push" of "Stack<int>::push(int)". An
/// operator keeps its template arguments; closures are called "lambda".
std::string short_function(std::string_view function);

}  // namespace heddle::report
