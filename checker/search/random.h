// SPDX-License-Identifier: Apache-2.0
// Random numbers from a seed, equal everywhere.
#pragma once

#include <cstdint>

namespace heddle::search {

/// Random numbers from a seed: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Equal everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed = 0) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
  }
  /// Uniform in [0, count). REQUIRES: count is not 0. The bias is below count / 2^64.
  std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(next()) * count >> 64);
  }
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace heddle::search
