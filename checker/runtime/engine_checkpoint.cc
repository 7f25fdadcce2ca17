// SPDX-License-Identifier: Apache-2.0
// When the engine keeps the state of a run, and how a later run goes on from it: see checkpoint.h.
#include <algorithm>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/library_calls.h"
#include "checker/runtime/process_state.h"

namespace heddle::runtime {

namespace {

/// Events between two checkpoints, at least, and how many more where the search may not come back.
constexpr std::uint32_t kEventsApart = 2;
constexpr std::uint32_t kDoubtApart = 4;
/// Copying this many bytes costs about as much as another event.
constexpr std::size_t kBytesAnEvent = 2048;
/// In all checkpoints together.
constexpr std::size_t kMostBytes = std::size_t{256} << 20;
/// Runs before libraries are watched again after one of them wrote to its variables; doubled each
/// time.
constexpr std::uint64_t kFirstPause = 64;

}  // namespace

/// False if a library wrote to its variables since the first checkpoint was taken: then there are
/// none any more, and none is to be taken for a while.
bool Engine::libraries_are_still() {
  ProcessState& process = process_state();
  if (!watching_ || process.library_watch.armed()) {
    return true;
  }
  if (process.library_watch.suspended()) {
    process.library_watch.arm(process.modules);
    return process.library_watch.armed();
  }
  watching_ = false;
  checkpoints_.clear();
  watch_pause_ = std::max(kFirstPause, 2 * watch_pause_);
  watch_from_ = runs_ + watch_pause_;
  return false;
}

/// Before the first checkpoint. False, and there will be none, if libraries might keep state that
/// nobody would notice.
bool Engine::watch_libraries() {
  ProcessState& process = process_state();
  // States of the program are compared without what libraries keep anyway: that is an assumption.
  if (options_.checkpoints.trust_libraries || explores_states() ||
      calls_keep_no_state(process.modules)) {
    process.library_watch.arm(process.modules);
    watching_ = process.library_watch.armed();
  }
  if (!watching_) {
    watch_from_ = ~std::uint64_t{0};
  }
  return watching_;
}

/// Forgets the checkpoints that the search does not come back to, or all if they cannot be trusted
/// any more.
void Engine::drop_checkpoints() {
  const std::uint64_t changes = process_state().globals.outside_changes();
  if (changes != outside_changes_ || raced_) {
    outside_changes_ = changes;
    checkpoints_.clear();
  }
  if (!libraries_are_still()) {
    return;
  }
  const search::Kept kept = search_->kept();
  while (!checkpoints_.empty() &&
         (checkpoints_.top().level > kept.lowest || (checkpoints_.top().level == kept.lowest &&
                                                     checkpoints_.top().events > kept.unchanged))) {
    checkpoints_.drop_top();
  }
}

/// The last checkpoint that the execution at hand passes through, or null.
const Checkpoint* Engine::find_checkpoint() const {
  for (std::size_t i = checkpoints_.size(); i-- > 0;) {
    if (checkpoints_[i].events <= search_->shared(checkpoints_[i].level) ||
        !HEDDLE_CLAUSE("checkpoint.unchanged_only")) {
      return &checkpoints_[i];
    }
  }
  return nullptr;
}

/// Whether the search is likely to come back to the state with `events` events, in which it has
/// just added one for `operation`: surely if it left alternatives, perhaps if a write to come
/// revisits it.
bool Engine::comes_back(const graph::Operation& operation, std::uint32_t events) const {
  if (samples_) {
    return false;
  }
  const std::uint32_t doubt = options_.checkpoints.apart != 0 ? 0 : kDoubtApart;
  return search_->branched() || (graph::reads(operation.kind) && events >= checkpoint_at_ + doubt);
}

/// When the search has added an event and its thread does not know yet, all threads wait. Nothing
/// may have happened in this run that a copy of memory does not hold: effects outside, findings and
/// outcomes (they would be lost), time, bounds that were spent.
bool Engine::may_checkpoint() const {
  if (options_.checkpoints.after == 0 || runs_ <= options_.checkpoints.after || watchful_ ||
      raced_ || time_passed_ ||
      (lasting_effect_ && HEDDLE_CLAUSE("checkpoint.no_lasting_effect")) || runs_ < watch_from_ ||
      end_.failed || end_.limit_reached || end_.assumed_away || end_.cut_by_bound ||
      !findings_.empty() || (!outcome_.empty() && HEDDLE_CLAUSE("checkpoint.no_outcome"))) {
    return false;
  }
  if (checkpoints_.bytes() > kMostBytes) {
    return false;
  }
  return std::none_of(threads_.begin(), threads_.end(), [](const auto& thread) {
    return thread->state != ThreadState::kAbsent &&
           (!thread->expired.empty() || !thread->times.empty() ||
            (thread->state == ThreadState::kParked && thread->parked != Parked::kSpin));
  });
}

/// Number of events before another one is worth its price.
std::uint32_t Engine::next_after(const Checkpoint& last) const {
  const std::uint32_t apart =
      options_.checkpoints.apart != 0
          ? options_.checkpoints.apart
          : kEventsApart + static_cast<std::uint32_t>(last.cost() / kBytesAnEvent);
  return last.events + apart;
}

/// The state after the first `events` events.
void Engine::take_checkpoint(std::uint32_t events) {
  if (!libraries_are_still() || (!watching_ && !watch_libraries())) {
    return;
  }
  ProcessState& process = process_state();
  Checkpoint& to = checkpoints_.next();
  to.level = search_->kept().level;
  to.events = events;
  checkpoint_at_ = to.events + 1;
  if (!shadow_.save(&to.shadow)) {
    return;
  }
  to.thread_count = 0;
  to.bytes.clear();
  for (const auto& thread : threads_) {
    if (thread->state == ThreadState::kAbsent) {
      continue;
    }
    if (to.threads.size() == to.thread_count) {
      to.threads.emplace_back();
    }
    save_thread(*thread, &to.threads[to.thread_count++], &to.bytes);
  }
  to.global_pages = process.globals.save(&to.bytes);
  process.arena.save(&to.arena);
  locations_.save(&to.locations);
  spin_memory_.save(&to.spin_memory);
  to.ignored = ignored_;
  to.performed_events = events_;
  to.performed = performed_;
  to.last_run = last_run_;
  to.last_site = last_site_;
  to.key_destructors = key_destructors_;
  to.benign = benign_;
  to.exit_handlers = exit_handlers_;
  to.quick_exit_handlers = quick_exit_handlers_;
  checkpoint_at_ = next_after(to);
  checkpoints_.keep();
}

/// The label of the newest write to the location among those that had been performed.
std::uint64_t Engine::newest_label(const Checkpoint& at, base::LocationId location) const {
  const graph::ExecutionGraph& graph = search_->graph();
  base::EventId write = graph.mo_last(location);
  while (write.is_event() && write.index() >= at.performed[write.thread()]) {
    write = graph.event(write).mo_previous;
  }
  return graph.mo_label(write);
}

/// The rest of prepare_run(), if the run begins there.
void Engine::resume_checkpoint(const Checkpoint& from) {
  ProcessState& process = process_state();
  end_.resumed = true;
  process.arena.restore(from.arena);
  shadow_.begin_execution(from.shadow);
  locations_.begin_run(from.locations, [&](base::LocationId id) { return newest_label(from, id); });
  spin_memory_.begin_run(from.spin_memory);
  ignored_ = from.ignored;
  events_ = from.performed_events;
  performed_ = from.performed;
  last_run_ = from.last_run;
  last_site_ = from.last_site;
  key_destructors_ = from.key_destructors;
  benign_ = from.benign;
  exit_handlers_ = from.exit_handlers;
  quick_exit_handlers_ = from.quick_exit_handlers;
  const std::byte* bytes = from.bytes.data();
  for (base::ThreadId i = 0; i < from.thread_count; ++i) {
    bytes = resume_thread(from.threads[i], bytes);
  }
  process.globals.restore(bytes, from.global_pages);
  checkpoint_at_ = next_after(from);
}

/// A thread goes on where it was: with the graph's answer to what it had asked, if there is one
/// now, or asking again. Returns what lies behind its bytes.
const std::byte* Engine::resume_thread(const ThreadCheckpoint& from, const std::byte* bytes) {
  ModelThread& thread = *threads_[from.id];
  bytes = restore_thread(from, bytes, &thread);
  take_prefix(thread);
  if (thread.state != ThreadState::kEnded) {
    thread.parked = Parked::kNo;
    thread.resumed = thread.recorded > thread.cursor;
    thread.state = thread.resumed ? ThreadState::kRunnable : ThreadState::kAsks;
  }
  return bytes;
}

}  // namespace heddle::runtime
