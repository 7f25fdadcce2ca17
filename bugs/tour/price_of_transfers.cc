// SPDX-License-Identifier: Apache-2.0
// The price of each fix of two opposite transfers: a bank of 64 accounts, money sent between any
// two of them. And that of a log: lines of all threads in one buffer.
#include <array>
#include <mutex>
#include <string>

#include "bugs/tour/mailbox.h"
#include "bugs/tour/measure.h"

namespace tour {
namespace {

constexpr unsigned kAccounts = 64;

struct Order {
  unsigned from;
  unsigned to;
};

Order next_order() {
  thread_local std::uint32_t state = 2463534242;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  const unsigned from = state % kAccounts;
  return {from, (from + 1 + (state >> 8) % (kAccounts - 1)) % kAccounts};
}

struct alignas(64) Account {
  std::mutex mutex;
  long money = 1000;
};

using Accounts = std::array<Account, kAccounts>;

void pay(Accounts& accounts, const Order& order) {
  accounts[order.from].money -= 1;
  accounts[order.to].money += 1;
}

double bank_lock(unsigned threads, const Settings& settings) {
  std::mutex bank;
  Accounts accounts;
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Order order = next_order();
    std::lock_guard lock(bank);
    pay(accounts, order);
  });
}

double lower_number_first(unsigned threads, const Settings& settings) {
  Accounts accounts;
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Order order = next_order();
    const auto [lower, higher] = std::minmax(order.from, order.to);
    std::lock_guard first(accounts[lower].mutex);
    std::lock_guard second(accounts[higher].mutex);
    pay(accounts, order);
  });
}

double scoped_lock(unsigned threads, const Settings& settings) {
  Accounts accounts;
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Order order = next_order();
    std::scoped_lock both(accounts[order.from].mutex, accounts[order.to].mutex);
    pay(accounts, order);
  });
}

double ledger(unsigned threads, const Settings& settings) {
  Accounts accounts;
  const auto keep_ledger = [&](const Order& order) { pay(accounts, order); };
  Owner<Order, decltype(keep_ledger)> owner(keep_ledger);
  return throughput(threads, settings.duration(), [&](unsigned) { owner.send(next_order()); });
}

/// A log that keeps its last lines.
using Line = std::array<char, 32>;
constexpr Line kLine{"GET /index.html HTTP/1.1 200"};
constexpr std::size_t kLines = 1024;

struct Log {
  std::vector<Line> lines = std::vector<Line>(kLines);
  std::size_t end = 0;

  void write(const Line& line) {
    lines[end % kLines] = line;
    ++end;
  }
};

double log_mutex(unsigned threads, const Settings& settings) {
  std::mutex mutex;
  Log log;
  return throughput(threads, settings.duration(), [&](unsigned) {
    std::lock_guard lock(mutex);
    log.write(kLine);
  });
}

/// A place that is reserved is written without a lock. Nobody may come round before the writer is
/// through, which a real log has to see to; here lines are overwritten by the same bytes.
double log_reserved(unsigned threads, const Settings& settings) {
  std::vector<std::array<std::atomic<std::uint64_t>, 4>> lines(kLines);
  std::atomic<std::size_t> end{0};
  return throughput(threads, settings.duration(), [&](unsigned) {
    auto& place = lines[end.fetch_add(1, std::memory_order_relaxed) % kLines];
    for (auto& word : place) {
      word.store(1, std::memory_order_relaxed);
    }
  });
}

double log_own_buffers(unsigned threads, const Settings& settings) {
  std::vector<Log> logs(threads);
  return throughput(threads, settings.duration(),
                    [&](unsigned thread) { logs[thread].write(kLine); });
}

double log_writer(unsigned threads, const Settings& settings) {
  Log log;
  const auto write = [&](const Line& line) { log.write(line); };
  Owner<Line, decltype(write)> owner(write);
  return throughput(threads, settings.duration(), [&](unsigned) { owner.send(kLine); });
}

std::vector<Table> run(const Settings& settings) {
  const std::string bank = "usecases/bank_transfer/";
  const std::string logger = "usecases/logger/";
  return {
      {.title = "transfers between 64 accounts",
       .unit = "million a second",
       .more_is_better = true,
       .columns = thread_columns(),
       .rows = {over_threads("one lock for the bank", bank_lock, bank + "bank_lock", settings),
                over_threads("lower number first", lower_number_first, bank + "lower_number_first",
                             settings),
                over_threads("scoped_lock", scoped_lock, bank + "scoped_lock", settings),
                over_threads("messages to a ledger", ledger, bank + "ledger_thread", settings)}},
      {.title = "log lines of 32 bytes",
       .unit = "million a second",
       .more_is_better = true,
       .columns = thread_columns(),
       .rows = {
           over_threads("mutex", log_mutex, logger + "mutex", settings),
           over_threads("reserved places", log_reserved, logger + "reserved", settings),
           over_threads("a buffer for each", log_own_buffers, logger + "own_buffer", settings),
           over_threads("messages to a writer", log_writer, logger + "writer_thread", settings)}}};
}

const Registration kRegistration{{.name = "price_of_transfers",
                                  .title = "What it costs to move money, and to write it down",
                                  .file = __FILE__,
                                  .exhibits = {"usecases/bank_transfer", "usecases/logger"},
                                  .run = run}};

}  // namespace
}  // namespace tour
