// SPDX-License-Identifier: Apache-2.0
// The tour's measured programs: what each takes and gives, and the two ways of measuring. They are
// compiled natively, for speed, and run by `heddle gallery tour` and `heddle gallery cost`.
//
// One file a program, which registers itself as exhibits do. A program is to be read: what it
// compares stands in it as ordinary functions, one for each row of its tables.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace tour {

using Clock = std::chrono::steady_clock;

/// How much is measured. The numbers of a quick run mean nothing; it shows that everything works.
struct Settings {
  bool quick = false;

  /// How long one throughput is measured.
  std::chrono::milliseconds duration() const { return std::chrono::milliseconds(quick ? 4 : 150); }
};

/// One way of doing something, and what it came to in each column.
struct Row {
  std::string name;
  std::vector<double> values;  ///< As many as the table has columns.
  std::string exhibit = {};    ///< "races/lost_update/mutex": where this way is proved; or empty.
};

struct Table {
  std::string title;
  std::string unit;  ///< "ms", "million a second".
  bool more_is_better = false;
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

struct Program {
  std::string name;
  std::string title;
  std::string file;                   ///< __FILE__
  std::vector<std::string> exhibits;  ///< Of which the price is measured; then `cost` shows it.
  std::function<std::vector<Table>(const Settings&)> run;
};

/// Every registered program, ordered by name.
const std::vector<Program>& programs();

/// Registers a program for the life of the process; define one at namespace scope in each file.
struct Registration {
  explicit Registration(Program program);
};

/// Milliseconds that `work` takes.
template <class Work>
double milliseconds_of(Work work) {
  const Clock::time_point begin = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Operations a second, in millions, of `threads` threads that each call `operation(thread)` as
/// often as they can, all at once, for about `duration`.
template <class Operation>
double throughput(unsigned threads, std::chrono::milliseconds duration, Operation operation) {
  std::atomic<bool> stop{false};
  std::latch ready(threads + 1);
  std::vector<std::uint64_t> done(threads);
  Clock::time_point end;
  Clock::time_point begin;
  {
    std::vector<std::jthread> crew;
    for (unsigned thread = 0; thread < threads; ++thread) {
      crew.emplace_back([&, thread] {
        ready.arrive_and_wait();
        std::uint64_t own = 0;
        do {  // At least once, however busy the machine is.
          operation(thread);
          ++own;
        } while (!stop.load(std::memory_order_relaxed));
        done[thread] = own;
      });
    }
    ready.arrive_and_wait();
    begin = Clock::now();
    std::this_thread::sleep_for(duration);
    stop = true;
  }
  end = Clock::now();
  std::uint64_t sum = 0;
  for (const std::uint64_t own : done) {
    sum += own;
  }
  return static_cast<double>(sum) / std::chrono::duration<double, std::micro>(end - begin).count();
}

/// The columns of a price: 1, 2, 4 and 8 threads.
std::vector<std::string> thread_columns();
/// One way of doing something, which gives a throughput for a number of threads, at all of them.
Row over_threads(const std::string& name, double (*way)(unsigned threads, const Settings& settings),
                 const std::string& exhibit, const Settings& settings);

/// Makes the compiler believe that `value` is used.
template <class Value>
void keep(const Value& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

/// What a processor has to do for one item: some arithmetic, about `rounds` nanoseconds of it.
inline std::uint64_t compute(unsigned rounds) {
  std::uint64_t value = 88172645463325252;
  for (unsigned round = 0; round < rounds; ++round) {
    value ^= value << 13;
    value ^= value >> 7;
    value ^= value << 17;
    keep(value);
  }
  return value;
}

/// Runs `work` on one of the processors that this thread may use, whatever threads it starts.
void on_one_core(const std::function<void()>& work);
/// How many processors this process may use.
unsigned cores();

}  // namespace tour
