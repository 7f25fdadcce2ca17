// SPDX-License-Identifier: Apache-2.0
// Conservative marking over sorted blocks.
#include "checker/detect/leak.h"

#include <algorithm>
#include <cstring>

#include "checker/base/mutant.h"

namespace heddle::detect {

LeakScanner::Sorted* LeakScanner::find(std::uintptr_t pointer) {
  const auto after = std::upper_bound(
      sorted_.begin(), sorted_.end(), pointer,
      [](std::uintptr_t address, const Sorted& block) { return address < block.begin; });
  if (after == sorted_.begin()) {
    return nullptr;
  }
  Sorted& block = *std::prev(after);
  const bool inside =
      pointer < block.end && (pointer == block.begin || HEDDLE_CLAUSE("leak.interior_pointers"));
  const bool at_empty = pointer == block.begin && HEDDLE_CLAUSE("leak.empty_blocks");
  return inside || at_empty ? &block : nullptr;
}

/// Reaches what the words of the range point to. Not instrumented by address sanitizers: roots are
/// scanned whole, whatever lies between their objects.
[[gnu::no_sanitize_address]] void LeakScanner::mark_range(MemoryRange range) {
  constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);
  if (sorted_.empty()) {
    return;
  }
  const std::uintptr_t low = sorted_.front().begin;
  const std::uintptr_t high = sorted_.back().end;
  std::uintptr_t at = (range.begin + kWord - 1) & ~(kWord - 1);
  for (; at < range.end && range.end - at >= kWord; at += kWord) {
    const std::uintptr_t word = *reinterpret_cast<const volatile std::uintptr_t*>(at);
    if (word < low || word > high) {
      continue;
    }
    Sorted* block = find(word);
    if (block != nullptr && !block->reached) {
      block->reached = true;
      stack_.push_back(static_cast<std::uint32_t>(block - sorted_.data()));
    }
  }
}

void LeakScanner::drain() {
  while (!stack_.empty()) {
    const Sorted& block = sorted_[stack_.back()];
    stack_.pop_back();
    if (HEDDLE_CLAUSE("leak.through_blocks")) {
      mark_range({block.begin, block.end});
    }
  }
}

std::span<const Leak> LeakScanner::scan(std::span<const Block> blocks,
                                        std::span<const MemoryRange> roots) {
  sorted_.clear();
  leaks_.clear();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    sorted_.push_back(
        {blocks[i].begin, blocks[i].begin + blocks[i].size, static_cast<std::uint32_t>(i), false});
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Sorted& a, const Sorted& b) { return a.begin < b.begin; });
  for (const MemoryRange& root : roots) {
    mark_range(root);
  }
  drain();
  classify();
  return leaks_;
}

/// What is unreached is leaked. Blocks that other leaked blocks lead to are indirect; of a cycle
/// that nothing leads to, the block at the lowest address counts as direct.
void LeakScanner::classify() {
  std::vector<std::uint32_t> unreached;
  for (std::uint32_t i = 0; i < sorted_.size(); ++i) {
    if (!sorted_[i].reached && HEDDLE_CLAUSE("leak.unreached")) {
      unreached.push_back(i);
    }
  }
  std::vector<bool> direct(sorted_.size(), false);
  for (std::uint32_t position : unreached) {
    if (sorted_[position].reached) {
      continue;
    }
    direct[position] = true;
    sorted_[position].reached = true;
    mark_range({sorted_[position].begin, sorted_[position].end});
    drain();
  }
  if (HEDDLE_CLAUSE("leak.indirect")) {
    demote(unreached, direct);
  }
  for (std::uint32_t position : unreached) {
    leaks_.push_back({sorted_[position].index, !direct[position]});
  }
  std::sort(leaks_.begin(), leaks_.end(), [](const Leak& a, const Leak& b) {
    return a.indirect != b.indirect ? b.indirect : a.block < b.block;
  });
}

/// A block taken for direct first may be reached from one taken later: walk once more from the
/// later ones, latest first.
void LeakScanner::demote(const std::vector<std::uint32_t>& unreached, std::vector<bool>& direct) {
  for (std::uint32_t position : unreached) {
    sorted_[position].reached = false;
  }
  for (auto it = unreached.rbegin(); it != unreached.rend(); ++it) {
    if (!direct[*it]) {
      continue;
    }
    if (sorted_[*it].reached) {
      direct[*it] = false;
      continue;
    }
    sorted_[*it].reached = true;
    mark_range({sorted_[*it].begin, sorted_[*it].end});
    drain();
  }
}

}  // namespace heddle::detect
