// SPDX-License-Identifier: Apache-2.0
// Plain accesses: races, memory that outlives the execution, new lives of locations, and the
// promoted ones, which are events.
#include <sys/syscall.h>

#include <algorithm>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

using detect::AccessKind;

namespace {

/// Plain accesses of a thread between two events.
constexpr std::uint32_t kLongestQuiet = 200'000'000;

bool is_mapped(std::uintptr_t address) {
  unsigned char resident = 0;
  const std::uintptr_t page = address & ~(kPageSize - 1);
  return raw_syscall(SYS_mincore, static_cast<long>(page), kPageSize,
                     reinterpret_cast<long>(&resident)) == 0;
}

}  // namespace

/// The clock of a thread that has performed all events it has in the graph.
const std::uint32_t* Engine::clock_at_end(ModelThread& thread) {
  search_->graph().thread_clock(thread.id, thread.cursor, thread.own_clock.data());
  thread.clock = thread.own_clock.data();
  return thread.clock;
}

void Engine::plain_access_checked(ModelThread& thread, std::uintptr_t address, std::size_t size,
                                  bool write, std::uintptr_t site) {
  if (thread.process != 0 && is_inherited(thread, address)) [[unlikely]] {
    access_inherited(thread, address, size, write, site);
    return;
  }
  const AccessKind kind = write ? AccessKind::kWrite : AccessKind::kRead;
  const bool ignored = (write ? thread.ignored_writes : thread.ignored_reads) != 0 &&
                       HEDDLE_CLAUSE("race.ignored_region");
  if (!ignored && !shadow_.record(thread.id, clock_of(thread), thread.cursor, address, size, kind,
                                  site)) [[unlikely]] {
    compare_access(thread, address, size, kind, site);
  }
  const bool near_atomics = locations_.may_overlap(address, size);
  if (near_atomics && !ignored && HEDDLE_CLAUSE("race.plain_after_atomic")) [[unlikely]] {
    check_against_atomics(thread, address, size, kind, site);
  }
  if (watchful_) [[unlikely]] {
    if (recording_) {
      record_plain(thread, address, size, write, site);
    }
    if (!promoted_.empty() && open_promoted(thread, address, size, write, site)) {
      return;
    }
  }
  if (write && !thread.fiber.holds(address)) {
    thread.effects += HEDDLE_CLAUSE("spin.effect.plain_write") ? 1 : 0;
    if (check_older_memory(address, size, site)) [[likely]] {
      spin_memory_.written(address, size);
    }
  }
  if (write && near_atomics && HEDDLE_CLAUSE("life.plain_write")) {
    reinitialise(thread, address, size);
  }
}

void Engine::plain_access(std::uintptr_t address, std::size_t size, bool write,
                          std::uintptr_t site) {
  // The compiler may call memcpy for what follows, and that is a door.
  heddle_modelling = false;
  ModelThread& thread = *running_;
  settle(thread);
  thread.instrumented = true;
  count_progress();
  if (++thread.quiet_steps > kLongestQuiet) [[unlikely]] {
    stop(FindingKind::kNoVisibleOperation,
         "made 200 million plain accesses without any operation that other threads could see: an "
         "endless loop, or too large a computation");
  }
  if (size != 0) {
    plain_access_checked(thread, address, size, write, site);
  }
  heddle_modelling = true;
}

/// The usual access, to one granule of the thread's stack or of the model's heap, far from atomics
/// and without a conflict. False if it is another one: then nothing has changed.
template <bool kWrite>
[[gnu::always_inline]] inline bool Engine::plain_access_quickly(std::uintptr_t address,
                                                                std::size_t size,
                                                                std::uintptr_t site) {
  heddle_modelling = false;  // What is called below may be a door, and clocks are copied.
  ModelThread& thread = *running_;
  if (watchful_ || thread.open.active || thread.quiet_steps >= kLongestQuiet ||
      locations_.may_overlap_granule(address)) [[unlikely]] {
    return false;
  }
  const bool is_heap = Arena::owns(address);
  if (kWrite && !is_heap && !thread.fiber.holds(address)) {
    return false;
  }
  if (!shadow_.record(thread.id, clock_of(thread), thread.cursor, address, size,
                      kWrite ? AccessKind::kWrite : AccessKind::kRead, site)) [[unlikely]] {
    return false;
  }
  thread.instrumented = true;
  ++thread.quiet_steps;
  count_progress();
  if (kWrite && is_heap) {
    thread.effects += HEDDLE_CLAUSE("spin.effect.plain_write") ? 1 : 0;
    spin_memory_.written(address, size);
  }
  heddle_modelling = true;
  return true;
}

extern "C" std::uint64_t heddle_plain_read(std::uint64_t address, std::uint64_t size,
                                           std::uint64_t site, std::uint64_t, std::uint64_t) {
  Engine& engine = *Engine::current();
  if (!engine.plain_access_quickly<false>(address, size, site)) {
    engine.plain_access(address, size, false, site);
  }
  return 0;
}

