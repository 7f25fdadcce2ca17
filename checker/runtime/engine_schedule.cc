// SPDX-License-Identifier: Apache-2.0
// The engine's scheduler: who replays, who asks for something new, and the switches between them.
#include "checker/base/check.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"

namespace heddle::runtime {

void Engine::schedule() {
  while (!end_.stop_everything) {
    if (resume_replaying()) {
      continue;
    }
    replaying_ = false;
    if (!advance_frontier()) {
      return;
    }
  }
}

bool Engine::resume_replaying() {
  auto ready = [this](ModelThread& thread) {
    if (thread.state == ThreadState::kWaitsForSource &&
        threads_[thread.awaited.thread()]->cursor > thread.awaited.index()) {
      thread.state = ThreadState::kRunnable;
    }
    return thread.state == ThreadState::kRunnable;
  };
  if (ready(*threads_[last_run_])) {
    resume(*threads_[last_run_]);
    return true;
  }
  for (const auto& thread : threads_) {
    if (ready(*thread)) {
      resume(*thread);
      return true;
    }
  }
  return false;
}

bool Engine::advance_frontier() {
  offered_.clear();
  for (const auto& thread : threads_) {
    if (thread->state == ThreadState::kAsks) {
      prepare_pending(*thread);
    }
    if (thread->state == ThreadState::kFrontier) {
      offered_.push_back({thread->id, &thread->pending});
    } else if (thread->state == ThreadState::kWaitsForSource) {
      end_.stop_everything = true;
      add_finding(FindingKind::kNondeterminism,
                  thread_name(thread->id) + " waits for a write that its thread did not repeat");
      return false;
    }
  }
  if (offered_.empty()) {
    return false;
  }
  const base::ThreadId chosen = search_->choose_thread(offered_, last_run_);
  if (chosen == search::kNoThread) {
    return expire_idle_wait();
  }
  perform_pending(*threads_[chosen]);
  return true;
}

/// With Timeouts::kIdle: nobody can go on, so the wait with the earliest deadline expires.
bool Engine::expire_idle_wait() {
  if (options_.timeouts != Timeouts::kIdle) {
    return false;
  }
  ModelThread* first = nullptr;
  for (const search::PendingOperation& offer : offered_) {
    ModelThread& thread = *threads_[offer.thread];
    if (thread.request.timed && thread.pending.sync != thread.request.operation.sync &&
        (first == nullptr || thread.request.deadline < first->request.deadline)) {
      first = &thread;
    }
  }
  if (first == nullptr) {
    return false;
  }
  first->pending.sync = first->request.operation.sync;
  perform_pending(*first);
  return true;
}

void Engine::perform_pending(ModelThread& thread) {
  if (options_.limits.events_per_execution != 0 &&
      events_ >= options_.limits.events_per_execution) {
    thread.state = ThreadState::kParked;
    thread.parked = Parked::kLimit;
    end_.limit_reached = true;
    return;
  }
  const search::Result result = search_->execute(thread.id, thread.pending);
  if (result.status == search::Result::Status::kBlocked) {
    thread.state = ThreadState::kStuck;
    return;
  }
  const graph::ExecutionGraph& graph = search_->graph();
  const std::uint32_t size = graph.size(thread.id);
  HEDDLE_CHECK(size > thread.cursor);
  const graph::Event* events = graph.events(thread.id);
  const graph::Event& event = events[thread.cursor];
  const bool with_write = size > thread.cursor + 1;
  commit(thread, event, with_write ? &event + 1 : nullptr);
  last_run_ = thread.id;
  if (!take_new_clock_choice(thread, event)) {
    thread.answer = result.value;
    thread.state = ThreadState::kRunnable;
  }
}

void Engine::resume(ModelThread& thread) {
  running_ = &thread;
  last_run_ = thread.id;
  set_fs_base(process_state().slots.slot(thread.id).fs_base);
  heddle_stack_low = reinterpret_cast<std::uintptr_t>(thread.fiber.stack_low);
  heddle_stack_size = thread.fiber.stack_size;
  switch_fiber(scheduler_, thread.fiber);
  set_fs_base(process_state().explorer_fs_base);
  running_ = nullptr;
  if (!internal_error_.empty()) [[unlikely]] {
    throw InternalError{internal_error_};
  }
}

void Engine::internal_error(std::string what) {
  if (running_ == nullptr) {
    throw InternalError{std::move(what)};
  }
  heddle_modelling = false;
  internal_error_ = std::move(what);
  resume_fiber(scheduler_);
}

void Engine::switch_to_scheduler() {
  ModelThread& thread = *running_;
  heddle_modelling = false;
  switch_fiber(thread.fiber, scheduler_);
}

void Engine::park(Parked reason) {
  heddle_modelling = false;
  running_->state = ThreadState::kParked;
  running_->parked = reason;
  switch_to_scheduler();
  __builtin_unreachable();
}

}  // namespace heddle::runtime
