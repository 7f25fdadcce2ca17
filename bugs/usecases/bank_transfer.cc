// SPDX-License-Identifier: Apache-2.0
// Bank transfer. A transfer locks the account that it takes from, then the one that it gives to.
// Two opposite transfers deadlock. Locking only one account at a time avoids that, and is wrong
// too: an audit in between finds money missing.
//
//   alice pays bob              bob pays alice
//   ------------------------------------------
//   locks alice
//                               locks bob
//   waits for bob
//                               waits for alice         nobody can go on
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

enum Customer { kAlice, kBob };

/// Alice pays Bob 30, Bob pays Alice 10.
template <class Bank>
void play_transfers() {
  Bank bank;
  std::thread there([&] { bank.transfer(kAlice, kBob, 30); });
  std::thread back([&] { bank.transfer(kBob, kAlice, 10); });
  there.join();
  back.join();
  heddle::observe("alice", bank.balance(kAlice));
  assert(bank.balance(kAlice) == 80 && bank.balance(kBob) == 120);
}

/// Alice pays Bob 30 while an auditor counts the bank's money.
template <class Bank>
void play_audit() {
  Bank bank;
  std::thread clerk([&] { bank.transfer(kAlice, kBob, 30); });
  std::thread auditor([&] {
    const int total = bank.audit();
    heddle::observe("total", total);
    assert(total == 200);
  });
  clerk.join();
  auditor.join();
}

namespace buggy {
class Bank {
 public:
  bool transfer(Customer from, Customer to, int amount) {
    std::lock_guard first(accounts_[from].mutex);
    std::lock_guard second(accounts_[to].mutex);
    if (accounts_[from].money < amount) {
      return false;
    }
    accounts_[from].money -= amount;
    accounts_[to].money += amount;
    return true;
  }
  int balance(Customer whose) const { return accounts_[whose].money; }

 private:
  struct Account {
    std::mutex mutex;
    int money = 100;
  };
  std::array<Account, 2> accounts_;
};

void body() { play_transfers<Bank>(); }
}  // namespace buggy

// Also buggy: never two locks at once, so no deadlock; but between the two the money is nowhere.
namespace one_at_a_time {
class Bank {
 public:
  bool transfer(Customer from, Customer to, int amount) {
    {
      std::lock_guard lock(accounts_[from].mutex);
      if (accounts_[from].money < amount) {
        return false;
      }
      accounts_[from].money -= amount;
    }
    std::lock_guard lock(accounts_[to].mutex);
    accounts_[to].money += amount;
    return true;
  }
  int audit() {
    std::lock_guard first(accounts_[kAlice].mutex);
    std::lock_guard second(accounts_[kBob].mutex);
    return accounts_[kAlice].money + accounts_[kBob].money;
  }

 private:
  struct Account {
    std::mutex mutex;
    int money = 100;
  };
  std::array<Account, 2> accounts_;
};

void body() { play_audit<Bank>(); }
}  // namespace one_at_a_time

// Fix: accounts have numbers, and the lower number is locked first, whoever pays whom.
namespace lower_number_first {
class Bank {
 public:
  bool transfer(Customer from, Customer to, int amount) {
    std::lock_guard first(accounts_[from < to ? from : to].mutex);
    std::lock_guard second(accounts_[from < to ? to : from].mutex);
    if (accounts_[from].money < amount) {
      return false;
    }
    accounts_[from].money -= amount;
    accounts_[to].money += amount;
    return true;
  }
  int balance(Customer whose) const { return accounts_[whose].money; }

 private:
  struct Account {
    std::mutex mutex;
    int money = 100;
  };
  std::array<Account, 2> accounts_;
};

void body() { play_transfers<Bank>(); }
}  // namespace lower_number_first

// Fix: lock both accounts at once.
namespace scoped_lock {
class Bank {
 public:
  bool transfer(Customer from, Customer to, int amount) {
    std::scoped_lock both(accounts_[from].mutex, accounts_[to].mutex);
    if (accounts_[from].money < amount) {
      return false;
    }
    accounts_[from].money -= amount;
    accounts_[to].money += amount;
    return true;
  }
  int balance(Customer whose) const { return accounts_[whose].money; }

 private:
  struct Account {
    std::mutex mutex;
    int money = 100;
  };
  std::array<Account, 2> accounts_;
};

void body() { play_transfers<Bank>(); }
}  // namespace scoped_lock

// Fix, for the audit too: one lock for the bank.
namespace bank_lock {
class Bank {
 public:
  bool transfer(Customer from, Customer to, int amount) {
    std::lock_guard lock(mutex_);
    if (money_[from] < amount) {
      return false;
    }
    money_[from] -= amount;
    money_[to] += amount;
    return true;
  }
  int audit() {
    std::lock_guard lock(mutex_);
    return money_[kAlice] + money_[kBob];
  }
  int balance(Customer whose) const { return money_[whose]; }

