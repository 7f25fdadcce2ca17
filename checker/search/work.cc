// SPDX-License-Identifier: Apache-2.0
// Levels from graphs, and work as text.
#include "checker/search/work.h"

#include "checker/search/number_text.h"

namespace heddle::search {
namespace {

using base::EventId;
using graph::Event;
using graph::ExecutionGraph;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ hash >> 29;
}

/// Of the first events, by stamp, as if there were no others.
std::uint64_t digest_before(const ExecutionGraph& graph, std::uint32_t stamps) {
  std::uint64_t hash = stamps;
  for (std::uint32_t stamp = 0; stamp < stamps; ++stamp) {
    const EventId id = graph.by_stamp(stamp);
    const Event& event = graph.event(id);
    EventId before = event.mo_previous;
    while (before.is_event() && graph.event(before).stamp >= stamps) {
      before = graph.event(before).mo_previous;
    }
    hash = mix(hash, id.packed());
    hash = mix(hash, event.operation.head());
    hash = mix(hash, static_cast<std::uint64_t>(event.kind) | std::uint64_t{event.rmw_write} << 8 |
                         std::uint64_t{event.has_write} << 9 | std::uint64_t{event.blocked} << 10 |
                         std::uint64_t{event.spurious} << 11);
    hash = mix(hash, std::uint64_t{event.rf.packed()} << 32 | before.packed());
    hash = mix(hash, event.previous_same_location.packed());
    if (event.kind == graph::EventKind::kChoice) hash = mix(hash, event.value);
  }
  return hash;
}

void write(NumberWriter& to, const std::vector<std::uint64_t>& keys) {
  to.put(keys.size());
  for (const std::uint64_t key : keys) to.put(key);
}

std::vector<std::uint64_t> read_keys(NumberReader& from) {
  std::vector<std::uint64_t> keys;
  for (std::size_t left = from.count(); left > 0; --left) keys.push_back(from.get());
  return keys;
}

void write(NumberWriter& to, const Plan& plan) {
  to.put(plan.schedule.size());
  for (const base::ThreadId thread : plan.schedule) to.put(std::uint64_t{thread});
  to.put(plan.exceptions.size());
  for (const Plan::Exception& exception : plan.exceptions) {
    to.put(std::uint64_t{exception.step});
    to.put(static_cast<std::uint64_t>(exception.kind));
    to.put(exception.event.packed());
    to.put(exception.outcome);
  }
}

Plan read_plan(NumberReader& from) {
  Plan plan;
  for (std::size_t left = from.count(); left > 0; --left) {
    plan.schedule.push_back(static_cast<base::ThreadId>(from.get(base::kMaxThreads - 1)));
  }
  for (std::size_t left = from.count(); left > 0; --left) {
    Plan::Exception& exception = plan.exceptions.emplace_back();
    exception.step = from.get32();
    exception.kind = static_cast<Plan::Exception::Kind>(from.get(3));
    exception.event = EventId::from_packed(from.get32());
    exception.outcome = from.get();
  }
  return plan;
}

void write(NumberWriter& to, const WorkLevel& level) {
  write(to, level.plan);
  to.put(level.notes.size());
  for (const WorkLevel::Note& note : level.notes) {
    to.put(note.event.packed());
    to.put(note.revisits.packed());
    to.put(std::uint64_t{note.revisited} | std::uint64_t{note.maximal} << 1);
    to.put(note.fingerprint);
    to.put(note.memory);
    to.put(std::uint64_t{note.effects});
  }
  to.put(level.digest);
  to.put(level.items.size());
  for (const WorkItem& item : level.items) {
    to.put(static_cast<std::uint64_t>(item.kind) << 1 | std::uint64_t{item.spurious});
    to.put(item.event.packed());
    to.put(item.source.packed());
    to.put(item.read.packed());
  }
  for (const std::uint64_t key : level.keys) to.put(key);
  write(to, level.skipped);
}

WorkLevel read_level(NumberReader& from) {
  WorkLevel level;
  level.plan = read_plan(from);
  for (std::size_t left = from.count(); left > 0; --left) {
    WorkLevel::Note& note = level.notes.emplace_back();
    note.event = EventId::from_packed(from.get32());
    note.revisits = EventId::from_packed(from.get32());
    const std::uint64_t flags = from.get(3);
    note.revisited = (flags & 1) != 0;
    note.maximal = (flags & 2) != 0;
    note.fingerprint = from.get();
    note.memory = from.get();
    note.effects = from.get32();
  }
  level.digest = from.get();
  for (std::size_t left = from.count(); left > 0; --left) {
    WorkItem& item = level.items.emplace_back();
    const std::uint64_t kind = from.get(static_cast<int>(WorkItem::Kind::kContinue) * 2 + 1);
    item.kind = static_cast<WorkItem::Kind>(kind >> 1);
    item.spurious = (kind & 1) != 0;
    item.event = EventId::from_packed(from.get32());
    item.source = EventId::from_packed(from.get32());
    item.read = EventId::from_packed(from.get32());
  }
  while (level.keys.size() < level.items.size()) level.keys.push_back(from.get());
  level.skipped = read_keys(from);
  return level;
}

}  // namespace

