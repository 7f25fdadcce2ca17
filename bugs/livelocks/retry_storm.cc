// SPDX-License-Identifier: Apache-2.0
// Retry storm: two nodes each need a grant from the other one. A node whose own request is still
// open is busy and refuses; who is refused asks again.
//
//   first                        second
//   ------------------------------------------------
//   asks
//                                asks
//   is asked, is busy: refuses
//                                is asked, is busy: refuses
//   was refused: asks again
//                                was refused: asks again      and so on for ever
#include <atomic>
#include <thread>

#include "bugs/exhibit.h"
#include "bugs/rounds.h"
#include "heddle/heddle.h"

namespace {

enum Message { kNone, kRequest, kGrant, kRefusal };

/// What a node has received, and whether it has got what it wanted.
struct Node {
  std::atomic<Message> request{kNone};
  std::atomic<Message> answer{kNone};
  std::atomic<bool> served{false};

  void end() {
    heddle::progress();
    served.store(true);
  }
};

namespace buggy {
void body() {
  Node nodes[2];
  auto run = [&](int self) {
    Node& own = nodes[self];
    Node& peer = nodes[1 - self];
    bool busy = false;
    for (bugs::Rounds rounds; rounds.go_on() && !(own.served.load() && peer.served.load());) {
      if (own.request.exchange(kNone) == kRequest) {
        peer.answer.store(busy ? kRefusal : kGrant);
      }
      const Message answer = own.answer.exchange(kNone);
      if (answer == kGrant) {
        busy = false;
        own.end();
      } else if (!own.served.load() && (!busy || answer == kRefusal)) {
        busy = true;
        peer.request.store(kRequest);
      }
    }
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
}
}  // namespace buggy

// Fix: jitter. A busy node tosses a coin before it refuses; sooner or later one of them grants.
namespace jitter {
void body() {
  Node nodes[2];
  auto run = [&](int self) {
    Node& own = nodes[self];
    Node& peer = nodes[1 - self];
    bool busy = false;
    for (bugs::Rounds rounds; rounds.go_on() && !(own.served.load() && peer.served.load());) {
      if (own.request.exchange(kNone) == kRequest) {
        peer.answer.store(busy && heddle::choose(2) == 1 ? kRefusal : kGrant);
      }
      const Message answer = own.answer.exchange(kNone);
      if (answer == kGrant) {
        busy = false;
        own.end();
      } else if (!own.served.load() && (!busy || answer == kRefusal)) {
        busy = true;
        peer.request.store(kRequest);
      }
    }
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
}
}  // namespace jitter

// Fix: a budget of retries. When it is spent the request has failed, which its caller can handle.
namespace retry_budget {
void body() {
  Node nodes[2];
  auto run = [&](int self) {
    Node& own = nodes[self];
    Node& peer = nodes[1 - self];
    bool busy = false;
    int retries = 2;
    for (bugs::Rounds rounds; rounds.go_on() && !(own.served.load() && peer.served.load());) {
      if (own.request.exchange(kNone) == kRequest) {
        peer.answer.store(busy ? kRefusal : kGrant);
      }
      const Message answer = own.answer.exchange(kNone);
      if (answer == kGrant || (answer == kRefusal && retries == 0)) {
        busy = false;
        own.end();
      } else if (!own.served.load() && (!busy || answer == kRefusal)) {
        retries -= busy ? 1 : 0;
        busy = true;
        peer.request.store(kRequest);
      }
    }
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
}
}  // namespace retry_budget

// Fix: a circuit breaker. The first refusal opens it; with the circuit open a node does without the
// other one and makes do with its own copy.
namespace circuit_breaker {
void body() {
  Node nodes[2];
  auto run = [&](int self) {
    Node& own = nodes[self];
    Node& peer = nodes[1 - self];
    bool busy = false;
    bool open = false;
    for (bugs::Rounds rounds; rounds.go_on() && !(own.served.load() && peer.served.load());) {
      if (own.request.exchange(kNone) == kRequest) {
        peer.answer.store(busy ? kRefusal : kGrant);
      }
      const Message answer = own.answer.exchange(kNone);
      open = open || answer == kRefusal;
      if (answer == kGrant || (open && busy)) {
        busy = false;
        own.end();
      } else if (!own.served.load() && (!busy || answer == kRefusal)) {
        busy = true;
        peer.request.store(kRequest);
      }
    }
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
}
}  // namespace circuit_breaker

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "livelocks",
    .name = "retry_storm",
    .title = "Two busy nodes refuse each other and ask again",
    .story = "Two nodes each need a grant from the other one. While its own request is open a node "
             "is busy and refuses what it is asked. Refused nodes ask again at once, so both stay "
             "busy with asking: messages fly and no request is ever granted.",
    .kind = "livelock by messages",
    .cwe = "835,799",
    .origin = "retry storms of remote calls",
    .threads = 2,
    .tsan_reason = "Messages pass through atomics and nothing blocks; it is rightly silent about "
                   "races.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kLivelock}},
            {.name = "jitter",
             .body = jitter::body,
             .adds = "chance: with probability one a busy node grants a request at some time",
             .primitive = "a coin"},
            {.name = "retry_budget",
             .body = retry_budget::body,
             .adds = "an end: a request fails when its retries are spent",
             .primitive = "a counter"},
            {.name = "circuit_breaker",
             .body = circuit_breaker::body,
             .adds = "an end: a refusal stops the requests, and the node makes do without",
             .primitive = "a flag"},
        },
    .options = {.search = heddle::SearchKind::kCycles,
                .cycles = {.choices = heddle::Choices::kRandom}},
}};

}  // namespace
