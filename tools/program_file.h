// SPDX-License-Identifier: Apache-2.0
// What can be told of a program before it is started: whether it can be explored at all.
#pragma once

#include <string>

namespace heddle::tools {

/// The file that a shell would run for `name`: looked up in PATH unless it has a slash. Throws
/// UsageError if there is none, or it is a directory or may not be executed.
std::string find_program(const std::string& name);

/// Throws UsageError, saying how to build the program, if the file at `path` is no dynamically
/// linked x86-64 executable, or holds ThreadSanitizer's own runtime.
void check_program(const std::string& path);

}  // namespace heddle::tools
