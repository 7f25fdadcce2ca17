// SPDX-License-Identifier: Apache-2.0
// The state of a run at one moment, from which later runs go on.
//
// Consecutive executions of a depth-first search share most of their events. Running those again
// was most of the price of an execution; so the engine keeps, while it runs, copies of everything
// that a run changes: of each thread its stack, its thread-local storage and where it is; heap,
// globals, race shadow, locations. A checkpoint is taken between two new events, when every thread
// waits for an answer, and is named by the number of events that had been performed. It may stand
// in for the beginning of any execution whose first events are the same; Search::unchanged() says
// how many are.
//
// What cannot be copied must not have happened: engine_checkpoint.cc says when a checkpoint may be
// taken. A run that goes on from one is the same run, to the byte, as one from the beginning would
// be, but for the bytes of stacks that nobody reads.
//
// Invariants: the stack of checkpoints is sorted by `level` and `events`; those of a level are
// moments of one run, the one at hand or one that the search will come back to. Buffers are kept
// when a checkpoint is dropped: nothing is allocated in the steady state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checker/detect/race.h"
#include "checker/runtime/arena.h"
#include "checker/runtime/locations.h"
#include "checker/runtime/model_thread.h"
#include "checker/runtime/modules.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

struct ThreadCheckpoint {
  base::ThreadId id = 0;
  ThreadRun run;
  Request request;
  DoorState door{};
  DoorState registers{};
  void* stack_pointer = nullptr;
  std::uintptr_t stack_low = 0;  ///< First byte kept of its stack; the last is the stack's.
  std::uintptr_t side_low = 0;   ///< The same of its side stack.
  std::uint32_t calls = 0;       ///< Kept of its call stack.
  std::vector<std::pair<void (*)(void*), void*>> exit_functions;
  std::vector<KeyValue> specific;
};

/// Memory whose races its author has declared harmless.
struct BenignRace {
  AddressRange memory;
  std::string why;
};

struct Checkpoint {
  std::uint32_t level = 0;   ///< Of the execution; see search::Kept.
  std::uint32_t events = 0;  ///< The first events, by stamp, that had been performed.
  base::ThreadId thread_count = 0;
  std::vector<ThreadCheckpoint> threads;  ///< The first `thread_count` are in use.
  std::uint64_t performed_events = 0;     ///< As the engine counts them.
  std::array<std::uint32_t, base::kMaxThreads> performed{};
  base::ThreadId last_run = 0;
  std::uintptr_t last_site = 0;
  std::vector<void (*)(void*)> key_destructors;
  std::vector<std::pair<void (*)(void*), void*>> exit_handlers;
  std::vector<std::pair<void (*)(void*), void*>> quick_exit_handlers;
  std::vector<BenignRace> benign;
  Arena::Snapshot arena;
  ByteLog
      bytes;  ///< Each thread's stacks, thread-local storage, calls and sites; then the globals.
  std::size_t global_pages = 0;
  detect::RaceShadow::Snapshot shadow;
  Locations::Snapshot locations;
  std::vector<std::uintptr_t> spin_memory;
  std::vector<AddressRange> ignored;

  /// What it takes to copy it, about.
  std::size_t cost() const { return bytes.size() + arena.bytes() + shadow.bytes(); }
};

/// Pooled, last in first out.
class CheckpointStack {
 public:
  bool empty() const { return used_ == 0; }
  std::size_t size() const { return used_; }
  std::size_t bytes() const { return bytes_; }
  const Checkpoint& operator[](std::size_t i) const { return *pool_[i]; }
  const Checkpoint& top() const { return *pool_[used_ - 1]; }
  /// A checkpoint to fill. Then keep() or nothing.
  Checkpoint& next() {
    if (pool_.size() == used_) {
      pool_.push_back(std::make_unique<Checkpoint>());
    }
    return *pool_[used_];
  }
  void keep() { bytes_ += pool_[used_++]->cost(); }
  void drop_top() { bytes_ -= pool_[--used_]->cost(); }
  void clear() { used_ = bytes_ = 0; }

 private:
  std::vector<std::unique_ptr<Checkpoint>> pool_;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
};

/// Where the program's part of a suspended thread's stack ends; `side_top` is its slot's.
std::uintptr_t program_stack_pointer(const ModelThread& thread, std::uintptr_t side_top);

/// Copies what `thread`, which must be suspended, keeps on its stacks and in its slot, and puts it
/// back; the latter returns what lies behind its bytes. O(bytes in use, at least kZeroedStackTop).
void save_thread(const ModelThread& thread, ThreadCheckpoint* out, ByteLog* bytes);
const std::byte* restore_thread(const ThreadCheckpoint& from, const std::byte* bytes,
                                ModelThread* thread);

}  // namespace heddle::runtime
