// SPDX-License-Identifier: Apache-2.0
// Strong names for threads, locations and events, shared by every room.
#pragma once

#include <cstdint>
#include <functional>

namespace heddle::base {

inline constexpr std::uint32_t kMaxThreads = 64;

/// Index of a model thread within one execution: 0 is the body's main thread. The engine gives the
/// k-th child of a thread the same index in every execution that shares its creator's history.
using ThreadId = std::uint32_t;

/// A memory location or a synchronisation object, named by address and life; see
/// runtime/locations.h.
using LocationId = std::uint32_t;
inline constexpr LocationId kNoLocation = 0xffffffff;

/// The k-th event of a thread, packed: 8 bits of thread, 24 bits of index. `none()` stands for "no
/// event"; `init()` for the write that gave a location its value before any event wrote it.
class EventId {
 public:
  constexpr EventId() = default;
  constexpr EventId(ThreadId thread, std::uint32_t index) : packed_(thread << 24 | index) {}
  static constexpr EventId none() { return from_packed(0xffffffff); }
  static constexpr EventId init() { return from_packed(0xfffffffe); }
  static constexpr EventId from_packed(std::uint32_t packed) {
    EventId id;
    id.packed_ = packed;
    return id;
  }
  constexpr ThreadId thread() const { return packed_ >> 24; }
  constexpr std::uint32_t index() const { return packed_ & 0xffffff; }
  constexpr std::uint32_t packed() const { return packed_; }
  constexpr bool is_none() const { return packed_ == 0xffffffff; }
  constexpr bool is_init() const { return packed_ == 0xfffffffe; }
  constexpr bool is_event() const { return packed_ < 0xfffffffe; }
  constexpr bool operator==(const EventId&) const = default;

 private:
  std::uint32_t packed_ = 0xffffffff;
};

}  // namespace heddle::base

template <>
struct std::hash<heddle::base::EventId> {
  std::size_t operator()(heddle::base::EventId id) const noexcept {
    return id.packed() * 0x9e3779b97f4a7c15ULL;
  }
};
