// SPDX-License-Identifier: Apache-2.0
// A global interpreter lock, and the ways around it. A toy interpreter runs a loop of bytecodes in
// 1, 2 and 4 threads. With one lock for all, more threads get nothing more done, whatever the
// number of processors: they take turns. Ways around: hold the lock longer (fewer turns), do the
// work in a native function that does without it, give each thread or each process an interpreter
// of its own, or do without the lock.
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <span>

#include "bugs/tour/measure.h"

namespace tour {
namespace {

enum class Bytecode { kLoad, kAdd, kStore };

constexpr Bytecode kProgram[] = {Bytecode::kLoad, Bytecode::kAdd, Bytecode::kStore};  // n += 1

struct Frame {
  std::uint64_t variable = 0;
  std::uint64_t top_of_stack = 0;
};

[[gnu::noinline]] void execute(Bytecode bytecode, Frame& frame) {
  switch (bytecode) {
    case Bytecode::kLoad:
      frame.top_of_stack = frame.variable;
      break;
    case Bytecode::kAdd:
      frame.top_of_stack += 1;
      break;
    case Bytecode::kStore:
      frame.variable = frame.top_of_stack;
      break;
  }
}

/// How much one thread is to do: rounds of the program.
struct Work {
  unsigned threads;
  unsigned rounds;
};

/// `interpret(frame, rounds)` in each thread; milliseconds until all have ended.
template <class Interpret>
double in_threads(const Work& work, Interpret interpret) {
  return milliseconds_of([&] {
    std::vector<std::jthread> crew;
    for (unsigned i = 0; i < work.threads; ++i) {
      crew.emplace_back([&] {
        Frame frame;
        interpret(frame, work.rounds);
        keep(frame);
      });
    }
  });
}

/// The lock is given free every `turn` bytecodes.
template <unsigned turn>
double global_lock(const Work& work) {
  std::mutex lock;
  return in_threads(work, [&](Frame& frame, unsigned rounds) {
    lock.lock();
    unsigned until_turn = turn;
    for (unsigned round = 0; round < rounds; ++round) {
      for (const Bytecode bytecode : kProgram) {
        execute(bytecode, frame);
        if (--until_turn == 0) {
          lock.unlock();
          lock.lock();
          until_turn = turn;
        }
      }
    }
    lock.unlock();
  });
}

/// A call of a native function, which gives the lock free while it computes.
double native_function(const Work& work) {
  std::mutex lock;
  return in_threads(work, [&](Frame& frame, unsigned rounds) {
    std::unique_lock held(lock);
    Frame copy = frame;
    held.unlock();
    for (unsigned round = 0; round < rounds; ++round) {
      for (const Bytecode bytecode : kProgram) {
        execute(bytecode, copy);
      }
    }
    held.lock();
    frame = copy;
  });
}

/// An interpreter for each thread: each has a lock, which nobody else wants.
double own_interpreters(const Work& work) {
  return in_threads(work, [&](Frame& frame, unsigned rounds) {
    std::mutex lock;
    for (unsigned round = 0; round < rounds; ++round) {
      for (const Bytecode bytecode : kProgram) {
        std::lock_guard held(lock);
        execute(bytecode, frame);
      }
    }
  });
}

double processes(const Work& work) {
  return milliseconds_of([&] {
    std::vector<pid_t> children;
    for (unsigned i = 0; i < work.threads; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        keep(global_lock<100>({1, work.rounds}));
        _exit(0);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      waitpid(child, nullptr, 0);
    }
  });
}

/// No global lock: what threads share must be safe by itself, here by being atomic.
double without(const Work& work) {
  std::atomic<std::uint64_t> shared{0};
  return in_threads(work, [&](Frame& frame, unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
      for (const Bytecode bytecode : kProgram) {
        execute(bytecode, frame);
      }
    }
    shared += frame.variable;
  });
}

std::vector<Table> run(const Settings& settings) {
  const unsigned rounds = settings.quick ? 1000 : 1'000'000;
  const auto row = [&](const std::string& name, double (*way)(const Work&),
                       const std::string& exhibit = {}) {
    Row row{name, {}, exhibit};
    for (const unsigned threads : {1u, 2u, 4u}) {
      row.values.push_back(way({threads, rounds}));
    }
    return row;
  };
  return {{.title = "the same program in each thread, " + std::to_string(rounds) + " times, on " +
                    std::to_string(cores()) + " cores",
           .unit = "ms",
           .columns = {"1 thread", "2 threads", "4 threads"},
           .rows = {
               row("global lock, each bytecode", global_lock<1>, "usecases/interpreter_lock/buggy"),
               row("global lock, every 100", global_lock<100>, "usecases/interpreter_lock/buggy"),
               row("native function, unlocked", native_function),
               row("an interpreter for each", own_interpreters,
                   "usecases/interpreter_lock/own_variable"),
               row("a process for each", processes), row("no global lock", without)}}};
}

const Registration kRegistration{{.name = "global_lock",
                                  .title = "A global interpreter lock, and the ways around it",
                                  .file = __FILE__,
                                  .exhibits = {},
                                  .run = run}};

}  // namespace
}  // namespace tour
