// SPDX-License-Identifier: Apache-2.0
// Which allocated blocks no pointer leads to: conservative marking from given roots.
//
// Every aligned word of the roots, and of each block reached, that points into a block (its inside
// counts, and for an empty block its beginning) reaches it. What is not reached is leaked. A block
// reached only from leaked ones is an indirect leak, so that a lost list shows once.
// Entry point: LeakScanner::scan(). Reads memory of this process directly: roots and blocks must
// be readable. Keeps its buffers between calls. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace heddle::detect {

struct Block {
  std::uintptr_t begin = 0;
  std::size_t size = 0;
};

struct MemoryRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

struct Leak {
  std::size_t block = 0;  ///< Index into the blocks given.
  bool indirect = false;  ///< Reached from another leaked block.
};

class LeakScanner {
 public:
  /// The leaked blocks, direct ones first, each group by index. Blocks must not overlap; any order.
  /// O((words of roots and reached blocks) * log(blocks)). Valid until the next call.
  std::span<const Leak> scan(std::span<const Block> blocks, std::span<const MemoryRange> roots);

 private:
  struct Sorted {
    std::uintptr_t begin;
    std::uintptr_t end;
    std::uint32_t index;
    bool reached;
  };
  void mark_range(MemoryRange range);
  void drain();
  void classify();
  void demote(const std::vector<std::uint32_t>& unreached, std::vector<bool>& direct);
  Sorted* find(std::uintptr_t pointer);

  std::vector<Sorted> sorted_;
  std::vector<std::uint32_t> stack_;
  std::vector<Leak> leaks_;
};

}  // namespace heddle::detect