extern "C" std::uint64_t heddle_plain_write(std::uint64_t address, std::uint64_t size,
                                            std::uint64_t site, std::uint64_t, std::uint64_t) {
  Engine& engine = *Engine::current();
  if (!engine.plain_access_quickly<true>(address, size, site)) {
    engine.plain_access(address, size, true, site);
  }
  return 0;
}

/// What RaceShadow::record() leaves.
void Engine::compare_access(ModelThread& thread, std::uintptr_t address, std::size_t size,
                            AccessKind kind, std::uintptr_t site) {
  detect::Conflict conflict;
  if (shadow_.access(thread.id, clock_of(thread), thread.cursor, address, size, kind, site,
                     &conflict)) [[unlikely]] {
    report_conflict(conflict, size);
  }
}

/// An atomic access is compared with the plain ones of the shadow, and is not put there: the plain
/// ones find it in the graph. What it acquires itself happens before it, too.
void Engine::check_atomic(ModelThread& thread, const Locations::Location& location, bool write,
                          std::uintptr_t site) {
  detect::Conflict conflict;
  const AccessKind kind = write ? AccessKind::kAtomicWrite : AccessKind::kAtomicRead;
  if (!HEDDLE_CLAUSE("race.atomic_after_plain")) {
    return;
  }
  std::uint32_t clock[base::kMaxThreads];
  search_->graph().thread_clock(thread.id, thread.cursor + 1, clock);
  if (shadow_.check(thread.id, clock, thread.cursor, location.address, location.size, kind, site,
                    &conflict)) [[unlikely]] {
    report_conflict(conflict, location.size);
  }
}

/// A plain access or a free against the atomic accesses made so far in this run, of earlier lives
/// of the memory too.
void Engine::check_against_atomics(ModelThread& thread, std::uintptr_t address, std::size_t size,
                                   AccessKind kind, std::uintptr_t site) {
  detect::Conflict conflict;
  locations_.accessed(address, size, [&](base::LocationId id) {
    if (!conflict.race && find_unordered(thread, id, kind, &conflict)) {
      const std::uintptr_t at = locations_.at(id).address;
      conflict.address = at < address ? address : at;
      conflict.later = {thread.id, thread.cursor, kind, site, 0};
    }
  });
  if (conflict.race) [[unlikely]] {
    report_conflict(conflict, size);
  }
}

/// The newest atomic access of another thread to the location that conflicts with an access of
/// `thread` now: one that has been performed and that the thread does not know of.
bool Engine::find_unordered(ModelThread& thread, base::LocationId location, AccessKind kind,
                            detect::Conflict* out) {
  const graph::ExecutionGraph& graph = search_->graph();
  const std::uint32_t* clock = clock_of(thread);
  for (const auto& other : threads_) {
    if (other->state == ThreadState::kAbsent || other.get() == &thread) {
      continue;
    }
    base::EventId x = graph.last_access(location, other->id);
    for (; x.is_event() && x.index() >= clock[other->id];
         x = graph.event(x).previous_same_location) {
      const graph::Event& event = graph.event(x);
      const bool writes = event.kind == graph::EventKind::kWrite;
      if ((x.index() >= performed_[other->id] && HEDDLE_CLAUSE("race.performed_only")) ||
          event.operation.non_atomic || (kind == AccessKind::kRead && !writes)) {
        continue;
      }
      out->race = true;
      out->after_free = kind == AccessKind::kFree;
      out->earlier = {other->id, x.index(),
                      writes ? AccessKind::kAtomicWrite : AccessKind::kAtomicRead,
                      other->sites[x.index()], 0};
      return true;
    }
  }
  return false;
}

void Engine::report_conflict(const detect::Conflict& conflict, std::size_t size) {
  if (!benign_.empty() && is_benign(conflict.address, size)) {
    return;
  }
  RawFinding finding;
  finding.kind = conflict.after_free ? FindingKind::kUseAfterFree : FindingKind::kDataRace;
  for (const detect::ConflictSite* access : {&conflict.earlier, &conflict.later}) {
    RawParticipant part;
    part.thread = access->thread;
    part.verb = detect::verb(access->kind);
    part.address = conflict.address;
    part.size = size;
    part.stack = {access->site};
    finding.participants.push_back(std::move(part));
  }
  const std::uint64_t one = conflict.earlier.site;
  const std::uint64_t two = conflict.later.site;
  finding.key = (one < two ? one * 31 + two : two * 31 + one) * 2 + conflict.after_free;
  if (!conflict.after_free) {
    const auto bytes = static_cast<std::uint8_t>(size);
    if (size == 1 || size == 2 || size == 4 || size == 8) {
      to_promote_.push_back({conflict.address & ~std::uintptr_t{bytes - 1u}, bytes});
    } else if (options_.after_race == AfterRace::kPromote) {
      warn("a race on a range of " + std::to_string(size) +
           " bytes is reported, but what it leads to is not explored: only accesses of 1, 2, 4 or "
           "8 bytes can be taken as events");
    }
  }
  add_raw(std::move(finding));
}

