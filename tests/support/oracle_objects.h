// SPDX-License-Identifier: Apache-2.0
// What operations on synchronisation objects do, as the oracle sees it: written from POSIX and the
// C++ standard, and sharing nothing with checker/graph but the names of the operations.
//
// States are lists of numbers that are compared and printed, nothing more. The one that needs a
// thought is a queue of waiting threads: a notification wakes any one of those that wait, and which
// one is not known until it leaves. So a queue's state is the set of all threads in it and the
// family of all sets of them that may have been woken. The checker keeps tokens and Hall's theorem
// instead.
#pragma once

#include <cstdint>

#include "checker/graph/sync_op.h"

namespace heddle::test {

/// What an unlocking hands to a later locking; see ObjectEffect.
inline constexpr std::uint8_t kExclusive = 1;  ///< By a writer, a post, a completed barrier.
inline constexpr std::uint8_t kShared = 2;     ///< By a reader, an arrival at a barrier.

struct ObjectEffect {
  enum class Kind : std::uint8_t { kWaits, kPasses, kChanges };
  Kind kind = Kind::kWaits;
  std::uint64_t next = 0;    ///< The state, if it changes.
  std::uint64_t result = 0;  ///< What the call returns.
  std::uint8_t acquires = 0;
  std::uint8_t releases = 0;
};

struct ObjectCall {
  graph::SyncOp op;
  std::uint64_t thread;
  std::uint64_t argument;
  std::uint64_t parties;  ///< Of a barrier.
};

/// What the call does on the state; 0 is the state that every object begins in. Throws
/// std::invalid_argument for operations that random programs do not have.
ObjectEffect effect_of(const ObjectCall& call, std::uint64_t state);

bool is_futex_call(graph::SyncOp op);

}  // namespace heddle::test
