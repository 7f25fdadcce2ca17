// SPDX-License-Identifier: Apache-2.0
// Wishes, and the runs: twice with defaults, to learn names and to promote, then with the wishes.
#include "checker/explore_attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "checker/explore_names.h"
#include "checker/graph/sync_state.h"
#include "checker/report/explain_facts.h"
#include "checker/report/trace.h"
#include "checker/search/replay.h"
#include "checker/search/wish_search.h"

namespace heddle {
namespace {

using base::EventId;
using base::ThreadId;
using graph::Operation;
using graph::OpKind;
using search::PendingOperation;

constexpr std::size_t kMostAhead = 8;       ///< Wishes of a thread that may be passed over at once.
constexpr std::uint32_t kMostEvents = 500;  ///< Beyond twice the failing ones.

/// "hits" of "bugs::buggy::hits": namespaces differ from variant to variant.
std::string short_name(const std::string& name) {
  const std::size_t colons = name.rfind("::");
  return colons == std::string::npos || name.find('(') != std::string::npos
             ? name
             : name.substr(colons + 2);
}

struct Wish {
  std::size_t step = 0;  ///< Of the failing trace.
  bool reads = false;
  bool writes = false;
  std::string what;
  std::string object;
};

/// False for steps that are no operations of the program, or were never done.
bool make_wish(const std::vector<TraceStep>& trace, std::size_t at, Wish* wish) {
  const TraceStep& step = trace[at];
  if (step.what == "start" || step.what == "end" || step.what == "choose" ||
      report::has_note(step, "blocks here")) {
    return false;
  }
  *wish = {at, report::is_read(step), report::is_write(step), step.what, short_name(step.object)};
  const bool on_threads = step.what.starts_with("create ") || step.what.starts_with("join ");
  const bool on_object =
      !step.object.empty() && (wish->reads || wish->writes || step.value.empty());
  return on_threads || step.what.starts_with("fence") || on_object;
}

struct Stop {
  std::size_t wanted = 0;
  std::uint32_t done = 0;  ///< Events by then.
  std::string message;
};

class TraceWishes : public search::Wishes {
 public:
  using Names = std::map<base::LocationId, std::string>;

  TraceWishes(const Finding& failing, const runtime::Engine& engine, const Names& names)
      : failing_(failing), engine_(engine), names_(names) {
    std::map<std::string, ThreadId> ids;
    for (ThreadId id = 0; id < engine.thread_names().size(); ++id) {
      ids[engine.thread_name(id)] = id;
    }
    for (std::size_t i = 0; i < failing.trace.size(); ++i) {
      Wish wish;
      const auto thread = ids.find(failing.trace[i].thread);
      if (make_wish(failing.trace, i, &wish)) {
        ++wanted_;
        if (thread != ids.end()) {
          wishes_[thread->second].push_back(std::move(wish));
        }
      }
    }
  }
  void watch(const graph::ExecutionGraph* graph) { graph_ = graph; }

  std::uint64_t rank(const PendingOperation& pending) override {
    const std::deque<Wish>& wishes = wishes_[pending.thread];
    return wishes.empty() ? failing_.trace.size() + pending.thread : wishes.front().step;
  }

  EventId source(ThreadId thread, const Operation& operation) override {
    const Wish* wish = find(thread, operation);
    if (wish == nullptr || !wish->reads) {
      return EventId::none();
    }
    const std::int64_t from = failing_.trace[wish->step].reads_from;
    const auto write = writes_.find(static_cast<std::size_t>(from));
    if (from >= 0 && write != writes_.end()) {
      return write->second;
    }
    return from < 0 && is_written_before(wish->step) ? EventId::none()
                                                     : oldest_with(wanted_value(*wish), operation);
  }
  EventId place(ThreadId, const Operation&) override { return EventId::none(); }
  std::uint64_t outcome(ThreadId, const Operation&) override { return 0; }

  void waits(const PendingOperation& pending) override {
    const std::deque<Wish>& wishes = wishes_[pending.thread];
    if (wishes.empty() || pending.operation->kind != OpKind::kSync) {
      return;  // A join waits for threads that have steps of their own to do.
    }
    stop(wishes.front().step,
         fmt::format("{} is to do {}, but waits: {} {}{}", engine_.thread_name(pending.thread),
                     words(wishes.front()), report::sync_name(pending.operation->sync),
                     name(*pending.operation), holders(*pending.operation)));
  }

