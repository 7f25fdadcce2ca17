// SPDX-License-Identifier: Apache-2.0
// Table 3-7 of the Unicode Standard: what bytes may follow which.
#include "checker/report/utf8.h"

namespace heddle::report {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_between(unsigned char byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

/// Length of the well-formed sequence that `text` begins with; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return is_between(byte(i), 0x80, 0xbf); };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (is_between(first, 0xc2, 0xdf)) {
    return follows(1) ? 2 : 0;
  }
  if (is_between(first, 0xe0, 0xef)) {
    const bool second =
        is_between(byte(1), first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && follows(2) ? 3 : 0;
  }
  if (is_between(first, 0xf0, 0xf4)) {
    const bool second =
        is_between(byte(1), first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool is_control(std::string_view sequence) {
  const auto byte = static_cast<unsigned char>(sequence[0]);
  return (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0 || is_control(text.substr(0, length))) {
      valid += kReplacement;
      text.remove_prefix(1);
    } else {
      valid += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

}  // namespace heddle::report
