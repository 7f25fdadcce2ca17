// SPDX-License-Identifier: Apache-2.0
// New operations: what they need before the search sees them, and the loops that are cut here.
#include <cerrno>
#include <cstring>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
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

/// Hands the request to the scheduler. Little happens on the fiber's own stack: what is left below
/// its frames must not depend on whether an operation was new or replayed, or equal states would
/// have unequal fingerprints.
std::uint64_t Engine::perform_new(ModelThread& thread, const Request& request) {
  thread.request = request;
  thread.door = heddle_door;
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  if (address != 0 && (address & kObjectBit) == 0) {
    load_memory(address, 1);  // A bad address fails here, as the program's fault.
  }
  if (recording_) {
    thread.asked_at = unwind();
  }
  thread.state = thread.stuck ? ThreadState::kStuck : ThreadState::kAsks;
  thread.stuck = false;
  switch_away();
  if (thread.resumed) [[unlikely]] {
    thread.resumed = false;
    heddle_door = thread.door;
    return perform_once(request);
  }
  return thread.answer;
}

/// On the scheduler's stack: makes the thread's request an operation that the search can see, or
/// gives the thread up.
void Engine::prepare_pending(ModelThread& thread) {
  const Request& request = thread.request;
  thread.state = ThreadState::kFrontier;
  thread.unrecognised = false;
  thread.pending = request.operation;
  Operation& operation = thread.pending;
  if (!resolve_location(thread, operation, request)) {
    return;
  }
  operation.effects = thread.effects;
  if (explores_states()) {
    return;  // A retry or a pure iteration is a cycle of states like any other.
  }
  if (thread.cursor < thread.newest_until) {
    operation.newest_only = true;
  }
  if (request.timed) {
    bound_timeouts(thread, operation, request);
  }
  if (request.fingerprinted) {
    if (thread.process != process_) [[unlikely]] {
      switch_process(thread.process);  // It is the thread's memory that counts.
    }
    // Not the runtime's own frames: what they hold is another thing in each process.
    const bool in_program = thread.door.rsp < thread.program_stack_top;
    const std::uintptr_t top = in_program ? thread.program_stack_top : thread.fiber.stack_high();
    operation.fingerprint = fingerprint_thread(thread.door, top) +
                            (HEDDLE_CLAUSE("spin.random_state") ? thread.random : 0);
    operation.memory = draws_ ? 0 : spin_memory_.fingerprint();
    if (samples_ && !recording_) {
      thread.unrecognised = true;
    } else {
      recognise_spin(thread, operation);
    }
  }
}

void Engine::give_up(ModelThread& thread, Parked reason) {
  thread.state = ThreadState::kParked;
  thread.parked = reason;
}

void Engine::fail(ModelThread& thread, FindingKind kind, std::string message) {
  running_ = &thread;
  add_finding(kind, std::move(message), thread.request.site);
  running_ = nullptr;
  end_.failed = true;
  record_failure(thread);
  give_up(thread, Parked::kFailed);
}

