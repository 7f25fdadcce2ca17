// SPDX-License-Identifier: Apache-2.0
// Interpreter lock. A toy interpreter runs each bytecode under one global lock, so the program that
// it runs has no data race; but `visits += 1` is three bytecodes, and the lock is free between
// them.
//
//   first thread                second thread
//   -----------------------------------------
//   [lock] LOAD visits: 0
//                               [lock] LOAD visits: 0
//                               [lock] ADD 1
//                               [lock] STORE visits: 1
//   [lock] ADD 1
//   [lock] STORE visits: 1               two increments, visits == 1
#include <array>
#include <cassert>
#include <mutex>
#include <span>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

enum class Operation {
  kLoad,       ///< Pushes a variable.
  kAdd,        ///< Adds a number to what is on top of the stack.
  kStore,      ///< Pops into a variable.
  kIncrement,  ///< Adds a number to a variable.
  kLock,       ///< Locks the program's lock, which is not the interpreter's.
  kUnlock,
};

struct Bytecode {
  Operation operation;
  int variable = 0;
  int number = 0;
};

using Program = std::span<const Bytecode>;

/// Runs programs in several threads, one bytecode at a time in all of them.
class Interpreter {
 public:
  void run(Program program) {
    int top_of_stack = 0;
    for (const Bytecode& bytecode : program) {
      if (bytecode.operation == Operation::kLock) {
        programs_lock_.lock();  // Waiting with the interpreter's lock would stop everybody.
        continue;
      }
      std::lock_guard held(global_lock_);
      execute(bytecode, top_of_stack);
    }
  }
  int value_of(int variable) const { return variables_[variable]; }

 private:
  void execute(const Bytecode& bytecode, int& top_of_stack) {
    int& variable = variables_[bytecode.variable];
    switch (bytecode.operation) {
      case Operation::kLoad:
        top_of_stack = variable;
        break;
      case Operation::kAdd:
        top_of_stack += bytecode.number;
        break;
      case Operation::kStore:
        variable = top_of_stack;
        break;
      case Operation::kIncrement:
        variable += bytecode.number;
        break;
      case Operation::kUnlock:
        programs_lock_.unlock();
        break;
      case Operation::kLock:
        break;
    }
  }

  std::mutex global_lock_;
  std::mutex programs_lock_;
  std::array<int, 2> variables_{};
};

constexpr int kVisits = 0;

/// Two threads of the interpreter count one visit each.
void play(Program program) {
  Interpreter interpreter;
  std::thread first([&] { interpreter.run(program); });
  std::thread second([&] { interpreter.run(program); });
  first.join();
  second.join();
  heddle::observe("visits", interpreter.value_of(kVisits));
  assert(interpreter.value_of(kVisits) == 2);
}

namespace buggy {
constexpr std::array kProgram{
    // visits += 1
    Bytecode{Operation::kLoad, kVisits},
    Bytecode{Operation::kAdd, 0, 1},
    Bytecode{Operation::kStore, kVisits},
};

void body() { play(kProgram); }
}  // namespace buggy

// Fix: the program locks too.
namespace program_lock {
constexpr std::array kProgram{
    // with lock: visits += 1
    Bytecode{Operation::kLock},      Bytecode{Operation::kLoad, kVisits},
    Bytecode{Operation::kAdd, 0, 1}, Bytecode{Operation::kStore, kVisits},
    Bytecode{Operation::kUnlock},
};

void body() { play(kProgram); }
}  // namespace program_lock

// Fix: one bytecode that does it all; the interpreter's lock is then held from load to store.
namespace one_bytecode {
constexpr std::array kProgram{
    // visits.increment(1)
    Bytecode{Operation::kIncrement, kVisits, 1},
};

void body() { play(kProgram); }
}  // namespace one_bytecode

// Fix: a variable for each thread. Who wants to know the number of visits adds them up.
namespace own_variable {
constexpr std::array kFirst{
    // my_visits += 1
    Bytecode{Operation::kLoad, 0},
    Bytecode{Operation::kAdd, 0, 1},
    Bytecode{Operation::kStore, 0},
};
constexpr std::array kSecond{
    // my_visits += 1
    Bytecode{Operation::kLoad, 1},
    Bytecode{Operation::kAdd, 0, 1},
    Bytecode{Operation::kStore, 1},
};

void body() {
  Interpreter interpreter;
  std::thread first([&] { interpreter.run(kFirst); });
  std::thread second([&] { interpreter.run(kSecond); });
  first.join();
  second.join();
  const int visits = interpreter.value_of(0) + interpreter.value_of(1);
  heddle::observe("visits", visits);
  assert(visits == 2);
}
}  // namespace own_variable

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "interpreter_lock",
    .title = "A global interpreter lock does not make += atomic",
    .story = "An interpreter with one global lock executes each bytecode under it. `visits += 1` "
             "compiles to LOAD, ADD and STORE, and another thread may run between any two of them: "
             "updates are lost although no two threads ever run at once.",
    .kind = "atomicity violation under a global lock",
    .cwe = "362",
    .origin = "Python FAQ, \"What kinds of global value mutation are thread-safe?\"",
    .threads = 2,
    .tsan_reason = "Every access holds the interpreter's lock, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 20},
            {.name = "program_lock",
             .body = program_lock::body,
             .adds = "exclusion: the program's own lock is held over all three bytecodes",
             .primitive = "std::mutex"},
            {.name = "one_bytecode",
             .body = one_bytecode::body,
             .adds = "exclusion: the interpreter's lock is held from the load to the store",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "own_variable",
             .body = own_variable::body,
             .adds = "ownership: each thread has its variable until it is joined",
             .primitive = "std::thread::join",
             .sc_executions = 20},
        },
}};

}  // namespace
