// SPDX-License-Identifier: Apache-2.0
// What it costs to have something done by a function, a task, an event, a coroutine, a thread and a
// process: to start one and to see its end, and to go to it and come back.
#include <sys/wait.h>
#include <unistd.h>

#include <coroutine>
#include <deque>
#include <exception>
#include <map>
#include <semaphore>
#include <string>

#include "bugs/tour/measure.h"

namespace tour {
namespace {

/// Nanoseconds of one of `times` rounds of `work`.
template <class Work>
double nanoseconds_of(unsigned times, Work work) {
  return 1e6 * milliseconds_of([&] {
           for (unsigned i = 0; i < times; ++i) {
             work();
           }
         }) /
         times;
}

[[gnu::noinline]] void call() { keep(0); }

double function_call(unsigned times) { return nanoseconds_of(times, call); }

/// A piece of work that is put down now and done later.
double task(unsigned times) {
  std::deque<std::function<void()>> tasks;
  return nanoseconds_of(times, [&] {
    tasks.emplace_back(call);
    tasks.front()();
    tasks.pop_front();
  });
}

/// Something that happened, and a handler that is looked up for it.
double event(unsigned times) {
  std::map<std::string, std::function<void(const std::string&)>> handlers;
  handlers["click"] = [](const std::string& where) { keep(where); };
  handlers["key"] = [](const std::string& which) { keep(which); };
  std::deque<std::pair<std::string, std::string>> events;
  return nanoseconds_of(times, [&] {
    events.emplace_back("click", "button");
    handlers.at(events.front().first)(events.front().second);
    events.pop_front();
  });
}

/// A function that can stop in the middle and go on later.
struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

/// Not inlined, or there would be no coroutine left.
[[gnu::noinline]] Coroutine stops(unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    co_await std::suspend_always();
  }
}

double coroutine(unsigned times) {
  return nanoseconds_of(times, [] {
    const Coroutine started = stops(0);
    keep(started.handle.address());
    started.handle.resume();
    started.handle.destroy();
  });
}

double coroutine_switch(unsigned times) {
  const Coroutine started = stops(times + 1);
  keep(started.handle.address());
  const double result = nanoseconds_of(times, [&] { started.handle.resume(); });
  started.handle.destroy();
  return result;
}

double thread(unsigned times) {
  return nanoseconds_of(times, [] { std::thread(call).join(); });
}

double thread_switch(unsigned times) {
  std::binary_semaphore there{0};
  std::binary_semaphore back{0};
  const std::jthread other([&] {
    for (unsigned i = 0; i < times; ++i) {
      there.acquire();
      back.release();
    }
  });
  return nanoseconds_of(times, [&] {
    there.release();
    back.acquire();
  });
}

double process(unsigned times) {
  return nanoseconds_of(times, [] {
    const pid_t child = fork();
    if (child == 0) {
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  });
}

double process_switch(unsigned times) {
  int there[2];
  int back[2];
  if (pipe(there) != 0 || pipe(back) != 0) {
    return 0;
  }
  char byte = 0;
  const pid_t child = fork();
  if (child == 0) {
    for (unsigned i = 0; i < times; ++i) {
      if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1) {
        break;
      }
    }
    _exit(0);
  }
  const double result = nanoseconds_of(times, [&] {
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) {
      std::terminate();
    }
  });
  waitpid(child, nullptr, 0);
  for (const int end : {there[0], there[1], back[0], back[1]}) {
    close(end);
  }
  return result;
}

std::vector<Table> run(const Settings& settings) {
  const unsigned many = settings.quick ? 1000 : 1'000'000;
  const unsigned few = settings.quick ? 4 : 2000;
  const double called = function_call(many);
  const double tasked = task(many);
  const double handled = event(many);
  return {{.title = "to start one and see its end; to go to it and come back",
           .unit = "ns",
           .columns = {"start and end", "there and back"},
           .rows = {{"function", {called, called}},
                    {"task in a queue", {tasked, tasked}},
                    {"event and its handler", {handled, handled}},
                    {"coroutine", {coroutine(many), coroutine_switch(many)}},
                    {"thread", {thread(few), thread_switch(few)}},
                    {"process", {process(few), process_switch(few)}}}}};
}

const Registration kRegistration{{.name = "units",
                                  .title = "Function, task, event, coroutine, thread, process",
                                  .file = __FILE__,
                                  .exhibits = {},
                                  .run = run}};

}  // namespace
}  // namespace tour