  void done(const PendingOperation& performed, EventId event, EventId write,
            search::Refusal refusal) override {
    const Operation& operation = *performed.operation;
    const Wish* wish = find(performed.thread, operation);
    if (wish == nullptr) {
      return;
    }
    if (refusal != search::Refusal::kNone && is_news(*wish, event)) {
      stop(wish->step, refusal_words(*wish, event, refusal));
    }
    const bool both = operation.kind == OpKind::kRmw || operation.kind == OpKind::kCompareExchange;
    const bool only_read = wish->reads && !wish->writes;
    fulfil(performed.thread, wish, event, write);
    // One step here for a read and a write there.
    const std::deque<Wish>& rest = wishes_[performed.thread];
    if (both && only_read && !rest.empty() && rest.front().writes && !rest.front().reads &&
        rest.front().object == name(operation)) {
      fulfil(performed.thread, &rest.front(), event, write);
    }
  }

  std::size_t wanted() const { return wanted_; }
  /// The failing step that each event repeats.
  const std::map<std::uint32_t, std::size_t>& followed() const { return followed_; }
  const std::vector<Stop>& stops() const { return stops_; }

 private:
  std::string name(const Operation& operation) const {
    const auto found = names_.find(operation.location);
    return found == names_.end() ? std::string() : found->second;
  }

  bool fits(const Wish& wish, const Operation& operation) const {
    switch (operation.kind) {
      case OpKind::kLoad:
        return wish.reads && wish.object == name(operation);
      case OpKind::kStore:
        return wish.writes && wish.object == name(operation);
      case OpKind::kRmw:
      case OpKind::kCompareExchange:
        return (wish.reads || wish.writes) && wish.object == name(operation);
      case OpKind::kFence:
        return wish.what.starts_with("fence");
      case OpKind::kSync:
        return wish.what == report::sync_name(operation.sync) && wish.object == name(operation);
      case OpKind::kThreadCreate:
        return wish.what ==
               "create " + engine_.thread_name(static_cast<ThreadId>(operation.operand));
      case OpKind::kThreadJoin:
        return wish.what == "join " + engine_.thread_name(static_cast<ThreadId>(operation.operand));
      default:
        return false;
    }
  }

  /// The first of the thread's next wishes that the operation fulfils.
  const Wish* find(ThreadId thread, const Operation& operation) {
    const std::deque<Wish>& wishes = wishes_[thread];
    for (std::size_t i = 0; i < std::min(wishes.size(), kMostAhead); ++i) {
      if (fits(wishes[i], operation)) {
        return &wishes[i];
      }
    }
    return nullptr;
  }

  /// Those before it are given up.
  void fulfil(ThreadId thread, const Wish* wish, EventId event, EventId write) {
    followed_.emplace(event.packed(), wish->step);
    if (write.is_event()) {
      writes_[wish->step] = write;
    }
    std::deque<Wish>& wishes = wishes_[thread];
    const std::size_t step = wish->step;
    while (!wishes.empty() && wishes.front().step <= step) {
      wishes.pop_front();
    }
  }

  /// Where plain accesses raced, a trace does not know what a read reads from.
  bool is_written_before(std::size_t step) const {
    const std::vector<TraceStep>& trace = failing_.trace;
    return report::order_of(trace[step]).empty() &&
           std::any_of(trace.begin(), trace.begin() + static_cast<std::ptrdiff_t>(step),
                       [&](const TraceStep& other) {
                         return other.object == trace[step].object && report::is_write(other);
                       });
  }

  /// The value that was read there, or nothing.
  std::string wanted_value(const Wish& wish) const {
    const std::string& value = failing_.trace[wish.step].value;
    return value.substr(0, value.find(" -> "));
  }

