// SPDX-License-Identifier: Apache-2.0
// Words and traces for findings.
#include "checker/explore_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checker/report/linearise.h"
#include "checker/report/trace.h"
#include "checker/runtime/process_state.h"

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

/// Links each read to the step it reads from.
void link_reads(std::vector<RecordedStep>& steps, const StepIndex& index) {
  for (RecordedStep& recorded : steps) {
    const std::uint32_t source = index.find(recorded.source);
    if (source != kNoStep) {
      recorded.step.reads_from = source;
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
    if (recorded.location == base::kNoLocation) {
      continue;
    }
    const base::EventId write = recorded.step.has_read ? recorded.source : recorded.event;
    if (write.is_none()) {
      continue;
    }
    const std::uint32_t next = index.find(graph.mo_next(recorded.location, write));
    if (next != kNoStep && next != i) {
      groups[recorded.step.has_read ? 1 : 0].push_back({i, next});
    }
  }
  return groups;
}

/// Plain accesses, which are no events, keep the order in which they were made.
void keep_recorded_order(const std::vector<RecordedStep>& steps, std::vector<OrderEdge>& edges) {
  std::uint32_t last = kNoStep;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].event.is_event()) {
      if (last != kNoStep) {
        edges.push_back({last, i});
      }
      last = i;
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

/// The two accesses of a race, or the use and the release: the last ones made from there.
void mark_racing(std::vector<RecordedStep>& steps, const RawFinding& raw) {
  if (raw.kind != FindingKind::kDataRace && raw.kind != FindingKind::kUseAfterFree) {
    return;
  }
  for (const runtime::RawParticipant& part : raw.participants) {
    for (auto recorded = steps.rbegin(); recorded != steps.rend(); ++recorded) {
      const report::RawStep& step = recorded->step;
      if (step.thread == part.thread && !part.stack.empty() &&
          std::find(step.pcs.begin(), step.pcs.end(), part.stack.front()) != step.pcs.end()) {
        recorded->step.racing = true;
        break;
      }
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

std::vector<TraceStep> make_steps(std::vector<RecordedStep> steps, const RawFinding& raw,
                                  Engine& engine, const graph::ExecutionGraph& graph,
                                  report::Symbolizer& symbols) {
  const StepIndex index(steps, graph);
  link_reads(steps, index);
  mark_important(steps, raw);
  mark_racing(steps, raw);
  std::vector<OrderEdge> hard = hard_edges(steps, index);
  keep_recorded_order(steps, hard);
  const std::vector<std::vector<OrderEdge>> soft = soft_edges(steps, graph, index);
  std::vector<base::ThreadId> threads;
  for (const RecordedStep& recorded : steps) {
    threads.push_back(recorded.step.thread);
  }
  const std::vector<std::uint32_t> order = report::linearise(threads, hard, soft);
  mark_stale(steps, order, graph, index);
  std::vector<report::RawStep> raw_steps;
  for (RecordedStep& recorded : steps) {
    if (recorded.step.address != 0) {
      recorded.step.object = object_name(symbols, engine, recorded.step.address);
    }
    raw_steps.push_back(std::move(recorded.step));
  }
  return report::make_trace(report::reorder(raw_steps, order), names_of(engine), symbols);
}

/// The recorded stack of the access that a participant made, if its own is only a position.
std::vector<std::uint64_t> full_stack(const runtime::RawParticipant& part,
                                      const std::vector<RecordedStep>& steps) {
  if (part.stack.size() != 1) {
    return part.stack;
  }
  for (auto recorded = steps.rbegin(); recorded != steps.rend(); ++recorded) {
    const std::vector<std::uint64_t>& pcs = recorded->step.pcs;
    if (recorded->step.thread == part.thread &&
        std::find(pcs.begin(), pcs.end(), part.stack.front()) != pcs.end()) {
      return pcs;
    }
  }
  return part.stack;
}

std::string race_message(const RawFinding& raw, const Engine& engine, const std::string& object) {
  const runtime::RawParticipant& one = raw.participants[0];
  const runtime::RawParticipant& two = raw.participants[1];
  const bool is_free = raw.kind == FindingKind::kUseAfterFree;
  return fmt::format("{} {} {} {} {} {}{}", engine.thread_name(one.thread), one.verb, object,
                     is_free ? "and" : "while", engine.thread_name(two.thread), two.verb,
                     is_free ? " it, with nothing that keeps the use before the release"
                             : " it: nothing orders the two accesses");
}

}  // namespace

std::string object_name(report::Symbolizer& symbols, const Engine& engine, std::uint64_t address) {
  const std::string& name = symbols.data_name(address);
  if (!name.empty()) {
    return name;
  }
  runtime::ProcessState& process = runtime::process_state();
  const runtime::Found found = process.arena.find(address);
  if (found.block != nullptr) {
    return fmt::format("heap block {}.{}+{}", engine.thread_name(found.block->thread),
                       found.block->ordinal, address - found.block->address);
  }
  const std::uint32_t slot = process.slots.find_stack(address);
  if (slot != base::kMaxThreads) {
    const std::uintptr_t top = process.slots.slot(slot).fiber.stack_high();
    return fmt::format("local of {} (stack-{})", engine.thread_name(slot), top - address);
  }
  return fmt::format("0x{:x}", address);
}

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
                     report::Symbolizer& symbols) {
  Finding finding;
  finding.kind = raw.kind;
  finding.cause = raw.cause;
  finding.message = raw.message;
  const std::vector<RecordedStep>& steps = engine.recorder().steps();
  for (const runtime::RawParticipant& part : raw.participants) {
    Participant shown;
    shown.thread = engine.thread_name(part.thread);
    shown.what = part.verb;
    if (part.address != 0) {
      shown.what +=
          fmt::format(" {} bytes at {}", part.size, object_name(symbols, engine, part.address));
    }
    const std::vector<std::uint64_t> stack = full_stack(part, steps);
    shown.stack = symbols.stack(stack);
    finding.participants.push_back(std::move(shown));
  }
  if (finding.message.empty() && raw.participants.size() == 2) {
    finding.message =
        race_message(raw, engine, object_name(symbols, engine, raw.participants[0].address));
  }
  finding.trace = make_steps(steps, raw, engine, graph, symbols);
  finding.outcome = engine.outcome();
  return finding;
}

RawFinding with_full_stacks(RawFinding raw, Engine& engine) {
  for (runtime::RawParticipant& part : raw.participants) {
    part.stack = full_stack(part, engine.recorder().steps());
  }
  return raw;
}

bool is_library_race(const RawFinding& raw, report::Symbolizer& symbols) {
  if (raw.kind != FindingKind::kDataRace) {
    return false;
  }
  const auto in_library = [](const Frame& frame) {
    return frame.function.find("std::_Sp_atomic") != std::string::npos;
  };
  return std::all_of(raw.participants.begin(), raw.participants.end(),
                     [&](const runtime::RawParticipant& part) {
                       const std::vector<Frame> frames = symbols.stack(part.stack);
                       return std::any_of(frames.begin(), frames.end(), in_library);
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
