// SPDX-License-Identifier: Apache-2.0
// Visible operations: replayed from the graph, or handed to the search; and what each leaves in
// memory, clocks and time.
#include <cerrno>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/signal_delivery.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {

using graph::Event;
using graph::EventKind;
using graph::Operation;
using graph::OpKind;

namespace {

/// Marks the choice "does the wait wake without a notification?".
constexpr std::uint64_t kSpuriousChoice = 1;

const char* access_name(const Operation& operation) {
  constexpr const char* kRmwNames[] = {"exchange", "fetch_add", "fetch_sub", "fetch_and",
                                       "fetch_or", "fetch_xor", "fetch_nand"};
  switch (operation.kind) {
    case OpKind::kLoad:
      return "load";
    case OpKind::kStore:
      return "store";
    case OpKind::kRmw:
      return kRmwNames[static_cast<unsigned>(operation.rmw)];
    default:
      return "compare_exchange";
  }
}

}  // namespace

/// For the few calls that do not run on the side stack: clears what the runtime's frames leave
/// below the program's, so that frames which the program puts there hold the same rubbish whether
/// its last operation was new or replayed.
void Engine::scrub_stack() {
  constexpr std::size_t kDeepest = 640;
  char frames[kDeepest];
  raw_fill(frames, 0, sizeof frames);
  asm volatile("" : : "r"(frames) : "memory");
}

std::uint64_t Engine::perform(const Request& request) {
  heddle_modelling = false;
  count_progress();
  ModelThread& thread = *running_;
  if (explores_states()) [[unlikely]] {
    clear_dead_stack(thread);
  }
  if (thread.open.active) [[unlikely]] {
    const DoorState door = heddle_door;  // Others run meanwhile.
    settle_open(thread);
    heddle_door = door;
  }
  if (g_signals.on) [[unlikely]] {
    deliver_signals(thread);
  }
  std::uint64_t value;
  const Operation& operation = request.operation;
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  if (thread.process != 0 && address != 0 && is_inherited(thread, address)) [[unlikely]] {
    value = operation.kind == OpKind::kSync ? perform_guessed(thread, private_request(request))
                                            : perform_privately(request);
  } else if (operation.kind == OpKind::kSync) [[unlikely]] {
    value = perform_guessed(thread, request);
  } else if (!skip_library_spin(thread, request, &value)) [[likely]] {
    value = answer(thread, request);
    if (operation.kind == OpKind::kLoad && operation.size != 16) {
      thread.library_spin = {request.site, reinterpret_cast<std::uintptr_t>(request.address),
                             thread.cursor, 1, value};
    }
  }
  heddle_modelling = true;
  return value;
}

std::uint64_t Engine::perform_aside(std::uint64_t request, std::uint64_t, std::uint64_t,
                                    std::uint64_t, std::uint64_t) {
  current_engine_->running_->registers = heddle_registers;
  return current_engine_->perform(*reinterpret_cast<const Request*>(request));
}

/// The event of an access that the graph holds, if nothing but its effects is left to do.
[[gnu::always_inline]] inline const Event* Engine::replayed_access(
    const ModelThread& thread, std::uint64_t head, std::uintptr_t address, std::uint64_t operand,
    std::uint64_t expected, std::uintptr_t site) const {
  if (thread.cursor >= thread.recorded || thread.open.active || every_step_ || time_passed_)
      [[unlikely]] {
    return nullptr;
  }
  const Event& event = thread.events[thread.cursor];
  const LibrarySpin& spin = thread.library_spin;
  const bool as_asked = event.operation.head() == head && event.operation.operand == operand &&
                        event.operation.expected == expected &&
                        locations_.at(event.location).address == address;
  if (!as_asked || event.blocked || !source_replayed(event) ||
      (event.has_write && thread.cursor + 1 >= thread.recorded) ||
      (spin.at == thread.cursor && spin.site == site && spin.address == address)) [[unlikely]] {
    return nullptr;
  }
  return &event;
}

