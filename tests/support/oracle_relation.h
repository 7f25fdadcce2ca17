// SPDX-License-Identifier: Apache-2.0
// Binary relations over at most 64 events as bit matrices, so that axioms can be written as in the
// papers: `r.then(s)` is r ; s, `only(set)` is [set].
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace heddle::test {

/// A set of events: bit i for event i.
using EventSet = std::uint64_t;

class Relation {
 public:
  static constexpr std::size_t kMaxEvents = 64;

  explicit Relation(std::size_t size) : size_(size) { std::fill_n(rows_.begin(), size, 0); }
  Relation(const Relation& other) : size_(other.size_) { *this = other; }
  Relation& operator=(const Relation& other) {
    size_ = other.size_;
    std::copy_n(other.rows_.begin(), size_, rows_.begin());
    return *this;
  }
  /// [set]: the identity on the set.
  static Relation only(std::size_t size, EventSet set) {
    Relation result(size);
    for (std::size_t a = 0; a < size; ++a) result.rows_[a] = set & bit(a);
    return result;
  }

  void add(std::size_t a, std::size_t b) { rows_[a] |= bit(b); }
  bool has(std::size_t a, std::size_t b) const { return (rows_[a] & bit(b)) != 0; }

  Relation operator|(const Relation& other) const {
    Relation result(size_);
    for (std::size_t a = 0; a < size_; ++a) result.rows_[a] = rows_[a] | other.rows_[a];
    return result;
  }
  Relation operator&(const Relation& other) const {
    Relation result(size_);
    for (std::size_t a = 0; a < size_; ++a) result.rows_[a] = rows_[a] & other.rows_[a];
    return result;
  }
  Relation operator-(const Relation& other) const {
    Relation result(size_);
    for (std::size_t a = 0; a < size_; ++a) result.rows_[a] = rows_[a] & ~other.rows_[a];
    return result;
  }
  /// r ; s
  Relation then(const Relation& other) const {
    Relation result(size_);
    for (std::size_t a = 0; a < size_; ++a) {
      for (EventSet left = rows_[a]; left != 0; left &= left - 1) {
        result.rows_[a] |= other.rows_[static_cast<std::size_t>(std::countr_zero(left))];
      }
    }
    return result;
  }
  /// r^-1
  Relation inverse() const {
    Relation result(size_);
    for (std::size_t a = 0; a < size_; ++a) {
      for (EventSet left = rows_[a]; left != 0; left &= left - 1) {
        result.add(static_cast<std::size_t>(std::countr_zero(left)), a);
      }
    }
    return result;
  }
  /// r?
  Relation optional() const { return *this | only(size_, ~EventSet{0}); }
  /// r+
  Relation plus() const {
    Relation result = *this;
    for (std::size_t middle = 0; middle < size_; ++middle) {
      for (std::size_t a = 0; a < size_; ++a) {
        if (result.has(a, middle)) result.rows_[a] |= result.rows_[middle];
      }
    }
    return result;
  }
  /// r*
  Relation star() const { return plus().optional(); }

  bool empty() const {
    for (std::size_t a = 0; a < size_; ++a) {
      if (rows_[a] != 0) return false;
    }
    return true;
  }
  bool irreflexive() const {
    for (std::size_t a = 0; a < size_; ++a) {
      if (has(a, a)) return false;
    }
    return true;
  }
  bool acyclic() const { return plus().irreflexive(); }

 private:
  static constexpr EventSet bit(std::size_t a) { return EventSet{1} << a; }

  std::size_t size_;
  std::array<EventSet, kMaxEvents> rows_;  ///< Meaningful below `size_`.
};

}  // namespace heddle::test
