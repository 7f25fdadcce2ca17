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
#include <cassert>
#include <mutex>
#include <string_view>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr std::string_view kFile =
    "host = example.org\n"
    "port = 8080\n";

/// The value of `key` in a text with a line "key = value" for each.
constexpr std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t equals = line.find(" = ");
    if (line.substr(0, equals) == key) {
      return line.substr(equals + 3);
    }
    text.remove_prefix(line.size() + 1);
  }
  return {};
}

constexpr int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) {
    value = 10 * value + (digit - '0');
  }
  return value;
}

/// What the configuration file says.
struct Config {
  constexpr explicit Config(std::string_view text)
      : host(value_of(text, "host")), port(number(value_of(text, "port"))) {}

  std::string_view host;
  int port;
};

/// A server and its monitor are started at once, and both ask for the configuration.
template <class Get>
void play(Get get) {
  const Config* servers = nullptr;
  const Config* monitors = nullptr;
  std::thread server([&] { servers = get(); });
  std::thread monitor([&] { monitors = get(); });
  server.join();
  monitor.join();
  heddle::observe("the same", servers == monitors);
  assert(servers->port == 8080 && monitors->host == "example.org");
}

namespace buggy {
struct Holder {
  Config* instance = nullptr;

  ~Holder() { delete instance; }
  Config* get() {
    if (instance == nullptr) {
      instance = new Config(kFile);
    }
    return instance;
  }
};

void body() {
  Holder holder;
  play([&] { return holder.get(); });
}
}  // namespace buggy

// Fix: a static variable of a function. The language makes it once, and lets others wait.
namespace function_static {
const Config* get() {
  static const Config instance(kFile);
  return &instance;
}

void body() { play(get); }
}  // namespace function_static

// Fix: the same for a member.
namespace call_once {
struct Holder {
  std::once_flag made;
  Config* instance = nullptr;

  ~Holder() { delete instance; }
  Config* get() {
    std::call_once(made, [&] { instance = new Config(kFile); });
    return instance;
  }
};

void body() {
  Holder holder;
  play([&] { return holder.get(); });
}
}  // namespace call_once

// Fix: it is there before any thread is.
namespace constant_initialised {
constinit const Config instance(kFile);

void body() {
  play([] { return &instance; });
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
