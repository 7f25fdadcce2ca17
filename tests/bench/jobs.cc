// SPDX-License-Identifier: Apache-2.0
// Two jobs beside one. On a machine that others use, wall-clock time says little; processor time
// tells then what dividing the search costs, and so what two free processors would gain at most.
#include "jobs.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "heddle/heddle.h"

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Of this process and of those that it has waited for.
double processor_seconds() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    sum += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  return sum;
}

struct Measured {
  double seconds = 1e9;
  double processor = 1e9;
  std::uint64_t executions = 0;
};

void measure(void (*body)(), std::uint32_t jobs, Measured* least) {
  heddle::Options options;
  options.jobs = jobs;
  const double before = processor_seconds();
  const heddle::Report report = heddle::explore(body, options);
  least->processor = std::min(least->processor, processor_seconds() - before);
  least->seconds = std::min(least->seconds, report.seconds);
  least->executions = report.executions;
}

}  // namespace

namespace bench {

bool measure_jobs(void (*body)()) {
  Measured one;
  Measured two;
  for (int round = 0; round < 5; ++round) {
    measure(body, 1, &one);
    measure(body, 2, &two);
  }
  std::printf("two jobs              %.2f s, one %.2f s: %.2f times as fast (milestone: 1.8)\n",
              two.seconds, one.seconds, one.seconds / two.seconds);
  std::printf("their processor time  %.2f s, of one %.2f s: at most %.2f times as fast\n",
              two.processor, one.processor, 2 * one.processor / two.processor);
  return one.executions == two.executions;
}

}  // namespace bench
