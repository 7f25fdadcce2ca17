// SPDX-License-Identifier: Apache-2.0
// Varints in base64url between colons, and a checksum.
#include "checker/report/token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "checker/base/check.h"

namespace heddle::report {
namespace {

constexpr std::string_view kVersion = "h1";
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kChecksumDigits = 6;
constexpr std::size_t kMaxSchedule = std::size_t{1} << 24;

using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void malformed(std::string_view what) {
  throw std::invalid_argument(fmt::format("malformed token: {}", what));
}

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffff;
  for (char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
  }
  return ~crc;
}

std::string checksum(std::string_view text) {
  std::string digits;
  std::uint64_t rest = crc32(text);
  for (std::size_t i = 0; i < kChecksumDigits; ++i, rest >>= 6) {
    digits += kDigits[rest & 63];
  }
  return digits;
}

/// Base64url without padding; the bits that fill the last digit are zero.
std::string to_digits(const Bytes& bytes) {
  std::string digits;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) {
      digits += kDigits[bits >> (count - 6) & 63];
    }
  }
  if (count > 0) {
    digits += kDigits[bits << (6 - count) & 63];
  }
  return digits;
}

Bytes from_digits(std::string_view digits) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (char digit : digits) {
    const std::size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) {
      malformed("a character that is no digit");
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  if (count >= 6 || (bits & ((1u << count) - 1)) != 0) {
    malformed("a part that does not end on a byte");
  }
  return bytes;
}

void put(Bytes& bytes, std::uint64_t value) {
  for (; value >= 128; value >>= 7) {
    bytes.push_back(static_cast<std::uint8_t>(value | 128));
  }
  bytes.push_back(static_cast<std::uint8_t>(value));
}

class Varints {
 public:
  explicit Varints(Bytes bytes) : bytes_(std::move(bytes)) {}
  bool at_end() const { return position_ == bytes_.size(); }
  std::size_t left() const { return bytes_.size() - position_; }

  std::uint64_t get(std::uint64_t largest = ~std::uint64_t{0}) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at_end() || shift > 63) {
        malformed("a number is cut off");
      }
      const std::uint8_t byte = bytes_[position_++];
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) {
        break;
      }
    }
    if (value > largest) {
      malformed("a number is out of range");
    }
    return value;
  }

 private:
  Bytes bytes_;
  std::size_t position_ = 0;
};

/// First the number of threads n, then (length - 1) * n + thread for every run.
std::string encode_schedule(const std::vector<std::uint32_t>& schedule) {
  if (schedule.empty()) {
    return {};
  }
  const std::uint32_t threads = *std::max_element(schedule.begin(), schedule.end()) + 1;
  HEDDLE_CHECK(threads <= base::kMaxThreads);
  Bytes bytes;
  put(bytes, threads);
  for (std::size_t begin = 0, end = 0; begin < schedule.size(); begin = end) {
    while (end < schedule.size() && schedule[end] == schedule[begin]) {
      ++end;
    }
    put(bytes, (end - begin - 1) * threads + schedule[begin]);
  }
  return to_digits(bytes);
}

std::vector<std::uint32_t> decode_schedule(std::string_view digits) {
  std::vector<std::uint32_t> schedule;
  Varints numbers(from_digits(digits));
  if (numbers.at_end()) {
    return schedule;
  }
  const std::uint64_t threads = numbers.get(base::kMaxThreads);
  if (threads == 0) {
    malformed("a schedule without threads");
  }
  while (!numbers.at_end()) {
    const std::uint64_t run = numbers.get();
    if (run / threads >= kMaxSchedule - schedule.size()) {
      malformed("the schedule is too long");
    }
    schedule.insert(schedule.end(), run / threads + 1, static_cast<std::uint32_t>(run % threads));
  }
  return schedule;
}

std::string encode_exceptions(const TokenData& data) {
  if (data.exceptions.empty() && data.threads.empty() && data.promoted.empty()) {
    return {};
  }
  Bytes bytes;
  put(bytes, data.exceptions.size());
  std::uint32_t last = 0;
  for (const TokenException& exception : data.exceptions) {
    HEDDLE_CHECK(exception.event_ordinal >= last);
    put(bytes, std::uint64_t{exception.event_ordinal - last} * 3 +
                   static_cast<std::uint64_t>(exception.kind));
    last = exception.event_ordinal;
    if (exception.kind == TokenException::Kind::kOutcome) {
      put(bytes, exception.outcome);
    } else {
      put(bytes, exception.thread);
      put(bytes, exception.index);
    }
  }
  put(bytes, data.threads.size());
  for (const auto& [creator, ordinal] : data.threads) {
    put(bytes, creator);
    put(bytes, ordinal);
  }
  for (const auto& [address, size] : data.promoted) {
    put(bytes, address);
    put(bytes, size);
  }
  return to_digits(bytes);
}

