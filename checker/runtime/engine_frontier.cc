// SPDX-License-Identifier: Apache-2.0
// New operations: what they need before the search sees them, and the loops that are cut here.
#include <cerrno>
#include <cstring>

#include "checker/base/check.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {

using graph::Operation;
using graph::OpKind;

namespace {

/// Marks the choice "has the deadline passed that this spin polls the clock for?".
constexpr std::uint64_t kClockChoice = 0x636c6f636bULL;
/// How far the clock jumps then: past any deadline of a test.
constexpr std::uint64_t kClockJump = 3600ULL * 1000 * 1000 * 1000;

std::uint64_t life_name(const ModelThread& thread) {
  return (std::uint64_t{thread.id} + 1) << 32 | thread.cursor;
}

}  // namespace

std::uint64_t Engine::perform_new(ModelThread& thread, const Request& request) {
  const DoorState door = heddle_door;
  thread.request = request;
  thread.pending = request.operation;
  Operation& operation = thread.pending;
  resolve_location(thread, operation, request);
  operation.effects = thread.effects;
  if (request.timed) {
    bound_timeouts(thread, operation, request);
  }
  if (request.fingerprinted) {
    operation.fingerprint = fingerprint_thread(door, thread.fiber.stack_high());
    operation.memory = spin_memory_.fingerprint();
    recognise_spin(thread, operation);
  }
  thread.state = ThreadState::kFrontier;
  switch_to_scheduler();
  return thread.answer;
}

/// Names the location; begins a new life where memory was initialised unseen.
void Engine::resolve_location(ModelThread& thread, Operation& operation, const Request& request) {
  if (request.address == nullptr) {
    return;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  const bool is_object = operation.kind == OpKind::kSync;
  const std::uint8_t size = is_object ? 0 : operation.size;
  base::LocationId id = locations_.resolve(address, size);
  if (!is_object && !operation.non_atomic && promoted_.empty()) {
    const std::uint64_t memory = size == 16
                                     ? intern_wide_value(reinterpret_cast<const void*>(address))
                                     : load_memory(address, size);
    if (locations_.at(id).size == size && memory != locations_.touch(id).newest_value) {
      locations_.end_life(address, life_name(thread));
      id = locations_.resolve(address, size);
    }
  }
  if (locations_.at(id).size != size) {
    stop(FindingKind::kUnsupported, "one address is accessed as an atomic of " +
                                        std::to_string(locations_.at(id).size) + " bytes and of " +
                                        std::to_string(size) + " bytes (0: a lock)");
  }
  if (!is_object) {
    check_overlap(address, size, id);
  }
  operation.location = id;
  operation.initial = locations_.touch(id).initial;
}

void Engine::check_overlap(std::uintptr_t address, std::size_t size, base::LocationId id) {
  bool overlap = false;
  locations_.overlapping(address, size, [&](base::LocationId other) {
    overlap = overlap || (other != id && locations_.at(other).size != 0);
  });
  if (overlap) {
    stop(FindingKind::kUnsupported, "atomic accesses of different sizes overlap");
  }
}

/// After `bounds.timeouts` expiries at this call site the wait no longer times out: that is
/// printed. With Timeouts::kIdle every wait starts out without its deadline; see
/// expire_idle_wait().
void Engine::bound_timeouts(ModelThread& thread, Operation& operation, const Request& request) {
  if (options_.timeouts == Timeouts::kIdle) {
    operation.sync = graph::blocking_form(operation.sync);
  } else if (count_at(thread, request.site) >= options_.bounds.timeouts) {
    operation.sync = graph::blocking_form(operation.sync);
    thread.bounded_wait = true;
  }
}

std::uint32_t Engine::count_at(const ModelThread& thread, std::uintptr_t site) const {
  for (const SiteCount& count : thread.expired) {
    if (count.site == site) {
      return count.count;
    }
  }
  return 0;
}

void Engine::spend(ModelThread& thread, std::uintptr_t site) {
  for (SiteCount& count : thread.expired) {
    if (count.site == site) {
      ++count.count;
      return;
    }
  }
  thread.expired.push_back({site, 1});
}

std::uint64_t Engine::choose_silently(std::uint64_t count, std::uint64_t mark,
                                      std::uintptr_t site) {
  Request choice;
  choice.operation.kind = OpKind::kChoice;
  choice.operation.operand = count;
  choice.operation.expected = mark;
  choice.site = site;
  choice.name = "choice";
  return perform_once(choice);
}

/// Gives the thread up if the loop it is in did nothing since it last stood here, or retries in
/// vain.
void Engine::recognise_spin(ModelThread& thread, Operation& operation) {
  const graph::Event* events = search_->graph().events(thread.id);
  const Recurrence found = recurrence(events, thread.cursor, operation);
  if (found.pure) {
    if (thread.clock_read_at > found.since && pass_deadline(thread, operation)) {
      return;
    }
    thread.spin_from = found.since;
    park(Parked::kSpin);
  }
  const std::uint32_t limit =
      found.with_try_lock ? options_.bounds.try_lock_rounds : options_.bounds.failed_rounds;
  if (found.rounds > limit) {
    note_bound(found.with_try_lock
                   ? "at most " + std::to_string(limit) +
                         " failed try-lock rounds a thread and loop"
                   : "at most " + std::to_string(limit) + " failed retry rounds a thread and loop");
    end_.cut_by_bound = true;
    park(Parked::kBound);
  }
}

/// The spin polls the clock, so its deadline may pass: explored as a choice. True if it did.
bool Engine::pass_deadline(ModelThread& thread, Operation& operation) {
  if (count_at(thread, kClockChoice) > options_.bounds.timeouts) {
    note_bound("polled deadlines pass at most " + std::to_string(options_.bounds.timeouts + 1) +
               " times a thread");
    end_.cut_by_bound = true;
    park(Parked::kBound);
  }
  const Request request = thread.request;
  const Operation saved = operation;
  const bool passed = choose_silently(2, kClockChoice, request.site) == 1;
  thread.request = request;
  operation = saved;
  if (passed) {
    apply_clock_choice(thread);
    operation.effects = thread.effects;
  }
  return passed;
}

void Engine::apply_clock_choice(ModelThread& thread) {
  spend(thread, kClockChoice);
  thread.time += kClockJump;
  ++thread.effects;
}

/// In replay: a clock choice comes before the operation that its loop asks for.
void Engine::take_clock_choice(ModelThread& thread) {
  while (thread.cursor < thread.recorded) {
    const graph::Event& event = thread.events[thread.cursor];
    if (event.operation.kind != OpKind::kChoice || event.operation.expected != kClockChoice) {
      return;
    }
    commit(thread, event, nullptr);
    if (event.value == 1) {
      apply_clock_choice(thread);
    }
  }
}

void Engine::note_bound(const std::string& text) {
  for (const std::string& known : bounds_hit_) {
    if (known == text) {
      return;
    }
  }
  bounds_hit_.push_back(text);
}

}  // namespace heddle::runtime