/// Names the location; begins a new life where memory was initialised unseen. False if the thread
/// was given up for it.
bool Engine::resolve_location(ModelThread& thread, Operation& operation, const Request& request) {
  if (request.address == nullptr) {
    return true;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  const bool is_object = operation.kind == OpKind::kSync;
  const std::uint8_t size = is_object ? 0 : operation.size;
  base::LocationId id = locations_.resolve(address, size);
  if (!is_object && !operation.non_atomic && promoted_.empty()) {
    const std::uint64_t memory = size == 16
                                     ? intern_wide_value(reinterpret_cast<const void*>(address))
                                     : load_memory(address, size);
    if (locations_.at(id).size == size && memory != locations_.touch(id).newest_value &&
        HEDDLE_CLAUSE("life.unseen_write")) {
      locations_.end_life(address, life_name(thread));
      id = locations_.resolve(address, size);
    }
  }
  if (locations_.at(id).size != size && HEDDLE_CLAUSE("unsupported.mixed_sizes")) {
    fail(thread, FindingKind::kUnsupported,
         "one address is accessed as an atomic of " + std::to_string(locations_.at(id).size) +
             " bytes and of " + std::to_string(size) + " bytes (0: a lock)");
    return false;
  }
  if (!is_object && overlaps_another(address, size, id) &&
      HEDDLE_CLAUSE("unsupported.overlapping_atomics")) {
    fail(thread, FindingKind::kUnsupported, "atomic accesses of different sizes overlap");
    return false;
  }
  operation.location = id;
  // Objects that were set up before the exploration bring their state along.
  operation.initial = is_object ? request.operation.initial : locations_.touch(id).initial;
  return true;
}

bool Engine::overlaps_another(std::uintptr_t address, std::size_t size, base::LocationId id) const {
  bool overlap = false;
  locations_.overlapping(address, size, [&](base::LocationId other) {
    overlap = overlap || (other != id && locations_.at(other).size != 0);
  });
  return overlap;
}

/// After `bounds.timeouts` expiries at this call site the wait no longer times out: that is
/// printed. With Timeouts::kIdle every wait starts out without its deadline; see
/// expire_idle_wait().
void Engine::bound_timeouts(ModelThread& thread, Operation& operation, const Request& request) {
  if (options_.timeouts == Timeouts::kIdle) {
    operation.sync = graph::blocking_form(operation.sync);
  } else if (!draws_ && count_at(thread, request.site) >= options_.bounds.timeouts &&
             HEDDLE_CLAUSE("bound.timeouts")) {
    operation.sync = graph::blocking_form(operation.sync);
    // Said at once: that this wait expires again is not explored, even if somebody ends it.
    note_bound("at most " + std::to_string(options_.bounds.timeouts) +
               " expired waits a thread and call site");
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
/// vain. Not if a plan goes on with it: where its execution was found, others did something in
/// between, which in the plan's order comes before or after.
void Engine::recognise_spin(ModelThread& thread, Operation& operation) {
  if (recording_) {
    if (thread.cursor == thread.parked_before_at) {
      thread.spin_from = thread.spin_before;
      give_up(thread, thread.parked_before);
    }
    return;
  }
  const graph::Event* events = search_->graph().events(thread.id);
  const Recurrence found = draws_ ? pure_recurrence(events, thread.cursor, operation)
                                  : recurrence(events, thread.cursor, operation);
  if (found.pure) {
    thread.spin_from = found.since;
    // What was read before the iteration's first event was read before the loop.
    if (thread.clock_read_at > found.since + 1 && HEDDLE_CLAUSE("spin.polled_deadline")) {
      offer_deadline(thread, operation);
    } else if (!search_->plans(thread.id)) {
      give_up(thread, Parked::kSpin);
    }
    return;
  }
  const std::uint32_t limit =
      found.with_try_lock ? options_.bounds.try_lock_rounds : options_.bounds.failed_rounds;
  if (found.rounds > limit && !search_->plans(thread.id) && HEDDLE_CLAUSE("bound.rounds")) {
    note_bound(found.with_try_lock
                   ? "at most " + std::to_string(limit) +
                         " failed try-lock rounds a thread and loop"
                   : "at most " + std::to_string(limit) + " failed retry rounds a thread and loop");
    end_.cut_by_bound = true;
    give_up(thread, Parked::kBound);
  }
}

/// The spin polls the clock, so its deadline may pass: a choice, put before what the thread asks
/// for.
void Engine::offer_deadline(ModelThread& thread, Operation& operation) {
  const std::uint32_t most = options_.bounds.timeouts + 1;
  if (!draws_ && count_at(thread, kClockChoice) >= most &&
      HEDDLE_CLAUSE("bound.polled_deadlines")) {
    note_bound("polled deadlines pass at most " + std::to_string(most) + " times a thread");
    end_.cut_by_bound = true;
    give_up(thread, Parked::kBound);
    return;
  }
  operation = {};
  operation.kind = OpKind::kChoice;
  operation.operand = 2;
  operation.expected = kClockChoice;
}

/// True if the event was a clock choice: then the thread goes on asking, or spins.
bool Engine::take_new_clock_choice(ModelThread& thread, const graph::Event& event) {
  if (event.operation.kind != OpKind::kChoice || event.operation.expected != kClockChoice) {
    return false;
  }
  if (event.value == 1) {
    apply_clock_choice(thread);
    thread.state = ThreadState::kAsks;
  } else {
    give_up(thread, Parked::kSpin);
  }
  return true;
}

void Engine::apply_clock_choice(ModelThread& thread) {
  spend(thread, kClockChoice);
  thread.time += kClockJump;
  time_passed_ = true;
  ++thread.effects;
}

/// In replay: a clock choice comes before the operation that its loop asks for.
void Engine::take_clock_choice(ModelThread& thread, const Request& request) {
  while (thread.cursor < thread.recorded) {
    const graph::Event& event = thread.events[thread.cursor];
    if (event.operation.kind != OpKind::kChoice || event.operation.expected != kClockChoice) {
      return;
    }
    commit_new(thread, request, event, nullptr);
    if (event.value == 1) {
      apply_clock_choice(thread);
    }
  }
}

void Engine::note_bound(const std::string& text) {
  if (!HEDDLE_CLAUSE("verdict.bounds_said")) {
    return;
  }
  for (const std::string& known : bounds_hit_) {
    if (known == text) {
      return;
    }
  }
  bounds_hit_.push_back(text);
}

}  // namespace heddle::runtime
