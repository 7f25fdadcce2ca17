// SPDX-License-Identifier: Apache-2.0
// The price of each fix of a lost update: one counter that all threads count on, guarded in
// several ways, against a counter for each thread, for which all threads may still wait: when the
// counters lie on one cache line.
#include <array>
#include <mutex>

#include "bugs/tour/mailbox.h"
#include "bugs/tour/measure.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"

namespace tour {
namespace {

template <class Lock>
double under(unsigned threads, const Settings& settings) {
  Lock lock;
  std::uint64_t hits = 0;
  return throughput(threads, settings.duration(), [&](unsigned) {
    std::lock_guard guard(lock);
    hits = hits + 1;
    keep(hits);
  });
}

double atomic(unsigned threads, const Settings& settings) {
  std::atomic<std::uint64_t> hits{0};
  return throughput(threads, settings.duration(),
                    [&](unsigned) { hits.fetch_add(1, std::memory_order_relaxed); });
}

/// A counter for each thread, the next one so many bytes behind.
template <std::size_t distance>
double own_counters(unsigned threads, const Settings& settings) {
  struct alignas(distance) Counter {
    std::atomic<std::uint64_t> hits{0};
  };
  alignas(64) std::array<Counter, 8> counters;
  return throughput(threads, settings.duration(), [&](unsigned thread) {
    std::atomic<std::uint64_t>& own = counters[thread].hits;
    own.store(own.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  });
}

double messages(unsigned threads, const Settings& settings) {
  std::uint64_t hits = 0;
  const auto count = [&](int letter) { hits = hits + letter; };
  Owner<int, decltype(count)> owner(count);
  return throughput(threads, settings.duration(), [&](unsigned) { owner.send(1); });
}

std::vector<Table> run(const Settings& settings) {
  const std::string exhibit = "races/lost_update/";
  return {{.title = "counting, all threads together",
           .unit = "million a second",
           .more_is_better = true,
           .columns = thread_columns(),
           .rows = {over_threads("mutex", under<std::mutex>, exhibit + "mutex", settings),
                    over_threads("spin lock", under<primitives::TestAndSetLock>,
                                 "starvation/test_and_set/buggy", settings),
                    over_threads("ticket lock", under<primitives::TicketLock>,
                                 "starvation/test_and_set/ticket", settings),
                    over_threads("atomic", atomic, exhibit + "fetch_add", settings),
                    over_threads("own, on a shared line", own_counters<8>, exhibit + "own_counter",
                                 settings),
                    over_threads("own, a line for each", own_counters<64>, exhibit + "own_counter",
                                 settings),
                    over_threads("messages to an owner", messages, "races/split_lock/owner_thread",
                                 settings)}}};
}

const Registration kRegistration{{.name = "price_of_counting",
                                  .title = "What each fix of a lost update costs",
                                  .file = __FILE__,
                                  .exhibits = {"races/lost_update", "races/split_lock"},
                                  .run = run}};

}  // namespace
}  // namespace tour
