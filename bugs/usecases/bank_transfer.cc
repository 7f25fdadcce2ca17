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
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Account {
  std::mutex mutex;
  int money = 100;
};

void transfer(Account& from, Account& to, int amount) {
  std::lock_guard first(from.mutex);
  std::lock_guard second(to.mutex);
  from.money -= amount;
  to.money += amount;
}

void body() {
  Account alice;
  Account bob;
  std::thread there([&] { transfer(alice, bob, 30); });
  std::thread back([&] { transfer(bob, alice, 10); });
  there.join();
  back.join();
  heddle::observe("alice", alice.money);
  assert(alice.money == 80 && bob.money == 120);
}
}  // namespace buggy

// Also buggy: never two locks at once, so no deadlock; but between the two the money is nowhere.
namespace one_at_a_time {
struct Account {
  std::mutex mutex;
  int money = 100;
};

void transfer(Account& from, Account& to, int amount) {
  {
    std::lock_guard lock(from.mutex);
    from.money -= amount;
  }
  std::lock_guard lock(to.mutex);
  to.money += amount;
}

int audit(Account& one, Account& other) {
  std::lock_guard first(one.mutex);
  std::lock_guard second(other.mutex);
  return one.money + other.money;
}

void body() {
  Account alice;
  Account bob;
  std::thread clerk([&] { transfer(alice, bob, 30); });
  std::thread auditor([&] {
    const int total = audit(alice, bob);
    heddle::observe("total", total);
    assert(total == 200);
  });
  clerk.join();
  auditor.join();
}
}  // namespace one_at_a_time

// Fix: accounts have numbers, and the lower number is locked first, whoever pays whom.
namespace lower_number_first {
struct Account {
  int number;
  int money = 100;
  std::mutex mutex = {};
};

void transfer(Account& from, Account& to, int amount) {
  Account& lower = from.number < to.number ? from : to;
  Account& higher = from.number < to.number ? to : from;
  std::lock_guard first(lower.mutex);
  std::lock_guard second(higher.mutex);
  from.money -= amount;
  to.money += amount;
}

void body() {
  Account alice{.number = 1};
  Account bob{.number = 2};
  std::thread there([&] { transfer(alice, bob, 30); });
  std::thread back([&] { transfer(bob, alice, 10); });
  there.join();
  back.join();
  heddle::observe("alice", alice.money);
  assert(alice.money == 80 && bob.money == 120);
}
}  // namespace lower_number_first

// Fix: lock both accounts at once.
namespace scoped_lock {
struct Account {
  std::mutex mutex;
  int money = 100;
};

void transfer(Account& from, Account& to, int amount) {
  std::scoped_lock both(from.mutex, to.mutex);
  from.money -= amount;
  to.money += amount;
}

void body() {
  Account alice;
  Account bob;
  std::thread there([&] { transfer(alice, bob, 30); });
  std::thread back([&] { transfer(bob, alice, 10); });
  there.join();
  back.join();
  heddle::observe("alice", alice.money);
  assert(alice.money == 80 && bob.money == 120);
}
}  // namespace scoped_lock

// Fix, for the audit too: one lock for the bank.
namespace bank_lock {
struct Account {
  int money = 100;
};

struct Bank {
  std::mutex mutex;
  Account alice;
  Account bob;

  void transfer(Account& from, Account& to, int amount) {
    std::lock_guard lock(mutex);
    from.money -= amount;
    to.money += amount;
  }
  int audit() {
    std::lock_guard lock(mutex);
    return alice.money + bob.money;
  }
};

void body() {
  Bank bank;
  std::thread there([&] { bank.transfer(bank.alice, bank.bob, 30); });
  std::thread back([&] { bank.transfer(bank.bob, bank.alice, 10); });
  std::thread auditor([&] {
    const int total = bank.audit();
    heddle::observe("total", total);
    assert(total == 200);
  });
  there.join();
  back.join();
  auditor.join();
  heddle::observe("alice", bank.alice.money);
  assert(bank.alice.money == 80 && bank.bob.money == 120);
}
}  // namespace bank_lock

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
             .sc_executions = 6},
        },
}};

}  // namespace
