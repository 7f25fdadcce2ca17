// SPDX-License-Identifier: Apache-2.0
// Runs abstract programs by the contract of search.h: replay the graph, then extend it.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "checker/base/check.h"
#include "checker/graph/consistency.h"
#include "tests/support/program.h"
#include "tests/support/program_memory.h"

namespace heddle::test {
namespace {

using base::EventId;
using base::ThreadId;
using graph::Event;
using graph::EventKind;
using graph::ExecutionGraph;
using graph::Operation;
using graph::OpKind;

struct ThreadState {
  enum class Status : std::uint8_t { kRunning, kDone, kParked, kBlocked, kNotCreated };
  Status status = Status::kRunning;
  std::size_t at = 0;                ///< Next instruction.
  std::uint32_t events = 0;          ///< Of the graph, already replayed.
  std::uint64_t time = 0;            ///< What its clock shows.
  std::uint64_t called = 0;          ///< What it showed when the timed call at hand began.
  std::vector<std::uint64_t> times;  ///< After each event.
  bool start_due = false;            ///< Has yet to start, by an event.
  Operation pending;                 ///< What it asks for when it is at the frontier.
};

class Runner {
 public:
  Runner(const Program& program, search::Search& search, const RunOptions& options)
      : program_(program),
        search_(search),
        options_(options),
        memory_(program),
        threads_(program.threads().size()) {
    created_.resize(threads_.size(), false);
    joined_.resize(threads_.size(), false);
    for (const Thread& thread : program.threads()) {
      for (const Instruction& instruction : thread.instructions()) {
        const OpKind kind = instruction.operation.kind;
        const auto other = static_cast<ThreadId>(instruction.operation.operand);
        if (kind == OpKind::kThreadCreate) created_[other] = true;
        if (kind == OpKind::kThreadJoin) joined_[other] = true;
      }
    }
  }

  Summary run() {
    std::uint64_t count = 0;
    while ((options_.limit == 0 || count++ < options_.limit) && summary_.races == 0 &&
           search_.begin()) {
      registers_.assign(threads_.size(), {});
      if (memory_.is_needed()) memory_.begin_execution();
      for (ThreadId t = 0; t < threads_.size(); ++t) {
        threads_[t] = ThreadState{};
        threads_[t].start_due = created_[t];
      }
      replay();
      extend();
      search_.end();
      record();
    }
    return std::move(summary_);
  }

 private:
  using Status = ThreadState::Status;

  /// All threads to the end of the graph, in an order that extends sb | rf.
  void replay() {
    bool moved = true;
    while (moved) {
      moved = false;
      for (ThreadId t = 0; t < threads_.size(); ++t) moved |= advance(t);
    }
  }

  /// A read of the value that a plain write left may come before that write, which is then found to
  /// race with it; so there the lives of locations are not compared.
  bool is_repeated(const Operation& was, const Operation& is) const {
    return was.kind == is.kind && was.operand == is.operand &&
           (was.location == is.location || memory_.is_needed());
  }

  bool source_replayed(const Event& event) const {
    return !event.rf.is_event() || event.rf.index() < threads_[event.rf.thread()].events;
  }

  /// Replays events of the thread, then leaves it at its next operation, parked, blocked, done, or
  /// before an event whose source has not been replayed. True if it replayed any.
  bool advance(ThreadId t) {
    ThreadState& state = threads_[t];
    const std::uint32_t before = state.events;
    while (next_operation(t)) {
      if (state.events >= search_.graph().size(t)) break;
      const Event& event = search_.graph().event({t, state.events});
      if (!source_replayed(event)) break;
      if (!is_repeated(event.operation, state.pending)) {
        // What plain accesses read depends on the order of the steps: there is a race.
        HEDDLE_CHECK(memory_.is_needed());
        memory_.note_race();
        state.status = Status::kBlocked;
        break;
      }
      if (event.blocked) {
        state.status = Status::kBlocked;
        break;
      }
      step(t, event.result, event.has_write ? 2 : 1);
    }
    return state.events != before;
  }

