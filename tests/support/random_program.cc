// SPDX-License-Identifier: Apache-2.0
// Building and printing random programs, and making them smaller. Drawing is in
// random_program_draw.cc.
#include "tests/support/random_program.h"

#include <fmt/format.h>

#include <algorithm>

namespace heddle::test {

using Kind = Statement::Kind;

namespace {

/// How many instructions the statement becomes.
int length(const Statement& s) { return s.kind == Kind::kScratch ? 4 : 1; }

void add(Thread& thread, const Statement& s, int skip) {
  switch (s.kind) {
    case Kind::kLoad:
      thread.load(s.target, s.location, s.order);
      break;
    case Kind::kStore:
      thread.store(s.location, s.value, s.order);
      break;
    case Kind::kStoreRegister:
      thread.store_register(s.location, s.target, s.order, s.value);
      break;
    case Kind::kAdd:
      thread.add(s.location, s.value, s.order, s.target);
      break;
    case Kind::kExchange:
      thread.exchange(s.target, s.location, s.value, s.order);
      break;
    case Kind::kCompareExchange:
      thread.compare_exchange(s.target, s.location, s.expected, s.value, s.order, s.failure,
                              s.weak);
      break;
    case Kind::kFence:
      thread.fence(s.order);
      break;
    case Kind::kSync:
      thread.sync(s.sync, s.location, s.value, s.target, s.from);
      break;
    case Kind::kCreate:
      thread.create(static_cast<base::ThreadId>(s.value));
      break;
    case Kind::kJoin:
      thread.join(static_cast<base::ThreadId>(s.value));
      break;
    case Kind::kChoose:
      thread.choose(s.target, s.value);
      break;
    case Kind::kAwait:
      thread.await(s.location, s.value, s.order);
      break;
    case Kind::kSkipIf:
      thread.skip_if(s.target, s.value, skip);
      break;
    case Kind::kSkipUnless:
      thread.skip_unless(s.target, s.value, skip);
      break;
    case Kind::kClear:
      thread.set(s.target, kNoRegister);
      break;
    case Kind::kClock:
      thread.clock(s.target);
      break;
    case Kind::kSleep:
      thread.sleep();
      break;
    case Kind::kScratch:
      for (const Location life : {s.location, s.location + 1}) {
        thread.add(life, s.value, s.order).load(s.target, life, s.failure);
      }
      break;
  }
  if (s.non_atomic) thread.non_atomic();
  if (s.plain) thread.plain();
}

const char* name(MemoryOrder order) {
  static constexpr const char* kNames[] = {"kRlx", "kAcq", "kAcq", "kRel", "kAcqRel", "kSc"};
  return kNames[static_cast<int>(order)];
}

std::string call(const Statement& s, int skip) {
  const char* order = name(s.order);
  switch (s.kind) {
    case Kind::kLoad:
      return fmt::format(".load({}, {}, {})", s.target, s.location, order);
    case Kind::kStore:
      return fmt::format(".store({}, {}, {})", s.location, s.value, order);
    case Kind::kStoreRegister:
      return fmt::format(".store_register({}, {}, {}, {})", s.location, s.target, order, s.value);
    case Kind::kAdd:
      return fmt::format(".add({}, {}, {}, {})", s.location, s.value, order, s.target);
    case Kind::kExchange:
      return fmt::format(".exchange({}, {}, {}, {})", s.target, s.location, s.value, order);
    case Kind::kCompareExchange:
      return fmt::format(".compare_exchange({}, {}, {}, {}, {}, {}, {})", s.target, s.location,
                         s.expected, s.value, order, name(s.failure), s.weak);
    case Kind::kFence:
      return fmt::format(".fence({})", order);
    case Kind::kSync:
      return fmt::format(".sync(SyncOp{{{}}}, {}, {}, {}, {})", static_cast<int>(s.sync),
                         s.location, s.value, s.target, s.from);
    case Kind::kCreate:
      return fmt::format(".create({})", s.value);
    case Kind::kJoin:
      return fmt::format(".join({})", s.value);
    case Kind::kChoose:
      return fmt::format(".choose({}, {})", s.target, s.value);
    case Kind::kAwait:
      return fmt::format(".await({}, {}, {})", s.location, s.value, order);
    case Kind::kSkipIf:
      return fmt::format(".skip_if({}, {}, {})", s.target, s.value, skip);
    case Kind::kSkipUnless:
      return fmt::format(".skip_unless({}, {}, {})", s.target, s.value, skip);
    case Kind::kClear:
      return fmt::format(".set({}, kNoRegister)", s.target);
    case Kind::kClock:
      return fmt::format(".clock({})", s.target);
    case Kind::kSleep:
      return ".sleep()";
    case Kind::kScratch:
      return fmt::format(
          ".add({0}, {1}, {2}).load({3}, {0}, {4}).add({5}, {1}, {2}).load({3}, {5}, {4})",
          s.location, s.value, order, s.target, name(s.failure), s.location + 1);
  }
  return "";
}

/// What the first thread does where the cells will be, before they are there.
void add_earlier_lives(Thread& thread) {
  thread.add(kEarlierLife, 1, kAcqRel).add(kEarlierLife + 1, 1, kAcqRel);
}

/// The instructions that the statement skips.
int skip_within(const std::vector<Statement>& thread, std::size_t at) {
  int count = 0;
  for (int i = 1; i <= thread[at].skip; ++i) {
    const std::size_t skipped = at + static_cast<std::size_t>(i);
    if (skipped < thread.size()) count += length(thread[skipped]);
  }
  return count;
}

}  // namespace

Program RandomProgram::build() const {
  Program program;
  for (const auto& [location, value] : initial) program.initial(location, value);
  program.barrier(kBarrier, kBarrierParties);
  for (const std::vector<Statement>& statements : threads) {
    Thread& thread = program.thread();
    if (native.on_stack && program.threads().size() == 1) add_earlier_lives(thread);
    for (std::size_t i = 0; i < statements.size(); ++i) {
      add(thread, statements[i], skip_within(statements, i));
    }
  }
  return program;
}

std::string RandomProgram::text() const {
  std::string text = fmt::format("seed {}, cells of {} bytes {}{}{}\n", seed, native.bytes,
                                 native.on_stack  ? "on the stack"
                                 : native.on_heap ? "on the heap"
                                                  : "in globals",
                                 native.checkpoints ? ", with checkpoints" : "",
                                 native.observed ? ", observed" : "");
  for (const auto& [location, value] : initial) {
    text += fmt::format("program.initial({}, {});\n", location, value);
  }
  text += fmt::format("program.barrier({}, {});\n", kBarrier, kBarrierParties);
  for (const std::vector<Statement>& statements : threads) {
    text += "program.thread()";
    for (std::size_t i = 0; i < statements.size(); ++i) {
      text += call(statements[i], skip_within(statements, i));
      if (statements[i].non_atomic) text += ".non_atomic()";
      if (statements[i].plain) text += ".plain()";
    }
    text += ";\n";
  }
  return text;
}

RandomProgram RandomProgram::strong() const {
  RandomProgram program = *this;
  for (std::vector<Statement>& thread : program.threads) {
    for (Statement& s : thread) s.weak = false;
  }
  return program;
}

namespace {

template <class Predicate>
bool any_statement(const RandomProgram& program, Predicate predicate) {
  return std::any_of(program.threads.begin(), program.threads.end(), [&](const auto& thread) {
    return std::any_of(thread.begin(), thread.end(), predicate);
  });
}

}  // namespace

bool RandomProgram::has_weak() const {
  return any_statement(*this, [](const Statement& s) { return s.weak; });
}

bool RandomProgram::has_plain() const {
  return any_statement(*this, [](const Statement& s) { return s.plain; });
}

std::size_t RandomProgram::statements() const {
  std::size_t count = 0;
  for (const std::vector<Statement>& thread : threads) count += thread.size();
  return count;
}

namespace {

using Fails = std::function<bool(const RandomProgram&)>;

bool try_edit(RandomProgram* program, const RandomProgram& edited, const Fails& fails) {
  if (!fails(edited)) return false;
  *program = edited;
  return true;
}

/// Removes single statements, and pairs within a thread (a lock and its unlock).
bool remove_statements(RandomProgram* program, const Fails& fails) {
  for (std::size_t t = 0; t < program->threads.size(); ++t) {
    const std::size_t size = program->threads[t].size();
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = i; j < size; ++j) {
        RandomProgram edited = *program;
        auto& thread = edited.threads[t];
        thread.erase(thread.begin() + static_cast<std::ptrdiff_t>(j));
        if (j > i) thread.erase(thread.begin() + static_cast<std::ptrdiff_t>(i));
        if (try_edit(program, edited, fails)) return true;
      }
    }
  }
  return false;
}

