// SPDX-License-Identifier: Apache-2.0
// Visible operations: replayed from the graph, or handed to the search; and what each leaves in
// memory, clocks and time.
#include <cerrno>

#include "checker/base/check.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {

using graph::Event;
using graph::EventKind;
using graph::Operation;
using graph::OpKind;

/// Clears what the runtime's frames leave below the program's, so that frames which the program
/// puts there hold the same rubbish whether its last operation was new or replayed.
void Engine::scrub_stack() {
  constexpr std::size_t kDeepest = 640;
  char frames[kDeepest];
  __builtin_memset(frames, 0, sizeof frames);
  asm volatile("" : : "r"(frames) : "memory");
}

std::uint64_t Engine::perform(const Request& request) {
  heddle_modelling = false;
  count_progress();
  ModelThread& thread = *running_;
  settle(thread);
  std::uint64_t value = 0;
  if (!skip_library_spin(thread, request, &value)) {
    value = perform_guessed(thread, request);
  }
  scrub_stack();
  heddle_modelling = true;
  return value;
}

/// The operation behind the choices that belong to it: spurious failure, spurious wake-up.
std::uint64_t Engine::perform_guessed(ModelThread& thread, const Request& request) {
  const Operation& operation = request.operation;
  const bool may_wake = operation.sync == graph::SyncOp::kConditionWait ||
                        operation.sync == graph::SyncOp::kConditionTimedWait;
  if (may_wake && options_.spurious_wakeups) {
    if (count_at(thread, ~request.site) >= options_.bounds.spurious) {
      note_bound("at most " + std::to_string(options_.bounds.spurious) +
                 " spurious wake-ups a thread and call site");
      end_.cut_by_bound = true;
    } else if (choose_silently(2, 0, request.site) == 1) {
      spend(thread, ~request.site);
      Request leave = request;
      leave.timed = false;
      leave.operation.sync = graph::SyncOp::kConditionLeave;
      return perform_once(leave);
    }
  }
  if (operation.fence_before) {
    Request fence;
    fence.operation.kind = OpKind::kFence;
    fence.operation.order = graph::MemoryOrder::kSeqCst;
    fence.site = request.site;
    fence.name = "fence of the library's waiter pool";
    perform_once(fence);
  }
  return perform_once(request);
}

std::uint64_t Engine::perform_once(const Request& request) {
  ModelThread& thread = *running_;
  std::uint64_t value = 0;
  if (thread.cursor < thread.recorded && replay(thread, request, &value)) {
    return value;
  }
  return perform_new(thread, request);
}

bool Engine::source_replayed(const Event& event) const {
  return !event.rf.is_event() || threads_[event.rf.thread()]->cursor > event.rf.index();
}

void Engine::await_source(ModelThread& thread, base::EventId source) {
  thread.awaited = source;
  thread.state = ThreadState::kWaitsForSource;
  switch_to_scheduler();
}

/// Answers from the graph. False if the event lacks its write part: then it is new after all.
bool Engine::replay(ModelThread& thread, const Request& request, std::uint64_t* value) {
  take_clock_choice(thread);
  if (thread.cursor >= thread.recorded) {
    return false;
  }
  const Event& event = thread.events[thread.cursor];
  if (!same_operation(event, request)) {
    nondeterminism(event, request);
  }
  while (!source_replayed(event)) {
    await_source(thread, event.rf);
  }
  if (event.has_write && thread.cursor + 1 >= thread.recorded) {
    return false;
  }
  const Event* write = event.has_write ? &event + 1 : nullptr;
  if (event.blocked) {
    thread.request = request;
    thread.pending = event.operation;
    record(thread, request, event, nullptr);
    thread.state = ThreadState::kStuck;
    switch_to_scheduler();
  }
  thread.request = request;
  commit(thread, event, write);
  *value = event.result;
  return true;
}

