// SPDX-License-Identifier: Apache-2.0
// Future cycle. The price is computed from the tax, and the tax from the price. Each task waits for
// the other's result before it makes its own.
//
//   price task                  tax task
//   ------------------------------------
//   waits for the tax
//                               waits for the price       neither is ever made
#include <cassert>
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::promise<int> price;
  std::promise<int> tax;
  std::future<int> price_result = price.get_future();
  std::future<int> tax_result = tax.get_future();
  std::thread price_task([&] { price.set_value(100 + tax_result.get()); });
  std::thread tax_task([&] { tax.set_value(price_result.get() / 5); });
  price_task.join();
  tax_task.join();
}
}  // namespace buggy

// Fix: a graph of tasks without a cycle. What both need is a task of its own.
namespace task_graph {
void body() {
  std::promise<int> net;
  std::promise<int> tax;
  const std::shared_future<int> net_result = net.get_future().share();
  std::future<int> tax_result = tax.get_future();
  int price = 0;
  std::thread price_task([&, net_result] { price = net_result.get() + tax_result.get(); });
  std::thread tax_task([&, net_result] { tax.set_value(net_result.get() / 5); });
  net.set_value(100);
  price_task.join();
  tax_task.join();
  heddle::observe("price", price);
  assert(price == 120);
}
}  // namespace task_graph

// Fix: a continuation. The net price is handed on, and nobody waits.
namespace continuation {
void body() {
  int price = 0;
  auto price_task = [&](int net, int tax) { price = net + tax; };
  auto tax_task = [&](int net, const std::function<void(int, int)>& then) { then(net, net / 5); };
  std::thread net_task([&] { tax_task(100, price_task); });
  net_task.join();
  heddle::observe("price", price);
  assert(price == 120);
}
}  // namespace continuation

// Fix: a time limit. A task that has waited too long says so instead of waiting for ever.
namespace time_limit {
constexpr int kUnknown = -1;

void body() {
  std::promise<int> price;
  std::promise<int> tax;
  std::future<int> price_result = price.get_future();
  std::future<int> tax_result = tax.get_future();
  std::thread price_task([&] {
    const bool in_time =
        tax_result.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready;
    price.set_value(in_time ? 100 + tax_result.get() : kUnknown);
  });
  std::thread tax_task([&] { tax.set_value(price_result.get() / 5); });
  price_task.join();
  tax_task.join();
}
}  // namespace time_limit

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "future_cycle",
    .title = "Two tasks wait for each other's future",
    .story = "Futures make waiting look like a function call: the price task asks for the tax, and "
             "the tax task for the price. Each is a harmless line; together they wait in a ring. "
             "No lock is involved, so no tool that watches lock orders sees it.",
    .kind = "future cycle",
    .cwe = "833",
    .threads = 2,
    .tsan_reason = "Waiting for ever is not something that it looks for: every run hangs without a "
                   "report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"}},
            {.name = "task_graph",
             .body = task_graph::body,
             .adds = "order: each task waits only for tasks before it",
             .primitive = "std::shared_future"},
            {.name = "continuation",
             .body = continuation::body,
             .adds = "no waiting: what comes next is called with the result",
             .primitive = "std::function",
             .sc_executions = 1},
            {.name = "time_limit",
             .body = time_limit::body,
             .adds = "no waiting for ever: the ring is broken where a task gives up",
             .primitive = "std::future::wait_for"},
        },
}};

}  // namespace
