// SPDX-License-Identifier: Apache-2.0
// What state the program is in between two steps, for a search of states (search/state_watcher.h).
//
// When every thread waits for an answer, what it will do next is a function of: its registers at
// the door, its stack from there up, its thread-local storage, what it asks for and what the model
// keeps for it; and of what all threads share: the globals of explored modules, the heap, the
// states of synchronisation objects. All that goes into the fingerprint, and nothing else: not how
// many events there were, not the clocks of happens-before, not the order in which objects were
// first used. Below its stack pointer a thread's stack is zeroed at each operation, so that frames
// to come show the same bytes in their holes.
//
// Time is part of the state only if some run reads a clock and some run lets time pass: otherwise
// a loop that sleeps would never come back. explore_cycles.cc begins again when it turns out so.
// Effects outside of memory (files, libc's own heap) cannot be seen: RunEnd::lasting_effect tells
// that there were some.
#include <algorithm>

#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/side_stack.h"
#include "checker/search/extension.h"

namespace heddle::runtime {

using graph::OpKind;
using graph::SyncOp;

namespace {

/// How much below a suspended thread's stack pointer is cleared at least.
constexpr std::size_t kClearedBelow = 4096;

bool waits_at_lock(const graph::Operation& operation) {
  switch (operation.sync) {
    case SyncOp::kMutexLock:
    case SyncOp::kReadLock:
    case SyncOp::kWriteLock:
    case SyncOp::kSemaphoreWait:
      return operation.kind == OpKind::kSync;
    default:
      return false;
  }
}

bool acquires_lock(const graph::Operation& operation) {
  switch (operation.sync) {
    case SyncOp::kMutexTryLock:
    case SyncOp::kMutexTimedLock:
    case SyncOp::kTryReadLock:
    case SyncOp::kTimedReadLock:
    case SyncOp::kTryWriteLock:
    case SyncOp::kTimedWriteLock:
    case SyncOp::kSemaphoreTryWait:
    case SyncOp::kSemaphoreTimedWait:
      return operation.kind == OpKind::kSync;
    default:
      return waits_at_lock(operation);
  }
}

}  // namespace

/// On the side stack, at each operation of the running thread: what its frames to come will show in
/// their holes must not depend on what it called before.
void Engine::clear_dead_stack(const ModelThread& thread) {
  const std::uintptr_t mark = process_state().slots.slot(thread.id).side_stack - kSideStackMark;
  const std::uintptr_t stack_pointer =
      round_down(*reinterpret_cast<const std::uintptr_t*>(mark), 8);
  const auto low = reinterpret_cast<std::uintptr_t>(thread.fiber.stack_low);
  const std::uintptr_t window = thread.fiber.stack_high() - kZeroedStackTop;
  std::uintptr_t from = stack_pointer - kClearedBelow;
  from = stack_pointer > window && from < window ? window : from;
  from = round_up(from < low ? low : from, 8);
  raw_zero_vectors(reinterpret_cast<void*>(from), stack_pointer - from);
}

std::uint32_t Engine::object_index(std::uintptr_t address) {
  const auto found = std::find(lock_objects_.begin(), lock_objects_.end(), address);
  if (found != lock_objects_.end()) {
    return static_cast<std::uint32_t>(found - lock_objects_.begin()) + 1;
  }
  lock_objects_.push_back(address);
  return static_cast<std::uint32_t>(lock_objects_.size());
}

/// False: the run ends here.
bool Engine::meet_state() {
  // Of an execution that is not of interest no more is looked at.
  if (std::any_of(threads_.begin(), threads_.end(), [](const auto& thread) {
        return thread->state == ThreadState::kParked && thread->parked == Parked::kAssumed;
      })) {
    return false;
  }
  // The step that a limit has stopped was not taken: it leads nowhere, not back to where it began.
  if (end_.limit_reached && HEDDLE_CLAUSE("state.limit")) {
    return false;
  }
  if (!watcher_->wants_state()) {
    return true;
  }
  search::Arrival arrival;
  fingerprint_state(&arrival);
  fill_profile(&arrival.profile);
  arrival.pending = offered_;
  const Liveness& liveness = threads_[last_run_]->liveness;
  arrival.progressed = liveness.progressed;
  for (std::uint32_t i = 0; i < liveness.acquired_count; ++i) {
    step_acquired_.push_back(object_index(liveness.acquired[i]));
  }
  arrival.acquired = step_acquired_;
  const bool go_on = watcher_->arrive(arrival);
  end_.met_known_state = end_.met_known_state || !go_on;
  return go_on;
}

/// Before a thread takes a step: nothing is said of it yet.
void Engine::begin_marks(ModelThread& thread) {
  thread.liveness.progressed = false;
  thread.liveness.acquired_count = 0;
  step_acquired_.clear();
}

/// After the search has answered: whether that was a lock.
void Engine::mark_acquired(const ModelThread& thread, std::uint64_t result) {
  if (acquires_lock(thread.pending) && result == 0) {
    step_acquired_.push_back(
        object_index(reinterpret_cast<std::uintptr_t>(thread.request.address)));
  }
}

void Engine::fill_profile(search::Profile* profile) {
  int highest = 0;
  bool any = false;
  for (const search::PendingOperation& offer : offered_) {
    const ModelThread& thread = *threads_[offer.thread];
    const std::uint64_t bit = std::uint64_t{1} << offer.thread;
    if (waits_at_lock(thread.pending)) {
      profile->strong |= bit;
      profile->waits.push_back(
          {offer.thread, object_index(reinterpret_cast<std::uintptr_t>(thread.request.address))});
    } else if (thread.liveness.waits_for != 0) {
      profile->waits.push_back({offer.thread, object_index(thread.liveness.waits_for)});
    }
    if (!search::enabled(search_->graph(), offer)) {
      continue;
    }
    const int priority = options_.cycles.priorities ? thread.liveness.priority : 0;
    if (!any || (priority > highest && HEDDLE_CLAUSE("state.priorities"))) {
      highest = priority;
      profile->enabled = 0;
    }
    any = true;
    profile->enabled |= priority == highest || !HEDDLE_CLAUSE("state.priorities") ? bit : 0;
  }
  for (base::ThreadId id = 0; options_.cycles.priorities && id < threads_.size(); ++id) {
    const bool exists = threads_[id]->state != ThreadState::kAbsent;
    profile->priorities.push_back(exists ? threads_[id]->liveness.priority : 0);
  }
  for (const auto& thread : threads_) {
    const std::uint64_t bit = std::uint64_t{1} << thread->id;
    // Who waits for the end of a thread that serves for ever is not starved.
    const bool joins = thread->state == ThreadState::kFrontier &&
                       thread->pending.kind == OpKind::kThreadJoin && (profile->enabled & bit) == 0;
    if (thread->state != ThreadState::kAbsent && thread->state != ThreadState::kEnded && !joins) {
      profile->unfinished |= bit;
    }
  }
}

bool Engine::clock_was_read() const {
  return std::any_of(threads_.begin(), threads_.end(), [](const auto& thread) {
    return thread->state != ThreadState::kAbsent && thread->clock_read_at != 0;
  });
}

void Engine::visit_state_memory(
    const std::function<void(std::uintptr_t begin, std::uintptr_t end)>& visit) const {
  ProcessState& process = process_state();
  for (std::size_t i = 0; i < process.globals.dirty_pages(); ++i) {
    const std::uintptr_t page = process.globals.dirty_page(i);
    visit(page, page + kPageSize);
  }
  process.arena.for_each([&](BlockInfo& block) {
    if (block.state == BlockState::kLive) {
      visit(block.address, round_down(block.end(), 8));
    }
  });
  for (const auto& thread : threads_) {
    if (thread->state != ThreadState::kFrontier) {
      continue;
    }
    const std::uintptr_t from =
        program_stack_pointer(*thread, process.slots.slot(thread->id).side_stack);
    if (from < thread->program_stack_top) {
      visit(round_down(from, 8), thread->program_stack_top);
    }
  }
}

void Engine::fingerprint_state(search::Arrival* arrival) {
  fingerprint_.begin(ignored_);
  fingerprint_shared();
  arrival->shared = fingerprint_.finish();
  fingerprint_.begin(ignored_);
  fingerprint_.word(arrival->shared.low);
  fingerprint_.word(arrival->shared.high);
  for (const auto& thread : threads_) {
    if (thread->state != ThreadState::kAbsent) {
      fingerprint_thread_state(*thread);
    }
  }
  if (states_have_time_) {
    fingerprint_times();
  }
  arrival->state = fingerprint_.finish();
  fingerprint_.begin(ignored_);
  fingerprint_.word(arrival->shared.low);
  fingerprint_.word(arrival->shared.high);
  fingerprint_atomics();
  arrival->shared = fingerprint_.finish();
}

/// Atomics that threads share may lie on the stack of one of them. By their values in the graph:
/// the bytes of one that is gone may be another variable's by now.
void Engine::fingerprint_atomics() {
  const graph::ExecutionGraph& graph = search_->graph();
  locations_.for_each_atomic([&](base::LocationId id, std::uintptr_t address) {
    const base::EventId newest = graph.mo_last(id);
    if (newest.is_event()) {
      fingerprint_.unordered_word(address, graph.event(newest).value);
    }
  });
}

/// When the newest writes were made: who reads one knows that it is as late.
void Engine::fingerprint_times() {
  const graph::ExecutionGraph& graph = search_->graph();
  const auto note = [&](std::uint64_t name, base::EventId event) {
    if (event.is_event() && time_of(event) != 0) {
      fingerprint_.unordered_word(~name, time_of(event));
    }
  };
  const auto note_location = [&](base::LocationId id, std::uintptr_t address) {
    note(address, graph.mo_last(id));
  };
  locations_.for_each_object(note_location);
  locations_.for_each_atomic(note_location);
  for (const auto& thread : threads_) {
    if (thread->state != ThreadState::kAbsent) {
      fingerprint_.word(thread->time);
      note(thread->id, graph.create_of(thread->id));
    }
  }
}

std::uint64_t Engine::time_of(base::EventId event) const {
  const std::vector<std::uint64_t>& times = threads_[event.thread()]->times;
  return event.index() < times.size() ? times[event.index()] : 0;
}

void Engine::fingerprint_shared() {
  ProcessState& process = process_state();
  for (std::size_t i = 0; i < process.globals.dirty_pages(); ++i) {
    const std::uintptr_t page = process.globals.dirty_page(i);
    if (!equal_pages(page, reinterpret_cast<std::uintptr_t>(process.globals.pristine_copy(i))) &&
        HEDDLE_CLAUSE("state.globals")) {
      fingerprint_.unordered_range(page, page, page + kPageSize);
    }
  }
  process.arena.for_each([&](BlockInfo& block) {
    const bool live = block.state == BlockState::kLive;
    fingerprint_.word(block.address);
    fingerprint_.word(block.size << 4 | static_cast<unsigned>(block.kind) << 1 | (live ? 1 : 0));
    if (live && HEDDLE_CLAUSE("state.heap")) {
      fingerprint_.range(block.address, block.end());
    }
  });
  const graph::ExecutionGraph& graph = search_->graph();
  locations_.for_each_object([&](base::LocationId id, std::uintptr_t address) {
    const base::EventId newest = graph.mo_last(id);
    if (newest.is_event() && graph.event(newest).value != 0 && HEDDLE_CLAUSE("state.objects")) {
      fingerprint_.unordered_word(address, graph.event(newest).value);
    }
  });
  for (void (*destructor)(void*) : key_destructors_) {
    fingerprint_.word(reinterpret_cast<std::uintptr_t>(destructor));
  }
}

void Engine::fingerprint_thread_state(ModelThread& thread) {
  StateFingerprint& to = fingerprint_;
  to.word(thread.id);
  to.word(static_cast<std::uint64_t>(thread.children) << 8 | (thread.joined ? 1 : 0) |
          (thread.detached ? 2 : 0) | (thread.state == ThreadState::kEnded ? 4 : 0));
  if (thread.state == ThreadState::kEnded) {
    to.word(reinterpret_cast<std::uintptr_t>(thread.result));
    return;
  }
  const Request& request = thread.request;
  const graph::Operation& operation = request.operation;
  to.word(operation.head());
  to.word(HEDDLE_CLAUSE("state.operand") ? operation.operand : 0);
  to.word(operation.expected);
  to.word(reinterpret_cast<std::uintptr_t>(request.address));
  // The last round of a library's spin is followed by other rounds than the first one.
  const bool last_round = thread.library_spin.at == thread.cursor;
  to.word((request.timed ? 1 : 0) | (last_round ? 2 : 0));
  to.word(HEDDLE_CLAUSE("state.random") ? thread.random : 0);
  to.word(thread.liveness.waits_for);
  to.word(static_cast<std::uint64_t>(static_cast<std::int64_t>(thread.liveness.priority)));
  to.word(states_have_time_ ? request.deadline : 0);
  to.word(thread.specific.size());
  to.word(thread.exit_functions.size());
  for (const KeyValue& known : thread.specific) {
    to.word(known.key);
    to.word(reinterpret_cast<std::uintptr_t>(known.value));
  }
  for (const auto& [function, object] : thread.exit_functions) {
    to.word(reinterpret_cast<std::uintptr_t>(function));
    to.word(reinterpret_cast<std::uintptr_t>(object));
  }
  if (operation.kind == OpKind::kThreadStart) {
    to.word(reinterpret_cast<std::uintptr_t>(thread.routine));
    to.word(reinterpret_cast<std::uintptr_t>(thread.argument));
    return;
  }
  fingerprint_thread_memory(thread);
}

void Engine::fingerprint_thread_memory(ModelThread& thread) {
  StateFingerprint& to = fingerprint_;
  const ThreadSlots& slots = process_state().slots;
  const ThreadSlot& slot = slots.slot(thread.id);
  if (thread.request.operation.kind == OpKind::kThreadEnd) {
    to.word(reinterpret_cast<std::uintptr_t>(thread.result));
  } else {
    const std::uintptr_t stack_pointer = program_stack_pointer(thread, slot.side_stack);
    const DoorState& registers = thread.registers;
    for (const std::uint64_t value : {registers.rbx, registers.rbp, registers.r12, registers.r13,
                                      registers.r14, registers.r15, thread.fiber.float_control()}) {
      to.word(value);
    }
    if (stack_pointer < thread.program_stack_top && HEDDLE_CLAUSE("state.stack")) {
      to.range(round_down(stack_pointer, 8), thread.program_stack_top);
    }
  }
  for (std::size_t i = 0; i < slots.tls_block_count(); ++i) {
    const std::uintptr_t begin = slot.fs_base + slots.tls_blocks()[i].offset;
    to.range(begin,
             HEDDLE_CLAUSE("state.thread_locals") ? begin + slots.tls_blocks()[i].size : begin);
  }
  to.word(HEDDLE_CLAUSE("state.errno") ? static_cast<std::uint64_t>(slots.errno_value(thread.id))
                                       : 0);
}

}  // namespace heddle::runtime
