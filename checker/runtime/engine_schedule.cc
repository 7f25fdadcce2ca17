// SPDX-License-Identifier: Apache-2.0
// The engine's scheduler: who replays, who asks for something new, and the switches between them.
#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/side_stack.h"
#include "checker/runtime/signal_delivery.h"
#include "checker/search/extension.h"

namespace heddle::runtime {

void Engine::schedule() {
  while (!end_.stop_everything) {
    if (ModelThread* next = next_to_replay(); next != nullptr) {
      resume(*next);
      continue;
    }
    if (!advance_frontier()) {
      return;
    }
  }
}

/// A thread that can go on without the search: the last one if possible, else the lowest.
ModelThread* Engine::next_to_replay() {
  auto ready = [this](ModelThread& thread) {
    if (thread.state == ThreadState::kWaitsForSource &&
        (explores_states() ? events_ == thread.events[thread.cursor].stamp
                           : performed_[thread.awaited.thread()] > thread.awaited.index())) {
      thread.state = ThreadState::kRunnable;
    }
    return thread.state == ThreadState::kRunnable;
  };
  if (ready(*threads_[last_run_])) {
    return threads_[last_run_].get();
  }
  for (const auto& thread : threads_) {
    if (ready(*thread)) {
      return thread.get();
    }
  }
  return nullptr;
}

bool Engine::advance_frontier() {
  if (samples_ && wake_spinners()) [[unlikely]] {
    return true;
  }
  offered_.clear();
  for (const auto& thread : threads_) {
    if (thread->state == ThreadState::kAsks) {
      prepare_pending(*thread);
    }
    if (thread->unrecognised && thread->state == ThreadState::kFrontier && !search_->follows_plan())
        [[unlikely]] {
      thread->unrecognised = false;
      recognise_in_sample(*thread, thread->pending);
    }
    if (thread->state == ThreadState::kFrontier) {
      search::PendingOperation& offer = offered_.emplace_back();
      offer.thread = thread->id;
      offer.operation = &thread->pending;
    } else if (thread->state == ThreadState::kWaitsForSource) {
      end_.stop_everything = true;
      add_finding(FindingKind::kNondeterminism,
                  thread_name(thread->id) + " waits for a write that its thread did not repeat");
      return false;
    }
  }
  if (watcher_ != nullptr && !recording_ && !meet_state()) {
    return false;
  }
  const bool nobody_asks = offered_.empty() && options_.timeouts != Timeouts::kIdle;
  const base::ThreadId chosen =
      nobody_asks ? search::kNoThread : search_->choose_thread(offered_, last_run_);
  if (chosen == search::kNoThread) {
    return (samples_ && wake_spinners()) || (!nobody_asks && expire_idle_wait());
  }
  ModelThread& thread = *threads_[chosen];
  // A plan names the wait that expires; a search that finds its own way offers it as enabled only.
  if (options_.timeouts == Timeouts::kIdle && may_expire(thread) &&
      !search::enabled(search_->graph(), {chosen, &thread.pending})) {
    expire(thread);
    return true;
  }
  perform_pending(thread);
  return true;
}

void Engine::expire(ModelThread& thread) {
  thread.pending.sync = thread.request.operation.sync;
  thread.pending.newest_only = HEDDLE_CLAUSE("time.idle_newest_only");
  perform_pending(thread);
}

/// Whether the thread waits for the newest state of an object, with a deadline that has been left
/// out.
bool Engine::may_expire(const ModelThread& thread) const {
  if (!thread.request.timed || thread.pending.sync == thread.request.operation.sync) {
    return false;
  }
  if (thread.state != ThreadState::kStuck) {
    return thread.state == ThreadState::kFrontier;
  }
  const graph::ExecutionGraph& graph = search_->graph();
  return graph.blocked(thread.id) &&
         graph.last(thread.id).rf == graph.mo_last(thread.pending.location);
}

/// Takes the thread's blocked wait out of the graph. False if the search cannot.
bool Engine::ask_anew(ModelThread& thread) {
  if (!search_->withdraw_blocked(thread.id)) {
    return false;
  }
  thread.recorded = thread.cursor;
  find_clocks();
  thread.resumed = true;
  thread.state = ThreadState::kRunnable;
  return true;
}

/// With Timeouts::kIdle: nobody can go on, so the wait with the earliest deadline expires.
bool Engine::expire_idle_wait() {
  if (options_.timeouts != Timeouts::kIdle || late_) {
    return false;
  }
  ModelThread* first = nullptr;
  for (const auto& thread : threads_) {
    if (may_expire(*thread) &&
        (first == nullptr || (thread->request.deadline < first->request.deadline &&
                              HEDDLE_CLAUSE("time.earliest_deadline")))) {
      first = thread.get();
    }
  }
  if (first == nullptr) {
    return false;
  }
  if (first->state == ThreadState::kStuck) {
    return ask_anew(*first);
  }
  expire(*first);
  return true;
}

/// Where the clocks of the threads' prefixes are: they move when the graph makes its clocks wider.
void Engine::find_clocks() {
  const graph::ExecutionGraph& graph = search_->graph();
  clock_step_ = 0;
  for (const auto& thread : threads_) {
    if (thread->state != ThreadState::kAbsent && thread->recorded != 0) {
      thread->prefix_clocks = graph.hb({thread->id, 0});
      clock_step_ = static_cast<std::size_t>(graph.hb({thread->id, 1}) - thread->prefix_clocks);
    }
  }
}

/// Whether no further event may be added: there are too many, or it is late. The clock is read at
/// some of them only.
bool Engine::over_limit() {
  constexpr std::uint32_t kEventsAClockReading = 64;
  const std::uint32_t most = options_.limits.events_per_execution;
  if (most != 0 && events_ >= most) {
    return true;
  }
  if (deadline_ != Clock::time_point::max() && !late_ && clock_in_-- == 0) {
    clock_in_ = kEventsAClockReading;
    late_ = Clock::now() >= deadline_ || program().stop_asked;
  }
  return late_;
}

void Engine::perform_pending(ModelThread& thread) {
  if (over_limit()) {
    thread.state = ThreadState::kParked;
    thread.parked = Parked::kLimit;
    end_.limit_reached = HEDDLE_CLAUSE("verdict.limit.events");
    end_.interrupted = late_;
    return;
  }
  const std::uint32_t stride = search_->graph().stride();
  const std::uint32_t before = search_->graph().stamps();
  begin_marks(thread);
  const search::Result result = search_->execute(thread.id, thread.pending);
  if (search_->graph().stride() != stride) [[unlikely]] {
    find_clocks();
  }
  if (result.status == search::Result::Status::kBlocked) {
    thread.state = ThreadState::kStuck;
    return;
  }
  if (before >= checkpoint_at_ && comes_back(thread.pending, before) && may_checkpoint()) {
    take_checkpoint(before);
  }
  mark_acquired(thread, result.value);
  const graph::ExecutionGraph& graph = search_->graph();
  const std::uint32_t size = graph.size(thread.id);
  HEDDLE_CHECK(size > thread.cursor);
  const graph::Event* events = graph.events(thread.id);
  const graph::Event& event = events[thread.cursor];
  const bool with_write = size > thread.cursor + 1;
  changes_ += event.kind == graph::EventKind::kWrite ||
              (with_write && events[thread.cursor + 1].value != event.value);
  commit_new(thread, thread.request, event, with_write ? &event + 1 : nullptr);
  last_run_ = thread.id;
  if (!take_new_clock_choice(thread, event)) {
    thread.answer = result.value;
    thread.state = ThreadState::kRunnable;
  }
}

/// Makes `thread` the one that runs: what holds beside its registers.
inline void Engine::enter(ModelThread& thread) {
  running_ = &thread;
  last_run_ = thread.id;
  const ThreadSlot& slot = process_state().slots.slot(thread.slot);
  set_fs_base(slot.fs_base);
  heddle_side_stack = slot.side_stack - kSideStackMark;
  if (g_signals.on) [[unlikely]] {
    heddle_side_stack -= g_signals.side_used[thread.id];
  }
  heddle_stack_low = reinterpret_cast<std::uintptr_t>(thread.fiber.stack_low);
  heddle_stack_size = thread.fiber.stack_size;
}

void Engine::resume(ModelThread& thread) {
  if (thread.process != process_) [[unlikely]] {
    switch_process(thread.process);
  }
  enter(thread);
  switch_fiber(scheduler_, thread.fiber);
  set_fs_base(process_state().explorer_fs_base);
  if (running_->state == ThreadState::kForks) [[unlikely]] {
    complete_fork(*running_);
  }
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

/// Leaves the running thread for the one that the scheduler would resume, without the way through
/// its stack, or for the scheduler.
void Engine::switch_away() {
  ModelThread& thread = *running_;
  ModelThread* next = end_.stop_everything ? nullptr : next_to_replay();
  heddle_modelling = false;
  if (next == nullptr || next->process != process_) {
    switch_fiber(thread.fiber, scheduler_);
    return;
  }
  enter(*next);
  switch_fiber(thread.fiber, next->fiber);
}

void Engine::park(Parked reason) {
  heddle_modelling = false;
  running_->state = ThreadState::kParked;
  running_->parked = reason;
  switch_to_scheduler();
  __builtin_unreachable();
}

}  // namespace heddle::runtime
