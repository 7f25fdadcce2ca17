// SPDX-License-Identifier: Apache-2.0
// Self lock. Every public method of an account locks its mutex, and one of them calls another. The
// thread waits for a lock that it holds itself.
//
//   main
//   ----
//   withdraw() locks mutex
//   balance() locks mutex        waits for itself
#include <cassert>
#include <mutex>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Account {
  std::mutex mutex;
  int money = 100;

  int balance() {
    std::lock_guard lock(mutex);
    return money;
  }
  void withdraw(int amount) {
    std::lock_guard lock(mutex);
    if (balance() >= amount) {
      money -= amount;
    }
  }
};

void body() {
  Account account;
  account.withdraw(30);
  heddle::observe("balance", account.balance());
  assert(account.balance() == 70);
}
}  // namespace buggy

// Fix: the part that both need is a private method that expects the lock to be held.
namespace locked_part {
struct Account {
  std::mutex mutex;
  int money = 100;

  int balance_locked() const { return money; }
  int balance() {
    std::lock_guard lock(mutex);
    return balance_locked();
  }
  void withdraw(int amount) {
    std::lock_guard lock(mutex);
    if (balance_locked() >= amount) {
      money -= amount;
    }
  }
};

void body() {
  Account account;
  account.withdraw(30);
  heddle::observe("balance", account.balance());
  assert(account.balance() == 70);
}
}  // namespace locked_part

// Fix: a mutex that its owner may lock again.
namespace recursive_mutex {
struct Account {
  std::recursive_mutex mutex;
  int money = 100;

  int balance() {
    std::lock_guard lock(mutex);
    return money;
  }
  void withdraw(int amount) {
    std::lock_guard lock(mutex);
    if (balance() >= amount) {
      money -= amount;
    }
  }
};

void body() {
  Account account;
  account.withdraw(30);
  heddle::observe("balance", account.balance());
  assert(account.balance() == 70);
}
}  // namespace recursive_mutex

// Fix: a narrower scope. The call comes before the lock, and what it said is made sure of under it.
namespace narrower_scope {
struct Account {
  std::mutex mutex;
  int money = 100;

  int balance() {
    std::lock_guard lock(mutex);
    return money;
  }
  void withdraw(int amount) {
    if (balance() < amount) {
      return;
    }
    std::lock_guard lock(mutex);
    if (money >= amount) {
      money -= amount;
    }
  }
};

void body() {
  Account account;
  account.withdraw(30);
  heddle::observe("balance", account.balance());
  assert(account.balance() == 70);
}
}  // namespace narrower_scope

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "self_lock",
    .title = "A method that holds the mutex calls a method that locks it",
    .story = "Every public method of an account locks the account's mutex; withdraw() calls "
             "balance() while it holds the lock. A std::mutex does not know its owner: the thread "
             "waits for itself.",
    .kind = "self deadlock",
    .cwe = "764",
    .origin = "SEI CERT CON56-CPP",
    .threads = 1,
    .tsan_reason = "The run hangs in the second lock before anything could be reported.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kSelf},
             .sc_executions = 1,
             .tsan = {"hang"}},
            {.name = "locked_part",
             .body = locked_part::body,
             .adds = "one lock for one call from outside; what is called inside expects it held",
             .primitive = "std::mutex",
             .sc_executions = 1},
            {.name = "recursive_mutex",
             .body = recursive_mutex::body,
             .adds = "exclusion of other threads only: the owner passes",
             .primitive = "std::recursive_mutex",
             .sc_executions = 1},
            {.name = "narrower_scope",
             .body = narrower_scope::body,
             .adds = "no hold and wait: the lock is not held when balance() takes it",
             .primitive = "std::lock_guard",
             .sc_executions = 1},
        },
}};

}  // namespace
