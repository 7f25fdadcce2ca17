// SPDX-License-Identifier: Apache-2.0
// Wrong tokens for fuzzing: random text, and mutations of good tokens. Most get a right checksum
// again (reckoned here once more, bit by bit), or no more than the checksum would be tested.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::test {

class TokenMutator {
 public:
  TokenMutator(std::vector<std::string> good, std::uint64_t seed)
      : good_(std::move(good)), random_(seed) {}

  /// A token that is wrong in most cases; now and then a mutation finds another good one.
  std::string next() {
    std::string token = below(8) == 0 ? random_text() : mutated();
    if (below(8) != 0) {
      token = with_checksum(token);
    }
    return token;
  }

  /// The same text, its last part replaced by the checksum of what is before it.
  static std::string with_checksum(const std::string& token) {
    const std::size_t colon = token.rfind(':');
    std::string body = token.substr(0, colon == std::string::npos ? token.size() : colon) + ":";
    std::uint32_t remainder = 0xffffffff;
    for (const char c : body) {
      for (int bit = 0; bit < 8; ++bit) {
        const bool out =
            ((remainder ^ static_cast<std::uint32_t>(static_cast<unsigned char>(c)) >> bit) & 1) !=
            0;
        remainder = remainder >> 1 ^ (out ? 0xedb88320u : 0u);
      }
    }
    remainder = ~remainder;
    for (int i = 0; i < 6; ++i, remainder >>= 6) {
      body += kDigits[remainder & 63];
    }
    return body;
  }

 private:
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  std::size_t below(std::size_t count) { return random_() % count; }
  const std::string& any_good() { return good_[below(good_.size())]; }

  std::string digits(std::size_t most) {
    std::string text;
    for (std::size_t i = below(most + 1); i > 0; --i) {
      text += kDigits[below(64)];
    }
    return text;
  }

  /// Bytes, or parts of random digits behind a right beginning.
  std::string random_text() {
    if (below(2) == 0) {
      std::string text;
      for (std::size_t i = below(80); i > 0; --i) {
        text += static_cast<char>(below(256));
      }
      return text;
    }
    const std::string& good = any_good();
    const std::size_t options = good.find(':', good.find(':') + 1) + 1;
    return good.substr(0, options + 1) + kHexadecimal[below(16)] + ":" + digits(20) + ":" +
           digits(20) + ":";
  }

  std::string mutated() {
    std::string token = any_good();
    if (below(2) == 0) {
      return with_other_numbers(token);
    }
    for (std::size_t times = 1 + below(3); times > 0 && !token.empty(); --times) {
      mutate(token);
    }
    return token;
  }

  /// Well formed, but with another schedule or other exceptions: some bytes of them changed.
  std::string with_other_numbers(const std::string& token) {
    std::size_t begin = 0;
    for (std::size_t part = 3 + below(2); part > 0; --part) {
      begin = token.find(':', begin) + 1;
    }
    const std::size_t end = token.find(':', begin);
    std::vector<std::uint8_t> bytes = to_bytes(token.substr(begin, end - begin));
    for (std::size_t times = 1 + below(3); times > 0; --times) {
      const auto at = static_cast<std::ptrdiff_t>(below(bytes.size() + 1));
      const auto value = static_cast<std::uint8_t>(below(below(4) == 0 ? 256 : 12));
      if (below(3) == 0 || bytes.begin() + at == bytes.end()) {
        bytes.insert(bytes.begin() + at, value);
      } else if (below(3) == 0) {
        bytes.erase(bytes.begin() + at);
      } else {
        bytes[static_cast<std::size_t>(at)] = value;
      }
    }
    return token.substr(0, begin) + to_digits(bytes) + token.substr(end);
  }

  static std::vector<std::uint8_t> to_bytes(const std::string& digits) {
    std::vector<std::uint8_t> bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char digit : digits) {
      bits = bits << 6 | static_cast<std::uint32_t>(std::string_view(kDigits).find(digit));
      count += 6;
      if (count >= 8) {
        count -= 8;
        bytes.push_back(static_cast<std::uint8_t>(bits >> count));
      }
    }
    return bytes;
  }

  static std::string to_digits(const std::vector<std::uint8_t>& bytes) {
    std::string digits;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 6) {
      std::size_t digit = 0;
      for (std::size_t i = bit; i < bit + 6; ++i) {
        const bool set = i < 8 * bytes.size() && (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
        digit = 2 * digit + (set ? 1 : 0);
      }
      digits += kDigits[digit];
    }
    return digits;
  }

  void mutate(std::string& token) {
    const std::size_t at = below(token.size());
    switch (below(7)) {
      case 0:
        token[at] = static_cast<char>(token[at] ^ 1 << below(8));
        break;
      case 1:
        std::swap(token[at], token[below(token.size())]);
        break;
      case 2: {
        const std::string& other = any_good();
        token = token.substr(0, at) + other.substr(below(other.size()));
        break;
      }
      case 3:
        token.resize(at);
        break;
      case 4:
        token.erase(at, 1 + below(4));
        break;
      case 5:
        token.insert(at, digits(6));
        break;
      default:
        token[at] = kDigits[below(64)];
    }
  }

  static constexpr char kHexadecimal[] = "0123456789abcdef";
  std::vector<std::string> good_;
  std::mt19937_64 random_;
};

}  // namespace heddle::test
