// SPDX-License-Identifier: Apache-2.0
// Finds the cycle or the root wait of a deadlock and puts it into words.
#include "checker/detect/deadlock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checker/base/check.h"
#include "checker/base/mutant.h"

namespace heddle::detect {
namespace {

/// The waits by thread, and the words for them.
class Waits {
 public:
  Waits(std::span<const Wait> waits, std::span<const std::string> names)
      : waits_(waits), names_(names) {
    by_thread_.fill(nullptr);
    for (const Wait& wait : waits) {
      HEDDLE_CHECK(wait.thread < base::kMaxThreads && by_thread_[wait.thread] == nullptr);
      by_thread_[wait.thread] = &wait;
    }
  }

  std::span<const Wait> all() const { return waits_; }
  const Wait* of(base::ThreadId thread) const {
    return thread < base::kMaxThreads ? by_thread_[thread] : nullptr;
  }
  std::string name(base::ThreadId thread) const {
    return thread < names_.size() ? names_[thread] : fmt::format("thread {}", thread);
  }
  bool waits_for_stuck_thread(const Wait& wait) const {
    return std::any_of(wait.holders.begin(), wait.holders.end(), [&](base::ThreadId holder) {
      return holder != wait.thread && of(holder) != nullptr;
    });
  }

 private:
  std::span<const Wait> waits_;
  std::span<const std::string> names_;
  std::array<const Wait*, base::kMaxThreads> by_thread_{};
};

bool waits_for_itself(const Wait& wait) {
  return std::find(wait.holders.begin(), wait.holders.end(), wait.thread) != wait.holders.end();
}

std::string object(const Wait& wait) {
  static constexpr std::array<const char*, 11> kWords{
      "mutex",     "read lock", "write lock", "condition variable",
      "semaphore", "barrier",   "futex",      "initialisation",
      "",          "pipe",      "signal"};
  const char* word = kWords[static_cast<std::size_t>(wait.kind)];
  return wait.object.empty() ? fmt::format("a {}", word) : fmt::format("{} {}", word, wait.object);
}

/// "waits for mutex b", without who holds it.
std::string wait_words(const Wait& wait, const Waits& waits) {
  switch (wait.kind) {
    case WaitKind::kCondition:
    case WaitKind::kFutex:
      return "waits on " + object(wait);
    case WaitKind::kSignal:
      return "waits for a signal";
    case WaitKind::kBarrier:
      return fmt::format("waits at {} ({} of {} arrived)", object(wait), wait.arrived,
                         wait.expected);
    case WaitKind::kJoin:
      return fmt::format("waits for {} to end",
                         wait.holders.empty() ? "a thread" : waits.name(wait.holders.front()));
    default:
      return "waits for " + object(wait);
  }
}

std::string holder_words(const Wait& wait, const Waits& waits) {
  if (wait.kind == WaitKind::kJoin || wait.holders.empty()) {
    return {};
  }
  std::string words;
  for (base::ThreadId holder : wait.holders) {
    words += words.empty() ? "" : ", ";
    words += holder == wait.thread ? "itself" : waits.name(holder);
    if (waits.of(holder) == nullptr) {
      words += " (which will not act again)";
    }
  }
  return fmt::format(", {} {}", wait.kind == WaitKind::kOnce ? "run by" : "held by", words);
}

std::string full_words(const Wait& wait, const Waits& waits) {
  return wait_words(wait, waits) + holder_words(wait, waits);
}

/// The shortest cycle of two or more threads, by a breadth-first search from each thread.
std::vector<const Wait*> shortest_cycle(const Waits& waits) {
  std::vector<const Wait*> best;
  for (const Wait& start : waits.all()) {
    std::array<const Wait*, base::kMaxThreads> parent{};
    std::vector<const Wait*> queue{&start};
    const Wait* last = nullptr;
    for (std::size_t i = 0; i < queue.size() && last == nullptr; ++i) {
      for (base::ThreadId holder : queue[i]->holders) {
        const Wait* next = waits.of(holder);
        if (next == &start && queue[i] != &start) {
          last = queue[i];
          break;
        }
        if (next != nullptr && next != &start && parent[holder] == nullptr) {
          parent[holder] = queue[i];
          queue.push_back(next);
        }
      }
    }
    std::vector<const Wait*> cycle;
    for (const Wait* wait = last; wait != nullptr; wait = parent[wait->thread]) {
      cycle.push_back(wait);
    }
    std::reverse(cycle.begin(), cycle.end());
    const bool shorter = cycle.size() < best.size() && HEDDLE_CLAUSE("deadlock.shortest_cycle");
    if (!cycle.empty() && (best.empty() || shorter)) {
      best = std::move(cycle);
    }
  }
  return best;
}

std::string cycle_message(const std::vector<const Wait*>& cycle, const Waits& waits) {
  std::string message;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Wait& before = *cycle[(i + cycle.size() - 1) % cycle.size()];
    message += message.empty() ? "" : "; ";
    message += waits.name(cycle[i]->thread);
    if (before.kind == WaitKind::kOnce) {
      message += fmt::format(" runs {} and", object(before));
    } else if (before.kind != WaitKind::kJoin) {
      const bool lock = before.kind == WaitKind::kReadLock || before.kind == WaitKind::kWriteLock;
      const std::string held =
          lock ? (before.object.empty() ? "a read-write lock" : "lock " + before.object)
               : object(before);
      message += fmt::format(" holds {} and", held);
    }
    message += " " + wait_words(*cycle[i], waits);
  }
  return message;
}

/// The cause of a wait that is not for another waiting thread.
DeadlockCause root_cause(const Wait& wait) {
  switch (wait.kind) {
    case WaitKind::kBarrier:
      return HEDDLE_CLAUSE("deadlock.barrier") ? DeadlockCause::kBarrier : DeadlockCause::kJoin;
    case WaitKind::kJoin:
      return HEDDLE_CLAUSE("deadlock.join") ? DeadlockCause::kJoin : DeadlockCause::kMissingSignal;
    case WaitKind::kCondition:
    case WaitKind::kFutex: {
      const bool lost =
          (wait.signals_unheard > 0 && HEDDLE_CLAUSE("deadlock.lost_wakeup.unheard")) ||
          (wait.signals_while_waiting > 0 && HEDDLE_CLAUSE("deadlock.lost_wakeup.stolen"));
      const bool missing = !lost && HEDDLE_CLAUSE("deadlock.missing_signal");
      return missing ? DeadlockCause::kMissingSignal : DeadlockCause::kLostWakeup;
    }
    default:
      return DeadlockCause::kMissingSignal;
  }
}

std::string missing_words(const Wait& wait) {
  switch (wait.kind) {
    case WaitKind::kCondition:
    case WaitKind::kFutex:
      return wait.signals == 0 ? ", which nobody ever notifies"
                               : ", which nobody is left to notify";
    case WaitKind::kSemaphore:
      return ", to which nobody is left to release";
    case WaitKind::kPipe:
      return ", which nobody is left to read, write or close";
    case WaitKind::kSignal:
      return ", which nobody is left to send";
    default:
      return ", which nobody is left to release";
  }
}

std::string root_message(const Wait& wait, DeadlockCause cause, const Waits& waits) {
  const std::string words = waits.name(wait.thread) + " " + wait_words(wait, waits);
  switch (cause) {
    case DeadlockCause::kBarrier:
      return words + ", and the others do not come";
    case DeadlockCause::kLostWakeup:
      return words + (wait.signals_unheard > 0
                          ? ", but the notification came before it waited and is lost"
                          : ", but the notification woke another thread");
    case DeadlockCause::kMissingSignal:
      return words + holder_words(wait, waits) + missing_words(wait);
    default:
      return words + ", which it cannot do";
  }
}

/// Cause of a deadlock without a cycle: the first that any root has.
void explain_roots(const Waits& waits, Deadlock& deadlock, std::vector<const Wait*>& order) {
  for (const Wait& wait : waits.all()) {
    if (waits_for_itself(wait) && HEDDLE_CLAUSE("deadlock.self")) {
      deadlock.cause = DeadlockCause::kSelf;
      deadlock.message = fmt::format(
          "{} {}, which {}", waits.name(wait.thread),
          wait.kind == WaitKind::kJoin ? "waits for its own end" : wait_words(wait, waits),
          wait.kind == WaitKind::kJoin ? "cannot come" : "it holds itself");
      order.push_back(&wait);
      return;
    }
  }
  for (DeadlockCause cause : {DeadlockCause::kBarrier, DeadlockCause::kLostWakeup,
                              DeadlockCause::kMissingSignal, DeadlockCause::kJoin}) {
    for (const Wait& wait : waits.all()) {
      const bool is_root =
          !waits.waits_for_stuck_thread(wait) || !HEDDLE_CLAUSE("deadlock.roots_only");
      if (is_root && root_cause(wait) == cause) {
        deadlock.cause = cause;
        deadlock.message += deadlock.message.empty() ? "" : "; ";
        deadlock.message += root_message(wait, cause, waits);
        order.push_back(&wait);
      }
    }
    if (!order.empty()) {
      return;
    }
  }
}

}  // namespace

Deadlock explain_deadlock(std::span<const Wait> waits_given, std::span<const std::string> names) {
  HEDDLE_CHECK(!waits_given.empty());
  const Waits waits(waits_given, names);
  Deadlock deadlock;
  std::vector<const Wait*> order = shortest_cycle(waits);
  if (!order.empty() && HEDDLE_CLAUSE("deadlock.cycle")) {
    deadlock.cause = DeadlockCause::kCycle;
    deadlock.message = cycle_message(order, waits);
  } else {
    explain_roots(waits, deadlock, order);
  }
  for (bool root : {true, false}) {
    for (const Wait& wait : waits.all()) {
      if (waits.waits_for_stuck_thread(wait) != root &&
          std::find(order.begin(), order.end(), &wait) == order.end()) {
        order.push_back(&wait);
      }
    }
  }
  for (const Wait* wait : order) {
    deadlock.threads.push_back({wait->thread, full_words(*wait, waits)});
  }
  return deadlock;
}

}  // namespace heddle::detect
