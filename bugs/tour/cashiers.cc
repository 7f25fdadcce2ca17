// SPDX-License-Identifier: Apache-2.0
// Concurrency against parallelism, in a shop. Customers are served by one cashier to the end, by
// one cashier who switches to the next while somebody looks for the purse, and by several cashiers,
// on one processor and on several.
//
// Switching helps with waiting, for it takes nobody's time. With computing only more processors
// help: to switch between two who both want all of it makes nobody quicker.
#include <algorithm>
#include <deque>
#include <optional>

#include "bugs/tour/measure.h"

namespace tour {
namespace {

struct Customer {
  unsigned items;                                 ///< To scan: computing.
  std::chrono::milliseconds purse;                ///< Looking for it: waiting.
  std::optional<Clock::time_point> pays_at = {};  ///< When the purse will have been found.
};

using Queue = std::deque<Customer>;

constexpr unsigned kItem = 2000;  // Rounds of computing, a few microseconds.

void scan(const Customer& customer) {
  for (unsigned item = 0; item < customer.items; ++item) {
    keep(compute(kItem));
  }
}

/// One after the other, each to the end.
void serve_in_order(Queue queue) {
  for (const Customer& customer : queue) {
    scan(customer);
    std::this_thread::sleep_for(customer.purse);
  }
}

/// One cashier, who scans for the next customer while the last one looks for the purse.
void serve_by_switching(Queue queue) {
  while (!queue.empty()) {
    Customer customer = queue.front();
    queue.pop_front();
    if (!customer.pays_at) {
      scan(customer);
      customer.pays_at = Clock::now() + customer.purse;
      queue.push_back(customer);
    } else if (Clock::now() < *customer.pays_at) {
      const bool all_are_looking =
          std::all_of(queue.begin(), queue.end(),
                      [](const Customer& other) { return other.pays_at.has_value(); });
      if (all_are_looking) {
        std::this_thread::sleep_until(*customer.pays_at);
      }
      queue.push_back(customer);
    }
  }
}

/// Four cashiers, who share out the customers.
void serve_by_several(const Queue& queue) {
  constexpr std::size_t kCashiers = 4;
  std::vector<std::jthread> cashiers;
  for (std::size_t number = 0; number < kCashiers; ++number) {
    Queue own;
    for (std::size_t i = number; i < queue.size(); i += kCashiers) {
      own.push_back(queue[i]);
    }
    cashiers.emplace_back([own] { serve_in_order(own); });
  }
}

std::vector<Table> run(const Settings& settings) {
  const std::size_t customers = settings.quick ? 4 : 8;
  const Queue lookers(customers, {1, std::chrono::milliseconds(settings.quick ? 1 : 20)});
  const Queue buyers(customers, {settings.quick ? 10u : 4000u, std::chrono::milliseconds(0)});
  using Serve = void (*)(Queue);
  const auto row = [&](const std::string& name, auto serve) {
    return Row{name,
               {milliseconds_of([&] { serve(lookers); }), milliseconds_of([&] { serve(buyers); })}};
  };
  const auto pinned = [](auto serve) {
    return [serve](const Queue& queue) { on_one_core([&] { serve(queue); }); };
  };
  return {
      {.title = std::to_string(customers) + " customers, until the last has been served",
       .unit = "ms",
       .columns = {"all look for the purse", "all have full baskets"},
       .rows = {row("one cashier, one after the other", Serve(serve_in_order)),
                row("one cashier, switching", Serve(serve_by_switching)),
                row("four cashiers, one core", pinned(serve_by_several)),
                row("four cashiers, " + std::to_string(cores()) + " cores", serve_by_several)}}};
}

const Registration kRegistration{{.name = "cashiers",
                                  .title = "One cashier who switches, and several cashiers",
                                  .file = __FILE__,
                                  .exhibits = {},
                                  .run = run}};

}  // namespace
}  // namespace tour