  /// What is an initial value there may be written first here, and the other way round.
  EventId oldest_with(const std::string& value, const Operation& operation) const {
    const auto is_it = [&](std::uint64_t found) {
      return report::format_value(found, operation.size) == value;
    };
    for (EventId write = graph_->mo_first(operation.location); write.is_event();
         write = graph_->event(write).mo_next) {
      if (is_it(graph_->event(write).value)) {
        return write;
      }
    }
    return is_it(operation.initial) ? EventId::init() : EventId::none();
  }

  std::string value_of(EventId event) const {
    const graph::Event& read = graph_->event(event);
    return report::format_value(read.value, read.operation.size);
  }

  /// Not the same value from elsewhere, nor what follows from an earlier stop at the same object.
  bool is_news(const Wish& wish, EventId event) const {
    return wanted_value(wish) != value_of(event) &&
           std::none_of(stops_.begin(), stops_.end(), [&](const Stop& stop) {
             return failing_.trace[stop.wanted].object == failing_.trace[wish.step].object;
           });
  }

  void stop(std::size_t wanted, std::string message) {
    const bool known = std::any_of(stops_.begin(), stops_.end(),
                                   [&](const Stop& stop) { return stop.wanted == wanted; });
    if (!known) {
      stops_.push_back({wanted, graph_->stamps(), std::move(message)});
    }
  }

  std::string words(const Wish& wish) const {
    const bool access = wish.reads || wish.writes;
    return fmt::format("{}{}{} (step {})", wish.what,
                       wish.object.empty() ? ""
                       : access            ? " of "
                                           : " ",
                       wish.object, wish.step + 1);
  }

  std::string holders(const Operation& operation) const {
    const EventId newest = graph_->mo_last(operation.location);
    const graph::SyncState state = graph_->value_of(newest, operation);
    const graph::SyncDescription now = graph::describe(operation.sync, state);
    std::vector<std::string> names;
    for (const graph::SyncHolder& holder : now.holders) {
      names.push_back(engine_.thread_name(holder.thread));
    }
    if (names.empty() && now.owner.has_value()) {
      names.push_back(engine_.thread_name(*now.owner));
    }
    return names.empty() ? "" : fmt::format(", held by {}", fmt::join(names, ", "));
  }

  std::string refusal_words(const Wish& wish, EventId event, search::Refusal refusal) const {
    const char* why = "";
    switch (refusal) {
      case search::Refusal::kCoherence:
        why = "the newer value happens before this read";
        break;
      case search::Refusal::kAtomicity:
        why = "its read and its write are one step, and another one has come in between";
        break;
      default:
        why = "the order of the seq_cst operations forbids the old value";
    }
    return fmt::format("{} is to do {} and get {}, but gets {}: {}",
                       engine_.thread_name(event.thread()), words(wish), wanted_value(wish),
                       value_of(event), why);
  }

  const Finding& failing_;
  const runtime::Engine& engine_;
  const Names& names_;
  const graph::ExecutionGraph* graph_ = nullptr;
  std::map<ThreadId, std::deque<Wish>> wishes_;
  std::map<std::size_t, EventId> writes_;  ///< Of fulfilled wishes, by step.
  std::map<std::uint32_t, std::size_t> followed_;
  std::vector<Stop> stops_;
  std::size_t wanted_ = 0;
};

/// Plain accesses of the failing trace have no memory order.
std::set<std::string> plain_objects(const Finding& failing) {
  std::set<std::string> names;
  for (const TraceStep& step : failing.trace) {
    const bool access = step.what.starts_with("read") || step.what.starts_with("write");
    if (access && !step.object.empty()) {
      names.insert(short_name(step.object));
    }
  }
  return names;
}

/// One execution with defaults, recorded; with all plain accesses if asked.
void record_default_run(const Exploring& in, bool plain) {
  search::ReplaySearch search{search::Plan{}};
  search.begin();
  in.engine.run(search, in.body);
  std::vector<runtime::Recorder::Interest> interests;
  if (plain) {
    interests.push_back({0, ~std::uintptr_t{0}});
  }
  in.engine.recorder().start(std::move(interests));
  in.engine.run(search, in.body, true);
}

/// Whether every access that touches these bytes is of exactly them, so that they can be a
/// location.
bool is_one_location(const std::vector<runtime::RecordedStep>& steps, std::uint64_t address,
                     std::uint64_t size) {
  return std::all_of(steps.begin(), steps.end(), [&](const runtime::RecordedStep& recorded) {
    const report::RawStep& step = recorded.step;
    const bool apart = step.address >= address + size || step.address + step.range <= address;
    return apart || (step.address == address && step.range == size);
  });
}

/// Makes what is accessed under these names events.
void promote(const Exploring& in, const std::set<std::string>& wanted) {
  const std::vector<runtime::RecordedStep>& steps = in.engine.recorder().steps();
  std::map<std::uint64_t, std::string> names;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const report::RawStep& step = steps[i].step;
    const bool plain =
        step.kind == report::StepKind::kPlainRead || step.kind == report::StepKind::kPlainWrite;
    if (!plain || step.size == 0) {
      continue;
    }
    const auto [known, inserted] = names.try_emplace(step.address);
    if (inserted) {
      known->second = short_name(object_name(in.symbols, in.engine, step.address, i));
    }
    if (inserted && wanted.contains(known->second) &&
        is_one_location(steps, step.address, step.size)) {
      in.engine.promoted()[{step.address, step.size}] = true;
    }
  }
}

TraceWishes::Names names_of_locations(const Exploring& in) {
  TraceWishes::Names names;
  const std::vector<runtime::RecordedStep>& steps = in.engine.recorder().steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].location != base::kNoLocation && !names.contains(steps[i].location)) {
      names[steps[i].location] =
          short_name(object_name(in.symbols, in.engine, steps[i].step.address, i));
    }
  }
  return names;
}

