// SPDX-License-Identifier: Apache-2.0
// Verifies interposition by asking the dynamic linker the question that it answers for everybody.
#include "checker/intercept/hooks_check.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/auxv.h>

#include "checker/intercept/heap.h"
#include "checker/intercept/library_sync.h"
#include "checker/intercept/process.h"
#include "checker/runtime/process_state.h"

namespace heddle::intercept {
namespace {

struct Hook {
  const char* name;
  bool replaceable;  ///< A program may define it itself ([replacement.functions]).
};

constexpr Hook kHooks[] = {
    {"__tsan_read4", false},
    {"__tsan_write8", false},
    {"__tsan_func_entry", false},
    {"__tsan_atomic32_load", false},
    {"__tsan_atomic64_compare_exchange_val", false},
    {"__tsan_atomic_thread_fence", false},
    {"pthread_create", false},
    {"pthread_join", false},
    {"pthread_once", false},
    {"pthread_mutex_lock", false},
    {"pthread_mutex_unlock", false},
    {"pthread_rwlock_rdlock", false},
    {"pthread_cond_wait", false},
    {"pthread_cond_signal", false},
    {"pthread_barrier_wait", false},
    {"pthread_key_create", false},
    {"sem_wait", false},
    {"mtx_lock", false},
    {"thrd_create", false},
    {"syscall", false},
    {"sched_yield", false},
    {"nanosleep", false},
    {"clock_gettime", false},
    {"__cxa_guard_acquire", false},
    {"__cxa_thread_atexit", false},
    {"malloc", false},
    {"free", false},
    {"calloc", false},
    {"realloc", false},
    {"posix_memalign", false},
    {"memcpy", false},
    {"memmove", false},
    {"memset", false},
    {"abort", false},
    {"__assert_fail", false},
    {"_Znwm", true},
    {"_ZdlPv", true},
};

const char* base_name(const char* path) {
  const char* name = path;
  for (const char* at = path; *at != 0; ++at) {
    name = *at == '/' ? at + 1 : name;
  }
  return name;
}

std::string check_hook(const Hook& hook, const Dl_info& ours, const void* executable) {
  void* found = dlsym(RTLD_DEFAULT, hook.name);
  Dl_info info{};
  if (found == nullptr || dladdr(found, &info) == 0) {
    return fmt::format("{} is not defined in this process: link the program with libheddle.so",
                       hook.name);
  }
  if (info.dli_fbase == ours.dli_fbase || (hook.replaceable && info.dli_fbase == executable)) {
    return {};
  }
  return fmt::format(
      "{} resolves to {} and not to libheddle.so: link libheddle.so before all other libraries "
      "(and without -fsanitize=thread), or set LD_PRELOAD to it",
      hook.name, info.dli_fname != nullptr ? base_name(info.dli_fname) : "another module");
}

}  // namespace

std::string verify_hooks() {
  Dl_info ours{};
  if (dladdr(reinterpret_cast<const void*>(&verify_hooks), &ours) == 0) {
    return "the dynamic linker does not know libheddle.so: statically linked programs cannot be "
           "explored";
  }
  Dl_info executable{};
  dladdr(reinterpret_cast<const void*>(getauxval(AT_ENTRY)), &executable);
  for (const Hook& hook : kHooks) {
    std::string problem = check_hook(hook, ours, executable.dli_fbase);
    if (!problem.empty()) {
      return problem;
    }
  }
  return {};
}

namespace {

/// The runtime, a floor below, asks at the start of each exploration. The call comes after the
/// initialisation of whatever it needs: registering stores a pointer.
[[maybe_unused]] const bool kRegistered = (runtime::register_hook_check(&prepare_doors), true);

}  // namespace

std::string prepare_doors() {
  std::string problem = verify_hooks();
  if (problem.empty()) {
    find_library_sync();
    find_string_storage();
    install_terminate_handler();
  }
  return problem;
}

}  // namespace heddle::intercept