std::uint64_t Engine::perform_access(std::uint64_t head, std::uintptr_t address,
                                     std::uint64_t operand, std::uint64_t expected,
                                     std::uintptr_t site) {
  heddle_modelling = false;
  ModelThread& thread = *running_;
  const Event* event = replayed_access(thread, head, address, operand, expected, site);
  if (event != nullptr) [[likely]] {
    count_progress();
    commit_access(thread, *event, site);
    const std::uint64_t value = event->result;
    if (event->operation.kind == OpKind::kLoad) {
      thread.library_spin = {site, address, thread.cursor, 1, value};
    }
    heddle_modelling = true;
    return value;
  }
  Request request;
  request.operation.set_head(head);
  request.operation.operand = operand;
  request.operation.expected = expected;
  request.address = reinterpret_cast<const volatile void*>(address);
  request.site = site;
  request.fingerprinted = true;
  request.name = access_name(request.operation);
  thread.registers = heddle_door;
  return perform(request);
}

extern "C" std::uint64_t heddle_perform_access(std::uint64_t head, std::uint64_t address,
                                               std::uint64_t operand, std::uint64_t expected,
                                               std::uint64_t site) {
  return Engine::current()->perform_access(head, address, operand, expected, site);
}

/// A load may be one of the rounds 2 to 15 of a spin of libstdc++: then it returns what the first
/// one did. See engine_library_spin.cc.
inline bool Engine::skip_library_spin(ModelThread& thread, const Request& request,
                                      std::uint64_t* value) {
  LibrarySpin& spin = thread.library_spin;
  if (spin.at != thread.cursor || spin.site != request.site ||
      spin.address != reinterpret_cast<std::uintptr_t>(request.address) ||
      request.operation.kind != OpKind::kLoad || !options_.reduce_library_spins ||
      !is_library_spin(thread, request.site)) [[likely]] {
    return false;
  }
  library_spin_reduced_ = true;
  const bool skipped = ++spin.round < kLibrarySpinRounds || !HEDDLE_CLAUSE("library.last_round");
  *value = skipped ? spin.value : perform_once(request);
  return true;
}

/// The operation behind the choices that belong to it: spurious failure, spurious wake-up.
std::uint64_t Engine::perform_guessed(ModelThread& thread, const Request& request) {
  const Operation& operation = request.operation;
  const bool may_wake = operation.sync == graph::SyncOp::kConditionWait ||
                        operation.sync == graph::SyncOp::kConditionTimedWait;
  if (may_wake && options_.spurious_wakeups && HEDDLE_CLAUSE("choice.spurious_wakeup")) {
    if (!explores_states() && count_at(thread, ~request.site) >= options_.bounds.spurious) {
      note_bound("at most " + std::to_string(options_.bounds.spurious) +
                 " spurious wake-ups a thread and call site");
      end_.cut_by_bound = true;
    } else if (choose_silently(2, kSpuriousChoice, request.site) == 1) {
      spend(thread, ~request.site);
      Request leave = request;
      leave.timed = false;
      leave.operation.sync = graph::SyncOp::kConditionLeave;
      return perform_once(leave);
    }
  }
  return perform_once(request);
}

std::uint64_t Engine::perform_once(const Request& request) { return answer(*running_, request); }

/// From the graph if it has the event, else from the search.
[[gnu::always_inline]] inline std::uint64_t Engine::answer(ModelThread& thread,
                                                           const Request& request) {
  if (thread.cursor < thread.recorded) [[likely]] {
    const Event* event = replay(thread, request);
    if (event != nullptr) [[likely]] {
      return event->result;
    }
  }
  return perform_new(thread, request);
}

inline bool Engine::source_replayed(const Event& event) const {
  return !event.rf.is_event() || performed_[event.rf.thread()] > event.rf.index();
}

/// States are compared to the last byte, and some bytes depend on when a thread ran: clang leaves
/// the load itself behind the hook of an atomic one. So with states, events are repeated in their
/// order.
inline bool Engine::is_its_turn(const Event& event) const {
  return !explores_states() || events_ == event.stamp || !HEDDLE_CLAUSE("state.in_order");
}

void Engine::await_source(ModelThread& thread, base::EventId source) {
  const DoorState door = heddle_door;  // The thread may go on to ask for something new.
  thread.awaited = source;
  thread.state = ThreadState::kWaitsForSource;
  switch_away();
  heddle_door = door;
}

