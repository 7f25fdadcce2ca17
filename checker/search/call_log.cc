// SPDX-License-Identifier: Apache-2.0
// A log is a sequence of calls: which, its arguments, its result.
#include "checker/search/call_log.h"

#include <vector>

namespace heddle::search {
namespace {

enum class Call : std::uint8_t { kChoose, kExecute, kWithdraw };

bool same(const Result& a, const Result& b) {
  return a.status == b.status && a.value == b.value && a.event == b.event;
}

bool repeat_choose(base::ByteReader& log, Search& search) {
  std::vector<base::ThreadId> threads;
  std::vector<graph::Operation> operations;
  log.each([&] {
    threads.push_back(log.get<base::ThreadId>());
    operations.push_back(log.get<graph::Operation>());
  });
  std::vector<PendingOperation> pending;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    pending.push_back({threads[i], &operations[i]});
  }
  const auto current = log.get<base::ThreadId>();
  return search.choose_thread(pending, current) == log.get<base::ThreadId>();
}

bool repeat_execute(base::ByteReader& log, Search& search) {
  const auto thread = log.get<base::ThreadId>();
  const auto operation = log.get<graph::Operation>();
  return same(search.execute(thread, operation), log.get<Result>());
}

}  // namespace

base::ThreadId LoggedSearch::choose_thread(std::span<const PendingOperation> pending,
                                           base::ThreadId current) {
  const base::ThreadId chosen = under_.choose_thread(pending, current);
  log_.put(Call::kChoose);
  log_.put(pending.size());
  for (const PendingOperation& one : pending) {
    log_.put(one.thread);
    log_.put(*one.operation);
  }
  log_.put(current);
  log_.put(chosen);
  return chosen;
}

Result LoggedSearch::execute(base::ThreadId thread, const graph::Operation& operation) {
  log_.put(Call::kExecute);
  log_.put(thread);
  log_.put(operation);
  const Result result = under_.execute(thread, operation);
  log_.put(result);
  return result;
}

bool LoggedSearch::withdraw_blocked(base::ThreadId thread) {
  const bool could = under_.withdraw_blocked(thread);
  log_.put(Call::kWithdraw);
  log_.put(thread);
  log_.put(could);
  return could;
}

bool repeat_calls(std::string_view log, Search* search) {
  base::ByteReader calls(log);
  while (!calls.at_end()) {
    bool as_before = false;
    switch (calls.get<Call>()) {
      case Call::kChoose:
        as_before = repeat_choose(calls, *search);
        break;
      case Call::kExecute:
        as_before = repeat_execute(calls, *search);
        break;
      case Call::kWithdraw: {
        const auto thread = calls.get<base::ThreadId>();
        as_before = search->withdraw_blocked(thread) == calls.get<bool>();
        break;
      }
    }
    if (!as_before) {
      return false;
    }
  }
  return true;
}

}  // namespace heddle::search