bool Engine::same_operation(const Event& event, const Request& request) const {
  const Operation& was = event.operation;
  const Operation& is = request.operation;
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  const bool same_object = event.location == base::kNoLocation
                               ? address == 0
                               : locations_.at(event.location).address == address;
  const bool same_sync =
      was.sync == is.sync || (request.timed && was.sync == graph::blocking_form(is.sync));
  return same_object && same_sync && was.kind == is.kind && was.order == is.order &&
         was.size == is.size && was.operand == is.operand && was.expected == is.expected &&
         was.rmw == is.rmw && was.non_atomic == is.non_atomic;
}

void Engine::nondeterminism(const Event& event, const Request& request) {
  const auto& was = event.operation;
  std::string message = thread_name(running_->id) +
                        " did something else when its execution was repeated: " + "its event " +
                        std::to_string(running_->cursor) + " was of kind " +
                        std::to_string(static_cast<int>(was.kind)) + ", and is now " +
                        request.name + "; the program depends on something Heddle does not control";
  end_.stop_everything = true;
  stop(FindingKind::kNondeterminism, std::move(message));
}

void Engine::commit(ModelThread& thread, const Event& event, const Event* write) {
  const std::uint32_t index = thread.cursor;
  const Event& last = write != nullptr ? *write : event;
  if (event.location != base::kNoLocation) {
    locations_.touch(event.location);
    if (locations_.at(event.location).size != 0 && !event.operation.non_atomic) {
      commit_shadow(thread, event, write != nullptr || event.kind == EventKind::kWrite);
    }
    if (last.kind == EventKind::kWrite) {
      commit_memory(last);
      if (event.kind != EventKind::kRead || write->value != event.value) {
        ++thread.effects;
      }
    }
  }
  if (event.kind == EventKind::kChoice && event.value != 0) {
    ++thread.effects;
  }
  commit_time(thread, event, index);
  record(thread, thread.request, event, write);
  thread.cursor += write != nullptr ? 2 : 1;
  events_ += write != nullptr ? 2 : 1;
  thread.clock = nullptr;
  thread.quiet_steps = 0;
  last_site_ = thread.request.site;
}

/// An atomic write reaches memory unless a newer one of its location has been there already.
void Engine::commit_memory(const Event& write) {
  Locations::Run& run = locations_.touch(write.location);
  if (write.mo_label <= run.newest_label) {
    return;
  }
  run.newest_label = write.mo_label;
  run.newest_value = write.value;
  const Locations::Location& location = locations_.at(write.location);
  if (location.size == 16) {
    wide_value_of(write.value, reinterpret_cast<void*>(location.address));
  } else if (location.size != 0) {
    store_memory(location.address, location.size, write.value);
  }
}

void Engine::commit_shadow(ModelThread& thread, const Event& event, bool write) {
  const Locations::Location& location = locations_.at(event.location);
  detect::Conflict conflict;
  const auto kind = write ? detect::AccessKind::kAtomicWrite : detect::AccessKind::kAtomicRead;
  if (shadow_.access(thread.id, clock_of(thread), thread.cursor, location.address, location.size,
                     kind, thread.request.site, &conflict)) [[unlikely]] {
    report_conflict(conflict, location.size);
  }
}

/// A thread's clock is the latest of its prefix; a timeout sets it to the deadline.
void Engine::commit_time(ModelThread& thread, const Event& event, std::uint32_t index) {
  if (event.rf.is_event()) {
    const auto& times = threads_[event.rf.thread()]->times;
    if (event.rf.index() < times.size() && times[event.rf.index()] > thread.time) {
      thread.time = times[event.rf.index()];
    }
  }
  if (thread.request.timed && event.operation.sync == thread.request.operation.sync &&
      event.result == ETIMEDOUT) {
    spend(thread, thread.request.site);
    ++thread.effects;
    sleep_until(thread, thread.request.deadline);
  }
  if (thread.time != 0) {
    thread.times.resize(index + 2, 0);
    thread.times[index] = thread.time;
    thread.times[index + 1] = thread.time;
  }
}

}  // namespace heddle::runtime