/// The event that the request is, performed. Null if it lacks its write part: then it is new after
/// all; or if it is blocked: then the thread stays here.
[[gnu::always_inline]] inline const Event* Engine::replay(ModelThread& thread,
                                                          const Request& request) {
  const Event* event = &thread.events[thread.cursor];
  if (event->kind == EventKind::kChoice) [[unlikely]] {
    take_clock_choice(thread, request);
    if (thread.cursor >= thread.recorded) {
      return nullptr;
    }
    event = &thread.events[thread.cursor];
  }
  if (!same_operation(*event, request) && HEDDLE_CLAUSE("nondeterminism.other_operation"))
      [[unlikely]] {
    nondeterminism(*event, request);
  }
  while (!source_replayed(*event) || !is_its_turn(*event)) [[unlikely]] {
      await_source(thread, event->rf);
    }
  const Event* write = nullptr;
  if (event->has_write) {
    if (thread.cursor + 1 >= thread.recorded) [[unlikely]] {
      return nullptr;
    }
    write = event + 1;
  }
  if (event->blocked) [[unlikely]] {
    thread.pending = event->operation;
    record(thread, request, *event, nullptr);
    thread.stuck = true;
    return nullptr;
  }
  commit(thread, request, *event, write);
  return event;
}

inline bool Engine::same_operation(const Event& event, const Request& request) const {
  const Operation& was = event.operation;
  const Operation& is = request.operation;
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  const bool same_object = event.location == base::kNoLocation
                               ? address == 0
                               : locations_.at(event.location).address == address;
  const bool same_sync =
      was.sync == is.sync || (request.timed && was.sync == graph::blocking_form(is.sync));
  // Field by field: the request has just been written in bytes, and a wider load would wait.
  return same_object && same_sync && was.kind == is.kind && was.order == is.order &&
         was.size == is.size && was.operand == is.operand && was.expected == is.expected &&
         was.rmw == is.rmw && was.non_atomic == is.non_atomic;
}

namespace {

std::string name_of(graph::OpKind kind) {
  using graph::OpKind;
  switch (kind) {
    case OpKind::kLoad:
      return "a load";
    case OpKind::kStore:
      return "a store";
    case OpKind::kRmw:
      return "a read-modify-write";
    case OpKind::kCompareExchange:
      return "a compare-exchange";
    case OpKind::kFence:
      return "a fence";
    case OpKind::kSync:
      return "an operation on a lock or the like";
    case OpKind::kThreadCreate:
      return "the creation of a thread";
    case OpKind::kThreadStart:
      return "the start of a thread";
    case OpKind::kThreadEnd:
      return "the end of the thread";
    case OpKind::kThreadJoin:
      return "a join";
    case OpKind::kChoice:
      return "a choice";
  }
  return "something";
}

/// "a store of 7".
std::string with_operand(const graph::Operation& operation) {
  const bool has_operand =
      operation.kind == graph::OpKind::kStore || operation.kind == graph::OpKind::kRmw;
  return name_of(operation.kind) +
         (has_operand ? " of " + std::to_string(operation.operand) : std::string());
}

}  // namespace

void Engine::nondeterminism(const Event& event, const Request& request) {
  const auto& was = event.operation;
  std::string message =
      thread_name(running_->id) +
      " did something else when its execution was repeated: its event " +
      std::to_string(running_->cursor) + " was " + with_operand(was) + ", and is now " +
      with_operand(request.operation) + " (" + request.name +
      ", perhaps at another address); the program depends on something Heddle does not control";
  end_.stop_everything = true;
  stop(FindingKind::kNondeterminism, std::move(message), request.site);
}

/// What an event leaves behind when its thread performs it. `write` is its write part, or null.
[[gnu::always_inline]] inline void Engine::commit(ModelThread& thread, const Request& request,
                                                  const Event& event, const Event* write) {
  if (event.location != base::kNoLocation) {
    commit_location(thread, event, write != nullptr ? *write : event, request.site);
  }
  if (event.kind == EventKind::kChoice && event.value != 0 && HEDDLE_CLAUSE("spin.effect.choice")) {
    ++thread.effects;
  }
  if (time_passed_ || request.timed) [[unlikely]] {
    commit_time(thread, request, event, thread.cursor);
  }
  if (recording_) [[unlikely]] {
    record(thread, request, event, write);
  }
  advance(thread, write != nullptr ? 2 : 1, request.site);
}