std::size_t Work::items() const {
  std::size_t count = whole ? 1 : 0;
  for (const WorkLevel& level : levels) count += level.items.size();
  return count;
}

std::uint64_t digest_of(const ExecutionGraph& graph) {
  return digest_before(graph, graph.stamps());
}

std::uint64_t key_of(const ExecutionGraph& graph, const WorkItem& item) {
  std::uint64_t hash = digest_before(graph, graph.event(item.event).stamp);
  hash = mix(hash, static_cast<std::uint64_t>(item.kind) << 1 | std::uint64_t{item.spurious});
  hash = mix(hash, item.event.packed());
  hash = mix(hash, std::uint64_t{item.source.packed()} << 32 | item.read.packed());
  return hash;
}

WorkLevel make_level(const ExecutionGraph& graph, std::vector<WorkItem> items) {
  WorkLevel level;
  level.plan = make_plan(graph);
  for (std::uint32_t stamp = 0; stamp < graph.stamps(); ++stamp) {
    const EventId id = graph.by_stamp(stamp);
    const Event& event = graph.event(id);
    level.notes.push_back({id, event.revisits, event.revisited, event.maximal,
                           event.operation.fingerprint, event.operation.memory,
                           event.operation.effects});
  }
  level.digest = digest_of(graph);
  for (const WorkItem& item : items) level.keys.push_back(key_of(graph, item));
  level.items = std::move(items);
  return level;
}

void skip(const std::vector<std::uint64_t>& keys, Work* work) {
  const auto add_to = [&](std::vector<std::uint64_t>& skipped) {
    skipped.insert(skipped.end(), keys.begin(), keys.end());
  };
  if (work->whole) add_to(work->skipped);
  for (WorkLevel& level : work->levels) add_to(level.skipped);
}

WorkLevel take_half(WorkLevel& level) {
  const auto half = static_cast<std::ptrdiff_t>((level.items.size() + 1) / 2);
  WorkLevel taken = level;
  taken.items.resize(half);
  taken.keys.resize(half);
  level.items.erase(level.items.begin(), level.items.begin() + half);
  level.keys.erase(level.keys.begin(), level.keys.begin() + half);
  return taken;
}

std::string to_text(const Work& work) {
  NumberWriter to;
  to.put(std::uint64_t{work.whole});
  to.put(work.levels.size());
  for (const WorkLevel& level : work.levels) write(to, level);
  write(to, work.skipped);
  return to.take();
}

Work work_from_text(std::string_view text) {
  NumberReader from(text);
  Work work;
  work.whole = from.get(1) != 0;
  for (std::size_t left = from.count(); left > 0; --left) {
    work.levels.push_back(read_level(from));
  }
  work.skipped = read_keys(from);
  from.end();
  return work;
}

}  // namespace heddle::search
