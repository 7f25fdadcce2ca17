// SPDX-License-Identifier: Apache-2.0
// Words and traces for findings.
#include "checker/explore_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "checker/report/frames.h"
#include "checker/report/linearise.h"
#include "checker/report/trace.h"

namespace heddle {
namespace {

using report::OrderEdge;
using runtime::Engine;
using runtime::RawFinding;
using runtime::RecordedStep;

constexpr std::uint32_t kNoStep = 0xffffffff;

std::vector<std::string> names_of(const Engine& engine) {
  std::vector<std::string> names;
  for (base::ThreadId id = 0; id < engine.thread_names().size(); ++id) {
    names.push_back(engine.thread_name(id));
  }
  return names;
}

/// Which step performed an event; the write part of an rmw belongs to its read's step.
class StepIndex {
 public:
  StepIndex(const std::vector<RecordedStep>& steps, const graph::ExecutionGraph& graph)
      : graph_(graph) {
    for (std::uint32_t i = 0; i < steps.size(); ++i) {
      if (steps[i].event.is_event()) {
        steps_[steps[i].event.packed()] = i;
      }
    }
  }
  std::uint32_t find(base::EventId event) const {
    if (!event.is_event()) {
      return kNoStep;
    }
    if (graph_.event(event).rmw_write) {
      event = {event.thread(), event.index() - 1};
    }
    const auto found = steps_.find(event.packed());
    return found == steps_.end() ? kNoStep : found->second;
  }

 private:
  const graph::ExecutionGraph& graph_;
  std::map<std::uint32_t, std::uint32_t> steps_;
};

/// The write of the operation whose first event is `event`: it itself, or the write part; none()
/// if it does not write.
base::EventId write_of(base::EventId event, const graph::ExecutionGraph& graph) {
  if (event.is_event() && graph.event(event).has_write) {
    event = {event.thread(), event.index() + 1};
  }
  const bool writes = event.is_event() && event.index() < graph.size(event.thread()) &&
                      graph.event(event).kind == graph::EventKind::kWrite;
  return writes ? event : base::EventId::none();
}

/// Links each read to the step it reads from, and each write to the one before it.
void link_accesses(std::vector<RecordedStep>& steps, const graph::ExecutionGraph& graph,
                   const StepIndex& index) {
  for (RecordedStep& recorded : steps) {
    if (const std::uint32_t source = index.find(recorded.source); source != kNoStep) {
      recorded.step.reads_from = source;
    }
    const base::EventId write = write_of(recorded.event, graph);
    const std::uint32_t before =
        write.is_event() ? index.find(graph.event(write).mo_previous) : kNoStep;
    if (before != kNoStep) {
      recorded.step.overwrites = before;
    }
  }
}

/// The last events of other threads that `event` knows and its predecessor does not, without those
/// that it knows through another one of them.
std::vector<base::EventId> learned_at(base::EventId event, const graph::ExecutionGraph& graph) {
  std::vector<base::EventId> learned;
  for (base::ThreadId u = 0; u < graph.thread_count(); ++u) {
    const std::uint32_t count = u == event.thread() ? 0 : graph.known(event, u);
    const std::uint32_t before =
        event.index() == 0 ? 0 : graph.known({event.thread(), event.index() - 1}, u);
    if (count > before) {
      learned.emplace_back(u, count - 1);
    }
  }
  std::vector<base::EventId> direct;
  for (const base::EventId one : learned) {
    if (std::none_of(learned.begin(), learned.end(),
                     [&](base::EventId other) { return graph.happens_before(one, other); })) {
      direct.push_back(one);
    }
  }
  return direct;
}

/// The edges of happens-before between threads.
void link_order(std::vector<RecordedStep>& steps, const graph::ExecutionGraph& graph,
                const StepIndex& index) {
  for (RecordedStep& recorded : steps) {
    if (!recorded.event.is_event()) {
      continue;
    }
    for (base::EventId event : learned_at(recorded.event, graph)) {
      while (index.find(event) == kNoStep && event.index() > 0) {
        event = {event.thread(), event.index() - 1};
      }
      if (index.find(event) != kNoStep) {
        recorded.step.happens_after.push_back(index.find(event));
      }
    }
  }
}

/// Tells, for each read, whether a newer write stands before it in `order`.
void mark_stale(std::vector<RecordedStep>& steps, const std::vector<std::uint32_t>& order,
                const graph::ExecutionGraph& graph, const StepIndex& index) {
  std::vector<std::uint32_t> position(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    position[order[i]] = i;
  }
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    RecordedStep& recorded = steps[i];
    if (recorded.location == base::kNoLocation || recorded.source.is_none() ||
        !recorded.step.has_read) {
      continue;
    }
    const base::EventId next = graph.mo_next(recorded.location, recorded.source);
    const std::uint32_t newer = index.find(next);
    if (newer != kNoStep && newer != i && position[newer] < position[i]) {
      recorded.step.stale = true;
      recorded.step.newer_step = newer;
      recorded.step.newer = graph.event(next).value;
    }
  }
}

std::vector<OrderEdge> hard_edges(const std::vector<RecordedStep>& steps, const StepIndex& index) {
  std::vector<OrderEdge> edges;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const std::uint32_t source = index.find(steps[i].source);
    if (source != kNoStep && source != i) {
      edges.push_back({source, i});
    }
  }
  return edges;
}

