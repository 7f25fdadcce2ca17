// SPDX-License-Identifier: Apache-2.0
// Configuration singleton. The first to ask for the configuration makes it. Two ask at once, both
// find none and both make one; the slower overwrites the other's, which nobody owns any more.
//
//   first                       second
//   ----------------------------------
//   reads instance: null
//                               reads instance: null
//   makes one, stores it
//                               makes another, stores it        the first one is lost
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Config {
  int port = 8080;
};

namespace buggy {
struct Holder {
  Config* instance = nullptr;

  ~Holder() { delete instance; }
  Config* get() {
    if (instance == nullptr) {
      instance = new Config;
    }
    return instance;
  }
};

void body() {
  Holder holder;
  Config* one = nullptr;
  Config* other = nullptr;
  std::thread first([&] { one = holder.get(); });
  std::thread second([&] { other = holder.get(); });
  first.join();
  second.join();
  heddle::observe("the same", one == other);
}
}  // namespace buggy

// Fix: a static variable of a function. The language makes it once, and lets others wait.
namespace function_static {
Config* get() {
  static Config instance;
  return &instance;
}

void body() {
  Config* one = nullptr;
  Config* other = nullptr;
  std::thread first([&] { one = get(); });
  std::thread second([&] { other = get(); });
  first.join();
  second.join();
  heddle::observe("the same", one == other);
}
}  // namespace function_static

// Fix: the same for a member.
namespace call_once {
struct Holder {
  std::once_flag made;
  Config* instance = nullptr;

  ~Holder() { delete instance; }
  Config* get() {
    std::call_once(made, [&] { instance = new Config; });
    return instance;
  }
};

void body() {
  Holder holder;
  Config* one = nullptr;
  Config* other = nullptr;
  std::thread first([&] { one = holder.get(); });
  std::thread second([&] { other = holder.get(); });
  first.join();
  second.join();
  heddle::observe("the same", one == other);
}
}  // namespace call_once

// Fix: it is there before any thread is.
namespace constant_initialised {
constinit Config instance;

void body() {
  Config* one = nullptr;
  Config* other = nullptr;
  std::thread first([&] { one = &instance; });
  std::thread second([&] { other = &instance; });
  first.join();
  second.join();
  heddle::observe("the same", one == other);
}
}  // namespace constant_initialised

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "config_singleton",
    .title = "A configuration is made twice, and one of the two is lost",
    .story = "The configuration is made by whoever asks for it first. Two threads that ask at once "
             "both find none. Each makes one; they work with different configurations, and the one "
             "that was stored first leaks.",
    .kind = "lazy initialisation race",
    .cwe = "543,1096",
    .threads = 2,
    .tsan_reason = "The pointer is plain, and both threads read and write it without order.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kLeak},
             .tsan = {"data_race"}},
            {.name = "function_static",
             .body = function_static::body,
             .adds = "happens-before: the end of the one initialisation before every use",
             .primitive = "a static local variable"},
            {.name = "call_once",
             .body = call_once::body,
             .adds = "happens-before: the end of the one call before every return",
             .primitive = "std::call_once"},
            {.name = "constant_initialised",
             .body = constant_initialised::body,
             .adds = "order: it is made before any thread starts",
             .primitive = "constinit",
             .sc_executions = 1},
        },
}};

}  // namespace
