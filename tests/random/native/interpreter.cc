// SPDX-License-Identifier: Apache-2.0
// Explored code: walks random programs, and does with the threads, atomics and locks of C++ and
// POSIX what their statements say.
#include "tests/random/native/interpreter.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "heddle/heddle.h"

namespace heddle::test {
namespace {

using Code = NativeStep::Code;
using Registers = std::array<std::uint64_t, kNativeRegisters>;

const NativeProgram* the_program;
NativeRegisters final_registers;
std::array<bool, kNativeThreads> awaiting;
pthread_t handles[kNativeThreads];

pthread_mutex_t mutexes[kNativeMutexes];
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
sem_t semaphore;
pthread_barrier_t barrier;
pthread_once_t once = PTHREAD_ONCE_INIT;

template <class Value>
using Cells = std::array<Value, kNativeCells>;

template <class Value>
Cells<Value> global_cells;
template <class Value>
Cells<Value>* cells;

timespec in_an_hour() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += 3600;
  return time;
}

using Clock = std::chrono::steady_clock;
Clock::time_point start;

std::uint64_t use_clock(const NativeStep& step) {
  if (step.code == Code::kSleep) {
    std::this_thread::sleep_for(std::chrono::hours(1));
    return 0;
  }
  return static_cast<std::uint64_t>((Clock::now() - start) / std::chrono::hours(1));
}

std::uint64_t lock_mutex(const NativeStep& step) {
  pthread_mutex_t* mutex = &mutexes[step.cell];
  switch (step.code) {
    case Code::kMutexLock:
      return pthread_mutex_lock(mutex);
    case Code::kMutexTryLock:
      return pthread_mutex_trylock(mutex);
    case Code::kMutexTimedLock: {
      const timespec deadline = in_an_hour();
      return pthread_mutex_timedlock(mutex, &deadline);
    }
    default:
      return pthread_mutex_unlock(mutex);
  }
}

std::uint64_t lock_rwlock(const NativeStep& step) {
  switch (step.code) {
    case Code::kReadLock:
      return pthread_rwlock_rdlock(&rwlock);
    case Code::kTryReadLock:
      return pthread_rwlock_tryrdlock(&rwlock);
    case Code::kTimedReadLock: {
      const timespec deadline = in_an_hour();
      return pthread_rwlock_timedrdlock(&rwlock, &deadline);
    }
    case Code::kWriteLock:
      return pthread_rwlock_wrlock(&rwlock);
    case Code::kTryWriteLock:
      return pthread_rwlock_trywrlock(&rwlock);
    case Code::kTimedWriteLock: {
      const timespec deadline = in_an_hour();
      return pthread_rwlock_timedwrlock(&rwlock, &deadline);
    }
    default:
      return pthread_rwlock_unlock(&rwlock);
  }
}

std::uint64_t use_semaphore(const NativeStep& step) {
  int result = 0;
  switch (step.code) {
    case Code::kSemaphoreWait:
      result = sem_wait(&semaphore);
      break;
    case Code::kSemaphoreTryWait:
      result = sem_trywait(&semaphore);
      break;
    case Code::kSemaphoreTimedWait: {
      const timespec deadline = in_an_hour();
      result = sem_timedwait(&semaphore, &deadline);
      break;
    }
    case Code::kSemaphorePost:
      result = sem_post(&semaphore);
      break;
    default: {
      int value = 0;
      sem_getvalue(&semaphore, &value);
      return static_cast<std::uint64_t>(value);
    }
  }
  return result == 0 ? 0 : errno;
}

std::uint64_t wait_or_notify(const NativeStep& step) {
  switch (step.code) {
    case Code::kConditionWait:
      return pthread_cond_wait(&condition, &mutexes[step.cell]);
    case Code::kConditionTimedWait: {
      const timespec deadline = in_an_hour();
      return pthread_cond_timedwait(&condition, &mutexes[step.cell], &deadline);
    }
    case Code::kConditionSignal:
      return pthread_cond_signal(&condition);
    case Code::kConditionBroadcast:
      return pthread_cond_broadcast(&condition);
    default:
      return pthread_barrier_wait(&barrier) == 0 ? 0 : ~std::uint64_t{0};
  }
}

template <class Value>
void* child_main(void* argument);

template <class Value>
void use_thread(const NativeStep& step) {
  const std::uint64_t id = step.value;
  if (step.code == Code::kJoin) {
    pthread_join(handles[id], nullptr);
    return;
  }
  pthread_create(&handles[id], nullptr, &child_main<Value>, reinterpret_cast<void*>(id));
  if (step.code == Code::kCreateDetached) {
    pthread_detach(handles[id]);
  }
}

template <class Value>
std::uint64_t access(const NativeStep& step, Value& place, Value operand) {
  const std::atomic_ref<Value> cell(place);
  switch (step.code) {
    case Code::kLoad:
      return cell.load(step.order);
    case Code::kStore:
      cell.store(operand, step.order);
      return 0;
    case Code::kAdd:
      return cell.fetch_add(operand, step.order);
    case Code::kExchange:
      return cell.exchange(operand, step.order);
    default: {
      auto expected = static_cast<Value>(step.expected);
      if (step.weak) {
        cell.compare_exchange_weak(expected, operand, step.order, step.failure);
      } else {
        cell.compare_exchange_strong(expected, operand, step.order, step.failure);
      }
      return expected;
    }
  }
}

/// Unoptimised code keeps the value that it read last in a dead temporary, and the checker takes
/// such a loop for pure only when it has read the same twice. Here nothing is to be left behind.
[[gnu::noinline]] void forget_temporaries() {
  volatile char stack[512];
  for (volatile char& byte : stack) {
    byte = 0;
  }
}

template <class Value>
[[gnu::noinline]] bool holds(Value& place, Value value, std::memory_order order) {
  return std::atomic_ref<Value>(place).load(order) == value;
}

template <class Value>
[[gnu::noinline]] void await(const NativeStep& step, Value& place, std::size_t self) {
  awaiting[self] = true;
  do {
    forget_temporaries();
  } while (!holds(place, static_cast<Value>(step.value), step.order));
  awaiting[self] = false;
}

/// Each round's atomic is a new one at the same place of the stack.
template <class Value>
[[gnu::noinline]] std::uint64_t use_scratch(const NativeStep& step) {
  std::uint64_t read = 0;
  for (int round = 0; round < 2; ++round) {
    std::atomic<Value> scratch{0};
    asm volatile("" : : "r"(&scratch) : "memory");  // Somebody else might know of it.
    scratch.fetch_add(static_cast<Value>(step.value), step.order);
    read = scratch.load(step.failure);
  }
  return read;
}

struct OnceFailed {};
/// What the function that runs once does, and the result for the caller.
thread_local const NativeStep* once_step;
thread_local std::uint64_t once_result;

template <class Value>
void run_once() {
  once_result = 0;
  const NativeStep& step = once_step[2];
  access<Value>(step, (*cells<Value>)[step.cell], static_cast<Value>(step.value));
  if (once_step->code == Code::kOnceThrowing) {
    throw OnceFailed{};
  }
}

template <class Value>
[[gnu::noinline]] std::uint64_t call_once(const NativeStep& step) {
  once_step = &step;
  once_result = 1;
  try {
    pthread_once(&once, &run_once<Value>);
  } catch (const OnceFailed&) {
  }
  return once_result;
}

template <class Value>
std::uint64_t perform(const NativeStep& step, std::uint64_t a, std::size_t self) {
  const Code code = step.code;
  if (code <= Code::kCompareExchange) {
    return access<Value>(step, (*cells<Value>)[step.cell], static_cast<Value>(step.value + a));
  }
  if (code >= Code::kOnce) {
    return call_once<Value>(step);
  }
  if (code == Code::kScratch) {
    return use_scratch<Value>(step);
  }
  if (code >= Code::kClock) {
    return use_clock(step);
  }
  if (code >= Code::kConditionWait) {
    return wait_or_notify(step);
  }
  if (code >= Code::kSemaphoreWait) {
    return use_semaphore(step);
  }
  if (code >= Code::kReadLock) {
    return lock_rwlock(step);
  }
  if (code >= Code::kMutexLock) {
    return lock_mutex(step);
  }
  switch (code) {
    case Code::kPlainLoad:
      return (*cells<Value>)[step.cell];
    case Code::kPlainStore:
      (*cells<Value>)[step.cell] = static_cast<Value>(step.value + a);
      return 0;
    case Code::kFence:
      std::atomic_thread_fence(step.order);
      return 0;
    case Code::kChoose:
      return choose(step.value);
    case Code::kAwait:
      await<Value>(step, (*cells<Value>)[step.cell], self);
      return 0;
    default:
      use_thread<Value>(step);
      return 0;
  }
}

void tell(std::size_t thread, const Registers& registers) {
  char name[] = "t0.r0";
  name[1] = static_cast<char>('0' + thread);
  for (std::size_t r = 0; r < kNativeRegisters; ++r) {
    name[4] = static_cast<char>('a' + r);
    observe(name, registers[r]);
  }
}

template <class Value>
void walk(std::size_t thread) {
  const std::vector<NativeStep>& steps = the_program->threads[thread];
  Registers registers{};
  std::size_t at = 0;
  while (at < steps.size()) {
    const NativeStep& step = steps[at];
    const std::uint64_t a = step.a < 0 ? 0 : registers[static_cast<std::size_t>(step.a)];
    at += step.length;
    if (step.code == Code::kSkipIf || step.code == Code::kSkipUnless) {
      if ((a == step.value) == (step.code == Code::kSkipIf)) {
        at += static_cast<std::size_t>(step.skip);
      }
      continue;
    }
    const std::uint64_t result = perform<Value>(step, a, thread);
    if (step.target >= 0) {
      registers[static_cast<std::size_t>(step.target)] = result;
    }
  }
  final_registers[thread] = registers;
  if (the_program->observed) {
    tell(thread, registers);
  }
}

template <class Value>
void* child_main(void* argument) {
  walk<Value>(reinterpret_cast<std::size_t>(argument));
  return nullptr;
}

/// Two atomics that live and die where the cells will be.
template <class Value>
[[gnu::noinline]] void live_before(Cells<Value>& room) {
  for (std::size_t i = 0; i < 2; ++i) {
    room[i] = 1;
    const std::atomic_ref<Value> cell(room[i]);
    cell.fetch_add(1, std::memory_order_acq_rel);
  }
}

template <class Value>
void fill(Cells<Value>& room) {
  for (int i = 0; i < kNativeCells; ++i) {
    room[static_cast<std::size_t>(i)] =
        static_cast<Value>(the_program->initial[static_cast<std::size_t>(i)]);
  }
}

template <class Value>
[[gnu::noinline]] void run_in(Cells<Value>& room) {
  cells<Value> = &room;
  walk<Value>(0);
}

template <class Value>
void run_with() {
  switch (the_program->room) {
    case NativeRoom::kGlobal:
      run_in<Value>(global_cells<Value>);
      return;
    case NativeRoom::kStack: {
      Cells<Value> room;
      live_before<Value>(room);
      fill<Value>(room);
      run_in<Value>(room);
      return;
    }
    case NativeRoom::kHeap: {
      const auto room = std::make_unique<Cells<Value>>();
      fill<Value>(*room);
      run_in<Value>(*room);
      return;
    }
  }
}

void prepare_locks(const NativeProgram& program) {
  for (std::size_t i = 0; i < kNativeMutexes; ++i) {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, program.mutex_types[i]);
    pthread_mutex_init(&mutexes[i], &kind);
    pthread_mutexattr_destroy(&kind);
  }
  sem_init(&semaphore, 0, 0);
  pthread_barrier_init(&barrier, nullptr, 2);
}

}  // namespace

void prepare_native(const NativeProgram& program) {
  the_program = &program;
  final_registers = {};
  awaiting = {};
  fill<std::uint8_t>(global_cells<std::uint8_t>);
  fill<std::uint16_t>(global_cells<std::uint16_t>);
  fill<std::uint32_t>(global_cells<std::uint32_t>);
  fill<std::uint64_t>(global_cells<std::uint64_t>);
  prepare_locks(program);
}

void run_native() {
  start = Clock::now();
  switch (the_program->bytes) {
    case 1:
      return run_with<std::uint8_t>();
    case 2:
      return run_with<std::uint16_t>();
    case 4:
      return run_with<std::uint32_t>();
    default:
      return run_with<std::uint64_t>();
  }
}

const NativeRegisters& native_registers() { return final_registers; }
bool native_awaits(std::size_t thread) { return awaiting[thread]; }

}  // namespace heddle::test
