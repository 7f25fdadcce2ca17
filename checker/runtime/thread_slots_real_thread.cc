// SPDX-License-Identifier: Apache-2.0
// libc's own thread functions, found behind the doors.
#include "checker/runtime/thread_slots_real_thread.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "checker/base/check.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {
namespace {

/// libc cancels threads with signal 32 and tells them of a changed user id with 33: the latter
/// waits for every thread to answer, so these two stay open.
constexpr std::uint64_t kAllButLibcs = ~((std::uint64_t{1} << 31) | (std::uint64_t{1} << 32));

decltype(pthread_create)* g_create = nullptr;
decltype(pthread_join)* g_join = nullptr;

/// No static locals: their guards are a door, too.
void find_functions() {
  if (g_create == nullptr) {
    g_create = reinterpret_cast<decltype(g_create)>(dlsym(RTLD_NEXT, "pthread_create"));
    g_join = reinterpret_cast<decltype(g_join)>(dlsym(RTLD_NEXT, "pthread_join"));
  }
  HEDDLE_CHECK(g_create != nullptr && g_join != nullptr);
}

void set_signal_mask(std::uint64_t mask, std::uint64_t* old) {
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<long>(&mask),
              reinterpret_cast<long>(old), sizeof mask);
}

}  // namespace

bool create_real_thread(void* (*routine)(void*), void* argument, RealThreadStack stack,
                        std::uint64_t* handle) {
  find_functions();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (stack.low != nullptr && pthread_attr_setstack(&attributes, stack.low, stack.size) != 0) {
    pthread_attr_destroy(&attributes);
    return false;
  }
  std::uint64_t old_mask = 0;
  set_signal_mask(kAllButLibcs, &old_mask);
  pthread_t thread{};
  const int error = g_create(&thread, &attributes, routine, argument);
  set_signal_mask(old_mask, nullptr);
  pthread_attr_destroy(&attributes);
  *handle = static_cast<std::uint64_t>(thread);
  return error == 0;
}

void join_real_thread(std::uint64_t handle) {
  find_functions();
  g_join(static_cast<pthread_t>(handle), nullptr);
}

void futex_wait(const volatile std::uint32_t* word, std::uint32_t expected,
                std::uint32_t milliseconds) {
  timespec timeout{static_cast<time_t>(milliseconds / 1000),
                   static_cast<long>(milliseconds % 1000) * 1'000'000};
  raw_syscall(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAIT_PRIVATE, expected,
              milliseconds == 0 ? 0 : reinterpret_cast<long>(&timeout));
}

void futex_wake(const volatile std::uint32_t* word) {
  raw_syscall(SYS_futex, reinterpret_cast<long>(word), FUTEX_WAKE_PRIVATE, 0x7fffffff);
}

}  // namespace heddle::runtime
