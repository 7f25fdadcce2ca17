// SPDX-License-Identifier: Apache-2.0
// Runs a body once under a search: the loop that switches fibers, replays what the graph holds and
// asks the search for what it does not.
//
// All model threads are fibers of the one OS thread that called explore(). A door calls perform()
// on the fiber. While the graph holds the thread's next event, the answer comes from there, and the
// fiber goes on without a switch, unless the write that it reads has not been replayed yet.
// Otherwise the operation is put in ModelThread::pending and control goes to the scheduler
// (schedule(), on the explorer's own stack), which resumes whoever can replay and, when nobody can,
// asks the search which thread goes next and what it gets. So threads run in an order that extends
// sb | rf, and memory holds at each plain access what it must hold in a race-free execution: an
// atomic write is stored only if no write newer in modification order has been stored in this run.
//
// What is wrong with an execution is collected as RawFinding during run(): races by detect/race.h
// at each access, failures of threads where they happen. explore.cc judges the end of the run.
//
// Invariants: one Engine at a time (current()); heddle_modelling is true exactly while a fiber runs
// the program's code; nothing of a run outlives it but tables that only grow.
// The code is in engine_schedule.cc, engine_replay.cc, engine_memory.cc, engine_threads.cc,
// engine_heap.cc, engine_run.cc, engine_checkpoint.cc and engine_forked.cc.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "checker/base/bytes.h"
#include "checker/detect/race.h"
#include "checker/report/symbols.h"
#include "checker/runtime/arena.h"
#include "checker/runtime/checkpoint.h"
#include "checker/runtime/locations.h"
#include "checker/runtime/model_thread.h"
#include "checker/runtime/process_image.h"
#include "checker/runtime/raw_finding.h"
#include "checker/runtime/recorder.h"
#include "checker/runtime/spin.h"
#include "checker/runtime/state_fingerprint.h"
#include "checker/search/search.h"
#include "checker/search/state_watcher.h"
#include "heddle/options.h"

