// SPDX-License-Identifier: Apache-2.0
// The list of programs, and the processors that they may use.
#include "bugs/tour/measure.h"

#include <sched.h>

#include <algorithm>
#include <utility>

namespace tour {
namespace {

constexpr unsigned kThreads[] = {1, 2, 4, 8};

// A function's static, so that it exists before the first Registration of whichever file.
std::vector<Program>& registered() {
  static std::vector<Program> programs;
  return programs;
}

}  // namespace

Registration::Registration(Program program) { registered().push_back(std::move(program)); }

const std::vector<Program>& programs() {
  static const std::vector<Program>& sorted = []() -> std::vector<Program>& {
    std::sort(registered().begin(), registered().end(),
              [](const Program& a, const Program& b) { return a.name < b.name; });
    return registered();
  }();
  return sorted;
}

std::vector<std::string> thread_columns() {
  std::vector<std::string> columns;
  for (const unsigned threads : kThreads) {
    columns.push_back(std::to_string(threads) + (threads == 1 ? " thread" : " threads"));
  }
  return columns;
}

Row over_threads(const std::string& name, double (*way)(unsigned, const Settings&),
                 const std::string& exhibit, const Settings& settings) {
  Row row{name, {}, exhibit};
  for (const unsigned threads : kThreads) {
    row.values.push_back(way(threads, settings));
  }
  return row;
}

void on_one_core(const std::function<void()>& work) {
  std::thread pinned([&] {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    int core = 0;
    while (core < CPU_SETSIZE - 1 && !CPU_ISSET(core, &allowed)) {
      ++core;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);  // Threads started from here inherit it.
    work();
  });
  pinned.join();
}

unsigned cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  return known ? static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed))) : 1;
}

}  // namespace tour
