// SPDX-License-Identifier: Apache-2.0
// Plain values as bytes, from one process to its copy: same machine, same binary, same layout.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "checker/base/check.h"

namespace heddle::base {

class ByteWriter {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void put(const std::string& text) {
    put(text.size());
    bytes_ += text;
  }
  /// A count, then write(item) for each from the `from`th on.
  template <class T, class Write>
  void put_each(const std::vector<T>& items, std::size_t from, Write write) {
    put(items.size() - from);
    for (std::size_t i = from; i < items.size(); ++i) {
      write(items[i]);
    }
  }
  template <class T>
  void put_all(const std::vector<T>& items, std::size_t from = 0) {
    put_each(items, from, [this](const T& item) { put(item); });
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads what a ByteWriter wrote, in the same order; CHECKs that there is as much.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  bool at_end() const { return bytes_.empty(); }
  template <class T>
  requires std::is_trivially_copyable_v<T> T get() {
    HEDDLE_CHECK(bytes_.size() >= sizeof(T));
    T value;
    std::memcpy(static_cast<void*>(&value), bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const auto size = get<std::size_t>();
    HEDDLE_CHECK(bytes_.size() >= size);
    std::string result(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return result;
  }
  /// Calls read() as often as the count says.
  template <class Read>
  void each(Read read) {
    for (auto left = get<std::size_t>(); left != 0; --left) {
      read();
    }
  }

 private:
  std::string_view bytes_;
};

}  // namespace heddle::base
