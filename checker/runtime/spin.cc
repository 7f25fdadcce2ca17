// SPDX-License-Identifier: Apache-2.0
// Fingerprints of threads and memory, and the search for an earlier equal one.
#include "checker/runtime/spin.h"

#include "checker/base/mutant.h"

namespace heddle::runtime {
namespace {

constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  const auto wide = static_cast<unsigned __int128>(hash ^ value) * 0xd6e8feb86659fd93ULL;
  return (static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64)) + kMultiplier;
}

bool is_failed_try(const graph::Event& event) {
  using graph::SyncOp;
  const SyncOp op = event.operation.sync;
  return event.kind == graph::EventKind::kRead && event.result != 0 &&
         (op == SyncOp::kMutexTryLock || op == SyncOp::kTryReadLock ||
          op == SyncOp::kTryWriteLock || op == SyncOp::kSemaphoreTryWait);
}

}  // namespace

std::uint64_t fingerprint_thread(const DoorState& door, std::uintptr_t stack_top) {
  if (!HEDDLE_CLAUSE("spin.fingerprint")) {
    return 1;
  }
  std::uint64_t hash = mix(door.rsp, door.rbx);
  hash = mix(hash, door.rbp);
  hash = mix(hash, door.r12);
  hash = mix(hash, door.r13);
  hash = mix(hash, door.r14);
  hash = mix(hash, door.r15);
  const auto* word = reinterpret_cast<const std::uint64_t*>(door.rsp & ~std::uintptr_t{7});
  const auto* end = reinterpret_cast<const std::uint64_t*>(stack_top);
  if (!HEDDLE_CLAUSE("spin.stack")) {
    end = word;
  }
  for (; word < end; ++word) {
    hash = mix(hash, *word);
  }
  return hash == 0 ? 1 : hash;
}

SpinMemory::SpinMemory() : slots_(1024) {}

void SpinMemory::begin_run() {
  ++run_;
  granules_.clear();
}

void SpinMemory::begin_run(const std::vector<std::uintptr_t>& granules) {
  begin_run();
  for (const std::uintptr_t granule : granules) {
    insert(granule);
  }
}

void SpinMemory::written(std::uintptr_t address, std::size_t size) {
  const std::size_t seen = size < kLargestRange ? size : kLargestRange;
  for (std::uintptr_t granule = address >> 3; granule <= (address + seen - 1) >> 3; ++granule) {
    insert(granule);
  }
}

void SpinMemory::insert(std::uintptr_t granule) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = granule * kMultiplier >> 32 & mask;
  while (slots_[i].run == run_) {
    if (slots_[i].granule == granule) {
      return;
    }
    i = (i + 1) & mask;
  }
  slots_[i] = {granule, run_};
  granules_.push_back(granule);
  if (granules_.size() * 2 >= slots_.size()) {
    grow();
  }
}

void SpinMemory::grow() {
  slots_.assign(slots_.size() * 2, {});
  std::vector<std::uintptr_t> old;
  old.swap(granules_);
  granules_.reserve(old.size() * 2);
  for (const std::uintptr_t granule : old) {
    insert(granule);
  }
}

std::uint64_t SpinMemory::fingerprint() const {
  std::uint64_t sum = granules_.size();
  for (const std::uintptr_t granule : granules_) {
    sum += mix(granule, *reinterpret_cast<const volatile std::uint64_t*>(granule << 3));
  }
  return sum;
}

Recurrence recurrence(const graph::Event* events, std::uint32_t count,
                      const graph::Operation& operation) {
  Recurrence found;
  bool try_failed = false;
  for (std::uint32_t i = count; i-- > 0;) {
    const graph::Event& event = events[i];
    try_failed = try_failed || is_failed_try(event);
    if (event.rmw_write || event.operation.fingerprint != operation.fingerprint ||
        operation.fingerprint == 0) {
      continue;
    }
    if (event.operation.effects == operation.effects && HEDDLE_CLAUSE("spin.pure")) {
      found.pure = true;
      found.since = i;
      return found;
    }
    if (event.operation.memory == operation.memory || !HEDDLE_CLAUSE("spin.rounds.memory")) {
      const bool failed = try_failed && HEDDLE_CLAUSE("spin.rounds.try_lock");
      found.with_try_lock = found.rounds == 0 ? failed : found.with_try_lock;
      ++found.rounds;
    }
  }
  return found;
}

Recurrence pure_recurrence(const graph::Event* events, std::uint32_t count,
                           const graph::Operation& operation) {
  constexpr std::uint32_t kLongest = 512;
  Recurrence found;
  const std::uint32_t last = count < kLongest ? 0 : count - kLongest;
  for (std::uint32_t i = count; i-- > last && operation.fingerprint != 0;) {
    const graph::Event& event = events[i];
    const bool accesses = event.operation.fingerprint != 0 && !event.rmw_write;
    if (accesses && event.operation.effects != operation.effects) {
      break;  // Effects only grow: what is before had fewer, too.
    }
    if (accesses && event.operation.fingerprint == operation.fingerprint) {
      found.pure = true;
      found.since = i;
      break;
    }
  }
  return found;
}

}  // namespace heddle::runtime
