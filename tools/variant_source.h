// SPDX-License-Identifier: Apache-2.0
// The source of one variant of an exhibit: the body that its registration names, and every
// declaration of the file that the body uses.
#pragma once

#include <string_view>
#include <vector>

#include "tools/source_diff.h"

namespace heddle::tools {

/// The lines of variant `name` in an exhibit's source, in file order. The body is the function (or
/// lambda) that follows the string "name" in the registration; a function of that name otherwise.
/// Empty when there is none. Comments before a declaration are left out.
std::vector<SourceLine> variant_source(std::string_view source, std::string_view name);

}  // namespace heddle::tools
