// SPDX-License-Identifier: Apache-2.0
// The command line of `heddle`.
#pragma once

namespace heddle::tools {

/// Parses the arguments, runs what they ask for and returns the exit code. What goes wrong is one
/// line on standard error: usage 2, internal 3. Never throws.
int run_cli(int argc, char** argv);

}  // namespace heddle::tools
