// SPDX-License-Identifier: Apache-2.0
// What the engine keeps of one model thread during a run.
#pragma once

#include <unwind.h>

#include <array>
#include <cstdint>
#include <vector>

#include "checker/base/ids.h"
#include "checker/graph/event.h"
#include "checker/report/symbols.h"
#include "checker/runtime/fiber.h"
#include "checker/runtime/model.h"

namespace heddle::runtime {

enum class ThreadState : std::uint8_t {
  kAbsent,          ///< Not created in this run.
  kRunnable,        ///< Its fiber can go on.
  kForks,           ///< Waits for the scheduler to make a copy of it.
  kWaitsForSource,  ///< Replaying: the write its next read takes has not been replayed yet.
  kAsks,            ///< Asks for something new, in `request`.
  kFrontier,        ///< Its new operation is in `pending`.
  kStuck,           ///< Replayed an operation that the graph says is blocked.
  kParked,          ///< Given up for this run, for the reason in `parked`.
  kEnded,           ///< Has performed its end event.
};

/// Why a thread was given up.
enum class Parked : std::uint8_t {
  kNo,
  kSpin,     ///< Repeats a pure iteration.
  kBound,    ///< A bound cut it.
  kAssumed,  ///< heddle::assume(false).
  kFailed,   ///< It made a finding that stops it.
  kLimit,    ///< The limit on events.
  kExited,   ///< It has ended the process.
};

/// What a thread keeps under a pthread key.
struct KeyValue {
  std::uint32_t key = 0;
  void* value = nullptr;
};

/// A bounded retry: how often a call site has timed out, or woken spuriously, in this run.
struct SiteCount {
  std::uintptr_t site = 0;
  std::uint32_t count = 0;
};

/// A promoted plain access between its hook and the thread's next one.
struct OpenAccess {
  bool active = false;
  bool write = false;
  std::uintptr_t address = 0;
  std::uintptr_t site = 0;
  std::uint8_t size = 0;
  bool only_recorded = false;  ///< No promoted location: the step `recorded` gets the value.
  std::size_t recorded = 0;
};

/// A load repeated from one place: rounds 2 to 15 of libstdc++'s spin are skipped.
struct LibrarySpin {
  std::uintptr_t site = 0;
  std::uintptr_t address = 0;
  std::uint32_t at = 0;     ///< Number of events after the first round.
  std::uint32_t round = 0;  ///< Rounds done.
  std::uint64_t value = 0;
};

inline constexpr std::uint32_t kLibrarySpinRounds = 16;  // std::__detail::__atomic_spin_count

inline constexpr std::uint32_t kCallStackDepth = 256;

/// What the hints for the search of cycles have said of a thread.
struct Liveness {
  bool progressed = false;                   ///< Since its last event.
  int priority = 0;                          ///< Larger is more urgent.
  std::uintptr_t waits_for = 0;              ///< An object, or 0.
  std::uint32_t acquired_count = 0;          ///< Since its last event.
  std::array<std::uintptr_t, 4> acquired{};  ///< The first of them.

  void acquire(std::uintptr_t object) {
    waits_for = waits_for == object ? 0 : waits_for;
    if (acquired_count < acquired.size()) {
      acquired[acquired_count++] = object;
    }
  }
};

/// Where a thread is in a run, as far as a checkpoint must copy it.
struct ThreadRun {
  ThreadState state = ThreadState::kAbsent;
  Parked parked = Parked::kNo;
  bool detached = false;
  bool joined = false;
  bool instrumented = false;  ///< Passed at least one instrumented function entry or access.

  void* (*routine)(void*) = nullptr;
  void* argument = nullptr;
  void* result = nullptr;
  std::uintptr_t created_at = 0;
  std::uint32_t cursor = 0;  ///< Events performed in this run.

  _Unwind_Exception exit_exception{};    ///< Of pthread_exit: must not lie on the stack it unwinds.
  std::uintptr_t program_stack_top = 0;  ///< The program's frames lie below.
  std::uintptr_t base_frame =
      0;  ///< Stack pointer in run_routine(): pthread_exit unwinds to there.

