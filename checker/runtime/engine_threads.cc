// SPDX-License-Identifier: Apache-2.0
// Model threads: their names, their beginning and their end.
#include <cxxabi.h>
#include <unwind.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "checker/base/check.h"
#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/signal_delivery.h"

namespace heddle::runtime {

using graph::OpKind;

std::string Engine::thread_name(base::ThreadId id) const {
  if (id == 0) {
    return "main";
  }
  const auto [creator, ordinal] = names_[id];
  const std::string number = std::to_string(ordinal + 1);
  return creator == 0 ? "T" + number : thread_name(creator) + "." + number;
}

void Engine::set_thread_names(std::vector<std::pair<base::ThreadId, std::uint32_t>> names) {
  if (!names.empty()) {
    names_ = std::move(names);
  }
}

/// Threads are named by their creator and how many it had created before, and a name keeps its id.
base::ThreadId Engine::id_of_child(base::ThreadId creator, std::uint32_t ordinal) {
  const std::pair<base::ThreadId, std::uint32_t> name{creator, ordinal};
  for (base::ThreadId id = 1; id < names_.size(); ++id) {
    if (names_[id] == name) {
      return id;
    }
  }
  names_.push_back(name);
  return static_cast<base::ThreadId>(names_.size() - 1);
}

ModelThread& Engine::prepare_thread(base::ThreadId id) {
  while (threads_.size() <= id) {
    threads_.push_back(std::make_unique<ModelThread>());
    threads_.back()->id = static_cast<base::ThreadId>(threads_.size() - 1);
  }
  ProcessState& process = process_state();
  ModelThread& thread = *threads_[id];
  thread.begin_run();
  take_prefix(thread);
  thread.slot = id;
  thread.random = id * 0x9e3779b97f4a7c15ULL + 1;
  if (HEDDLE_CLAUSE("restore.thread_locals")) {
    process.slots.restore_tls(id);
  }
  thread.fiber.stack_low = process.slots.slot(id).fiber.stack_low;
  thread.fiber.stack_size = process.slots.slot(id).fiber.stack_size;
  reset_fiber(thread.fiber, &Engine::thread_main, &thread);
  thread.state = ThreadState::kRunnable;
  return thread;
}

/// What the graph holds of the thread.
void Engine::take_prefix(ModelThread& thread) {
  const graph::ExecutionGraph& graph = search_->graph();
  thread.recorded = graph.size(thread.id);
  thread.events = nullptr;
  if (thread.recorded != 0) {
    thread.events = graph.events(thread.id);
    thread.prefix_clocks = graph.hb({thread.id, 0});
    clock_step_ = static_cast<std::size_t>(graph.hb({thread.id, 1}) - thread.prefix_clocks);
  }
}

/// The id of the thread that the running one is about to create; it does not return at the limit.
base::ThreadId Engine::begin_child(std::uintptr_t site) {
  ModelThread& creator = *running_;
  const base::ThreadId id = id_of_child(creator.id, creator.children);
  // The limit is one of each execution; ids are names, which all executions share.
  const auto used = std::count_if(threads_.begin(), threads_.end(), [](const auto& thread) {
    return thread->state != ThreadState::kAbsent;
  });
  if (id >= base::kMaxThreads || used >= options_.limits.threads) {
    end_.limit_reached = true;
    if (!HEDDLE_CLAUSE("verdict.limit.threads")) {
      park(Parked::kAssumed);
    }
    stop(FindingKind::kUnsupported,
         "more than " + std::to_string(options_.limits.threads) +
             " threads; at most 64 can be explored (limits.threads), and at most 64 names of "
             "threads in all executions together",
         site);
  }
  ++creator.children;
  return id;
}

base::ThreadId Engine::create_thread(void* (*routine)(void*), void* argument, std::uintptr_t site) {
  heddle_modelling = false;
  ModelThread& creator = *running_;
  settle(creator);
  if (creator.process != 0) {
    stop(FindingKind::kUnsupported, "threads of a forked process are not supported", site);
  }
  const base::ThreadId id = begin_child(site);
  g_signals.blocked[id] = g_signals.blocked[creator.id];
  g_signals.watching |= (g_signals.watching >> creator.id & 1) << id;
  if (!process_state().slots.is_prepared(id)) {
    set_fs_base(process_state().explorer_fs_base);
    const SlotError error = process_state().slots.prepare(id);
    set_fs_base(process_state().slots.slot(creator.id).fs_base);
    if (error != SlotError::kNone) {
      end_.limit_reached = true;
      stop(FindingKind::kUnsupported, "no memory or OS thread for another model thread");
    }
  }
  Request request;
  request.operation.kind = OpKind::kThreadCreate;
  request.operation.operand = id;
  request.site = site;
  request.name = "pthread_create";
  creator.registers = heddle_registers;
  if (explores_states()) {
    clear_dead_stack(creator);
  }
  perform_once(request);
  ModelThread& child = prepare_thread(id);
  child.routine = routine;
  child.argument = argument;
  child.created_at = site;
  child.liveness.priority = creator.liveness.priority;
  heddle_modelling = true;
  return id;
}

std::uint64_t Engine::create_thread_aside(std::uint64_t routine, std::uint64_t argument,
                                          std::uint64_t site, std::uint64_t, std::uint64_t) {
  return current_engine_->create_thread(reinterpret_cast<void* (*)(void*)>(routine),
                                        reinterpret_cast<void*>(argument), site);
}

void* Engine::join_thread(base::ThreadId id, std::uintptr_t site) {
  Request request;
  request.operation.kind = OpKind::kThreadJoin;
  request.operation.operand = id;
  request.site = site;
  request.name = "pthread_join";
  runtime::perform(request);
  threads_[id]->joined = true;
  return threads_[id]->result;
}

bool Engine::thread_has_ended(base::ThreadId id, std::uintptr_t site) {
  if (choose(2, site) == 0) {
    return false;
  }
  join_thread(id, site);
  threads_[id]->joined = false;
  return true;
}

void Engine::set_detached(base::ThreadId id) { threads_[id]->detached = true; }

void Engine::thread_main(void* argument) {
  auto& thread = *static_cast<ModelThread*>(argument);
  Engine& engine = *current_engine_;
  if (thread.id != 0) {
    Request start;
    start.operation.kind = OpKind::kThreadStart;
    start.name = "thread start";
    engine.perform_once(start);
  }
  scrub_stack();
  heddle_modelling = true;
  engine.run_routine(thread);
  if (engine.running_->process != 0) {
    engine.stop(FindingKind::kUnsupported,
                "a forked process returns from the body: let it end by _exit");
  }
  engine.finish_thread(thread);
}

/// Not noexcept and no catch: an exception that nobody catches finds no handler up to the end of
/// the stack and ends in std::terminate where it was thrown, with the stack as it was.
void Engine::run_routine(ModelThread& thread) {
  // The unwinder gives each frame the stack pointer with which it made its call.
  asm("mov %%rsp, %0" : "=r"(thread.base_frame));
  const auto run_body = [](void* body) -> void* {
    (*static_cast<const std::function<void()>*>(body))();
    return nullptr;
  };
  if (thread.id == 0) {
    void* const body = const_cast<void*>(static_cast<const void*>(body_));
    heddle_call_clean(run_body, body, &thread.program_stack_top);
  } else {
    thread.result = heddle_call_clean(thread.routine, thread.argument, &thread.program_stack_top);
  }
}

/// Compilers put no hook into a routine that only returns a constant, or its argument.
bool Engine::does_nothing(const void* routine) {
  using namespace std::string_view_literals;
  constexpr std::string_view kReturns[] = {
      "\xc3"sv,
      "\x31\xc0\xc3"sv,
      "\xf3\x0f\x1e\xfa\x31\xc0\xc3"sv,
      "\x55\x48\x89\xe5\xb8\x00\x00\x00\x00\x5d\xc3"sv,
      "\x48\x89\xf8\xc3"sv,  // Its argument.
      "\xf3\x0f\x1e\xfa\x48\x89\xf8\xc3"sv,
      "\x55\x48\x89\xe5\x48\x89\x7d\xf8\x48\x8b\x45\xf8\x5d\xc3"sv,
      "\x55\x48\x89\xe5\x31\xc0\x5d\xc3"sv,
      "\x55\x48\x89\xe5\x48\x89\x7d\xf8\x31\xc0\x5d\xc3"sv,
      "\x55\x48\x89\xe5\x48\x89\x7d\xf8\xb8\x00\x00\x00\x00\x5d\xc3"sv,
  };
  const auto* code = static_cast<const char*>(routine);
  return code != nullptr && std::any_of(std::begin(kReturns), std::end(kReturns), [&](auto text) {
           return std::memcmp(code, text.data(), text.size()) == 0;
         });
}

void Engine::note_uninstrumented(const ModelThread& thread, const void* routine) {
  const bool unseen = !thread.instrumented && !does_nothing(routine);
  uninstrumented_ = uninstrumented_ || (unseen && HEDDLE_CLAUSE("finding.uninstrumented"));
}

/// The kernel does this for whoever ends with a robust mutex locked.
void Engine::leave_robust(ModelThread& thread) {
  while (!thread.robust_held.empty()) {
    Request request;
    request.operation.kind = OpKind::kSync;
    request.operation.order = graph::MemoryOrder::kAcqRel;
    request.operation.sync = graph::SyncOp::kMutexOwnerDied;
    request.address = reinterpret_cast<const volatile void*>(thread.robust_held.back());
    request.name = "end with a robust mutex";
    thread.robust_held.pop_back();
    perform_once(request);
  }
}

void Engine::finish_thread(ModelThread& thread) {
  if (g_signals.on) [[unlikely]] {
    deliver_last_signals(thread);
    heddle_modelling = true;
  }
  run_exit_functions(thread);
  heddle_modelling = false;
  settle(thread);
  leave_robust(thread);
  note_uninstrumented(thread, reinterpret_cast<const void*>(thread.routine));
  Request end;
  end.operation.kind = OpKind::kThreadEnd;
  end.name = "thread end";
  perform_once(end);
  thread.state = ThreadState::kEnded;
  switch_away();
  __builtin_unreachable();
}

void (**Engine::older_key_destructors())(void*) {
  static void (*destructors[kFirstModelKey])(void*) = {};
  return destructors;
}

void (*Engine::key_destructor(std::uint32_t key) const)(void*) {
  return key < kFirstModelKey ? older_key_destructors()[key]
                              : key_destructors_[key - kFirstModelKey];
}

/// Of thread_local objects, newest first.
void Engine::run_thread_storage_destructors(ModelThread& thread) {
  while (!thread.exit_functions.empty()) {
    heddle_modelling = false;
    const auto [function, object] = thread.exit_functions.back();
    thread.exit_functions.pop_back();
    heddle_modelling = true;
    function(object);
  }
}

/// Destructors of thread_local objects, then of pthread keys, as glibc runs them.
void Engine::run_exit_functions(ModelThread& thread) {
  run_thread_storage_destructors(thread);
  constexpr int kRounds = 4;  // PTHREAD_DESTRUCTOR_ITERATIONS
  for (int round = 0; round < kRounds; ++round) {
    bool called = false;
    for (std::size_t i = 0; i < thread.specific.size(); ++i) {
      const KeyValue known = thread.specific[i];
      void (*destructor)(void*) = key_destructor(known.key);
      if (known.value != nullptr && destructor != nullptr) {
        thread.specific[i].value = nullptr;
        called = true;
        destructor(known.value);
      }
    }
    if (!called) {
      return;
    }
  }
}

namespace {

_Unwind_Reason_Code at_frame(int, _Unwind_Action actions, _Unwind_Exception_Class,
                             _Unwind_Exception*, _Unwind_Context* context, void* argument) {
  auto* engine = static_cast<Engine*>(argument);
  ModelThread& thread = engine->self();
  if ((actions & _UA_END_OF_STACK) != 0 || _Unwind_GetCFA(context) >= thread.base_frame) {
    engine->finish_thread(thread);
  }
  return _URC_NO_REASON;
}

}  // namespace

/// pthread_exit: unwinds like glibc, running destructors, down to the thread's first frame.
void Engine::exit_thread(void* result) {
  ModelThread& thread = *running_;
  thread.result = result;
  thread.exit_exception = {};
  std::memcpy(&thread.exit_exception.exception_class, "HEDLEXIT", 8);
  heddle_modelling = true;  // Destructors are the program's.
  _Unwind_ForcedUnwind(&thread.exit_exception, &at_frame, this);
  finish_thread(thread);
}

std::vector<std::uint64_t> Engine::call_stack(const ModelThread& thread,
                                              std::uintptr_t site) const {
  std::vector<std::uint64_t> stack;
  if (site != 0) {
    stack.push_back(site);
  }
  const std::uint32_t kept = thread.depth < kCallStackDepth ? thread.depth : kCallStackDepth;
  for (std::uint32_t i = kept; i-- > 0;) {
    stack.push_back(thread.calls[i]);
  }
  return stack;
}

void Engine::add_finding(FindingKind kind, std::string message, std::uintptr_t site) {
  const bool modelling = heddle_modelling;
  heddle_modelling = false;
  RawFinding finding;
  finding.kind = kind;
  finding.message = std::move(message);
  finding.key = std::hash<std::string>{}(finding.message);
  if (running_ != nullptr) {
    const std::uintptr_t place = site != 0 ? site : last_site_;
    RawParticipant part;
    part.thread = running_->id;
    part.stack = stack_at(*running_, place);
    finding.key = finding.key * 31 + place;
    finding.participants.push_back(std::move(part));
  }
  finding.key = finding.key * 64 + static_cast<std::uint64_t>(kind);
  add_raw(std::move(finding));
  heddle_modelling = modelling;
}

namespace {

/// Whether findings of the kind are kept: always, but for clauses that a test switches off.
bool is_kept(FindingKind kind) {
  switch (kind) {
    case FindingKind::kDataRace:
      return HEDDLE_CLAUSE("finding.data_race");
    case FindingKind::kAssertion:
      return HEDDLE_CLAUSE("finding.assertion");
    case FindingKind::kAbort:
      return HEDDLE_CLAUSE("finding.abort");
    case FindingKind::kException:
      return HEDDLE_CLAUSE("finding.exception");
    case FindingKind::kCrash:
      return HEDDLE_CLAUSE("finding.crash");
    case FindingKind::kUseAfterFree:
      return HEDDLE_CLAUSE("finding.use_after_free");
    case FindingKind::kDoubleFree:
      return HEDDLE_CLAUSE("finding.double_free");
    case FindingKind::kBadFree:
      return HEDDLE_CLAUSE("finding.bad_free");
    case FindingKind::kLeak:
      return HEDDLE_CLAUSE("finding.leak");
    case FindingKind::kLockMisuse:
      return HEDDLE_CLAUSE("finding.lock_misuse");
    case FindingKind::kThreadLeak:
      return HEDDLE_CLAUSE("finding.thread_leak");
    case FindingKind::kNondeterminism:
      return HEDDLE_CLAUSE("finding.nondeterminism");
    case FindingKind::kStateOutlivesExecution:
      return HEDDLE_CLAUSE("finding.state_outlives_execution");
    case FindingKind::kUnsupported:
      return HEDDLE_CLAUSE("finding.unsupported");
    case FindingKind::kNoVisibleOperation:
      return HEDDLE_CLAUSE("finding.no_visible_operation");
    default:
      return true;
  }
}

}  // namespace

void Engine::add_raw(RawFinding finding) {
  raced_ = raced_ || finding.kind == FindingKind::kDataRace ||
           finding.kind == FindingKind::kUseAfterFree;
  if (!is_kept(finding.kind)) {
    return;
  }
  for (const RawFinding& known : findings_) {
    if (known.key == finding.key && known.kind == finding.kind) {
      return;
    }
  }
  if (finding.kind != FindingKind::kCrash) {  // Told where it happened.
    tell_debugger(finding);
  }
  findings_.push_back(std::move(finding));
}

void Engine::stop(FindingKind kind, std::string message, std::uintptr_t site) {
  heddle_modelling = false;
  settle(*running_);
  last_site_ = site != 0 ? site : last_site_;
  if (kind == FindingKind::kAbort && HEDDLE_CLAUSE("exception.names_its_abort")) {
    if (const std::type_info* type = abi::__cxa_current_exception_type()) {
      kind = FindingKind::kException;
      message = uncaught_exception_message(*type);
    }
  }
  add_finding(kind, std::move(message));
  end_.failed = true;
  record_failure(*running_);
  park(Parked::kFailed);
}

std::string Engine::uncaught_exception_message(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string message = "uncaught exception of type ";
  message += status == 0 ? name : type.name();
  std::free(name);
  try {
    throw;
  } catch (const std::exception& error) {
    message += std::string(": ") + error.what();
  } catch (...) {
  }
  return message;
}

}  // namespace heddle::runtime
