// SPDX-License-Identifier: Apache-2.0
// Abstract states of synchronisation objects: their interning, and their description for reports.
//
// A state is a short list of 64-bit words behind a tag of its kind. Trailing zero words are cut and
// a list of zeros has the id 0, so that equal states have equal ids and a zero-initialised object
// needs no initialisation. Thread sets are 64-bit masks. The table only grows: an id stays valid
// for the life of the process, and looking up a state that was seen before allocates nothing.
// Invariants: equal content <=> equal id. Thread-compatible: one explorer at a time uses the table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "checker/base/ids.h"
#include "checker/graph/sync_op.h"

namespace heddle::graph {

enum class SyncKind : std::uint8_t {
  kNone,
  kMutex,
  kReadWriteLock,
  kCondition,
  kBarrier,
  kSemaphore,
  kOnce,
  kFutex,
  kNote,  ///< Has one state only: its banks are what matters.
  kPipe,
  kSignals,
  kFiles,  ///< Has one state only: its operations are ordered.
  kAny,    ///< Of an operation that does not ask what kind of object it is.
};

/// The kind of object that `op` works on.
SyncKind sync_kind(SyncOp op);

/// The words of one state, writable. Reading beyond the end gives zero.
class SyncWords {
 public:
  static constexpr std::uint32_t kCapacity = 72;

  std::uint64_t get(std::uint32_t index) const { return index < size_ ? words_[index] : 0; }
  void set(std::uint32_t index, std::uint64_t value);
  void push_back(std::uint64_t value) { set(size_, value); }
  void truncate(std::uint32_t size) { size_ = size < size_ ? size : size_; }
  std::uint32_t size() const { return size_; }
  const std::uint64_t* data() const { return words_.data(); }

 private:
  std::array<std::uint64_t, kCapacity> words_;  ///< Meaningful below `size_`.
  std::uint32_t size_ = 0;
};

/// The id of a state. O(words). Allocates only for a state never seen before.
SyncState intern_state(SyncKind kind, const SyncWords& words);
/// Copies the words of `state`; false if it belongs to an object of another kind. O(words).
bool load_state(SyncKind kind, SyncState state, SyncWords* words);
/// The kind of object whose state it is; kNone for 0, which any may have.
SyncKind kind_of_state(SyncState state);
/// States interned so far, the zero state included.
std::uint64_t interned_state_count();

/// One holder of a mutex or rwlock.
struct SyncHolder {
  base::ThreadId thread = 0;
  std::uint32_t depth = 1;  ///< Recursion.
  bool exclusive = true;    ///< False for a shared lock.
};

/// A state in words that a report can use. Which fields matter depends on `kind`.
struct SyncDescription {
  SyncKind kind = SyncKind::kNone;
  bool destroyed = false;
  std::optional<base::ThreadId> owner;   ///< Of a mutex, a writer's lock, a running once.
  std::vector<SyncHolder> holders;       ///< Mutex, rwlock.
  std::vector<base::ThreadId> waiters;   ///< Condition, futex: enqueued and not certain to wake.
  std::vector<base::ThreadId> notified;  ///< Condition, futex: certain to wake.
  std::uint64_t notifications = 0;       ///< Notifications which any of several waiters may take.
  /// Semaphore: its value; barrier: arrived; once: 0, 1 running, 2 done; pipe: bytes in it.
  std::uint64_t value = 0;
  std::uint64_t count = 0;       ///< Barrier: how many it waits for.
  std::uint64_t generation = 0;  ///< Barrier: completed generations.
};

/// Describes `state` as one of an object that `op` works on. Allocates; for reports only.
SyncDescription describe(SyncOp op, SyncState state);

}  // namespace heddle::graph
