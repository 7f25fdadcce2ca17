// SPDX-License-Identifier: Apache-2.0
// Hashes of executions and a set of them.
#include "checker/search/execution_hash.h"

namespace heddle::search {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  const auto wide = static_cast<unsigned __int128>(hash ^ value) * 0xd6e8feb86659fd93ULL;
  return (static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64)) +
         0x9e3779b97f4a7c15ULL;
}

}  // namespace

std::uint64_t execution_hash(const graph::ExecutionGraph& graph) {
  std::uint64_t hash = 1;
  for (base::ThreadId t = 0; t < graph.thread_count(); ++t) {
    const graph::Event* events = graph.events(t);
    hash = mix(hash, graph.size(t));
    for (std::uint32_t i = 0; i < graph.size(t); ++i) {
      const graph::Event& event = events[i];
      switch (event.kind) {
        case graph::EventKind::kRead:
          hash = mix(hash, std::uint64_t{event.rf.packed()} << 1 | (event.spurious ? 1 : 0));
          break;
        case graph::EventKind::kWrite:
          hash = mix(hash, event.mo_previous.packed());
          break;
        case graph::EventKind::kChoice:
          hash = mix(hash, event.value);
          break;
        default:
          break;
      }
    }
  }
  return hash == 0 ? 1 : hash;
}

bool DistinctExecutions::insert(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    if (slots_[i] == hash) return false;
    if (slots_[i] == 0) {
      slots_[i] = hash;
      return true;
    }
  }
}

void DistinctExecutions::add(std::uint64_t hash) {
  if (full() || !insert(hash)) return;
  if (++count_ * 2 > slots_.size()) grow();
}

void DistinctExecutions::grow() {
  const std::vector<std::uint64_t> old = std::move(slots_);
  slots_.assign(old.size() * 2, 0);
  for (const std::uint64_t hash : old) {
    if (hash != 0) insert(hash);
  }
}

}  // namespace heddle::search
