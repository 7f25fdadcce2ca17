// SPDX-License-Identifier: Apache-2.0
// model.h in terms of the engine.
#include "checker/runtime/model.h"

#include <cerrno>
#include <cstdlib>

#include "checker/base/mutant.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/side_stack.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {

extern "C" {
bool heddle_modelling = false;
DoorState heddle_door;
DoorState heddle_registers;
std::uintptr_t heddle_stack_low = 0;
std::uintptr_t heddle_stack_size = 0;
}

namespace {

Engine& engine() { return *Engine::current(); }

/// Runtime code on a model thread: what it calls is not the program's.
class OutOfModel {
 public:
  OutOfModel() : was_(heddle_modelling) { heddle_modelling = false; }
  ~OutOfModel() { heddle_modelling = was_; }
  OutOfModel(const OutOfModel&) = delete;
  OutOfModel& operator=(const OutOfModel&) = delete;

 private:
  bool was_;
};

}  // namespace

bool note_foreign_thread(std::uintptr_t site) {
  std::uintptr_t none = HEDDLE_CLAUSE("finding.foreign_thread") ? 0 : 1;
  process_state().foreign_site.compare_exchange_strong(none, site);
  return false;
}

namespace {

/// The callee-saved registers are part of the thread's state while it waits: what functions above
/// keep in them is either there now or was pushed on the program's stack.
[[gnu::always_inline]] inline void keep_registers() {
  asm volatile(
      "movq %%rbx, 8+%0\n\tmovq %%rbp, 16+%0\n\tmovq %%r12, 24+%0\n\tmovq %%r13, 32+%0\n\t"
      "movq %%r14, 40+%0\n\tmovq %%r15, 48+%0"
      : "=m"(heddle_registers));
}

}  // namespace

std::uint64_t perform(const Request& request) {
  keep_registers();
  return heddle_call_aside(&Engine::perform_aside, reinterpret_cast<std::uint64_t>(&request), 0, 0,
                           0, 0);
}

std::uint64_t intern_wide(const void* sixteen_bytes) {
  const OutOfModel guard;
  return intern_wide_value(sixteen_bytes);
}

void wide_value(std::uint64_t id, void* sixteen_bytes) { wide_value_of(id, sixteen_bytes); }

void function_entry(std::uintptr_t caller) {
  ModelThread& thread = engine().self();
  thread.instrumented = true;
  if (thread.depth < kCallStackDepth) {
    thread.calls[thread.depth] = caller;
  }
  ++thread.depth;
}

void function_exit() {
  ModelThread& thread = engine().self();
  if (thread.open.active) {
    heddle_call_aside(&Engine::settle_aside, 0, 0, 0, 0, 0);
  }
  if (thread.depth != 0) {
    --thread.depth;
  }
}

void ignore_accesses(int reads, int writes) { engine().ignore_accesses(reads, writes); }

void annotate_benign_race(const void* memory, std::size_t size, const char* why) {
  const OutOfModel guard;
  engine().annotate_benign_race(reinterpret_cast<std::uintptr_t>(memory), size,
                                why != nullptr ? why : "");
}

void begin_object(const volatile void* address) {
  const OutOfModel guard;
  engine().begin_object(reinterpret_cast<std::uintptr_t>(address));
}

void end_object(const volatile void* address) { begin_object(address); }

base::ThreadId current_thread() { return engine().self().id; }

base::ThreadId create_thread(void* (*routine)(void*), void* argument, std::uintptr_t site) {
  keep_registers();
  return static_cast<base::ThreadId>(
      heddle_call_aside(&Engine::create_thread_aside, reinterpret_cast<std::uint64_t>(routine),
                        reinterpret_cast<std::uint64_t>(argument), site, 0, 0));
}

void* join_thread(base::ThreadId thread, std::uintptr_t site) {
  return engine().join_thread(thread, site);
}

bool thread_has_ended(base::ThreadId thread, std::uintptr_t site) {
  return engine().thread_has_ended(thread, site);
}

void exit_thread(void* result) { engine().exit_thread(result); }

std::uint64_t native_handle(base::ThreadId thread) {
  return process_state().slots.slot(thread).handle;
}

bool from_native_handle(std::uint64_t handle, base::ThreadId* thread) {
  *thread = process_state().slots.find_handle(handle);
  return *thread != base::kMaxThreads && *thread < engine().thread_count() &&
         engine().thread(*thread).state != ThreadState::kAbsent;
}

void set_detached(base::ThreadId thread) { engine().set_detached(thread); }

namespace {
std::uint64_t fork_aside(std::uint64_t site, std::uint64_t, std::uint64_t, std::uint64_t,
                         std::uint64_t) {
  return engine().fork_process(site);
}
}  // namespace

base::ThreadId fork_process(std::uintptr_t site) {
  keep_registers();
  return static_cast<base::ThreadId>(heddle_call_aside(&fork_aside, site, 0, 0, 0, 0));
}

std::uint32_t current_process() { return engine().self().process; }
std::uint32_t process_of(base::ThreadId thread) { return engine().thread(thread).process; }

void exit_process(int status) { engine().exit_process(status); }

void* map_shared(std::size_t size) {
  const OutOfModel guard;
  return engine().map_shared(size);
}

void hold_robust(const volatile void* address, bool held) {
  const OutOfModel guard;
  auto& robust = engine().self().robust_held;
  std::erase(robust, reinterpret_cast<std::uintptr_t>(address));
  if (held) {
    robust.push_back(reinterpret_cast<std::uintptr_t>(address));
  }
}

void set_other_ways(const OtherWay* ways, std::size_t count) {
  const OutOfModel guard;
  engine().set_other_ways({ways, ways + count});
}