  /// Runs local instructions up to the next operation and puts it into `pending`. False if the
  /// thread has none (parked, done or not created).
  bool next_operation(ThreadId t) {
    ThreadState& state = threads_[t];
    if (state.status != Status::kRunning && state.status != Status::kNotCreated) return false;
    state.status = Status::kRunning;
    if (state.start_due) {
      if (search_.graph().create_of(t).is_none()) {
        state.status = Status::kNotCreated;
        return false;
      }
      state.pending = Operation{};
      state.pending.kind = OpKind::kThreadStart;
      return true;
    }
    const auto& instructions = program_.threads()[t].instructions();
    while (state.at < instructions.size()) {
      const Instruction& instruction = instructions[state.at];
      if (instruction.code == Instruction::Code::kOperation ||
          instruction.code == Instruction::Code::kAwait) {
        state.pending = instruction.operation;
        state.pending.initial = program_.initial_of(state.pending.location);
        if (memory_.is_needed() && is_access(state.pending.kind)) {
          state.pending.initial = memory_.initial(state.pending.location);
          state.pending.location = memory_.location(state.pending.location);
        }
        if (instruction.a != kNoRegister) state.pending.operand += registers_[t][instruction.a];
        return true;
      }
      if (instruction.code == Instruction::Code::kPlain) {
        access_plainly(t, instruction);
        continue;
      }
      run_local(t, instruction);
    }
    if (state.at == instructions.size() && joined_[t]) {
      state.pending = Operation{};
      state.pending.kind = OpKind::kThreadEnd;
      return true;
    }
    state.status = Status::kDone;
    return false;
  }

  static bool is_access(OpKind kind) { return kind <= OpKind::kCompareExchange; }

  void access_plainly(ThreadId t, const Instruction& instruction) {
    ThreadState& state = threads_[t];
    Operation operation = instruction.operation;
    if (instruction.a != kNoRegister) operation.operand += registers_[t][instruction.a];
    const std::uint64_t value = memory_.plain(search_.graph(), t, state.events, operation);
    if (instruction.target != kNoRegister) registers_[t][instruction.target] = value;
    ++state.at;
  }

  void run_local(ThreadId t, const Instruction& instruction) {
    const auto value = [&](int r) { return r == kNoRegister ? 0 : registers_[t][r]; };
    ThreadState& state = threads_[t];
    ++state.at;
    const std::uint64_t a = value(instruction.a);
    bool skip = false;
    switch (instruction.code) {
      case Instruction::Code::kClock:
        registers_[t][instruction.target] = state.time;
        break;
      case Instruction::Code::kSleep:
        ++state.time;
        break;
      case Instruction::Code::kSet:
        registers_[t][instruction.target] = a + value(instruction.b) + instruction.constant;
        break;
      case Instruction::Code::kSkipIf:
        skip = a == instruction.constant;
        break;
      case Instruction::Code::kSkipUnless:
        skip = a != instruction.constant;
        break;
      default:
        skip = a > instruction.constant;
    }
    if (skip) state.at += instruction.skip;
  }

  /// A clock is the latest of its prefix, and a wait that expires moves it.
  void pass_time(ThreadId t, std::uint64_t result, std::uint32_t events) {
    ThreadState& state = threads_[t];
    const Event& event = search_.graph().event({t, state.events});
    const graph::SyncOp op = state.pending.sync;
    if (op != graph::SyncOp::kConditionTimedWait && op != graph::SyncOp::kConditionWait &&
        op != graph::SyncOp::kMutexUnlock) {
      state.called = state.time;  // A wait on a condition begins when it enters the queue.
    }
    if (event.rf.is_event()) {
      state.time = std::max(state.time, threads_[event.rf.thread()].times[event.rf.index()]);
    }
    if (graph::is_timed(op) && result == ETIMEDOUT) {
      state.time = std::max(state.time, state.called + 1);
    }
    state.times.resize(state.events + events, state.time);
  }