/// Modification order and reads-before, so that reads stand between their write and the next one.
std::vector<std::vector<OrderEdge>> soft_edges(const std::vector<RecordedStep>& steps,
                                               const graph::ExecutionGraph& graph,
                                               const StepIndex& index) {
  std::vector<std::vector<OrderEdge>> groups(2);
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const RecordedStep& recorded = steps[i];
    if (recorded.location == base::kNoLocation || !recorded.event.is_event()) {
      continue;
    }
    const auto before_next_of = [&](base::EventId write, std::size_t group) {
      const std::uint32_t next = index.find(graph.mo_next(recorded.location, write));
      if (next != kNoStep && next != i) {
        groups[group].push_back({i, next});
      }
    };
    const graph::Event& event = graph.event(recorded.event);
    if (const base::EventId write = write_of(recorded.event, graph); write.is_event()) {
      before_next_of(write, 0);
    }
    if (event.kind == graph::EventKind::kRead && !event.rf.is_none()) {
      before_next_of(event.rf, 1);
    }
  }
  return groups;
}

/// Plain accesses, which are no events, keep the order in which they were made.
void keep_recorded_order(const std::vector<RecordedStep>& steps, std::vector<OrderEdge>& edges) {
  std::uint32_t last = kNoStep;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].event.is_event() && !steps[i].step.blocked) {
      if (last != kNoStep) {
        edges.push_back({last, i});
      }
      last = i;
    }
  }
}

/// A thread that waits for ever shows it when all others have done what they could.
void wait_last(const std::vector<RecordedStep>& steps, std::vector<OrderEdge>& edges) {
  std::map<base::ThreadId, std::uint32_t> last;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].step.blocked) {
      last[steps[i].step.thread] = i;
    }
  }
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    for (const auto& [thread, step] : last) {
      if (steps[i].step.blocked && thread != steps[i].step.thread) {
        edges.push_back({step, i});
      }
    }
  }
}

bool touches(const report::RawStep& step, const std::vector<runtime::RawParticipant>& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const runtime::RawParticipant& part) {
    const std::uint64_t size = std::max<std::uint64_t>(step.range, 1);
    return part.address != 0 && step.address < part.address + std::max<std::size_t>(part.size, 1) &&
           part.address < step.address + size;
  });
}