 private:
  std::mutex mutex_;
  std::array<int, 2> money_{100, 100};
};

void body() {
  play_transfers<Bank>();
  play_audit<Bank>();
}
}  // namespace bank_lock

// Fix: a transaction. Read all balances, compute, and put the new ones in their place if nobody has
// changed them meanwhile; otherwise again. Whoever fails has been overtaken by one who succeeded.
namespace transaction {
class Bank {
 public:
  bool transfer(Customer from, Customer to, int amount) {
    Balances seen = balances_.load();
    Balances next = seen;
    do {
      next = seen;
      if (next.money[from] < amount) {
        return false;
      }
      next.money[from] -= amount;
      next.money[to] += amount;
    } while (!balances_.compare_exchange_strong(seen, next));
    return true;
  }
  int audit() {
    const Balances seen = balances_.load();
    return seen.money[kAlice] + seen.money[kBob];
  }
  int balance(Customer whose) const { return balances_.load().money[whose]; }

 private:
  struct alignas(8) Balances {  // One machine word, so that it is atomic without a lock.
    std::int32_t money[2];
  };
  std::atomic<Balances> balances_{Balances{{100, 100}}};
};

void body() {
  play_transfers<Bank>();
  play_audit<Bank>();
}
}  // namespace transaction

// Fix: one thread keeps the ledger, and whoever pays sends it an order.
namespace ledger_thread {
class Bank {
 public:
  void transfer(Customer from, Customer to, int amount) {
    std::lock_guard lock(mutex_);
    orders_[sent_++] = {from, to, amount};
    arrived_.notify_one();
  }
  void keep_ledger(int orders) {
    for (int number = 0; number < orders; ++number) {
      const Order order = receive(number);
      if (money_[order.from] >= order.amount) {
        money_[order.from] -= order.amount;
        money_[order.to] += order.amount;
      }
      assert(money_[kAlice] + money_[kBob] == 200);
    }
  }
  int balance(Customer whose) const { return money_[whose]; }

 private:
  struct Order {
    Customer from;
    Customer to;
    int amount;
  };

  Order receive(int number) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return number < sent_; });
    return orders_[number];
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::array<Order, 2> orders_{};
  int sent_ = 0;
  std::array<int, 2> money_{100, 100};  // The ledger thread's.
};

void body() {
  Bank bank;
  std::thread ledger([&] { bank.keep_ledger(2); });
  std::thread there([&] { bank.transfer(kAlice, kBob, 30); });
  std::thread back([&] { bank.transfer(kBob, kAlice, 10); });
  there.join();
  back.join();
  ledger.join();
  heddle::observe("alice", bank.balance(kAlice));
  assert(bank.balance(kAlice) == 80 && bank.balance(kBob) == 120);
}
}  // namespace ledger_thread

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "bank_transfer",
    .title = "Two opposite transfers deadlock, and a careless fix loses money",
    .story = "A transfer locks the account it takes from and then the account it gives to, so two "
             "transfers in opposite directions can wait for each other for ever. The second buggy "
             "variant locks only one account at a time: no deadlock, but an audit between the two "
             "halves finds money missing.",
    .kind = "lock-order deadlock; atomicity violation",
    .cwe = "833,362",
    .origin = "textbook",
    .threads = 2,
    .tsan_reason =
        "A run of the two transfers that gets through shows both lock orders; in the audited "
        "variant every access holds its account's lock, so there is nothing to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kCycle},
             .sc_executions = 3,
             .tsan = {"lock_order", "hang"}},
            {.name = "one_at_a_time",
             .body = one_at_a_time::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 3},
            {.name = "lower_number_first",
             .body = lower_number_first::body,
             .adds = "order: accounts are locked in the order of their numbers, so waiting cannot "
                     "form a cycle",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "scoped_lock",
             .body = scoped_lock::body,
             .verdict = kBounded,
             .adds = "no hold and wait: nobody waits for one account while holding the other",
             .primitive = "std::scoped_lock"},
            {.name = "bank_lock",
             .body = bank_lock::body,
             .adds = "exclusion: one lock guards the invariant that spans all accounts",
             .primitive = "std::mutex",
             .sc_executions = 4},
            {.name = "transaction",
             .body = transaction::body,
             .adds = "atomicity: all balances change in one step, from what they were when they "
                     "were read",
             .primitive = "std::atomic::compare_exchange_strong"},
            {.name = "ledger_thread",
             .body = ledger_thread::body,
             .adds = "ownership: one thread has all balances, and transfers are messages to it",
             .primitive = "a mailbox"},
        },
}};

}  // namespace