std::uint64_t run_serial() { return engine().run_serial(); }

void yield_thread() {}

bool allocates_in_model(std::uintptr_t caller) {
  const Module* module = process_state().modules.lookup(caller);
  return module != nullptr && !module->is_libc && !module->is_heddle;
}

void* allocate(std::size_t size, std::size_t alignment, AllocationKind kind, bool zero,
               std::uintptr_t site) {
  const std::uint64_t how = static_cast<std::uint64_t>(kind) << 1 | (zero ? 1 : 0);
  return reinterpret_cast<void*>(
      heddle_call_aside(&Engine::allocate_aside, size, alignment, how, site, 0));
}

bool in_model_heap(const void* block) {
  return Arena::owns(reinterpret_cast<std::uintptr_t>(block));
}

void release(void* block, AllocationKind kind, std::uintptr_t site) {
  if (!heddle_modelling) {
    return;  // A block of a finished execution: its arena has forgotten it.
  }
  heddle_call_aside(&Engine::release_aside, reinterpret_cast<std::uint64_t>(block),
                    static_cast<std::uint64_t>(kind), site, 0, 0);
}

std::size_t block_size(const void* block) {
  const OutOfModel guard;
  const Found found = process_state().arena.find(reinterpret_cast<std::uintptr_t>(block));
  return found.block != nullptr ? found.block->size : 0;
}

bool is_released(const volatile void* address) {
  const OutOfModel guard;
  return process_state().arena.find(reinterpret_cast<std::uintptr_t>(address)).place ==
         Place::kFreed;
}

std::uint64_t monotonic_now() {
  const OutOfModel guard;
  return engine().monotonic_now();
}

std::uint64_t realtime_now() {
  constexpr std::uint64_t kEpoch = 1'700'000'000'000'000'000ULL;
  return kEpoch + monotonic_now();
}

void sleep_until(std::uint64_t deadline) { engine().sleep_until(engine().self(), deadline); }

std::uint64_t choose(std::uint64_t count, std::uintptr_t site) {
  return engine().choose(count, site);
}

void assume_failed() { engine().park(Parked::kAssumed); }

void observe(const char* name, std::size_t name_size, const char* value, std::size_t value_size) {
  const OutOfModel guard;
  engine().observe({name, name_size}, {value, value_size});
}

void progress() { engine().self().liveness.progressed = true; }

void ignore(const void* memory, std::size_t size) {
  const OutOfModel guard;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  engine().ignore({begin, begin + size});
}

void waits_for(const void* object) {
  engine().self().liveness.waits_for = reinterpret_cast<std::uintptr_t>(object);
}

void acquired(const void* object) {
  engine().self().liveness.acquire(reinterpret_cast<std::uintptr_t>(object));
}

void set_priority(int priority) { engine().self().liveness.priority = priority; }

void add_finding(FindingKind kind, const char* message) { engine().add_finding(kind, message); }

void fail(const char* message, std::size_t size, std::uintptr_t site) {
  const OutOfModel guard;
  engine().fail({message, size}, site);
}

void stop(FindingKind kind, const char* message, std::uintptr_t site) {
  heddle_modelling = false;
  engine().stop(kind, message, site);
}

std::uint64_t random_bits() {
  ++engine().self().effects;  // The state moves: no iteration that draws is pure.
  std::uint64_t& state = engine().self().random;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

void note_lasting_effect(const char* call, std::uintptr_t site, bool changes) {
  engine().note_lasting_effect();
  if (call != nullptr) {
    const OutOfModel guard;
    engine().note_outside_call(call, site, changes);
  }
}

void outside(void (*run)(void*), void* argument) {
  const OutOfModel guard;
  note_lasting_effect();
  process_state().globals.begin_outside();
  run(argument);
  process_state().globals.end_outside();
}

void at_thread_exit(void (*destructor)(void*), void* object) {
  const OutOfModel guard;
  engine().self().exit_functions.emplace_back(destructor, object);
}

void at_process_exit(void (*handler)(void*), void* argument, bool quick) {
  const OutOfModel guard;
  engine().at_process_exit(handler, argument, quick);
}

bool is_whole_program() { return program().is_explored; }

void end_process(int status, ProcessEnd how, std::uintptr_t site) {
  engine().end_process(status, how, site);
}

void note_older_key(std::uint32_t key, void (*destructor)(void*)) {
  if (key < kFirstModelKey) {
    Engine::older_key_destructors()[key] = destructor;
  }
}

int key_create(std::uint32_t* key, void (*destructor)(void*)) {
  const OutOfModel guard;
  auto& keys = engine().key_destructors();
  *key = kFirstModelKey + static_cast<std::uint32_t>(keys.size());
  keys.push_back(destructor);
  return 0;
}

int key_delete(std::uint32_t key) {
  auto& keys = engine().key_destructors();
  if (key < kFirstModelKey || key - kFirstModelKey >= keys.size()) {
    return EINVAL;
  }
  keys[key - kFirstModelKey] = nullptr;
  return 0;
}

void* key_get(std::uint32_t key) {
  for (const KeyValue& known : engine().self().specific) {
    if (known.key == key) {
      return known.value;
    }
  }
  return nullptr;
}

int key_set(std::uint32_t key, const void* value) {
  const OutOfModel guard;
  if (key >= kFirstModelKey && key - kFirstModelKey >= engine().key_destructors().size()) {
    return EINVAL;
  }
  ModelThread& self = engine().self();
  ++self.effects;
  for (KeyValue& known : self.specific) {
    if (known.key == key) {
      known.value = const_cast<void*>(value);
      return 0;
    }
  }
  self.specific.push_back({key, const_cast<void*>(value)});
  return 0;
}

}  // namespace heddle::runtime
