// SPDX-License-Identifier: Apache-2.0
// Fingerprints by XXH3.
#include "checker/runtime/state_fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {
namespace {

search::Fingerprint of(XXH128_hash_t hash) { return {hash.low64, hash.high64}; }

/// Addition of 128-bit numbers: commutative, and a thing taken away leaves no trace.
void add(search::Fingerprint* to, const search::Fingerprint& what) {
  const std::uint64_t low = to->low + what.low;
  to->high += what.high + (low < what.low ? 1 : 0);
  to->low = low;
}

}  // namespace

bool StateFingerprint::touches_ignored(std::uintptr_t begin, std::uintptr_t end) const {
  return std::any_of(ignored_->begin(), ignored_->end(), [&](const AddressRange& range) {
    return range.begin < end && begin < range.end;
  });
}

search::Fingerprint StateFingerprint::hash(std::uintptr_t begin, std::uintptr_t end,
                                           std::uint64_t seed) {
  const auto* bytes = reinterpret_cast<const std::byte*>(begin);
  const std::size_t size = end - begin;
  if (touches_ignored(begin, end)) [[unlikely]] {
    scratch_.resize(size);
    raw_copy(scratch_.data(), bytes, size);
    for (const AddressRange& range : *ignored_) {
      const std::uintptr_t from = std::max(begin, range.begin);
      const std::uintptr_t to = std::min(end, range.end);
      if (from < to) {
        raw_fill(scratch_.data() + (from - begin), 0, to - from);
      }
    }
    bytes = scratch_.data();
  }
  return of(XXH3_128bits_withSeed(bytes, size, seed));
}

void StateFingerprint::range(std::uintptr_t begin, std::uintptr_t end) {
  const search::Fingerprint found = hash(begin, end, 0);
  words_.push_back(begin);
  words_.push_back(end - begin);
  words_.push_back(found.low);
  words_.push_back(found.high);
}

void StateFingerprint::unordered_range(std::uint64_t name, std::uintptr_t begin,
                                       std::uintptr_t end) {
  add(&sum_, hash(begin, end, name));
}

void StateFingerprint::unordered_word(std::uint64_t name, std::uint64_t value) {
  const std::uint64_t words[] = {name, value};
  add(&sum_, of(XXH3_128bits(words, sizeof words)));
}

search::Fingerprint StateFingerprint::finish() {
  words_.push_back(sum_.low);
  words_.push_back(sum_.high);
  return of(XXH3_128bits(words_.data(), words_.size() * sizeof(std::uint64_t)));
}

}  // namespace heddle::runtime
