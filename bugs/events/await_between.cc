// SPDX-License-Identifier: Apache-2.0
// Await between. A withdrawal looks whether there is enough on the account, asks another service
// whether the card is stolen, and takes the money. While it awaits the answer, the loop handles the
// other withdrawal, which finds the balance as it was.
//
//   first withdrawal            second withdrawal         (one thread)
//   ------------------------------------------------
//   100 >= 80, awaits
//                               100 >= 80, awaits
//   balance = 20
//                               balance = -60
#include <cassert>
#include <utility>
#include <vector>

#include "bugs/event_loop.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Account {
  bugs::EventLoop& loop;
  int balance = 100;

  bugs::Task withdraw(int amount) {
    if (balance >= amount) {
      co_await loop.answer();  // The card is not stolen.
      balance -= amount;
    }
  }
};

void body() {
  bugs::EventLoop loop;
  Account account{loop};
  bugs::Task first, second;
  loop.post([&] { first = account.withdraw(80); });
  loop.post([&] { second = account.withdraw(80); });
  loop.run();
  heddle::observe("balance", account.balance);
  assert(account.balance >= 0);
}
}  // namespace buggy

// Fix: a lock for coroutines, held across the await; whoever waits for it lets the loop go on.
namespace async_mutex {
struct Account {
  explicit Account(bugs::EventLoop& its_loop) : loop(its_loop), mutex(its_loop) {}
  bugs::EventLoop& loop;
  bugs::AsyncMutex mutex;
  int balance = 100;

  bugs::Task withdraw(int amount) {
    const bugs::AsyncMutex::Lock lock = co_await mutex;
    if (balance >= amount) {
      co_await loop.answer();  // The card is not stolen.
      balance -= amount;
    }
  }
};

void body() {
  bugs::EventLoop loop;
  Account account(loop);
  bugs::Task first, second;
  loop.post([&] { first = account.withdraw(80); });
  loop.post([&] { second = account.withdraw(80); });
  loop.run();
  heddle::observe("balance", account.balance);
  assert(account.balance >= 0);
}
}  // namespace async_mutex

// Fix: what was true before the await is looked at again behind it; no await lies between that look
// and the debit.
namespace look_again {
struct Account {
  bugs::EventLoop& loop;
  int balance = 100;

  bugs::Task withdraw(int amount) {
    if (balance >= amount) {
      co_await loop.answer();  // The card is not stolen.
      if (balance >= amount) {
        balance -= amount;
      }
    }
  }
};

void body() {
  bugs::EventLoop loop;
  Account account{loop};
  bugs::Task first, second;
  loop.post([&] { first = account.withdraw(80); });
  loop.post([&] { second = account.withdraw(80); });
  loop.run();
  heddle::observe("balance", account.balance);
  assert(account.balance >= 0);
}
}  // namespace look_again

// Fix: the account is an actor. One coroutine of its own serves the requests in their order, each
// to its end.
namespace actor {
struct Account {
  bugs::EventLoop& loop;
  int balance = 100;
  std::vector<int> requests;
  bugs::Task service;
  bool is_serving = false;

  void withdraw(int amount) {
    requests.push_back(amount);
    if (!is_serving) {
      service = serve();
    }
  }
  bugs::Task serve() {
    is_serving = true;
    while (!requests.empty()) {
      const int amount = requests.front();
      requests.erase(requests.begin());
      if (balance >= amount) {
        co_await loop.answer();  // The card is not stolen.
        balance -= amount;
      }
    }
    is_serving = false;
  }
};

void body() {
  bugs::EventLoop loop;
  Account account{.loop = loop};
  loop.post([&] { account.withdraw(80); });
  loop.post([&] { account.withdraw(80); });
  loop.run();
  heddle::observe("balance", account.balance);
  assert(account.balance >= 0);
}
}  // namespace actor

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "await_between",
    .title = "Balance checked, something awaited, balance debited: two withdrawals of one balance",
    .story =
        "Coroutines on one thread are not interrupted, except where they say so: at co_await. A "
        "withdrawal checks the balance, awaits another service, and debits. Meanwhile a second one "
        "has checked the same balance.",
    .kind = "atomicity violation across an await",
    .cwe = "367",
    .threads = 1,
    .tsan_reason = "There is one thread, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "async_mutex",
             .body = async_mutex::body,
             .adds =
                 "exclusion: a coroutine that waits for the lock is posted when it is handed on",
             .primitive = "async mutex"},
            {.name = "look_again",
             .body = look_again::body,
             .adds = "atomicity: the check and the debit have no await between them",
             .primitive = "check behind the await"},
            {.name = "actor",
             .body = actor::body,
             .adds = "order: one coroutine owns the account and takes one request at a time",
             .primitive = "actor"},
        },
}};

}  // namespace