  /// The pending operation was done with `result`, by `events` events.
  void step(ThreadId t, std::uint64_t result, std::uint32_t events) {
    ThreadState& state = threads_[t];
    if (memory_.is_needed() && is_access(state.pending.kind)) {
      const Location x = program_.threads()[t].instructions()[state.at].operation.location;
      memory_.atomic(search_.graph(), t, state.events, x);
    }
    pass_time(t, result, events);
    state.events += events;
    if (state.start_due) {
      state.start_due = false;
      return;
    }
    if (state.pending.kind == OpKind::kThreadEnd) {
      state.status = Status::kDone;
      return;
    }
    const Instruction& instruction = program_.threads()[t].instructions()[state.at];
    if (instruction.code == Instruction::Code::kAwait && result != instruction.constant) {
      state.status = Status::kParked;
      return;
    }
    if (instruction.target != kNoRegister) registers_[t][instruction.target] = result;
    ++state.at;
  }

  void extend() {
    ThreadId current = search::kNoThread;
    while (true) {
      pending_.clear();
      for (ThreadId t = 0; t < threads_.size(); ++t) {
        if (threads_[t].status == Status::kNotCreated) advance(t);
        if (threads_[t].status == Status::kRunning) pending_.push_back({t, &threads_[t].pending});
      }
      const ThreadId t = search_.choose_thread(pending_, current);
      if (t == search::kNoThread) return;
      const search::Result result = search_.execute(t, threads_[t].pending);
      current = t;
      if (result.status == search::Result::Status::kBlocked) {
        if (search_.graph().blocked(t)) threads_[t].status = Status::kBlocked;
        continue;
      }
      step(t, result.value, search_.graph().size(t) - threads_[t].events);
      advance(t);
    }
  }

  Execution::End classify() const {
    const ExecutionGraph& graph = search_.graph();
    Execution::End end = Execution::End::kComplete;
    for (ThreadId t = 0; t < threads_.size(); ++t) {
      const Status status = threads_[t].status;
      if (status == Status::kDone || status == Status::kNotCreated) continue;
      if (end == Execution::End::kComplete) end = Execution::End::kDeadlocked;
      if (status != Status::kParked && !graph.blocked(t)) continue;
      const Event& last = graph.last(t);
      if (last.rf != graph.mo_last(last.location)) end = Execution::End::kBlocked;
    }
    return end;
  }

  void record() {
    const ExecutionGraph& graph = search_.graph();
    summary_.races += memory_.is_needed() && memory_.raced() ? 1 : 0;
    const Execution execution{classify(), registers_, graph};
    if (options_.check != nullptr && !graph::is_consistent(graph, *options_.check)) {
      ++summary_.inconsistent;
    }
    if (options_.on_execution) options_.on_execution(execution);
    if (execution.end == Execution::End::kBlocked) {
      ++summary_.blocked;
      return;
    }
    const bool complete = execution.end == Execution::End::kComplete;
    ++(complete ? summary_.complete : summary_.deadlocked);
    if (!options_.collect) return;
    if (!summary_.graphs.insert(canonical(graph)).second) ++summary_.duplicates;
    if (complete) summary_.outcomes.insert(outcome_of(program_, registers_));
  }

  const Program& program_;
  search::Search& search_;
  const RunOptions& options_;
  ProgramMemory memory_;
  std::vector<ThreadState> threads_;
  std::vector<bool> created_;
  std::vector<bool> joined_;
  Registers registers_;
  std::vector<search::PendingOperation> pending_;
  Summary summary_;
};

}  // namespace

Summary run(const Program& program, search::Search& search, const RunOptions& options) {
  return Runner(program, search, options).run();
}

}  // namespace heddle::test