TokenException decode_exception(Varints& numbers, std::uint32_t last) {
  const std::uint64_t head = numbers.get();
  if (head / 3 > kMaxSchedule || last + head / 3 > kMaxSchedule) {
    malformed("an exception behind the end");
  }
  TokenException exception;
  exception.event_ordinal = last + static_cast<std::uint32_t>(head / 3);
  exception.kind = static_cast<TokenException::Kind>(head % 3);
  if (exception.kind == TokenException::Kind::kOutcome) {
    exception.outcome = numbers.get();
  } else {
    exception.thread = static_cast<std::uint32_t>(numbers.get(TokenException::kInitThread));
    exception.index = static_cast<std::uint32_t>(numbers.get(0xffffffff));
  }
  return exception;
}

void decode_exceptions(std::string_view digits, TokenData& data) {
  Varints numbers(from_digits(digits));
  if (numbers.at_end()) {
    return;
  }
  const std::uint64_t count = numbers.get(numbers.left());
  std::uint32_t last = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    data.exceptions.push_back(decode_exception(numbers, last));
    last = data.exceptions.back().event_ordinal;
  }
  const std::uint64_t threads = numbers.get(base::kMaxThreads);
  for (std::uint64_t i = 0; i < threads; ++i) {
    const auto creator = static_cast<std::uint32_t>(numbers.get(base::kMaxThreads - 1));
    data.threads.emplace_back(creator, static_cast<std::uint32_t>(numbers.get(0xffffffff)));
  }
  while (!numbers.at_end()) {
    const std::uint64_t address = numbers.get();
    data.promoted.emplace_back(address, static_cast<std::uint32_t>(numbers.get(0xffffffff)));
  }
}

template <class Integer>
Integer from_hexadecimal(std::string_view text, std::string_view what) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) {
    malformed(what);
  }
  return value;
}

std::string encode_options(const TokenData& data) {
  std::string text = fmt::format("{:x}", data.option_bits);
  if (data.cycle != 0) {
    text += fmt::format(".{:x}.{:x}", data.cycle, data.victim);
  }
  return text;
}

void decode_options(std::string_view text, TokenData& data) {
  const std::size_t dot = text.find('.');
  data.option_bits = from_hexadecimal<std::uint8_t>(text.substr(0, dot), "the options");
  if (dot == std::string_view::npos) {
    return;
  }
  text.remove_prefix(dot + 1);
  const std::size_t second = text.find('.');
  if (second == std::string_view::npos) {
    malformed("a cycle without a victim");
  }
  data.cycle = from_hexadecimal<std::uint32_t>(text.substr(0, second), "the cycle");
  data.victim = from_hexadecimal<std::uint32_t>(text.substr(second + 1), "the victim");
  if (data.cycle == 0 || data.victim > TokenData::kNoVictim) {
    malformed("a cycle out of range");
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::array<std::string_view, 6> split(std::string_view token) {
  std::array<std::string_view, 6> parts;
  std::size_t count = 0;
  for (;;) {
    const std::size_t colon = token.find(':');
    if (count == parts.size()) {
      malformed("more than six parts");
    }
    parts[count++] = token.substr(0, colon);
    if (colon == std::string_view::npos) {
      break;
    }
    token.remove_prefix(colon + 1);
  }
  if (count != parts.size()) {
    malformed(fmt::format("{} part{} instead of six", count, count == 1 ? "" : "s"));
  }
  return parts;
}

void check_version(std::string_view token) {
  const std::string_view version = token.substr(0, token.find(':'));
  const bool looks_right =
      version.size() >= 2 && version.size() <= 5 && version[0] == 'h' &&
      version.size() < token.size() &&
      std::all_of(version.begin() + 1, version.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!looks_right) {
    malformed(fmt::format("it does not begin with {}:", kVersion));
  }
  if (version != kVersion) {
    throw std::invalid_argument(
        fmt::format("token of another version: {} (this Heddle writes {})", version, kVersion));
  }
}

}  // namespace

std::string encode_token(const TokenData& data) {
  std::string token = fmt::format("{}:{:x}:{}{}:{}:{}:", kVersion, data.program_hash,
                                  data.model == Model::kSc ? 's' : 'r', encode_options(data),
                                  encode_schedule(data.schedule), encode_exceptions(data));
  return token + checksum(token);
}

TokenData decode_token(std::string_view text) {
  const std::string_view token = trimmed(text);
  check_version(token);
  const auto parts = split(token);
  const std::string_view body = token.substr(0, token.size() - parts[5].size());
  if (parts[5] != checksum(body)) {
    throw std::invalid_argument("damaged token: the checksum does not fit (copied incompletely?)");
  }
  TokenData data;
  data.program_hash = from_hexadecimal<std::uint64_t>(parts[1], "the program's hash");
  if (parts[2].empty() || (parts[2][0] != 'r' && parts[2][0] != 's')) {
    malformed("an unknown memory model");
  }
  data.model = parts[2][0] == 's' ? Model::kSc : Model::kRc11;
  decode_options(parts[2].substr(1), data);
  data.schedule = decode_schedule(parts[3]);
  if (data.cycle > data.schedule.size()) {
    malformed("a cycle longer than the schedule");
  }
  decode_exceptions(parts[4], data);
  return data;
}

}  // namespace heddle::report
