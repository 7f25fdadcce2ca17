// SPDX-License-Identifier: Apache-2.0
// Event order. A chat client handles two events: the server has accepted the login, and a message
// has come. In every test the login was first, so the second handler uses the session which the
// first one makes. One thread, no data race; but nobody promised the order.
//
//   event loop
//   ----------
//   message arrives: uses the session        there is none
//   login accepted: makes the session
#include <cassert>
#include <map>
#include <optional>
#include <vector>

#include "bugs/event_loop.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Session {
  int shown = 0;
};

namespace buggy {
struct Client {
  std::optional<Session> session;

  void on_login() { session.emplace(); }
  void on_message() {
    assert(session.has_value());
    ++session->shown;
  }
};

void body() {
  bugs::EventLoop loop;
  Client client;
  loop.post([&] { client.on_login(); });
  loop.post([&] { client.on_message(); });
  loop.run();
  heddle::observe("shown", client.session->shown);
}
}  // namespace buggy

// Fix: the client is a state machine that has an answer to each event in each state: what comes
// before the login is kept for later.
namespace state_machine {
struct Client {
  std::optional<Session> session;
  int kept = 0;

  void on_login() { session.emplace().shown = kept; }
  void on_message() {
    if (!session.has_value()) {
      ++kept;
      return;
    }
    ++session->shown;
  }
};

void body() {
  bugs::EventLoop loop;
  Client client;
  loop.post([&] { client.on_login(); });
  loop.post([&] { client.on_message(); });
  loop.run();
  heddle::observe("shown", client.session->shown);
  assert(client.session->shown == 1);
}
}  // namespace state_machine

// Fix: a coroutine says what it needs, and in which order, by awaiting it.
namespace await {
struct Client {
  explicit Client(bugs::EventLoop& loop) : login(loop), message(loop) {}
  bugs::Happening login;
  bugs::Happening message;
  std::optional<Session> session;

  bugs::Task converse() {
    co_await login;
    session.emplace();
    co_await message;
    ++session->shown;
  }
};

void body() {
  bugs::EventLoop loop;
  Client client(loop);
  const bugs::Task conversation = client.converse();
  loop.post([&] { client.login.happen(); });
  loop.post([&] { client.message.happen(); });
  loop.run();
  heddle::observe("shown", client.session->shown);
  assert(client.session->shown == 1);
}
}  // namespace await

// Fix: the server numbers what it sends, and what comes too early waits for its turn.
namespace sequence_numbers {
struct Client {
  std::optional<Session> session;
  std::map<int, void (Client::*)()> early;
  int next = 0;

  void on_event(int number, void (Client::*handler)()) {
    early.emplace(number, handler);
    for (auto first = early.find(next); first != early.end(); first = early.find(next)) {
      (this->*first->second)();
      early.erase(first);
      ++next;
    }
  }
  void on_login() { session.emplace(); }
  void on_message() { ++session->shown; }
};

void body() {
  bugs::EventLoop loop;
  Client client;
  loop.post([&] { client.on_event(0, &Client::on_login); });
  loop.post([&] { client.on_event(1, &Client::on_message); });
  loop.run();
  heddle::observe("shown", client.session->shown);
  assert(client.session->shown == 1);
}
}  // namespace sequence_numbers

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "event_order",
    .title = "A handler relies on an event that usually comes first",
    .story = "A client's handler of messages uses the session that the handler of the login makes. "
             "Events of two connections come in any order: when a message is first there is no "
             "session. All of it happens in one thread, one handler after the other.",
    .kind = "event-order race",
    .cwe = "362",
    .threads = 1,
    .tsan_reason = "There is one thread, so nothing can race; the order of handlers is none of its "
                   "business.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 2},
            {.name = "state_machine",
             .body = state_machine::body,
             .adds = "an answer to each event in each state: a message without a session is kept",
             .primitive = "state machine",
             .sc_executions = 2},
            {.name = "await",
             .body = await::body,
             .adds = "order: the message is awaited behind the login, in the text of one coroutine",
             .primitive = "co_await",
             .sc_executions = 3},
            {.name = "sequence_numbers",
             .body = sequence_numbers::body,
             .adds = "order: an event waits until all with smaller numbers were handled",
             .primitive = "sequence number",
             .sc_executions = 2},
        },
}};

}  // namespace
