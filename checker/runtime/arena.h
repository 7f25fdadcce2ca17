// SPDX-License-Identifier: Apache-2.0
// The model's heap: every model thread allocates from an arena of its own at a fixed address.
//
// So that an address depends only on which thread allocates and on what it allocated before, not on
// the schedule or the process, an arena is a bump pointer that starts over in each execution.
// Freed blocks are not used again within an execution: their bytes are overwritten and every later
// access can be told from a valid one. New blocks are filled with a fixed pattern.
//
// Nothing is stored beside the blocks. A table of BlockInfo and an index with one entry for 16
// bytes of arena answer "which block is this address in or next to" in constant time, also after
// the program has overwritten everything it can reach. Between two blocks lie at least 16 bytes of
// pattern that belong to the earlier one.
//
// Entry point: allocate(), release(), find(); reset() between executions, in constant time.
//
// Invariants: below an arena's bump pointer every 16 bytes have an index entry of this execution.
// Blocks are aligned to 16 or more. One OS thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checker/base/ids.h"
#include "checker/runtime/model.h"
#include "checker/runtime/modules.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

enum class BlockState : std::uint8_t { kLive, kFreed };

struct BlockInfo {
  std::uintptr_t address = 0;
  std::size_t size = 0;          ///< As asked for; 0 is allowed.
  std::uintptr_t site = 0;       ///< Return address of the allocation.
  std::uintptr_t free_site = 0;  ///< Return address of the release.
  base::ThreadId thread = 0;     ///< Who allocated.
  std::uint32_t ordinal = 0;     ///< The thread's how-manieth allocation, from 0.
  base::ThreadId free_thread = 0;
  AllocationKind kind = AllocationKind::kMalloc;
  BlockState state = BlockState::kLive;

  std::uintptr_t end() const { return address + size; }
};

/// Where an address lies.
enum class Place : std::uint8_t {
  kOutside,  ///< Not in memory that this execution has allocated.
  kLive,     ///< Inside a live block.
  kFreed,    ///< Inside a released one.
  kPadding,  ///< Past the end of `block`, before the next: an overflow.
};

struct Found {
  Place place = Place::kOutside;
  BlockInfo* block = nullptr;  ///< Null for kOutside.
};

enum class ReleaseResult : std::uint8_t {
  kReleased,
  kNotABlock,   ///< No block begins at the address (`block`: the one it lies in, or null).
  kDoubleFree,  ///< `block` was released before.
  kMismatched,  ///< Released, but not as it was allocated (malloc/delete, new/delete[]).
};

struct Released {
  ReleaseResult result = ReleaseResult::kNotABlock;
  BlockInfo* block = nullptr;
};

class Arena {
 public:
  static constexpr std::uintptr_t kBase = 0x1000'0000'0000;
  static constexpr unsigned kThreadBits = 32;  ///< 4 GiB of addresses a thread.
  static constexpr std::uint8_t kNewPattern = 0xa5;
  static constexpr std::uint8_t kFreedPattern = 0xdd;
  static constexpr std::uint8_t kPaddingPattern = 0xbb;

  /// Reserves the address space. Idempotent. False if the addresses are taken.
  bool start(std::size_t byte_budget = std::size_t{1} << 30);

  /// A block of `size` bytes for `thread`; alignment 0 means 16. Null if the execution would hold
  /// more than the byte budget (freed blocks and padding count), or memory is exhausted. O(size).
  void* allocate(base::ThreadId thread, std::size_t size, std::size_t alignment,
                 AllocationKind kind, bool zero, std::uintptr_t site);
  /// Releases the block at `address`. On kNotABlock and kDoubleFree nothing changes. O(size).
  Released release(base::ThreadId thread, void* address, AllocationKind kind, std::uintptr_t site);

  /// Whether allocate() gives a freed block of the same thread and size again, the one with the
  /// lowest address: so that a program which allocates and frees in turn comes back to the same
  /// state. Off by default; reset() does not change it.
  void reuse_freed(bool reuse) { reuse_ = reuse; }

  /// Constant time, for use at each access.
  Found find(std::uintptr_t address);
  /// Whether [address, address + size) lies within one live block; false outside the arenas.
  bool is_live(std::uintptr_t address, std::size_t size);
  /// Whether the address belongs to the arenas at all, in or out of an execution. May be asked
  /// before start().
  static bool owns(std::uintptr_t address) {
    return address - kBase < std::uintptr_t{base::kMaxThreads} << kThreadBits;
  }

  /// Forgets all blocks. O(threads that allocated). Memory is kept for the next execution.
  void reset();

  /// The blocks and their bytes at one moment of an execution.
  class Snapshot;
  /// O(bytes allocated).
  void save(Snapshot* out) const;
  /// Makes the heap what it was. O(bytes allocated then).
  void restore(const Snapshot& snapshot);

  /// All blocks of this execution: thread by thread, each in order of allocation.
  template <class Function>
  void for_each(Function&& function) {
    for (PerThread& arena : threads_) {
      for (BlockInfo& block : arena.blocks) {
        function(block);
      }
    }
  }
  std::size_t live_blocks() const { return live_blocks_; }
  /// Arena bytes in use in this execution: freed blocks and padding included.
  std::size_t bytes_allocated() const { return footprint_; }
  /// [start, bump pointer) of a thread's arena: what a fingerprint of the heap must cover.
  AddressRange used(base::ThreadId thread) const;

  /// First byte of the padding after a block, or of a freed block, that is no longer the pattern:
  /// something wrote there unseen. 0 if all are whole. O(size).
  static std::uintptr_t first_damage(const BlockInfo& block);

 private:
  struct PerThread {
    std::uintptr_t bump = 0;    ///< First free byte.
    std::uintptr_t mapped = 0;  ///< End of the writable part.
    RawArray<BlockInfo> blocks;
  };
  static std::uintptr_t base_of(base::ThreadId thread) {
    return kBase + (std::uintptr_t{thread} << kThreadBits);
  }
  std::uint32_t& index_of(std::uintptr_t address);
  bool grow(PerThread& arena, base::ThreadId thread, std::uintptr_t end);
  std::uintptr_t index_block(std::uintptr_t begin, const BlockInfo& block, std::uint32_t index);
  BlockInfo* find_freed(base::ThreadId thread, std::size_t size, std::size_t alignment);
  void set_index(std::uintptr_t begin, std::uintptr_t end, std::uint32_t block);

  PerThread threads_[base::kMaxThreads];
  std::size_t live_blocks_ = 0;
  std::size_t footprint_ = 0;  ///< What the budget limits.
  base::ThreadId used_threads_ = 0;
  std::size_t budget_ = 0;
  bool started_ = false;
  bool reuse_ = false;
};

class Arena::Snapshot {
 public:
  std::size_t bytes() const { return bytes_.size() + blocks_.size() * sizeof(BlockInfo); }

 private:
  friend class Arena;
  struct Used {
    std::uintptr_t bump;
    std::size_t blocks;
  };
  std::vector<Used> threads_;
  std::vector<BlockInfo> blocks_;
  std::vector<std::byte> bytes_;
  std::size_t live_blocks_ = 0;
  std::size_t footprint_ = 0;
};

}  // namespace heddle::runtime
