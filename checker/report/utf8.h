// SPDX-License-Identifier: Apache-2.0
// Text of unknown origin (names, messages, what programs print) as valid UTF-8. Pure.
#pragma once

#include <string>
#include <string_view>

namespace heddle::report {

/// `text` with U+FFFD for each byte that belongs to no well-formed sequence (RFC 3629: overlong
/// forms, surrogates and code points above U+10FFFF are not) and for each control character but tab
/// and line feed.
std::string valid_utf8(std::string_view text);

}  // namespace heddle::report
