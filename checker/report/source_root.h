// SPDX-License-Identifier: Apache-2.0
// Paths of source files as they are written into files that are read elsewhere.
#pragma once

#include <string>
#include <string_view>

namespace heddle::report {

/// HEDDLE_SOURCE_ROOT; without it the nearest folder with .git, from the current one up; or else
/// the current folder. Absolute.
std::string source_root();

/// `file` as seen from `root`, if it is inside; else as it is. Pure.
std::string relative_to(std::string_view root, std::string_view file);

/// A path as a URI reference (RFC 3986): bytes that may not stand in it are percent-encoded;
/// absolute ones begin with "file://". Pure.
std::string uri_of(std::string_view path);

}  // namespace heddle::report