void Engine::warn(std::string text) {
  if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) {
    warnings_.push_back(std::move(text));
  }
}

/// Only what belongs to the execution may be written: it will be put back afterwards. False if
/// there is nothing to be written: the program is about to crash.
bool Engine::check_older_memory(std::uintptr_t address, std::size_t size, std::uintptr_t site) {
  ProcessState& process = process_state();
  if (Arena::owns(address) || process.globals.contains(address) ||
      address - ThreadSlots::kBase < base::kMaxThreads * ThreadSlots::kSpacing ||
      SharedMemory::contains(address)) {
    return true;
  }
  if (!is_mapped(address)) {
    return false;
  }
  const Module* writer = process.modules.lookup(site);
  if (writer == nullptr || !writer->is_explored) {
    note_lasting_effect();
    return true;  // A library's own memory: exception objects, streams.
  }
  add_finding(FindingKind::kStateOutlivesExecution,
              "writes " + std::to_string(size) +
                  " bytes of memory that is older than the execution and would be seen by the next "
                  "one; do it in heddle::outside, or make the object in the body",
              site);
  return true;
}

/// A plain write to former atomics or locks begins new lives for them.
void Engine::reinitialise(ModelThread& thread, std::uintptr_t address, std::size_t size) {
  const std::uint64_t life = (std::uint64_t{thread.id} + 1) << 32 | thread.cursor;
  locations_.overlapping(address, size, [&](base::LocationId id) {
    const std::uintptr_t at = locations_.at(id).address;
    locations_.end_life(at, life ^ at << 40);
  });
}

/// A promoted access becomes an event: a read now, a write when its value is there.
bool Engine::open_promoted(ModelThread& thread, std::uintptr_t address, std::size_t size,
                           bool write, std::uintptr_t site) {
  const PromotedLocation location{address, static_cast<std::uint8_t>(size)};
  if (size > 8 || !promoted_.contains(location) || !HEDDLE_CLAUSE("promotion.events")) {
    return false;
  }
  thread.open = {true, write, address, site, static_cast<std::uint8_t>(size)};
  if (!write) {
    Request request = promoted_request(thread.open, graph::OpKind::kLoad);
    thread.open.active = false;
    const std::uint64_t value = perform_once(request);
    store_memory(address, static_cast<unsigned>(size), value);
    thread.open.active = true;
  } else {
    // The location must be known, with what memory holds, before the program overwrites it.
    locations_.resolve(address, static_cast<std::uint8_t>(size));
  }
  return true;
}

Request Engine::promoted_request(const OpenAccess& open, graph::OpKind kind) const {
  Request request;
  request.operation.kind = kind;
  request.operation.size = open.size;
  request.operation.non_atomic = true;
  request.address = reinterpret_cast<const volatile void*>(open.address);
  request.site = open.site;
  request.name = kind == graph::OpKind::kLoad ? "plain read" : "plain write";
  return request;
}

std::uint64_t Engine::settle_aside(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                                   std::uint64_t) {
  current_engine_->settle(*current_engine_->running_);
  return 0;
}

/// At the thread's next step after a promoted access: collects what was written, and leaves in
/// memory the newest value of the location.
void Engine::settle_open(ModelThread& thread) {
  const bool modelling = heddle_modelling;
  heddle_modelling = false;
  const OpenAccess open = thread.open;
  thread.open.active = false;
  if (open.only_recorded) {
    report::RawStep& step = recorder_.steps()[open.recorded].step;
    step.has_written = true;
    step.written = load_memory(open.address, open.size);
    heddle_modelling = modelling;
    return;
  }
  const base::LocationId id = locations_.resolve(open.address, open.size);
  if (open.write) {
    Request request = promoted_request(open, graph::OpKind::kStore);
    request.operation.operand = load_memory(open.address, open.size);
    store_memory(open.address, open.size, locations_.touch(id).newest_value);
    perform_once(request);
    if (!thread.fiber.holds(open.address)) {
      spin_memory_.written(open.address, open.size);
    }
  }
  const Locations::Run& run = locations_.touch(locations_.resolve(open.address, open.size));
  store_memory(open.address, open.size, run.newest_value);
  heddle_modelling = modelling;
}

void Engine::begin_object(std::uintptr_t address) {
  const ModelThread& thread = *running_;
  locations_.end_life(address, (std::uint64_t{thread.id} + 1) << 32 | thread.cursor);
}

}  // namespace heddle::runtime