/// The step of the access that a participant made, the last one made from there; kLastStep if it is
/// not recorded.
std::size_t step_of(const runtime::RawParticipant& part, const std::vector<RecordedStep>& steps) {
  for (std::size_t i = part.stack.empty() ? 0 : steps.size(); i-- > 0;) {
    const std::vector<std::uint64_t>& pcs = steps[i].step.pcs;
    if (steps[i].step.thread == part.thread &&
        std::find(pcs.begin(), pcs.end(), part.stack.front()) != pcs.end()) {
      return i;
    }
  }
  return kLastStep;
}

/// The two accesses of a race, or the use and the release.
void mark_racing(std::vector<RecordedStep>& steps, const RawFinding& raw) {
  if (raw.kind != FindingKind::kDataRace && raw.kind != FindingKind::kUseAfterFree) {
    return;
  }
  for (const runtime::RawParticipant& part : raw.participants) {
    const std::size_t step = step_of(part, steps);
    if (step != kLastStep) {
      steps[step].step.racing = true;
    }
  }
}

/// The steps that decide: those on objects which more than one thread uses, creation, end, failure.
void mark_important(std::vector<RecordedStep>& steps, const RawFinding& raw) {
  std::map<std::uint64_t, std::uint64_t> users;
  for (const RecordedStep& recorded : steps) {
    if (recorded.step.address != 0) {
      users[recorded.step.address] |= std::uint64_t{1} << recorded.step.thread;
    }
  }
  for (RecordedStep& recorded : steps) {
    report::RawStep& step = recorded.step;
    const std::uint64_t mask = step.address != 0 ? users[step.address] : 0;
    step.important = step.important || step.blocked || step.failed || (mask & (mask - 1)) != 0 ||
                     touches(step, raw.participants) || step.kind == report::StepKind::kChoice ||
                     step.kind == report::StepKind::kThreadCreate ||
                     step.kind == report::StepKind::kThreadJoin;
  }
}

bool is_for_ever(FindingKind kind) {
  return kind == FindingKind::kDeadlock || kind == FindingKind::kSpin ||
         kind == FindingKind::kLivelock || kind == FindingKind::kStarvation;
}

/// Released blocks are filled with a pattern; its value says nothing.
void hide_pattern(std::vector<RecordedStep>& steps, const RawFinding& raw) {
  for (RecordedStep& recorded : steps) {
    report::RawStep& step = recorded.step;
    const unsigned unused = step.size == 0 || step.size > 8 ? 64 : 64 - 8 * step.size;
    const std::uint64_t pattern = unused == 64 ? 0 : 0xdddd'dddd'dddd'dddd >> unused;
    if (raw.kind == FindingKind::kUseAfterFree && step.has_read && pattern != 0 &&
        step.kind == report::StepKind::kPlainRead && step.read == pattern) {
      step.has_read = false;
      step.note = "finds released memory";
    }
  }
}

/// The order in which a search added the events.
std::vector<std::uint32_t> order_of_stamps(const std::vector<RecordedStep>& steps,
                                           const graph::ExecutionGraph& graph) {
  std::vector<std::uint32_t> order(steps.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return graph.event(steps[a].event).stamp < graph.event(steps[b].event).stamp;
  });
  return order;
}

/// With few switches of thread.
std::vector<std::uint32_t> order_for_reading(const std::vector<RecordedStep>& steps,
                                             const graph::ExecutionGraph& graph,
                                             const StepIndex& index) {
  std::vector<OrderEdge> hard = hard_edges(steps, index);
  keep_recorded_order(steps, hard);
  wait_last(steps, hard);
  const std::vector<std::vector<OrderEdge>> soft = soft_edges(steps, graph, index);
  std::vector<base::ThreadId> threads;
  threads.reserve(steps.size());
  for (const RecordedStep& recorded : steps) {
    threads.push_back(recorded.step.thread);
  }
  return report::linearise(threads, hard, soft);
}