std::string end_words(const Exploring& in, const JudgedRun& run) {
  std::vector<std::string> kinds;
  for (const runtime::RawFinding& finding : in.engine.findings()) {
    if (!is_library_race(finding, in.symbols)) {
      kinds.emplace_back(to_string(finding.kind));
    }
  }
  if (run.judgement.finding.has_value()) {
    kinds.emplace_back(to_string(run.judgement.finding->kind));
  }
  if (!kinds.empty()) {
    return fmt::format("fails: {}", fmt::join(kinds, ", "));
  }
  return run.end.all_ended || run.end.process_ended ? "passes" : "left off before its end";
}

}  // namespace

Attempt attempt_schedule(const Exploring& in, const Finding& failing) {
  const std::set<std::string> plain = plain_objects(failing);
  record_default_run(in, !plain.empty());
  if (!plain.empty()) {
    promote(in, plain);
    record_default_run(in, false);
  }
  const TraceWishes::Names names = names_of_locations(in);
  TraceWishes wishes(failing, in.engine, names);
  const auto steps = static_cast<std::uint32_t>(failing.trace.size());
  search::WishSearch search(in.options.model, &wishes, 2 * steps + kMostEvents);
  wishes.watch(&search.graph());
  search.begin();
  const JudgedRun run = run_once(in, search);
  Attempt result;
  // A deadlock of threads that were left off is none.
  const bool cut = search.graph().stamps() >= 2 * steps + kMostEvents;
  result.end = cut ? "left off before its end" : end_words(in, run);
  RecordedTrace recorded = record_trace(in, search, {}, StepOrder::kAsAdded);
  result.trace = std::move(recorded.trace);
  result.wanted = wishes.wanted();
  std::vector<std::int64_t> step_of_stamp;
  for (std::size_t i = 0; i < recorded.events.size(); ++i) {
    const auto found = wishes.followed().find(recorded.events[i].packed());
    const bool follows = found != wishes.followed().end();
    result.follows.push_back(follows ? static_cast<std::int64_t>(found->second) : -1);
    result.followed += follows ? 1 : 0;
    step_of_stamp.resize(search.graph().event(recorded.events[i]).stamp + 1, -1);
    step_of_stamp.back() = static_cast<std::int64_t>(i);
  }
  for (const Stop& stop : wishes.stops()) {
    const std::size_t last = std::min<std::size_t>(stop.done, step_of_stamp.size());
    std::int64_t step = -1;
    for (std::size_t i = last; i-- > 0 && step < 0;) {
      step = step_of_stamp[i];
    }
    result.stops.push_back({static_cast<std::int64_t>(stop.wanted), step, stop.message});
  }
  return result;
}

}  // namespace heddle
