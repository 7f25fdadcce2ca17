// SPDX-License-Identifier: Apache-2.0
// A sequence that grows by pages: elements keep their addresses, growing copies nothing, and at
// most one page is in reserve. For millions of small records under a limit of memory.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace heddle::base {

template <class T, std::size_t kPageBits = 12>
class Paged {
 public:
  std::size_t size() const { return size_; }
  T& operator[](std::size_t index) { return pages_[index >> kPageBits][index & kMask]; }
  const T& operator[](std::size_t index) const { return pages_[index >> kPageBits][index & kMask]; }

  T& push_back(const T& value) {
    if ((size_ & kMask) == 0) {
      pages_.push_back(std::make_unique<T[]>(kMask + 1));
    }
    T& place = (*this)[size_++];
    place = value;
    return place;
  }

  /// Memory taken, in bytes.
  std::size_t bytes() const {
    return pages_.size() * (kMask + 1) * sizeof(T) + pages_.capacity() * sizeof(T*);
  }

 private:
  static constexpr std::size_t kMask = (std::size_t{1} << kPageBits) - 1;
  std::vector<std::unique_ptr<T[]>> pages_;
  std::size_t size_ = 0;
};

}  // namespace heddle::base