  // Spin recognition.
  std::uint32_t effects = 0;
  std::uint32_t quiet_steps = 0;  ///< Plain accesses since the last event.
  std::uint32_t spin_from =
      0;  ///< In kParked for kSpin: index of the first event of the iteration.
  std::uint32_t newest_until =
      0;                      ///< Before this event reads take the newest: see engine_sampling.cc.
  bool woken = false;         ///< Was parked for kSpin, and may go round once more.
  bool unrecognised = false;  ///< What it asks for was not compared with earlier events yet.
  std::uint64_t looked_at = 0;  ///< Changes of memory when it was last seen spinning in vain.

  // Names that must not depend on the schedule.
  std::uint32_t children = 0;
  std::uint64_t random = 0;

  // Virtual time.
  std::uint64_t time = 0;
  std::uint32_t clock_read_at = 0;  ///< 1 + number of events when the clock was last read.
  std::uint32_t clock_reads = 0;    ///< In a row, without an event between.

  // Regions in which plain accesses are not compared, around the thread's present point.
  std::uint32_t ignored_reads = 0;
  std::uint32_t ignored_writes = 0;

  std::uint32_t process = 0;  ///< 0 unless it was forked.
  base::ThreadId slot = 0;    ///< Where it runs: its own, or the one of the thread that forked it.
  base::ThreadId forked = 0;  ///< The child of its last fork.

  Liveness liveness;
  LibrarySpin library_spin;
  std::uint32_t depth = 0;  ///< Of `calls`. May exceed kCallStackDepth; deeper are not kept.
};

struct ModelThread : ThreadRun {
  base::ThreadId id = 0;
  Fiber fiber;

  // Replay.
  const graph::Event* events = nullptr;  ///< Of the prefix; null when there is none.
  std::uint32_t recorded = 0;            ///< Events in the prefix.
  base::EventId awaited;                 ///< In kWaitsForSource.
  std::vector<std::uintptr_t> sites;     ///< Code position of each event performed, and rubbish.

  // Frontier.
  Request request;           ///< What it asks for; valid in kFrontier and kStuck.
  DoorState door{};          ///< Registers at the door of `request`, if that is fingerprinted.
  DoorState registers{};     ///< Registers when it was asked for; see runtime::perform().
  graph::Operation pending;  ///< The same, complete; what the search sees.
  std::uint64_t answer = 0;
  bool stuck = false;    ///< What it is about to ask for is in the graph, and blocked.
  bool resumed = false;  ///< Comes from a checkpoint: the graph may hold what it asks for.
  std::vector<report::UnwoundFrame> asked_at;  ///< Stack of `request`; only while recording.
  std::vector<report::UnwoundFrame> wrote_at;  ///< Stack of the open promoted write; likewise.

  // Happens-before clock at the thread's present point.
  const std::uint32_t* prefix_clocks = nullptr;  ///< Of the first event, in the graph.
  const std::uint32_t* clock = nullptr;          ///< Past the prefix. Null: must be computed.
  std::array<std::uint32_t, base::kMaxThreads> own_clock{};

  /// Robust mutexes that it holds.
  std::vector<std::uintptr_t> robust_held;
  /// What would also end the wait that it asks for, complete but for the last part of its thread.
  std::vector<graph::Operation> other_ways;

  std::vector<SiteCount> expired;
  // How and where the thread was given up in the run before: a recorded run repeats that.
  Parked parked_before = Parked::kNo;
  std::uint32_t parked_before_at = ~0u;
  std::uint32_t spin_before = 0;

  std::vector<std::uint64_t> times;  ///< Time at each event, up to the last that is not 0.

  OpenAccess open;
  // The last plain access that became a step of a recording, and the number of events then, plus 1.
  std::uintptr_t recorded_site = 0;
  std::uintptr_t recorded_address = 0;
  std::uint32_t recorded_at = 0;

  /// Call stack, from instrumented function entries: call sites, outermost first.
  std::array<std::uintptr_t, kCallStackDepth> calls{};

  std::vector<std::pair<void (*)(void*), void*>> exit_functions;
  std::vector<KeyValue> specific;  ///< pthread_getspecific.

  /// Notes how the run before ended for this thread.
  void end_run();
  /// Back to a thread that has done nothing, with its buffers kept.
  void begin_run();
};

}  // namespace heddle::runtime