namespace heddle::runtime {

/// A plain location whose accesses are explored as events.
struct PromotedLocation {
  std::uintptr_t address = 0;
  std::uint8_t size = 0;
  auto operator<=>(const PromotedLocation&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// How a run ended, before anybody judges it.
struct RunEnd {
  bool resumed = false;    ///< It began at a checkpoint.
  bool all_ended = false;  ///< Every thread performed its end.
  bool failed = false;     ///< A thread was stopped by a finding.
  bool assumed_away = false;
  bool cut_by_bound = false;
  bool process_ended = false;    ///< A thread of a whole program has come to the end of exit.
  bool limit_reached = false;    ///< Events, threads, memory or time.
  bool interrupted = false;      ///< Time: it could go on.
  bool met_known_state = false;  ///< The watcher of states ended it.
  bool lasting_effect = false;   ///< Something happened that no state of memory shows.
  bool stop_everything = false;  ///< Nondeterminism or an error of ours: the exploration ends.
  std::uint64_t events = 0;
};

/// A call that went past the model to the system.
struct OutsideCall {
  const char* name = "";
  std::uintptr_t site = 0;
  bool changes = false;  ///< Files or the like, for whoever looks later.
};

/// Thrown on the scheduler's stack when an invariant of the checker does not hold.
struct InternalError {
  std::string what;
};

class Engine {
 public:
  explicit Engine(const Options& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  static Engine* current() { return current_engine_; }

  /// One execution of `body` under `search`, which has begun it. With `record`, every step is kept
  /// in recorder(); then the graph is already complete and only replayed.
  RunEnd run(search::Search& search, const std::function<void()>& body, bool record = false);

  /// For a run in a forked process, whose engine is a copy of the one that goes on. The copy tells
  /// what its run gave and how its tables grew since `before`; the other one takes it over.
  struct TableSizes {
    std::size_t locations, names, bounds, warnings, outside_calls, library_sites;
    std::uint64_t wide_values;
  };
  TableSizes table_sizes() const;
  void tell_run(const TableSizes& before, base::ByteWriter* out) const;
  void take_run(base::ByteReader* in);

  /// Shows the states of later runs to `watcher`, which outlives them; null: to nobody. For
  /// SearchKind::kCycles.
  void watch_states(search::StateWatcher* watcher) { watcher_ = watcher; }
  /// One execution goes on where it can, instead of leaving that to others: a thread that spins
  /// waits for a change, and retries are not bounded where executions are drawn.
  bool samples() const { return samples_; }
  /// States of earlier runs are not gone on from: runs of another search came in between.
  void forget_checkpoints() { checkpoints_.clear(); }
  bool explores_states() const { return options_.search == SearchKind::kCycles; }
  /// Calls visit(begin, end) for the memory that makes up the present state: written pages of
  /// globals, live blocks, the stacks of threads that wait.
  void visit_state_memory(
      const std::function<void(std::uintptr_t begin, std::uintptr_t end)>& visit) const;
  /// In the last run.
  bool clock_was_read() const;
  bool time_has_passed() const { return time_passed_; }
  /// From now on the time that threads know is part of their states.
  void give_states_time() { states_have_time_ = true; }
  bool ignores_memory() const { return !ignored_.empty(); }
  /// Addresses of lock-like objects, by their index in profiles minus one.
  const std::vector<std::uintptr_t>& lock_objects() const { return lock_objects_; }

  /// From then on runs add no events: they end with `limit_reached`.
  void set_deadline(std::chrono::steady_clock::time_point deadline) {
    deadline_ = deadline;
    late_ = false;
  }

  // For explore.cc, after a run.
  std::vector<RawFinding>& findings() { return findings_; }
  const std::vector<OutcomeValue>& outcome() const { return outcome_; }
  const ModelThread& thread(base::ThreadId id) const { return *threads_[id]; }
  base::ThreadId thread_count() const { return static_cast<base::ThreadId>(threads_.size()); }
  const Locations& locations() const { return locations_; }
  Recorder& recorder() { return recorder_; }
  const Recorder& recorder() const { return recorder_; }
  /// Whether the last run was recorded, so that recorder() tells about it.
  bool recorded() const { return recording_; }
  /// Names of threads, indexed by id: (creator, how many it had created before).
  const std::vector<std::pair<base::ThreadId, std::uint32_t>>& thread_names() const {
    return names_;
  }
  /// Gives ids to threads before the first run (replay in another process).
  void set_thread_names(std::vector<std::pair<base::ThreadId, std::uint32_t>> names);
  std::string thread_name(base::ThreadId id) const;
  std::map<PromotedLocation, bool>& promoted() { return promoted_; }
  /// Races of the last run that could be promoted and are not yet.
  std::vector<PromotedLocation>& to_promote() { return to_promote_; }
  bool uninstrumented_thread_seen() const { return uninstrumented_; }
  bool library_spin_reduced() const { return library_spin_reduced_; }
  /// In some run.
  bool has_forked() const { return has_forked_; }
  const std::vector<std::string>& bounds_hit() const { return bounds_hit_; }
  std::vector<std::string>& warnings() { return warnings_; }
  /// Lets a debugger stop at a finding, if there is one (debug_stop.h).
  void tell_debugger(const RawFinding& finding);

  // For model.cc; see model.h. All but modelling checks happen here. The `aside` ones are called by
  // heddle_call_aside(); see side_stack.h.
  static HeddleAside perform_aside;
  static HeddleAside settle_aside;
  static HeddleAside create_thread_aside;
  static HeddleAside allocate_aside;
  static HeddleAside release_aside;
  std::uint64_t perform(const Request& request);
  std::uint64_t perform_access(std::uint64_t head, std::uintptr_t address, std::uint64_t operand,
                               std::uint64_t expected, std::uintptr_t site);
  template <bool kWrite>
  bool plain_access_quickly(std::uintptr_t address, std::size_t size, std::uintptr_t site);
  void plain_access(std::uintptr_t address, std::size_t size, bool write, std::uintptr_t site);
  ModelThread& self() { return *running_; }
  bool on_fiber() const { return running_ != nullptr; }
  bool in_run() const { return in_run_; }
  /// Finishes a promoted access; every step of a thread begins with it.
  void settle(ModelThread& thread) {
    if (thread.open.active) [[unlikely]] {
      settle_open(thread);
    }
  }
  base::ThreadId create_thread(void* (*routine)(void*), void* argument, std::uintptr_t site);
  void* join_thread(base::ThreadId thread, std::uintptr_t site);
  bool thread_has_ended(base::ThreadId thread, std::uintptr_t site);
  [[noreturn]] void exit_thread(void* result);
  void set_detached(base::ThreadId thread);
  /// The thread of the new process, and in that 0.
  base::ThreadId fork_process(std::uintptr_t site);
  [[noreturn]] void exit_process(int status);
  void* map_shared(std::size_t size);
  void set_other_ways(const std::vector<OtherWay>& ways);
  /// Grows with every run.
  std::uint64_t run_serial() const { return run_serial_; }
  void at_process_exit(void (*handler)(void*), void* argument, bool quick);
  [[noreturn]] void end_process(int status, ProcessEnd how, std::uintptr_t site);
  /// Of exit: no object of the program's.
  static bool is_exit_lock(const void* address);
  void* allocate(std::size_t size, std::size_t alignment, AllocationKind kind, bool zero,
                 std::uintptr_t site);
  void release(void* block, AllocationKind kind, std::uintptr_t site);
  std::uint64_t monotonic_now();
  void sleep_until(ModelThread& thread, std::uint64_t deadline);
  std::uint64_t choose(std::uint64_t count, std::uintptr_t site);
  void add_finding(FindingKind kind, std::string message, std::uintptr_t site = 0);
  /// A check of the program's own failed; the thread goes on.
  void fail(std::string message, std::uintptr_t site);
  [[noreturn]] void stop(FindingKind kind, std::string message, std::uintptr_t site = 0);
  [[noreturn]] void park(Parked reason);
  void observe(std::string name, std::string value);
  void begin_object(std::uintptr_t address);
  void note_lasting_effect() { lasting_effect_ = true; }
  void note_outside_call(const char* call, std::uintptr_t site, bool changes);
  /// The first calls, of all runs, that asked or changed something outside the model.
  const std::vector<OutsideCall>& outside_calls() const { return outside_calls_; }
  void ignore_accesses(int reads, int writes);
  void annotate_benign_race(std::uintptr_t address, std::size_t size, const std::string& why);
  /// Memory that is left out of the states which the search of cycles compares, in this run.
  void ignore(AddressRange memory) { ignored_.push_back(memory); }
  /// A model thread failed by a signal; runs on the scheduler's side of the crash.
  [[noreturn]] void crashed(FindingKind kind, std::string message, std::uintptr_t pc);
  [[noreturn]] void finish_thread(ModelThread& thread);
  /// Ends the exploration from wherever it is: throws InternalError out of run().
  [[noreturn]] void internal_error(std::string what);
  std::vector<void (*)(void*)>& key_destructors() { return key_destructors_; }
  /// Of keys made before the exploration, by key.
  static void (**older_key_destructors())(void*);
  std::vector<std::uint64_t> call_stack(const ModelThread& thread, std::uintptr_t site) const;

 private:
  using Clock = std::chrono::steady_clock;
  static Engine* current_engine_;

  // engine_run.cc
  void prepare_run();
  void begin_afresh();
  void finish_run();
  void check_threads_at_end();
  void check_leaks();
  void add_leak(const BlockInfo& block);
  void add_raw(RawFinding finding);

  // engine_processes.cc
  static constexpr std::uint32_t kMostProcesses = 32;
  struct Fork {
    base::ThreadId parent = 0;
    base::ThreadId child = 0;
    std::uint32_t from = 0;  ///< Events of the parent's thread before the fork,
    std::uint32_t at = 0;    ///< and with it.
    std::map<std::uintptr_t, std::uint64_t> objects;  ///< Their states in the child.
    /// What the child reads of what it has inherited, with sizes and code positions.
    std::map<std::uintptr_t, std::pair<std::size_t, std::uintptr_t>> reads;
    std::map<std::uintptr_t, std::size_t> written;
  };
  void begin_processes();
  bool is_inherited(const ModelThread& thread, std::uintptr_t address) const;
  std::vector<std::uintptr_t> objects_before(ModelThread& thread);
  void inherit_objects(ModelThread& parent, base::ThreadId child, Fork* fork);
  [[gnu::noinline]] base::ThreadId after_fork();
  void complete_fork(ModelThread& parent);
  std::vector<ModelThread*> threads_of(std::uint32_t process) const;
  void switch_process(std::uint32_t to);
  std::uint64_t perform_privately(const Request& request);
  Request private_request(const Request& request) const;
  void access_inherited(ModelThread& thread, std::uintptr_t address, std::size_t size, bool write,
                        std::uintptr_t site);
  void check_forks();
  void check_inherited_locks(const Fork& fork);

  // signal_delivery.cc
  std::uint64_t take_signal(ModelThread& thread);
  void deliver_signals(ModelThread& thread);
  void deliver_last_signals(ModelThread& thread);

  // engine_program.cc
  using ExitHandlers = std::vector<std::pair<void (*)(void*), void*>>;
  static void run_exit_handlers(ExitHandlers& handlers);

  // engine_checkpoint.cc
  bool libraries_are_still();
  bool watch_libraries();
  void drop_checkpoints();
  const Checkpoint* find_checkpoint() const;
  bool comes_back(const graph::Operation& operation, std::uint32_t events) const;
  bool may_checkpoint() const;
  std::uint32_t next_after(const Checkpoint& last) const;
  void take_checkpoint(std::uint32_t events);
  std::uint64_t newest_label(const Checkpoint& at, base::LocationId location) const;
  void resume_checkpoint(const Checkpoint& from);
  const std::byte* resume_thread(const ThreadCheckpoint& from, const std::byte* bytes);

  // engine_state.cc
  bool meet_state();
  void begin_block(ModelThread& thread, std::uintptr_t address, std::size_t size,
                   std::uintptr_t site);
  static void clear_dead_stack(const ModelThread& thread);
  std::uint32_t object_index(std::uintptr_t address);
  void begin_marks(ModelThread& thread);
  void mark_acquired(const ModelThread& thread, std::uint64_t result);
  void fill_profile(search::Profile* profile);
  void fingerprint_state(search::Arrival* arrival);
  void fingerprint_shared();
  void fingerprint_atomics();
  void fingerprint_thread_state(ModelThread& thread);
  void fingerprint_times();
  std::uint64_t time_of(base::EventId event) const;
  void fingerprint_thread_memory(ModelThread& thread);

  // engine_schedule.cc
  void schedule();
  ModelThread* next_to_replay();
  bool advance_frontier();
  bool expire_idle_wait();
  bool may_expire(const ModelThread& thread) const;
  void expire(ModelThread& thread);
  bool ask_anew(ModelThread& thread);
  void enter(ModelThread& thread);
  void resume(ModelThread& thread);
  void switch_to_scheduler();
  void switch_away();
  bool over_limit();
  void perform_pending(ModelThread& thread);

  // engine_replay.cc
  [[gnu::noinline]] static void scrub_stack();
  std::uint64_t answer(ModelThread& thread, const Request& request);
  const graph::Event* replayed_access(const ModelThread& thread, std::uint64_t head,
                                      std::uintptr_t address, std::uint64_t operand,
                                      std::uint64_t expected, std::uintptr_t site) const;
  void commit_access(ModelThread& thread, const graph::Event& event, std::uintptr_t site);
  void commit_location(ModelThread& thread, const graph::Event& event, const graph::Event& last,
                       std::uintptr_t site);
  void advance(ModelThread& thread, std::uint32_t count, std::uintptr_t site);
  bool skip_library_spin(ModelThread& thread, const Request& request, std::uint64_t* value);
  const graph::Event* replay(ModelThread& thread, const Request& request);
  bool same_operation(const graph::Event& event, const Request& request) const;
  bool is_its_turn(const graph::Event& event) const;
  bool source_replayed(const graph::Event& event) const;
  void await_source(ModelThread& thread, base::EventId source);
  std::uint64_t perform_guessed(ModelThread& thread, const Request& request);
  std::uint64_t perform_once(const Request& request);
  void commit(ModelThread& thread, const Request& request, const graph::Event& event,
              const graph::Event* write);
  void commit_new(ModelThread& thread, const Request& request, const graph::Event& event,
                  const graph::Event* write);
  static void commit_memory(Locations::Run& run, const Locations::Location& location,
                            const graph::Event& write);
  void commit_time(ModelThread& thread, const Request& request, const graph::Event& event,
                   std::uint32_t index);
  [[noreturn]] void nondeterminism(const graph::Event& event, const Request& request);

  // engine_frontier.cc
  std::uint64_t perform_new(ModelThread& thread, const Request& request);
  void prepare_pending(ModelThread& thread);
  void give_up(ModelThread& thread, Parked reason);
  void fail(ModelThread& thread, FindingKind kind, std::string message);
  bool resolve_location(ModelThread& thread, graph::Operation& operation, const Request& request);
  bool overlaps_another(std::uintptr_t address, std::size_t size, base::LocationId id) const;
  void bound_timeouts(ModelThread& thread, graph::Operation& operation, const Request& request);
  std::uint32_t count_at(const ModelThread& thread, std::uintptr_t site) const;
  void spend(ModelThread& thread, std::uintptr_t site);
  std::uint64_t choose_silently(std::uint64_t count, std::uint64_t mark, std::uintptr_t site);
  void recognise_spin(ModelThread& thread, graph::Operation& operation);
  void offer_deadline(ModelThread& thread, graph::Operation& operation);
  bool take_new_clock_choice(ModelThread& thread, const graph::Event& event);
  void apply_clock_choice(ModelThread& thread);
  void take_clock_choice(ModelThread& thread, const Request& request);
  void note_bound(const std::string& text);

  // engine_sampling.cc
  bool wake_spinners();
  bool spins_on_change(const ModelThread& thread) const;
  void recognise_in_sample(ModelThread& thread, graph::Operation& operation);

  // engine_record.cc
  std::vector<report::UnwoundFrame> unwind() const;
  std::vector<std::uint64_t> stack_at(const ModelThread& thread, std::uintptr_t site) const;
  void record(ModelThread& thread, const Request& request, const graph::Event& event,
              const graph::Event* write);
  void record_waiting(ModelThread& thread);
  static bool is_repeated(ModelThread& thread, std::uintptr_t address, std::uintptr_t site);
  void record_plain(ModelThread& thread, std::uintptr_t address, std::size_t size, bool write,
                    std::uintptr_t site);
  void record_free(ModelThread& thread, std::uintptr_t address, std::size_t size,
                   std::uintptr_t site);
  void record_allocation(const ModelThread& thread, const void* block, std::uintptr_t site);
  void record_failure(ModelThread& thread);
  void take_stack(RecordedStep& recorded, const ModelThread& thread, std::uintptr_t site) const;

  // engine_library_spin.cc
  bool is_library_spin(const ModelThread& thread, std::uintptr_t site);

  // engine_memory.cc
  /// What the thread knows at its present point: the clock of its next event.
  const std::uint32_t* clock_of(ModelThread& thread) {
    if (thread.cursor < thread.recorded) {
      return thread.prefix_clocks + std::size_t{thread.cursor} * clock_step_;
    }
    return thread.clock != nullptr ? thread.clock : clock_at_end(thread);
  }
  const std::uint32_t* clock_at_end(ModelThread& thread);
  void find_clocks();
  void plain_access_checked(ModelThread& thread, std::uintptr_t address, std::size_t size,
                            bool write, std::uintptr_t site);
  void compare_access(ModelThread& thread, std::uintptr_t address, std::size_t size,
                      detect::AccessKind kind, std::uintptr_t site);
  void check_atomic(ModelThread& thread, const Locations::Location& location, bool write,
                    std::uintptr_t site);
  void check_against_atomics(ModelThread& thread, std::uintptr_t address, std::size_t size,
                             detect::AccessKind kind, std::uintptr_t site);
  bool find_unordered(ModelThread& thread, base::LocationId location, detect::AccessKind kind,
                      detect::Conflict* out);
  void report_conflict(const detect::Conflict& conflict, std::size_t size);
  bool is_benign(std::uintptr_t address, std::size_t size);
  void warn(std::string text);
  bool check_older_memory(std::uintptr_t address, std::size_t size, std::uintptr_t site);
  void reinitialise(ModelThread& thread, std::uintptr_t address, std::size_t size);
  Request promoted_request(const OpenAccess& open, graph::OpKind kind) const;
  bool open_promoted(ModelThread& thread, std::uintptr_t address, std::size_t size, bool write,
                     std::uintptr_t site);
  void settle_open(ModelThread& thread);

  // engine_threads.cc
  static void thread_main(void* thread);
  void run_routine(ModelThread& thread);
  static bool does_nothing(const void* routine);
  void note_uninstrumented(const ModelThread& thread, const void* routine);
  static void run_thread_storage_destructors(ModelThread& thread);
  void run_exit_functions(ModelThread& thread);
  static std::string uncaught_exception_message(const std::type_info& type);
  void (*key_destructor(std::uint32_t key) const)(void*);
  base::ThreadId begin_child(std::uintptr_t site);
  void leave_robust(ModelThread& thread);
  base::ThreadId id_of_child(base::ThreadId creator, std::uint32_t ordinal);
  ModelThread& prepare_thread(base::ThreadId id);
  void take_prefix(ModelThread& thread);

  const Options& options_;
  search::Search* search_ = nullptr;
  const std::function<void()>* body_ = nullptr;
  std::vector<std::unique_ptr<ModelThread>> threads_;
  std::vector<std::pair<base::ThreadId, std::uint32_t>> names_{{0, 0}};
  ModelThread* running_ = nullptr;
  base::ThreadId last_run_ = 0;
  Fiber scheduler_;
  bool recording_ = false;
  bool every_step_ = false;  ///< No operation takes the short way.
  bool watchful_ = false;    ///< Recording, something promoted or ignored: no short cuts.
  std::uint64_t events_ = 0;
  const bool samples_;         ///< See samples().
  const bool draws_;           ///< Executions are drawn: nothing is bounded but their length.
  std::uint64_t changes_ = 0;  ///< Events of this run that changed an atomic or an object.
  Clock::time_point deadline_ = Clock::time_point::max();
  bool late_ = false;           ///< The deadline has passed.
  std::uint32_t clock_in_ = 0;  ///< New events until the clock is read.
  /// Events that each thread has performed in this run; 0 for one that is not created yet.
  std::array<std::uint32_t, base::kMaxThreads> performed_{};
  std::size_t clock_step_ = 0;  ///< From an event's clock to the next one's, in counters.
  bool time_passed_ = false;    ///< Some thread's clock has moved in this run.
  std::uint32_t process_ = 0;   ///< Whose memory is in place.
  std::uint32_t process_count_ = 1;
  std::vector<ProcessImage> images_;
  std::vector<Fork> forks_;  ///< Of this run.
  bool has_forked_ = false;
  std::vector<AddressRange> ignored_;
  search::StateWatcher* watcher_ = nullptr;
  StateFingerprint fingerprint_;
  bool states_have_time_ = false;
  std::vector<std::uintptr_t> lock_objects_;
  std::vector<std::uint32_t> step_acquired_;  ///< By the step that was taken last.
  bool lasting_effect_ = false;  ///< Something happened in this run that cannot be copied.
  bool in_run_ = false;
  RunEnd end_;
  std::string internal_error_;

  std::uint64_t runs_ = 0;
  std::uint64_t run_serial_ = 0;  ///< Recorded runs count, too.
  CheckpointStack checkpoints_;
  std::uint32_t checkpoint_at_ = 0;    ///< No checkpoint before the run has so many events.
  bool raced_ = false;                 ///< Some run had a race: plain memory is not to be trusted.
  std::uint64_t outside_changes_ = 0;  ///< As Globals counts them, when checkpoints were last good.
  bool watching_ = false;              ///< The watch of libraries was armed for the checkpoints.
  std::uint64_t watch_from_ = 0;       ///< No checkpoint before so many runs.
  std::uint64_t watch_pause_ = 0;

  Locations locations_;
  detect::RaceShadow shadow_;
  SpinMemory spin_memory_;
  Recorder recorder_;
  std::uintptr_t last_site_ = 0;  ///< Of the last door, for findings without a place of their own.
  std::uintptr_t failed_check_ = 0;  ///< Site of the check that fails now (fail()).
  std::map<std::uint64_t, bool> library_sites_;
  std::unique_ptr<report::Symbolizer> symbolizer_;
  std::vector<RawFinding> findings_;
  std::vector<OutcomeValue> outcome_;
  std::map<PromotedLocation, bool> promoted_;
  std::vector<PromotedLocation> to_promote_;
  std::vector<search::PendingOperation> offered_;
  std::vector<void (*)(void*)> key_destructors_;
  std::vector<OutsideCall> outside_calls_;
  std::vector<BenignRace> benign_;  ///< Of this run.
  std::uint32_t ignoring_ = 0;      ///< Threads within a region of ignore_accesses().
  ExitHandlers exit_handlers_;      ///< Of this run, oldest first.
  ExitHandlers quick_exit_handlers_;
  std::vector<std::string> bounds_hit_;
  std::vector<std::string> warnings_;
  bool uninstrumented_ = false;
  bool library_spin_reduced_ = false;
};

}  // namespace heddle::runtime
