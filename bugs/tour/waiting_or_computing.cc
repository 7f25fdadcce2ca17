// SPDX-License-Identifier: Apache-2.0
// I/O-bound and CPU-bound work, done one after the other, by threads, by coroutines on an event
// loop, and by processes. Each job of the first kind waits for an answer (a timer stands for the
// server); each of the second kind looks for prime numbers.
#include <sys/wait.h>
#include <unistd.h>

#include <coroutine>
#include <exception>
#include <queue>

#include "bugs/tour/measure.h"

namespace tour {
namespace {

struct Load {
  unsigned jobs;
  std::chrono::milliseconds wait;  ///< For the server, in each job.
  unsigned numbers;                ///< To look at for primes, in each job.
};

unsigned primes_below(unsigned limit) {
  unsigned primes = 0;
  for (unsigned number = 2; number < limit; ++number) {
    bool is_prime = true;
    for (unsigned divisor = 2; divisor * divisor <= number && is_prime; ++divisor) {
      is_prime = number % divisor != 0;
    }
    primes += is_prime ? 1 : 0;
  }
  return primes;
}

void job(const Load& load) {
  std::this_thread::sleep_for(load.wait);
  keep(primes_below(load.numbers));
}

void one_after_the_other(const Load& load) {
  for (unsigned i = 0; i < load.jobs; ++i) {
    job(load);
  }
}

void threads(const Load& load) {
  std::vector<std::jthread> crew;
  for (unsigned i = 0; i < load.jobs; ++i) {
    crew.emplace_back([&] { job(load); });
  }
}

void processes(const Load& load) {
  std::vector<pid_t> children;
  for (unsigned i = 0; i < load.jobs; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      job(load);
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    waitpid(child, nullptr, 0);
  }
}

/// Runs coroutines in one thread. A coroutine that waits gives the thread to the others.
class EventLoop {
 public:
  /// `co_await loop.sleep(duration)`
  auto sleep(std::chrono::milliseconds duration) {
    struct Timer {
      EventLoop& loop;
      Clock::time_point when;
      bool await_ready() const { return Clock::now() >= when; }
      void await_suspend(std::coroutine_handle<> coroutine) {
        loop.timers_.push({when, coroutine});
      }
      void await_resume() const {}
    };
    return Timer{*this, Clock::now() + duration};
  }

  /// Until nobody waits any more.
  void run() {
    while (!timers_.empty()) {
      const Waiting next = timers_.top();
      timers_.pop();
      std::this_thread::sleep_until(next.when);
      next.coroutine.resume();
    }
  }

 private:
  struct Waiting {
    Clock::time_point when;
    std::coroutine_handle<> coroutine;
    bool operator<(const Waiting& other) const { return when > other.when; }  // Soonest on top.
  };
  std::priority_queue<Waiting> timers_;
};

/// A coroutine that begins at once and frees itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached job_as_coroutine(EventLoop& loop, Load load) {
  co_await loop.sleep(load.wait);
  keep(primes_below(load.numbers));
}

void coroutines(const Load& load) {
  EventLoop loop;
  for (unsigned i = 0; i < load.jobs; ++i) {
    job_as_coroutine(loop, load);
  }
  loop.run();
}

std::vector<Table> run(const Settings& settings) {
  const unsigned jobs = settings.quick ? 4 : 16;
  const Load waiting{jobs, std::chrono::milliseconds(settings.quick ? 1 : 10), 0};
  const Load computing{jobs, std::chrono::milliseconds(0), settings.quick ? 1000u : 60000u};
  const auto row = [&](const std::string& name, void (*way)(const Load&)) {
    return Row{name,
               {milliseconds_of([&] { way(waiting); }), milliseconds_of([&] { way(computing); })}};
  };
  return {{.title = std::to_string(jobs) + " jobs, on " + std::to_string(cores()) + " cores",
           .unit = "ms",
           .columns = {"I/O-bound", "CPU-bound"},
           .rows = {row("one after the other", one_after_the_other), row("threads", threads),
                    row("coroutines, one thread", coroutines), row("processes", processes)}}};
}

const Registration kRegistration{{.name = "waiting_or_computing",
                                  .title = "I/O-bound and CPU-bound work, four ways",
                                  .file = __FILE__,
                                  .exhibits = {},
                                  .run = run}};

}  // namespace
}  // namespace tour