/// The steps with names for their objects and for what their values point to.
std::vector<report::RawStep> with_names(std::vector<RecordedStep> steps, const Engine& engine,
                                        report::Symbolizer& symbols) {
  std::vector<report::RawStep> raw_steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    report::RawStep& step = steps[i].step;
    if (step.address != 0) {
      const bool whole = step.kind == report::StepKind::kFree;
      step.object = object_name(symbols, engine, step.address, i, whole);
    }
    if (step.size == sizeof(void*) && step.kind != report::StepKind::kChoice) {
      step.read_name = step.has_read ? pointee_name(symbols, engine, step.read, i) : "";
      step.written_name = step.has_written ? pointee_name(symbols, engine, step.written, i) : "";
    }
    raw_steps.push_back(std::move(step));
  }
  return raw_steps;
}

bool is_cycle(const RawFinding& raw) { return raw.cycle_from != RawFinding::kNoCycle; }

std::vector<TraceStep> make_steps(std::vector<RecordedStep> steps, const RawFinding& raw,
                                  Engine& engine, const graph::ExecutionGraph& graph,
                                  report::Symbolizer& symbols, StepOrder step_order,
                                  std::vector<base::EventId>* events) {
  const bool as_added = is_cycle(raw) || step_order == StepOrder::kAsAdded;
  if (as_added) {
    std::erase_if(steps, [](const RecordedStep& recorded) { return !recorded.event.is_event(); });
  }
  if (!is_for_ever(raw.kind)) {
    // Who waits when another thread's failure ends the run has no part in it.
    std::erase_if(steps, [](const RecordedStep& recorded) {
      return recorded.step.blocked && !recorded.event.is_event();
    });
  }
  hide_pattern(steps, raw);
  const StepIndex index(steps, graph);
  link_accesses(steps, graph, index);
  link_order(steps, graph, index);
  mark_important(steps, raw);
  mark_racing(steps, raw);
  for (RecordedStep& recorded : steps) {
    const bool repeats = is_cycle(raw) && graph.event(recorded.event).stamp >= raw.cycle_from;
    recorded.step.important = recorded.step.important || repeats;
  }
  const std::vector<std::uint32_t> order =
      as_added ? order_of_stamps(steps, graph) : order_for_reading(steps, graph, index);
  mark_stale(steps, order, graph, index);
  if (events != nullptr) {
    events->clear();
    for (const std::uint32_t i : order) {
      events->push_back(steps[i].event);
    }
  }
  return report::make_trace(report::reorder(with_names(std::move(steps), engine, symbols), order),
                            names_of(engine), symbols);
}

/// The recorded stack of the access that a participant made, if its own is only a position.
std::vector<std::uint64_t> full_stack(const runtime::RawParticipant& part,
                                      const std::vector<RecordedStep>& steps) {
  const std::size_t step = part.stack.size() == 1 ? step_of(part, steps) : kLastStep;
  return step == kLastStep ? part.stack : steps[step].step.pcs;
}

/// " (lost_update.cc:26)", or nothing; after something in brackets " at lost_update.cc:26".
std::string where(const std::vector<Frame>& stack, bool after_brackets = false) {
  const Frame* frame = report::user_frame(stack);
  if (frame == nullptr || (frame->line == 0 && frame->offset == 0)) {
    return {};
  }
  const std::string place = report::spot(*frame);
  return after_brackets ? " at " + place : fmt::format(" ({})", place);
}

/// "T1 writes hits (a.cc:26) while T2 reads it (a.cc:27): nothing orders the two accesses".
std::string race_message(const RawFinding& raw, const Finding& shown, const std::string& object) {
  const bool is_free = raw.kind == FindingKind::kUseAfterFree;
  const Participant& one = shown.participants[0];
  const Participant& two = shown.participants[1];
  return fmt::format("{} {} {}{} {} {} {} it{}{}", one.thread, raw.participants[0].verb, object,
                     where(one.stack, object.ends_with(')')), is_free ? "and" : "while", two.thread,
                     raw.participants[1].verb, where(two.stack),
                     is_free ? ", with nothing that keeps the use before the release"
                             : ": nothing orders the two accesses");
}

}  // namespace

