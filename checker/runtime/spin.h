// SPDX-License-Identifier: Apache-2.0
// Recognition of loop iterations that did nothing, and of retry rounds that came to nothing.
//
// Native code shows no loops, so they are recognised by state. At an operation that may be part of
// a loop, the caller's registers and its stack, from its frame to the base of the fiber, are
// hashed. Equal fingerprints of one thread with no effect in between are a *pure* iteration:
// repeating it reads the same again until somebody writes, and the search tries those reads with
// every write. With effects in between but memory as it was, it is a *failed round* of a retry
// loop, which a bound limits. Memory is what plain accesses of any thread wrote in this run, hashed
// without regard to order. Entry points: fingerprint_thread(), SpinMemory, recurrence().
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checker/graph/event.h"
#include "checker/runtime/model.h"

namespace heddle::runtime {

/// Hash of the registers and the stack from door.rsp to `stack_top`. O(bytes).
std::uint64_t fingerprint_thread(const DoorState& door, std::uintptr_t stack_top);

/// The plain memory, outside of fibers' stacks, written so far in a run.
class SpinMemory {
 public:
  SpinMemory();
  void begin_run();
  /// Which granules have been written so far, and a run that begins with them.
  void save(std::vector<std::uintptr_t>* granules) const {
    granules->assign(granules_.begin(), granules_.end());
  }
  void begin_run(const std::vector<std::uintptr_t>& granules);
  /// Adds the granules of a write. Expected constant time; no allocation but for growth.
  void written(std::uintptr_t address, std::size_t size);
  /// Hash of the present contents of everything written. O(granules written).
  std::uint64_t fingerprint() const;

 private:
  static constexpr std::size_t kLargestRange = 4096;
  void insert(std::uintptr_t granule);
  void grow();

  struct Slot {
    std::uintptr_t granule = 0;
    std::uint32_t run = 0;
  };
  std::uint32_t run_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uintptr_t> granules_;
};

struct Recurrence {
  bool pure = false;
  std::uint32_t since = 0;  ///< If pure: index of the earlier event.
  std::uint32_t rounds =
      0;  ///< Earlier events with the same thread state and memory, effects in between.
  bool with_try_lock = false;  ///< A failed try-lock lies in the last of these rounds.
};

/// Compares `operation` (with fingerprints set) with the thread's `count` earlier events. O(count).
Recurrence recurrence(const graph::Event* events, std::uint32_t count,
                      const graph::Operation& operation);

/// Looks for a pure iteration only, of at most some hundred events. O(events since the last
/// effect).
Recurrence pure_recurrence(const graph::Event* events, std::uint32_t count,
                           const graph::Operation& operation);

}  // namespace heddle::runtime
