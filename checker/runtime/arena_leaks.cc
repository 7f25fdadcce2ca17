// SPDX-License-Identifier: Apache-2.0
// Conservative marking from roots.
#include "checker/runtime/arena_leaks.h"

namespace heddle::runtime {
namespace {

constexpr std::size_t kMaxPending = std::size_t{1} << 26;

}  // namespace

void LeakScan::begin() {
  if (pending_.data() == nullptr) {
    pending_.reserve(kMaxPending);
  }
  pending_.clear();
  arena_.for_each([](BlockInfo& block) { block.reachable = false; });
}

void LeakScan::mark_word(std::uintptr_t word) {
  if (!Arena::owns(word)) {
    return;
  }
  Found found = arena_.find(word);
  const bool just_past = found.place == Place::kPadding && word == found.block->end() &&
                         found.block->state == BlockState::kLive;
  if ((found.place == Place::kLive || just_past) && !found.block->reachable) {
    found.block->reachable = true;
    pending_.push_back(found.block);
  }
}

void LeakScan::mark_from(AddressRange roots) {
  constexpr std::size_t kWord = sizeof(std::uintptr_t);
  using Word [[gnu::may_alias]] = const std::uintptr_t;
  for (std::uintptr_t at = round_up(roots.begin, kWord); at + kWord <= roots.end; at += kWord) {
    mark_word(*reinterpret_cast<Word*>(at));
  }
}

void LeakScan::finish() {
  while (!pending_.empty()) {
    const BlockInfo* block = pending_.back();
    pending_.pop_back();
    mark_from({block->address, block->end()});
  }
}

}  // namespace heddle::runtime
