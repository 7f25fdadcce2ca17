// SPDX-License-Identifier: Apache-2.0
// Split lock. Every access to the balance holds the lock, so there is no data race; but a deposit
// takes the lock twice, once to read and once to write, and what it read is old when it writes.
//
//   first teller               second teller
//   ----------------------------------------
//   [lock] reads balance: 0 [unlock]
//                              [lock] reads balance: 0 [unlock]
//                              [lock] writes balance: 100 [unlock]
//   [lock] writes balance: 100 [unlock]         two deposits of 100, balance == 100
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Account {
  std::mutex mutex;
  int balance = 0;

  int read() {
    std::lock_guard lock(mutex);
    return balance;
  }
  void write(int amount) {
    std::lock_guard lock(mutex);
    balance = amount;
  }
  void deposit(int amount) { write(read() + amount); }
};

void body() {
  Account account;
  std::thread first([&] { account.deposit(100); });
  std::thread second([&] { account.deposit(100); });
  first.join();
  second.join();
  heddle::observe("balance", account.balance);
  assert(account.balance == 200);
}
}  // namespace buggy

// Fix: one critical section from the read to the write.
namespace one_section {
struct Account {
  std::mutex mutex;
  int balance = 0;

  void deposit(int amount) {
    std::lock_guard lock(mutex);
    balance = balance + amount;
  }
};

void body() {
  Account account;
  std::thread first([&] { account.deposit(100); });
  std::thread second([&] { account.deposit(100); });
  first.join();
  second.join();
  heddle::observe("balance", account.balance);
  assert(account.balance == 200);
}
}  // namespace one_section

// Fix: no lock at all, one atomic step.
namespace fetch_add {
struct Account {
  std::atomic<int> balance{0};

  void deposit(int amount) { balance.fetch_add(amount); }
};

void body() {
  Account account;
  std::thread first([&] { account.deposit(100); });
  std::thread second([&] { account.deposit(100); });
  first.join();
  second.join();
  heddle::observe("balance", account.balance.load());
  assert(account.balance.load() == 200);
}
}  // namespace fetch_add

// Fix: the account belongs to one thread. Tellers send it what is to be deposited.
namespace owner_thread {
struct Mailbox {
  std::mutex mutex;
  std::condition_variable arrived;
  std::array<int, 2> amounts{};
  int sent = 0;
  int received = 0;

  void send(int amount) {
    std::lock_guard lock(mutex);
    amounts[sent++] = amount;
    arrived.notify_one();
  }
  int receive() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return received < sent; });
    return amounts[received++];
  }
};

struct Account {
  Mailbox deposits;
  int balance = 0;

  void deposit(int amount) { deposits.send(amount); }
  void serve(int letters) {
    for (; letters > 0; --letters) {
      balance = balance + deposits.receive();
    }
  }
};

void body() {
  Account account;
  std::thread owner([&] { account.serve(2); });
  std::thread first([&] { account.deposit(100); });
  std::thread second([&] { account.deposit(100); });
  first.join();
  second.join();
  owner.join();
  heddle::observe("balance", account.balance);
  assert(account.balance == 200);
}
}  // namespace owner_thread

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "split_lock",
    .title = "Balance read under the lock, written under the lock again: a deposit is lost",
    .story = "Both read() and write() of an account lock its mutex, so no tool that looks for data "
             "races has anything to say. But deposit() locks twice: another teller's whole deposit "
             "fits between its read and its write, and is overwritten.",
    .kind = "atomicity violation, race-free",
    .cwe = "362",
    .threads = 2,
    .tsan_reason = "Every access holds the mutex, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 6},
            {.name = "one_section",
             .body = one_section::body,
             .adds = "exclusion: the read and the write are in one critical section",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "fetch_add",
             .body = fetch_add::body,
             .adds =
                 "atomicity: the read and the write are one step, adjacent in modification order",
             .primitive = "std::atomic::fetch_add",
             .sc_executions = 2},
            {.name = "owner_thread",
             .body = owner_thread::body,
             .adds = "ownership: one thread reads and writes the balance, and deposits are "
                     "messages to it",
             .primitive = "a mailbox"},
        },
}};

}  // namespace
