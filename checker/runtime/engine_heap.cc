// SPDX-License-Identifier: Apache-2.0
// The model's heap as the program sees it, its clock, and its recorded outcomes.
#include <algorithm>

#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"

namespace heddle::runtime {

void* Engine::allocate(std::size_t size, std::size_t alignment, AllocationKind kind, bool zero,
                       std::uintptr_t site) {
  heddle_modelling = false;
  ModelThread& thread = *running_;
  settle(thread);
  count_progress();
  thread.effects += HEDDLE_CLAUSE("spin.effect.allocation") ? 1 : 0;
  void* block = process_state().arena.allocate(thread.id, size, alignment, kind, zero, site);
  if (block == nullptr) {
    end_.limit_reached = true;
    last_site_ = site;
    stop(FindingKind::kUnsupported, "the execution allocates more than Heddle's heap holds");
  }
  if (explores_states()) {
    begin_block(thread, reinterpret_cast<std::uintptr_t>(block), size, site);
  }
  if (recording_) [[unlikely]] {
    record_allocation(thread, block, site);
  }
  heddle_modelling = true;
  return block;
}

std::uint64_t Engine::allocate_aside(std::uint64_t size, std::uint64_t alignment, std::uint64_t how,
                                     std::uint64_t site, std::uint64_t) {
  return reinterpret_cast<std::uint64_t>(current_engine_->allocate(
      size, alignment, static_cast<AllocationKind>(how >> 1), (how & 1) != 0, site));
}

std::uint64_t Engine::release_aside(std::uint64_t block, std::uint64_t kind, std::uint64_t site,
                                    std::uint64_t, std::uint64_t) {
  current_engine_->release(reinterpret_cast<void*>(block), static_cast<AllocationKind>(kind), site);
  return 0;
}

/// The block may have been another one before: what is known of its bytes is of the past.
void Engine::begin_block(ModelThread& thread, std::uintptr_t address, std::size_t size,
                         std::uintptr_t site) {
  detect::Conflict none;
  shadow_.access(thread.id, clock_of(thread), thread.cursor, address, size,
                 detect::AccessKind::kAlloc, site, &none);
  std::vector<std::uintptr_t> former;
  locations_.overlapping(address, size,
                         [&](base::LocationId id) { former.push_back(locations_.at(id).address); });
  for (const std::uintptr_t location : former) {
    begin_object(location);
  }
}

void Engine::release(void* block, AllocationKind kind, std::uintptr_t site) {
  if (block == nullptr) {
    return;
  }
  heddle_modelling = false;
  ModelThread& thread = *running_;
  settle(thread);
  thread.effects += HEDDLE_CLAUSE("spin.effect.release") ? 1 : 0;
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  if (thread.process != 0 && is_inherited(thread, address)) [[unlikely]] {
    heddle_modelling = true;  // Its copy only, which nobody will look at any more.
    return;
  }
  const Found before = process_state().arena.find(address);
  const std::size_t size = before.block != nullptr ? before.block->size : 0;
  if (before.block != nullptr && before.block->address == address &&
      before.block->state == BlockState::kLive && HEDDLE_CLAUSE("heap.release_is_an_access")) {
    detect::Conflict conflict;
    const std::uint32_t* clock = clock_of(thread);
    if (!shadow_.record_free(thread.id, clock, thread.cursor, address, size, site) &&
        shadow_.access(thread.id, clock, thread.cursor, address, std::max<std::size_t>(size, 1),
                       detect::AccessKind::kFree, site, &conflict)) {
      report_conflict(conflict, address + size - conflict.address);
    }
    if (size != 0 && HEDDLE_CLAUSE("heap.release_against_atomics")) {
      check_against_atomics(thread, address, size, detect::AccessKind::kFree, site);
    }
    if (recording_) {
      record_free(thread, address, size, site);
    }
  }
  const Released released = process_state().arena.release(thread.id, block, kind, site);
  switch (released.result) {
    case ReleaseResult::kReleased:
      break;
    case ReleaseResult::kDoubleFree:
      add_finding(FindingKind::kDoubleFree, "releases a block that was released before", site);
      break;
    case ReleaseResult::kMismatched:
      add_finding(FindingKind::kBadFree,
                  "releases a block with another function than its kind of allocation needs", site);
      break;
    case ReleaseResult::kNotABlock:
      add_finding(FindingKind::kBadFree, "releases an address where no block begins", site);
      break;
  }
  heddle_modelling = true;
}

namespace {
/// What the monotonic clock shows when an execution begins.
constexpr std::uint64_t kStart = 1'000'000'000'000ULL;
}  // namespace

std::uint64_t Engine::monotonic_now() {
  constexpr std::uint32_t kPatience = 8;
  ModelThread& thread = *running_;
  thread.clock_reads = thread.clock_read_at == thread.cursor + 1 ? thread.clock_reads + 1 : 0;
  thread.clock_read_at = thread.cursor + 1;
  if (thread.clock_reads > kPatience && HEDDLE_CLAUSE("time.passes_for_pollers")) {
    // A loop that only watches the clock: let it see time pass, faster and faster.
    thread.time += 1'000'000ULL << std::min<std::uint32_t>(thread.clock_reads - kPatience, 30);
    time_passed_ = true;
  }
  return kStart + thread.time;
}

void Engine::sleep_until(ModelThread& thread, std::uint64_t deadline) {
  thread.time = std::max(thread.time, deadline > kStart ? deadline - kStart : 0);
  time_passed_ = time_passed_ || thread.time != 0;
}

std::uint64_t Engine::choose(std::uint64_t count, std::uintptr_t site) {
  heddle_modelling = false;
  settle(*running_);
  std::uint64_t outcome = 0;
  if (count > 1) {
    Request choice;
    choice.operation.kind = graph::OpKind::kChoice;
    choice.operation.operand = count;
    choice.site = site;
    choice.name = "choice";
    outcome = runtime::perform(choice);
  }
  scrub_stack();
  heddle_modelling = true;
  return outcome;
}

void Engine::note_outside_call(const char* call, std::uintptr_t site, bool changes) {
  constexpr std::size_t kMost = 64;
  const auto is_it = [&](const OutsideCall& known) {
    return known.site == site && known.changes == changes;
  };
  if (outside_calls_.size() < kMost &&
      std::none_of(outside_calls_.begin(), outside_calls_.end(), is_it)) {
    outside_calls_.push_back({call, site, changes});
  }
}

void Engine::fail(std::string message, std::uintptr_t site) {
  ModelThread& thread = *running_;
  settle(thread);
  ++thread.effects;
  failed_check_ = last_site_ = site;
  add_finding(FindingKind::kAssertion, std::move(message), site);
  record_failure(thread);
  failed_check_ = 0;
}

void Engine::observe(std::string name, std::string value) {
  for (OutcomeValue& known : outcome_) {
    if (known.name == name) {
      known.value = std::move(value);
      return;
    }
  }
  outcome_.push_back({std::move(name), std::move(value)});
}

}  // namespace heddle::runtime