/// The same for an atomic access while nothing is recorded and no time has passed.
[[gnu::always_inline]] inline void Engine::commit_access(ModelThread& thread, const Event& event,
                                                         std::uintptr_t site) {
  commit_location(thread, event, *(&event + event.has_write), site);
  advance(thread, 1u + event.has_write, site);
}

/// `last` is the event's write part, or the event itself.
[[gnu::always_inline]] inline void Engine::commit_location(ModelThread& thread, const Event& event,
                                                           const Event& last, std::uintptr_t site) {
  Locations::Run& run = locations_.touch(event.location);
  const Locations::Location& location = locations_.at(event.location);
  const bool writes = last.kind == EventKind::kWrite;
  if (location.size != 0 && !event.operation.non_atomic &&
      !shadow_.permits_atomic(thread.id, clock_of(thread), location.address, location.size))
      [[unlikely]] {
    check_atomic(thread, location, writes, site);
  }
  if (writes) {
    commit_memory(run, location, last);
    const bool is_effect =
        event.kind != EventKind::kRead ? HEDDLE_CLAUSE("spin.effect.atomic_write")
        : last.value != event.value    ? HEDDLE_CLAUSE("spin.effect.changing_rmw")
                                       : !HEDDLE_CLAUSE("spin.no_effect.same_value");
    if (is_effect) {
      ++thread.effects;
    }
  }
}

[[gnu::always_inline]] inline void Engine::advance(ModelThread& thread, std::uint32_t count,
                                                   std::uintptr_t site) {
  const std::uint32_t index = thread.cursor;
  if (index + 2 > thread.sites.size()) [[unlikely]] {
    thread.sites.resize(2 * std::size_t{index} + 64);
  }
  thread.sites[index] = thread.sites[index + 1] = site;
  thread.cursor = performed_[thread.id] = index + count;
  events_ += count;
  thread.clock = nullptr;
  thread.quiet_steps = 0;
  last_site_ = site;
}

/// The same for an event that is not what the thread asked for, or was just added.
void Engine::commit_new(ModelThread& thread, const Request& request, const Event& event,
                        const Event* write) {
  commit(thread, request, event, write);
}

/// An atomic write reaches memory unless a newer one of its location has been there already.
inline void Engine::commit_memory(Locations::Run& run, const Locations::Location& location,
                                  const Event& write) {
  if (write.mo_label <= run.newest_label && HEDDLE_CLAUSE("memory.newest_stays")) {
    return;
  }
  run.newest_label = write.mo_label;
  run.newest_value = write.value;
  if (location.size == 16) {
    wide_value_of(write.value, reinterpret_cast<void*>(location.address));
  } else if (location.size != 0) {
    store_memory(location.address, location.size, write.value);
  }
}

/// A thread's clock is the latest of its prefix; a timeout sets it to the deadline.
void Engine::commit_time(ModelThread& thread, const Request& request, const Event& event,
                         std::uint32_t index) {
  if (event.rf.is_event() && HEDDLE_CLAUSE("time.follows_reads_from")) {
    const auto& times = threads_[event.rf.thread()]->times;
    if (event.rf.index() < times.size() && times[event.rf.index()] > thread.time) {
      thread.time = times[event.rf.index()];
    }
  }
  if (request.timed && event.operation.sync == request.operation.sync &&
      event.result == ETIMEDOUT) {
    spend(thread, request.site);
    thread.effects += HEDDLE_CLAUSE("spin.effect.timeout") ? 1 : 0;
    if (HEDDLE_CLAUSE("time.timeout_sets_clock")) sleep_until(thread, request.deadline);
  }
  if (thread.time != 0) {
    thread.times.resize(index + 2, 0);
    thread.times[index] = thread.time;
    thread.times[index + 1] = thread.time;
  }
}

}  // namespace heddle::runtime
