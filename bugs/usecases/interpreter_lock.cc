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
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
enum class Bytecode { kLoad, kAdd, kStore };

struct Interpreter {
  std::mutex lock;
  int visits = 0;

  void step(Bytecode bytecode, int& top_of_stack) {
    std::lock_guard held(lock);
    switch (bytecode) {
      case Bytecode::kLoad:
        top_of_stack = visits;
        break;
      case Bytecode::kAdd:
        top_of_stack += 1;
        break;
      case Bytecode::kStore:
        visits = top_of_stack;
        break;
    }
  }
  void run() {  // visits += 1
    int top_of_stack = 0;
    step(Bytecode::kLoad, top_of_stack);
    step(Bytecode::kAdd, top_of_stack);
    step(Bytecode::kStore, top_of_stack);
  }
};

void body() {
  Interpreter interpreter;
  std::thread first([&] { interpreter.run(); });
  std::thread second([&] { interpreter.run(); });
  first.join();
  second.join();
  heddle::observe("visits", interpreter.visits);
  assert(interpreter.visits == 2);
}
}  // namespace buggy

// Fix: the program locks too: `with lock: visits += 1`.
namespace program_lock {
enum class Bytecode { kLoad, kAdd, kStore };

struct Interpreter {
  std::mutex lock;
  std::mutex lock_of_the_program;
  int visits = 0;

  void step(Bytecode bytecode, int& top_of_stack) {
    std::lock_guard held(lock);
    switch (bytecode) {
      case Bytecode::kLoad:
        top_of_stack = visits;
        break;
      case Bytecode::kAdd:
        top_of_stack += 1;
        break;
      case Bytecode::kStore:
        visits = top_of_stack;
        break;
    }
  }
  void run() {  // with lock: visits += 1
    std::lock_guard with(lock_of_the_program);
    int top_of_stack = 0;
    step(Bytecode::kLoad, top_of_stack);
    step(Bytecode::kAdd, top_of_stack);
    step(Bytecode::kStore, top_of_stack);
  }
};

void body() {
  Interpreter interpreter;
  std::thread first([&] { interpreter.run(); });
  std::thread second([&] { interpreter.run(); });
  first.join();
  second.join();
  heddle::observe("visits", interpreter.visits);
  assert(interpreter.visits == 2);
}
}  // namespace program_lock

// Fix: one bytecode that does it all; the interpreter's lock is then held from load to store.
namespace one_bytecode {
enum class Bytecode { kIncrement };

struct Interpreter {
  std::mutex lock;
  int visits = 0;

  void step(Bytecode bytecode) {
    std::lock_guard held(lock);
    switch (bytecode) {
      case Bytecode::kIncrement:
        visits += 1;
        break;
    }
  }
  void run() {  // visits += 1
    step(Bytecode::kIncrement);
  }
};

void body() {
  Interpreter interpreter;
  std::thread first([&] { interpreter.run(); });
  std::thread second([&] { interpreter.run(); });
  first.join();
  second.join();
  heddle::observe("visits", interpreter.visits);
  assert(interpreter.visits == 2);
}
}  // namespace one_bytecode

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
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "one_bytecode",
             .body = one_bytecode::body,
             .adds = "exclusion: the interpreter's lock is held from the load to the store",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
