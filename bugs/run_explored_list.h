// SPDX-License-Identifier: Apache-2.0
// The gallery's metadata as JSON.
#pragma once

#include <string>

namespace bugs {

/// {"heddle": version, "exhibits": [...]}: all that bugs/exhibit.h has.
std::string list_to_json();

}  // namespace bugs