std::vector<runtime::Recorder::Interest> interests_of(const std::vector<RawFinding>& findings) {
  std::vector<runtime::Recorder::Interest> interests;
  for (const RawFinding& finding : findings) {
    for (const runtime::RawParticipant& part : finding.participants) {
      if (part.address != 0) {
        interests.push_back({part.address, part.address + std::max<std::size_t>(part.size, 1)});
      }
    }
  }
  return interests;
}

Finding make_finding(const RawFinding& raw, Engine& engine, const graph::ExecutionGraph& graph,
                     report::Symbolizer& symbols, std::vector<base::EventId>* events,
                     StepOrder order) {
  Finding finding;
  finding.kind = raw.kind;
  finding.cause = raw.cause;
  finding.message = raw.message;
  const std::vector<RecordedStep>& steps = engine.recorder().steps();
  std::string object;
  for (const runtime::RawParticipant& part : raw.participants) {
    Participant shown;
    shown.thread = engine.thread_name(part.thread);
    shown.what = part.verb;
    if (part.address != 0) {
      const bool whole = part.verb == "frees" || part.verb == "allocates";
      std::string name = object_name(symbols, engine, part.address, step_of(part, steps), whole);
      shown.what += fmt::format(" {} bytes at {}", part.size, name);
      if (object.empty()) {
        object = raw.kind == FindingKind::kUseAfterFree
                     ? object_name(symbols, engine, part.address, kLastStep, true)
                     : std::move(name);
      }
    }
    shown.stack = symbols.stack(full_stack(part, steps));
    finding.participants.push_back(std::move(shown));
  }
  if (finding.message.empty() && raw.participants.size() == 2) {
    finding.message = race_message(raw, finding, object);
  }
  finding.trace = make_steps(steps, raw, engine, graph, symbols, order, events);
  if (is_cycle(raw)) {
    finding.cycle_from = std::count_if(steps.begin(), steps.end(), [&](const RecordedStep& step) {
      return step.event.is_event() && graph.event(step.event).stamp < raw.cycle_from;
    });
  }
  finding.outcome = engine.outcome();
  return finding;
}

RawFinding with_full_stacks(RawFinding raw, Engine& engine) {
  for (runtime::RawParticipant& part : raw.participants) {
    part.stack = full_stack(part, engine.recorder().steps());
  }
  return raw;
}

/// Whether std::atomic<std::shared_ptr> itself made the access: its innermost function stands in
/// libstdc++'s header for it, or is the std::swap that is called from there. By files, because the
/// names of functions that g++ has inlined lack their classes; and innermost, because a destructor
/// that is called from there is the program's.
bool is_of_atomic_shared_ptr(const std::vector<Frame>& stack) {
  const auto frame = std::find_if(stack.begin(), stack.end(), [](const Frame& frame) {
    return !frame.file.ends_with("/bits/move.h");
  });
  return frame != stack.end() && frame->file.ends_with("/bits/shared_ptr_atomic.h");
}

bool is_library_race(const RawFinding& raw, report::Symbolizer& symbols) {
  return raw.kind == FindingKind::kDataRace &&
         std::all_of(raw.participants.begin(), raw.participants.end(),
                     [&](const runtime::RawParticipant& part) {
                       return is_of_atomic_shared_ptr(symbols.stack(part.stack));
                     });
}

std::string place_key(const RawFinding& raw, report::Symbolizer& symbols) {
  std::vector<std::string> places;
  for (const runtime::RawParticipant& part : raw.participants) {
    std::string place;
    if (!part.stack.empty()) {
      const Frame& frame = symbols.frames(part.stack.front()).back();
      place = fmt::format("{}:{}", frame.file, frame.line);
    }
    places.push_back(std::move(place));
  }
  std::sort(places.begin(), places.end());
  return fmt::format("{} {} {}", to_string(raw.kind), to_string(raw.cause), fmt::join(places, " "));
}

}  // namespace heddle
