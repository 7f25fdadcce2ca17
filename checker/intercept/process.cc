// SPDX-License-Identifier: Apache-2.0
// How a program ends: assertions, abort, terminate, exit, and the handlers that run then.
#include "checker/intercept/process.h"

#include <assert.h>
#include <cxxabi.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "checker/intercept/door.h"
#include "checker/intercept/pipes.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"
#include "checker/runtime/program.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(getpid, pid_t());
HEDDLE_REAL_AS(__assert_fail, void(const char*, const char*, unsigned, const char*));
HEDDLE_REAL_AS(__assert, void(const char*, const char*, int));
HEDDLE_REAL_AS(abort, void());
HEDDLE_REAL_AS(exit, void(int));
HEDDLE_REAL_AS(_exit, void(int));
HEDDLE_REAL_AS(_Exit, void(int));
HEDDLE_REAL_AS(quick_exit, void(int));
HEDDLE_REAL_AS(__cxa_atexit, int(void (*)(void*), void*, void*));
HEDDLE_REAL_AS(__cxa_at_quick_exit, int(void (*)(void*), void*));
HEDDLE_REAL_AS(__cxa_finalize, void(void*));

std::terminate_handler previous_handler = nullptr;

[[noreturn]] void fail_assertion(const char* assertion, const char* file, unsigned line,
                                 const char* function, std::uintptr_t site) {
  char message[1024];
  std::snprintf(message, sizeof message, "%s:%u: %s: Assertion `%s' failed.", file, line,
                function != nullptr ? function : "?", assertion);
  runtime::stop(FindingKind::kAssertion, message, site);
}

/// "std::runtime_error: text" of the exception being handled.
void describe_exception(char* text, std::size_t size) {
  const std::type_info* type = abi::__cxa_current_exception_type();
  int status = -1;
  char* name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  const char* shown = status == 0 ? name : type->name();
  try {
    throw;
  } catch (const std::exception& exception) {
    std::snprintf(text, size, "%s: %s", shown, exception.what());
  } catch (...) {
    std::snprintf(text, size, "%s", shown);
  }
  std::free(name);
}

/// An exception that may not leave a function, or the destruction of a joinable std::thread.
[[noreturn]] void on_terminate() {
  if (!modelling()) {
    if (previous_handler != nullptr) {
      previous_handler();
    }
    std::abort();
  }
  if (abi::__cxa_current_exception_type() == nullptr) {
    runtime::stop(FindingKind::kAbort,
                  "std::terminate was called and no exception is being handled (a joinable "
                  "std::thread was destroyed or assigned to?)");
  }
  char exception[512];
  describe_exception(exception, sizeof exception);
  char message[600];
  std::snprintf(message, sizeof message, "std::terminate was called for an exception: %s",
                exception);
  runtime::stop(FindingKind::kException, message);
}

[[noreturn]] void end_child(int status, runtime::ProcessEnd how, std::uintptr_t site) {
  if (how != runtime::ProcessEnd::kAtOnce) {
    stop_unsupported("the end of a forked process by anything but _exit");
  }
  close_pipes(site);
  runtime::exit_process(status);
}

}  // namespace

void install_terminate_handler() {
  const std::terminate_handler present = std::get_terminate();
  if (present != &on_terminate) {
    previous_handler = present;
    std::set_terminate(&on_terminate);
  }
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

/// Processes that are forked for one execution each have one number for the program.
HEDDLE_EXPORT(pid_t, getpid, void) {
  const int id = heddle::runtime::program().process_id;
  if (!modelling()) {
    return real_getpid();
  }
  // A child's number is its parent's and its thread's.
  const bool is_forked = runtime::current_process() != 0;
  const auto above = static_cast<pid_t>(is_forked ? runtime::current_thread() : 0);
  return (id != 0 ? id : real_getpid()) + above;
}

HEDDLE_EXPORT(void, __assert_fail, const char* assertion, const char* file, unsigned line,
              const char* function) {
  if (modelling()) {
    fail_assertion(assertion, file, line, function, HEDDLE_SITE());
  }
  real___assert_fail(assertion, file, line, function);
}

HEDDLE_EXPORT(void, __assert, const char* assertion, const char* file, int line) {
  if (modelling()) {
    fail_assertion(assertion, file, static_cast<unsigned>(line), nullptr, HEDDLE_SITE());
  }
  real___assert(assertion, file, line);
}

HEDDLE_EXPORT(void, abort) {
  if (modelling()) {
    runtime::stop(heddle::FindingKind::kAbort, "abort was called", HEDDLE_SITE());
  }
  real_abort();
}

// Leaving the process in the middle of an execution of a body would leave the exploration too.
#define HEDDLE_EXIT(name, how)                                                 \
  HEDDLE_EXPORT(void, name, int status) {                                      \
    if (modelling()) {                                                         \
      if (runtime::current_process() != 0) {                                   \
        end_child(status, runtime::ProcessEnd::how, HEDDLE_SITE());            \
      }                                                                        \
      if (runtime::is_whole_program()) {                                       \
        runtime::end_process(status, runtime::ProcessEnd::how, HEDDLE_SITE()); \
      }                                                                        \
      stop_unsupported(#name);                                                 \
    }                                                                          \
    real_##name(status);                                                       \
  }
HEDDLE_EXIT(exit, kExit)
HEDDLE_EXIT(_exit, kAtOnce)
HEDDLE_EXIT(_Exit, kAtOnce)
HEDDLE_EXIT(quick_exit, kQuickExit)

// atexit is part of each executable and calls this; one that was linked with libtsan takes it from
// there. Handlers of libraries that are not
// explored (made by their own first use) stay until the process ends.
HEDDLE_EXPORT(int, __cxa_atexit, void (*handler)(void*), void* argument, void* module) {
  const bool in_model = modelling();
  // The destructor may be a library's, of an object that is the program's.
  if (!in_model || (!is_explored(reinterpret_cast<std::uintptr_t>(handler)) &&
                    !is_explored(reinterpret_cast<std::uintptr_t>(module)))) {
    if (in_model) {
      runtime::note_lasting_effect();
    }
    return real___cxa_atexit(handler, argument, module);
  }
  runtime::at_process_exit(handler, argument);
  return 0;
}

HEDDLE_EXPORT(int, atexit, void (*handler)()) {
  const auto with_argument = reinterpret_cast<void (*)(void*)>(handler);
  if (!modelling()) {
    return real___cxa_atexit(with_argument, nullptr, nullptr);
  }
  runtime::at_process_exit(with_argument, nullptr);
  return 0;
}

HEDDLE_EXPORT(int, __cxa_at_quick_exit, void (*handler)(void*), void* module) {
  if (!modelling()) {
    return real___cxa_at_quick_exit(handler, module);
  }
  runtime::at_process_exit(handler, nullptr, true);
  return 0;
}

// Called by a module's own finalizer; the handlers of the execution have been run before.
HEDDLE_EXPORT(void, __cxa_finalize, void* module) {
  if (!modelling()) {
    real___cxa_finalize(module);
  }
}
