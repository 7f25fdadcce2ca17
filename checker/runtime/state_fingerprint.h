// SPDX-License-Identifier: Apache-2.0
// 128-bit fingerprints of native memory, with holes.
//
// Two states of a program count as one if their fingerprints are equal. With 128 bits of XXH3 the
// chance that two of N states differ and collide is about N^2 / 2^129: for a hundred million states
// less than one in 10^22. Contributions of things without an order (pages, objects) are added, so
// that a thing which is as it was in the beginning contributes nothing.
//
// Memory that the program asked to leave out (heddle::ignore) counts as zero.
// Not thread-safe; allocates only while its buffers grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checker/runtime/modules.h"
#include "checker/search/state_graph.h"

namespace heddle::runtime {

class StateFingerprint {
 public:
  /// Starts a new fingerprint. `ignored` must live until finish().
  void begin(const std::vector<AddressRange>& ignored) {
    words_.clear();
    sum_ = {};
    ignored_ = &ignored;
  }
  void word(std::uint64_t value) { words_.push_back(value); }
  /// The bytes [begin, end), in order.
  void range(std::uintptr_t begin, std::uintptr_t end);
  /// A thing among others in no order: its name and the bytes [begin, end).
  void unordered_range(std::uint64_t name, std::uintptr_t begin, std::uintptr_t end);
  /// The same for a thing that is one word.
  void unordered_word(std::uint64_t name, std::uint64_t value);
  search::Fingerprint finish();

 private:
  search::Fingerprint hash(std::uintptr_t begin, std::uintptr_t end, std::uint64_t seed);
  bool touches_ignored(std::uintptr_t begin, std::uintptr_t end) const;

  std::vector<std::uint64_t> words_;
  std::vector<std::byte> scratch_;
  search::Fingerprint sum_;
  const std::vector<AddressRange>* ignored_ = nullptr;
};

}  // namespace heddle::runtime
