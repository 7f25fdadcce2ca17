// SPDX-License-Identifier: Apache-2.0
// One run from a fresh state to its end, and what can only be seen at the end.
#include <algorithm>
#include <cstring>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/detect/leak.h"
#include "checker/graph/evaluate.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/signal_delivery.h"

namespace heddle::runtime {

Engine* Engine::current_engine_ = nullptr;

namespace {

bool enumerates(SearchKind kind) {
  return kind == SearchKind::kPreemptions || kind == SearchKind::kDelays;
}

}  // namespace

Engine::Engine(const Options& options)
    : options_(options),
      samples_(options.search != SearchKind::kExhaustive && options.search != SearchKind::kCycles),
      draws_(samples_ && !enumerates(options.search)) {
  HEDDLE_CHECK(current_engine_ == nullptr);
  current_engine_ = this;
}

Engine::~Engine() { current_engine_ = nullptr; }

RunEnd Engine::run(search::Search& search, const std::function<void()>& body, bool record) {
  body_ = &body;
  search_ = &search;
  recording_ = record;
  const RunHooks& hooks = program().hooks;
  if (hooks.begin != nullptr) [[unlikely]] {
    hooks.begin(record);
  }
  prepare_run();
  in_run_ = true;
  schedule();
  in_run_ = false;
  if (hooks.end != nullptr) [[unlikely]] {
    hooks.end(record);
  }
  finish_run();
  return end_;
}

void Engine::prepare_run() {
  end_ = {};
  events_ = 0;
  changes_ = 1;
  performed_.fill(0);
  time_passed_ = false;
  watchful_ = recording_ || !promoted_.empty();
  every_step_ = watchful_ || explores_states();
  findings_.clear();
  outcome_.clear();
  to_promote_.clear();
  key_destructors_.clear();
  benign_.clear();
  ignoring_ = 0;
  exit_handlers_.clear();
  quick_exit_handlers_.clear();
  ignored_.clear();
  lasting_effect_ = false;
  begin_processes();
  if (g_signals.on) [[unlikely]] {
    g_signals = {};
  }
  ++run_serial_;
  for (const auto& thread : threads_) {
    thread->state = ThreadState::kAbsent;
  }
  if (!recording_) {
    ++runs_;
    drop_checkpoints();
    checkpoint_at_ = 0;
    if (const Checkpoint* from = find_checkpoint(); from != nullptr) {
      resume_checkpoint(*from);
      return;
    }
  }
  begin_afresh();
}

void Engine::begin_afresh() {
  ProcessState& process = process_state();
  locations_.begin_run();
  shadow_.begin_execution();
  spin_memory_.begin_run();
  process.arena.reset();
  process.arena.reuse_freed(explores_states());
  if (HEDDLE_CLAUSE("restore.globals")) {
    process.globals.restore();
  }
  last_run_ = 0;
  last_site_ = 0;
  if (!process.slots.is_ready(0)) {
    HEDDLE_CHECK(process.slots.prepare(0) == SlotError::kNone);
  }
  prepare_thread(0);
}

namespace {

/// Whether a signal has come that `thread` would take: then what it waits for is interrupted, and
/// the same execution is explored with the signal taken before the wait.
bool has_pending_signal(base::ThreadId thread, base::LocationId signals,
                        const graph::ExecutionGraph& graph) {
  const base::EventId newest = graph.mo_last(signals);
  graph::Operation wait;
  wait.kind = graph::OpKind::kSync;
  wait.sync = graph::SyncOp::kSignalWait;
  wait.operand = accepted_signals(thread);
  return newest.is_event() && !graph::evaluate(wait, thread, graph.event(newest).value).blocked;
}

}  // namespace

void Engine::finish_run() {
  if (!forks_.empty()) [[unlikely]] {
    check_forks();
    if (process_ != 0) {
      switch_process(0);
    }
  }
  end_.events = events_;
  end_.lasting_effect = lasting_effect_;
  end_.all_ended = true;
  for (const auto& thread : threads_) {
    if (thread->state == ThreadState::kAbsent) {
      continue;
    }
    end_.all_ended = end_.all_ended && thread->state == ThreadState::kEnded;
    if (explores_states() && thread->state == ThreadState::kFrontier && thread->id != 0 &&
        thread->request.operation.kind != graph::OpKind::kThreadStart && !thread->instrumented) {
      uninstrumented_ = true;  // It may never end, where others are asked.
    }
    end_.assumed_away = end_.assumed_away || thread->parked == Parked::kAssumed;
    end_.process_ended = end_.process_ended || thread->parked == Parked::kExited;
    const bool waits =
        thread->state == ThreadState::kFrontier || thread->state == ThreadState::kStuck;
    if (waits && g_signals.on && watches_signals(thread->id)) [[unlikely]] {
      const auto key = reinterpret_cast<std::uintptr_t>(signals_key());
      end_.assumed_away =
          end_.assumed_away ||
          has_pending_signal(thread->id, locations_.resolve(key, 0), search_->graph());
    }
    // A wait that would have expired but for the bound is no deadlock.
    if (waits && thread->request.timed && options_.timeouts == Timeouts::kAdversarial &&
        thread->pending.sync != thread->request.operation.sync) {
      end_.cut_by_bound = HEDDLE_CLAUSE("deadlock.not_by_bound");
    }
    if (recording_ && thread->state == ThreadState::kFrontier) {
      record_waiting(*thread);
    }
  }
  std::sort(outcome_.begin(), outcome_.end(),
            [](const OutcomeValue& a, const OutcomeValue& b) { return a.name < b.name; });
  if (end_.stop_everything) {
    return;
  }
  if (end_.all_ended && !program().is_explored) {
    check_threads_at_end();
  }
  const bool nobody_runs = std::all_of(threads_.begin(), threads_.end(), [](const auto& thread) {
    return thread->state == ThreadState::kAbsent || thread->state == ThreadState::kEnded ||
           thread->parked == Parked::kExited;
  });
  if (nobody_runs && options_.detect_leaks && !end_.failed) {
    check_leaks();
  }
}

void Engine::check_threads_at_end() {
  for (const auto& thread : threads_) {
    if (thread->state == ThreadState::kAbsent || thread->id == 0 || thread->joined ||
        thread->detached) {
      continue;
    }
    RawFinding finding;
    finding.kind = FindingKind::kThreadLeak;
    finding.message = thread_name(thread->id) + " was neither joined nor detached";
    RawParticipant part;
    part.thread = names_[thread->id].first;
    part.verb = "creates " + thread_name(thread->id);
    part.stack = {thread->created_at};
    finding.participants.push_back(std::move(part));
    finding.key = thread->created_at * 64 + static_cast<std::uint64_t>(finding.kind);
    add_raw(std::move(finding));
  }
}

/// Blocks that no global, no thread-local and no other reachable block points to. All stacks are
/// gone.
void Engine::check_leaks() {
  ProcessState& process = process_state();
  if (process.arena.live_blocks() == 0) {
    return;
  }
  std::vector<detect::Block> blocks;
  std::vector<const BlockInfo*> infos;
  process.arena.for_each([&](BlockInfo& block) {
    // What a forked process has is gone with it.
    if (block.state == BlockState::kLive && threads_[block.thread]->process == 0) {
      blocks.push_back({block.address, block.size});
      infos.push_back(&block);
    }
  });
  std::vector<detect::MemoryRange> roots;
  for (std::size_t i = 0; i < process.globals.dirty_pages(); ++i) {
    if (!HEDDLE_CLAUSE("leak.roots.globals")) {
      break;
    }
    const std::uintptr_t page = process.globals.dirty_page(i);
    roots.push_back({page, page + kPageSize});
  }
  for (const auto& thread : threads_) {
    if (thread->state == ThreadState::kAbsent || thread->process != 0 ||
        !HEDDLE_CLAUSE("leak.roots.thread_locals")) {
      continue;
    }
    const std::uintptr_t base = process.slots.slot(thread->id).fs_base;
    for (std::size_t i = 0; i < process.slots.tls_block_count(); ++i) {
      const TlsBlock& block = process.slots.tls_blocks()[i];
      roots.push_back({base + block.offset, base + block.offset + block.size});
    }
  }
  for (base::ThreadId id = 0; id < thread_count(); ++id) {
    const std::uintptr_t base = SharedMemory::base_of(id);
    roots.push_back({base, base + process.shared_memory.used(id)});
  }
  detect::LeakScanner scanner;
  for (const detect::Leak& leak : scanner.scan(blocks, roots)) {
    if (!leak.indirect) {
      add_leak(*infos[leak.block]);
    }
  }
}

void Engine::add_leak(const BlockInfo& block) {
  RawFinding finding;
  finding.kind = FindingKind::kLeak;
  finding.message =
      std::to_string(block.size) + " bytes are never released, and nothing points to them";
  RawParticipant part;
  part.thread = block.thread;
  part.verb = "allocates";
  part.address = block.address;
  part.size = block.size;
  part.stack = {block.site};
  finding.participants.push_back(std::move(part));
  finding.key = block.site * 64 + static_cast<std::uint64_t>(finding.kind);
  add_raw(std::move(finding));
}

/// Runs on the scheduler's side after a signal: the thread that crashed is given up.
void Engine::crashed(FindingKind kind, std::string message, std::uintptr_t pc) {
  ModelThread& thread = *running_;
  last_site_ = pc;
  thread.open.active = false;
  add_finding(kind, std::move(message), pc);
  end_.failed = true;
  record_failure(thread);
  thread.state = ThreadState::kParked;
  thread.parked = Parked::kFailed;
  resume_fiber(scheduler_);
}

}  // namespace heddle::runtime
