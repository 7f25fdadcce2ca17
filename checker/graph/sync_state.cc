// SPDX-License-Identifier: Apache-2.0
// The table of interned states: one pool of words, one open-addressing index by content.
#include "checker/graph/sync_state.h"

#include <algorithm>

#include "checker/base/check.h"

namespace heddle::graph {
namespace {

class StateTable {
 public:
  static StateTable& instance() {
    static StateTable* table = new StateTable;  // Never destroyed: ids live as long as the process.
    return *table;
  }

  SyncState intern(SyncKind kind, const std::uint64_t* words, std::uint32_t size) {
    while (size > 0 && words[size - 1] == 0) {
      --size;
    }
    if (size == 0) {
      return 0;
    }
    const std::uint64_t mask = slots_.size() - 1;
    for (std::uint64_t slot = hash(kind, words, size) & mask;; slot = (slot + 1) & mask) {
      const std::uint32_t id = slots_[slot];
      if (id == 0) {
        return add(kind, words, size, slot);
      }
      if (equals(id, kind, words, size)) {
        return id;
      }
    }
  }

  bool load(SyncKind kind, SyncState state, SyncWords* words) const {
    words->truncate(0);
    if (state == 0) {
      return true;
    }
    HEDDLE_CHECK(state < entries_.size());
    const Entry& entry = entries_[state];
    if (entry.kind != kind) {
      return false;
    }
    for (std::uint32_t i = 0; i < entry.size; ++i) {
      words->push_back(pool_[entry.offset + i]);
    }
    return true;
  }

  std::uint64_t count() const { return entries_.size(); }
  SyncKind kind(SyncState state) const { return entries_[state].kind; }

 private:
  struct Entry {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    SyncKind kind = SyncKind::kNone;
  };

  static std::uint64_t hash(SyncKind kind, const std::uint64_t* words, std::uint32_t size) {
    std::uint64_t value = static_cast<std::uint64_t>(kind) + 1;
    for (std::uint32_t i = 0; i < size; ++i) {
      value = (value ^ words[i]) * 0x9e3779b97f4a7c15ULL;
      value ^= value >> 29;
    }
    return value;
  }

  bool equals(std::uint32_t id, SyncKind kind, const std::uint64_t* words,
              std::uint32_t size) const {
    const Entry& entry = entries_[id];
    return entry.kind == kind && entry.size == size &&
           std::equal(words, words + size, pool_.begin() + entry.offset);
  }

  SyncState add(SyncKind kind, const std::uint64_t* words, std::uint32_t size, std::uint64_t slot) {
    const auto id = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({static_cast<std::uint32_t>(pool_.size()), size, kind});
    pool_.insert(pool_.end(), words, words + size);
    slots_[slot] = id;
    if (entries_.size() * 2 > slots_.size()) {
      grow();
    }
    return id;
  }

  void grow() {
    slots_.assign(slots_.size() * 2, 0);
    const std::uint64_t mask = slots_.size() - 1;
    for (std::uint32_t id = 1; id < entries_.size(); ++id) {
      const Entry& entry = entries_[id];
      std::uint64_t slot = hash(entry.kind, pool_.data() + entry.offset, entry.size) & mask;
      while (slots_[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots_[slot] = id;
    }
  }

  std::vector<Entry> entries_ = std::vector<Entry>(1);
  std::vector<std::uint64_t> pool_;
  std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(1024);  ///< Ids; 0 is empty.
};

}  // namespace

void SyncWords::set(std::uint32_t index, std::uint64_t value) {
  HEDDLE_CHECK(index < kCapacity);
  while (size_ <= index) {
    words_[size_++] = 0;
  }
  words_[index] = value;
}

SyncState intern_state(SyncKind kind, const SyncWords& words) {
  return StateTable::instance().intern(kind, words.data(), words.size());
}

bool load_state(SyncKind kind, SyncState state, SyncWords* words) {
  return StateTable::instance().load(kind, state, words);
}

SyncKind kind_of_state(SyncState state) { return StateTable::instance().kind(state); }

std::uint64_t interned_state_count() { return StateTable::instance().count(); }

SyncKind sync_kind(SyncOp op) {
  if (op == SyncOp::kNone) {
    return SyncKind::kNone;
  }
  if (op <= SyncOp::kMutexDestroy) {
    return SyncKind::kMutex;
  }
  if (op <= SyncOp::kRwDestroy) {
    return SyncKind::kReadWriteLock;
  }
  if (op <= SyncOp::kConditionDestroy) {
    return SyncKind::kCondition;
  }
  if (op <= SyncOp::kBarrierDestroy) {
    return SyncKind::kBarrier;
  }
  if (op <= SyncOp::kSemaphoreDestroy) {
    return SyncKind::kSemaphore;
  }
  if (op <= SyncOp::kOnceAbort) {
    return SyncKind::kOnce;
  }
  if (op <= SyncOp::kFutexLeave) {
    return SyncKind::kFutex;
  }
  if (op <= SyncOp::kAcquireNote) {
    return SyncKind::kNote;
  }
  if (op <= SyncOp::kPipeTimedPoll) {
    return SyncKind::kPipe;
  }
  if (op == SyncOp::kInherit) {
    return SyncKind::kAny;
  }
  return op == SyncOp::kFileCall ? SyncKind::kFiles : SyncKind::kSignals;
}

}  // namespace heddle::graph
