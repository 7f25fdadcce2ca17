// SPDX-License-Identifier: Apache-2.0
// What is left of a search, as numbers in decimal, a space after each.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace heddle::search {

class NumberWriter {
 public:
  void put(std::uint64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text_.append(digits, static_cast<std::size_t>(end - digits));
    text_ += ' ';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// All members throw std::invalid_argument if the text is not what they expect.
class NumberReader {
 public:
  explicit NumberReader(std::string_view text) : text_(text) {}

  /// The next one, which is `most` at most.
  std::uint64_t get(std::uint64_t most = ~std::uint64_t{0}) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || end == text_.data() + text_.size() || *end != ' ' || value > most) {
      refuse();
    }
    text_.remove_prefix(static_cast<std::size_t>(end + 1 - text_.data()));
    return value;
  }
  std::uint32_t get32() { return static_cast<std::uint32_t>(get(0xffffffff)); }
  std::size_t count() { return static_cast<std::size_t>(get(kMostNumbers)); }
  [[noreturn]] static void refuse() {
    throw std::invalid_argument("the work that is left is damaged");
  }
  /// There are no more.
  void end() const {
    if (!text_.empty()) refuse();
  }

 private:
  static constexpr std::size_t kMostNumbers = std::size_t{1} << 28;
  std::string_view text_;
};

}  // namespace heddle::search
