// SPDX-License-Identifier: Apache-2.0
// The builder of abstract programs, and the canonical form of graphs.
#include "tests/support/program.h"

#include <fmt/format.h>

#include <algorithm>

namespace heddle::test {

using graph::Operation;
using graph::OpKind;

Thread& Thread::operation(Operation operation, int target, int a) {
  Instruction instruction;
  instruction.operation = operation;
  instruction.target = target;
  instruction.a = a;
  instructions_.push_back(instruction);
  return *this;
}

namespace {

Operation access(OpKind kind, Location x, MemoryOrder order, std::uint64_t operand = 0) {
  Operation operation;
  operation.kind = kind;
  operation.location = x;
  operation.order = order;
  operation.operand = operand;
  return operation;
}

}  // namespace

Thread& Thread::load(int target, Location x, MemoryOrder order) {
  return operation(access(OpKind::kLoad, x, order), target);
}

Thread& Thread::store(Location x, std::uint64_t value, MemoryOrder order) {
  return operation(access(OpKind::kStore, x, order, value), kNoRegister);
}

Thread& Thread::store_register(Location x, int a, MemoryOrder order, std::uint64_t value) {
  return operation(access(OpKind::kStore, x, order, value), kNoRegister, a);
}

Thread& Thread::add(Location x, std::uint64_t value, MemoryOrder order, int target) {
  Operation add = access(OpKind::kRmw, x, order, value);
  add.rmw = graph::RmwOp::kAdd;
  return operation(add, target);
}

Thread& Thread::exchange(int target, Location x, std::uint64_t value, MemoryOrder order) {
  return operation(access(OpKind::kRmw, x, order, value), target);
}

Thread& Thread::compare_exchange(int target, Location x, std::uint64_t expected,
                                 std::uint64_t desired, MemoryOrder success, MemoryOrder failure,
                                 bool weak) {
  Operation cas = access(OpKind::kCompareExchange, x, success, desired);
  cas.expected = expected;
  cas.failure_order = failure;
  cas.weak = weak;
  return operation(cas, target);
}

Thread& Thread::fence(MemoryOrder order) {
  return operation(access(OpKind::kFence, base::kNoLocation, order), kNoRegister);
}

Thread& Thread::sync(graph::SyncOp op, Location object, std::uint64_t argument, int target, int a) {
  Operation sync = access(OpKind::kSync, object, kRlx, argument);
  sync.sync = op;
  return operation(sync, target, a);
}

Thread& Thread::create(base::ThreadId child) {
  return operation(access(OpKind::kThreadCreate, base::kNoLocation, kRlx, child), kNoRegister);
}

Thread& Thread::join(base::ThreadId child) {
  return operation(access(OpKind::kThreadJoin, base::kNoLocation, kRlx, child), kNoRegister);
}

Thread& Thread::choose(int target, std::uint64_t outcomes) {
  return operation(access(OpKind::kChoice, base::kNoLocation, kRlx, outcomes), target);
}

Thread& Thread::await(Location x, std::uint64_t value, MemoryOrder order) {
  operation(access(OpKind::kLoad, x, order), kNoRegister);
  instructions_.back().code = Instruction::Code::kAwait;
  instructions_.back().constant = value;
  return *this;
}

Thread& Thread::clock(int target) {
  Instruction clock;
  clock.code = Instruction::Code::kClock;
  clock.target = target;
  instructions_.push_back(clock);
  return *this;
}

Thread& Thread::sleep() {
  Instruction sleep;
  sleep.code = Instruction::Code::kSleep;
  instructions_.push_back(sleep);
  return *this;
}

Thread& Thread::set(int target, int a, int b, std::uint64_t constant) {
  Instruction set;
  set.code = Instruction::Code::kSet;
  set.target = target;
  set.a = a;
  set.b = b;
  set.constant = constant;
  instructions_.push_back(set);
  return *this;
}

namespace {

Instruction branch(Instruction::Code code, int a, std::uint64_t value, int count) {
  Instruction branch;
  branch.code = code;
  branch.a = a;
  branch.constant = value;
  branch.skip = count;
  return branch;
}

}  // namespace

Thread& Thread::skip_if(int a, std::uint64_t value, int count) {
  instructions_.push_back(branch(Instruction::Code::kSkipIf, a, value, count));
  return *this;
}

Thread& Thread::skip_unless(int a, std::uint64_t value, int count) {
  instructions_.push_back(branch(Instruction::Code::kSkipUnless, a, value, count));
  return *this;
}

Thread& Thread::skip_above(int a, std::uint64_t value, int count) {
  instructions_.push_back(branch(Instruction::Code::kSkipAbove, a, value, count));
  return *this;
}

Thread& Thread::non_atomic() {
  instructions_.back().operation.non_atomic = true;
  return *this;
}

Thread& Thread::plain() {
  instructions_.back().code = Instruction::Code::kPlain;
  return *this;
}

Program& Program::initial(Location x, std::uint64_t value) {
  if (initial_.size() <= x) initial_.resize(x + 1, 0);
  initial_[x] = value;
  return *this;
}

bool Program::has_plain() const {
  return std::any_of(threads_.begin(), threads_.end(), [](const Thread& thread) {
    const auto& list = thread.instructions();
    return std::any_of(list.begin(), list.end(), [](const Instruction& instruction) {
      return instruction.code == Instruction::Code::kPlain;
    });
  });
}

std::string outcome_of(const Program& program, const Registers& registers) {
  std::string text;
  for (std::size_t t = 0; t < program.threads().size(); ++t) {
    if (t > 0) text += "| ";
    int used = -1;
    for (const Instruction& i : program.threads()[t].instructions()) {
      used = std::max(used, i.target);
    }
    for (int r = 0; r <= used; ++r) {
      text += fmt::format("{} ", registers[t][static_cast<std::size_t>(r)]);
    }
  }
  return text.empty() ? text : text.substr(0, text.size() - 1);
}

Program& Program::barrier(Location x, std::uint64_t parties) {
  if (parties_.size() <= x) parties_.resize(x + 1, 0);
  parties_[x] = parties;
  return initial(x, graph::apply_sync(graph::SyncOp::kBarrierInit, 0, parties, 0).next);
}

namespace {

std::string name(base::EventId id) {
  if (id.is_init()) return "init";
  if (id.is_none()) return "-";
  return fmt::format("{}.{}", id.thread(), id.index());
}

}  // namespace

std::string canonical(const graph::ExecutionGraph& graph) {
  std::string text;
  for (base::ThreadId t = 0; t < graph.thread_count(); ++t) {
    for (std::uint32_t i = 0; i < graph.size(t); ++i) {
      const graph::Event& event = graph.event({t, i});
      if (event.blocked || event.kind == graph::EventKind::kThreadEnd) continue;
      text += fmt::format("{} ", static_cast<int>(event.kind));
      if (event.kind == graph::EventKind::kRead)
        text += name(event.rf) + (event.spurious ? "s" : "");
      if (event.kind == graph::EventKind::kWrite) text += name(event.mo_previous);
      if (event.kind == graph::EventKind::kChoice) text += std::to_string(event.value);
      text += ',';
    }
    text += ';';
  }
  while (!text.empty() && text.back() == ';') text.pop_back();
  return text;
}

}  // namespace heddle::test
