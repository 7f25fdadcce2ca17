// SPDX-License-Identifier: Apache-2.0
// A random program as flat data that compiled code can walk. native_form.h fills it in; the
// explored code that walks it is tests/random/native/.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace heddle::test {

inline constexpr int kNativeThreads = 8;
inline constexpr int kNativeRegisters = 16;
inline constexpr int kNativeCells = 4;
inline constexpr int kNativeMutexes = 2;

struct NativeStep {
  enum class Code : std::uint8_t {
    kLoad,
    kStore,  ///< Of `value` plus register `a`.
    kAdd,
    kExchange,
    kCompareExchange,
    kPlainLoad,
    kPlainStore,
    kFence,
    kChoose,      ///< `value` outcomes.
    kAwait,       ///< Loads until it reads `value`.
    kSkipIf,      ///< Skips `skip` steps if register `a` is `value`.
    kSkipUnless,  ///< If it is not.
    kCreate,      ///< Thread `value`.
    kCreateDetached,
    kJoin,
    kMutexLock,  ///< Of mutex `cell`; the timed ones wait for an hour.
    kMutexTryLock,
    kMutexTimedLock,
    kMutexUnlock,
    kReadLock,
    kTryReadLock,
    kTimedReadLock,
    kWriteLock,
    kTryWriteLock,
    kTimedWriteLock,
    kRwUnlock,
    kSemaphoreWait,
    kSemaphoreTryWait,
    kSemaphoreTimedWait,
    kSemaphorePost,
    kSemaphoreValue,
    kConditionWait,  ///< With mutex `cell`; the result goes to `target`.
    kConditionTimedWait,
    kConditionSignal,
    kConditionBroadcast,
    kBarrierWait,   ///< `target` becomes all ones for one of the threads, and 0 for the others.
    kClock,         ///< `target` becomes the hours that have passed.
    kSleep,         ///< For an hour.
    kScratch,       ///< Twice: makes an atomic, adds `value` and loads it again.
    kOnce,          ///< Runs the step two further on; `target` becomes 1 if that was done before.
    kOnceThrowing,  ///< The same, but the function throws.
  };
  Code code = Code::kLoad;
  std::memory_order order = std::memory_order_relaxed;
  std::memory_order failure = std::memory_order_relaxed;
  bool weak = false;
  std::int8_t target = -1;  ///< Register, or -1.
  std::int8_t a = -1;       ///< Register, or -1.
  std::uint8_t cell = 0;
  std::uint16_t length = 1;  ///< Statements that it stands for; the next step is so far away.
  std::int16_t skip = 0;
  std::uint64_t value = 0;
  std::uint64_t expected = 0;
};

/// Where the cells live.
enum class NativeRoom : std::uint8_t {
  kGlobal,
  kStack,  ///< Of the main thread, where other atomics have lived before.
  kHeap,
};

struct NativeProgram {
  std::array<std::vector<NativeStep>, kNativeThreads> threads;
  std::array<std::uint64_t, kNativeCells> initial{};
  std::array<int, kNativeMutexes> mutex_types{};
  NativeRoom room = NativeRoom::kGlobal;
  int bytes = 8;  ///< Of a cell: 1, 2, 4 or 8.
  bool spurious_wakeups = false;
  bool checkpoints = false;
  bool observed = false;  ///< Registers are outcomes that heddle::observe() knows.
};

}  // namespace heddle::test