bool remove_last_thread(RandomProgram* program, const Fails& fails) {
  if (program->threads.empty()) return false;
  RandomProgram edited = *program;
  edited.threads.pop_back();
  for (const auto& thread : edited.threads) {
    for (const Statement& s : thread) {
      const bool names = s.kind == Kind::kCreate || s.kind == Kind::kJoin;
      if (names && s.value >= edited.threads.size()) return false;
    }
  }
  return try_edit(program, edited, fails);
}

bool simplify_statement(RandomProgram* program, std::size_t t, std::size_t i, const Fails& fails) {
  const auto edit = [&](auto change) {
    RandomProgram edited = *program;
    Statement& s = edited.threads[t][i];
    const MemoryOrder order = s.order;
    const bool changed = change(s);
    const bool valid = s.kind != Kind::kFence || s.order != kRlx || order == kRlx;
    return changed && valid && try_edit(program, edited, fails);
  };
  const auto to = [](auto& field, auto value) {
    const bool differs = field != value;
    field = value;
    return differs;
  };
  return edit([&](Statement& s) { return to(s.order, kRlx); }) ||
         edit([&](Statement& s) { return to(s.failure, kRlx); }) ||
         edit([&](Statement& s) { return to(s.weak, false); }) ||
         edit([&](Statement& s) { return to(s.plain, false); }) ||
         edit([&](Statement& s) { return to(s.non_atomic, false); });
}

bool simplify_room(RandomProgram* program, const Fails& fails) {
  RandomProgram edited = *program;
  edited.native = {};
  edited.native.observed = program->native.observed;
  edited.native.checkpoints = program->native.checkpoints;
  const bool simple =
      !program->native.on_stack && !program->native.on_heap && program->native.bytes == 8;
  return !simple && try_edit(program, edited, fails);
}

bool simplify(RandomProgram* program, const Fails& fails) {
  if (simplify_room(program, fails)) return true;
  for (std::size_t t = 0; t < program->threads.size(); ++t) {
    for (std::size_t i = 0; i < program->threads[t].size(); ++i) {
      if (simplify_statement(program, t, i, fails)) return true;
    }
  }
  return false;
}

}  // namespace

RandomProgram shrink(RandomProgram program, const Fails& fails) {
  while (remove_last_thread(&program, fails) || remove_statements(&program, fails) ||
         simplify(&program, fails)) {
  }
  return program;
}

}  // namespace heddle::test
