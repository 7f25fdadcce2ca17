// SPDX-License-Identifier: Apache-2.0
// The checker's door for user code: explore a body, replay a failing execution, and the few hints
// a body may give. Include this one header; compile the body with -fsanitize=thread (CMake:
// heddle_add_executable; else heddle-c++) and link with heddle instead of the ThreadSanitizer
// runtime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// Runs `body` under every schedule and every value the memory model allows, and says what fails.
///
/// The body is run once per execution on a model thread of its own; it may create threads, and must
/// leave nothing behind that the next execution could see (globals are restored; memory allocated
/// before explore() must not be written: see outside()).
/// Not reentrant; one exploration at a time in a process; call it from one ordinary thread.
/// Never throws for what the body does; throws std::invalid_argument for options out of range.
Report explore(const std::function<void()>& body, const Options& options = {});

/// Runs exactly the execution that `token` names. The report has executions == 1 and the same
/// finding. Throws std::invalid_argument with a one-line reason if the token is malformed, belongs
/// to another program or another version, or does not fit the body.
Report replay(std::string_view token, const std::function<void()>& body,
              const Options& options = {});

/// Version of the library, "0.1.0".
std::string_view version();

namespace detail {
// Weak, so that a program which uses the hints also links with the ThreadSanitizer runtime alone:
// there the hints do nothing.
extern "C" {
[[gnu::weak]] bool heddle_exploring();
[[gnu::weak]] void heddle_fail(const char* message, std::size_t size, const void* site);
[[gnu::weak]] void heddle_assume(bool condition);
[[gnu::weak]] std::uint64_t heddle_choose(std::uint64_t count);
[[gnu::weak]] void heddle_observe(const char* name, std::size_t name_size, const char* value,
                                  std::size_t value_size);
[[gnu::weak]] void heddle_observe_integer(const char* name, std::size_t name_size, long long value);
[[gnu::weak]] void heddle_outside(void (*run)(void*), void* argument);
[[gnu::weak]] void heddle_progress();
[[gnu::weak]] void heddle_ignore(const void* memory, std::size_t size);
[[gnu::weak]] void heddle_waits_for(const void* object);
[[gnu::weak]] void heddle_acquired(const void* object);
[[gnu::weak]] void heddle_set_priority(int priority);
}
}  // namespace detail

/// True where code is being explored: in a body and its threads, but not in outside().
inline bool exploring() {
  return detail::heddle_exploring != nullptr && detail::heddle_exploring();
}

/// This execution has failed: an `assertion` finding with `message`. The execution goes on. For
/// checks that are not to end it as assert() does, and for test frameworks. Outside: no effect.
[[gnu::noinline, gnu::no_sanitize_thread]] inline void fail(std::string_view message) {
  if (detail::heddle_fail != nullptr) {
    detail::heddle_fail(message.data(), message.size(), __builtin_return_address(0));
  }
}

/// Executions in which `condition` is false are not of interest: the thread stops there, and the
/// execution counts as blocked. Outside an exploration: no effect.
inline void assume(bool condition) {
  if (detail::heddle_assume != nullptr) {
    detail::heddle_assume(condition);
  }
}

/// A value in [0, count): every one of them is explored. Outside an exploration: 0.
inline std::uint64_t choose(std::uint64_t count) {
  return detail::heddle_choose != nullptr ? detail::heddle_choose(count) : 0;
}

/// Records `value` under `name` as part of this execution's outcome. Recording a name again in one
/// execution replaces its value. The report lists each distinct outcome with its count and a token.
template <class Integer>
requires std::is_integral_v<Integer>
void observe(std::string_view name, Integer value) {
  if (detail::heddle_observe_integer != nullptr) {
    detail::heddle_observe_integer(name.data(), name.size(), static_cast<long long>(value));
  }
}

inline void observe(std::string_view name, std::string_view value) {
  if (detail::heddle_observe != nullptr) {
    detail::heddle_observe(name.data(), name.size(), value.data(), value.size());
  }
}

/// The calling thread has done something useful: entered its critical section, served a request.
/// Only SearchKind::kCycles listens: a cycle of steps that goes on for ever without any progress is
/// a livelock; one with the progress of some threads and without that of another starves that one.
/// The end of a thread counts as its progress.
inline void progress() {
  if (detail::heddle_progress != nullptr) {
    detail::heddle_progress();
  }
}

/// Leaves [memory, memory + size) out of the states that SearchKind::kCycles compares, for the rest
/// of the execution: statistics, say, that only grow. Caveat: two states that differ there count as
/// one, so what the program does must not depend on it, or bugs are missed and findings may be
/// wrong. Reports list it as an assumption.
inline void ignore(const void* memory, std::size_t size) {
  if (detail::heddle_ignore != nullptr) {
    detail::heddle_ignore(memory, size);
  }
}
template <class T>
void ignore(const T& variable) {
  ignore(&variable, sizeof variable);
}

/// For locks made of atomics: the calling thread begins to wait for `object`, and has got it. Then
/// SearchKind::kCycles tells how often a waiting thread is passed by. Mutexes, semaphores and
/// reader-writer locks of the library need no such hints.
inline void waits_for(const void* object) {
  if (detail::heddle_waits_for != nullptr) {
    detail::heddle_waits_for(object);
  }
}
inline void acquired(const void* object) {
  if (detail::heddle_acquired != nullptr) {
    detail::heddle_acquired(object);
  }
}

/// The calling thread's fixed priority from now on, larger is more urgent; threads begin with their
/// creator's, the first with 0. Heeded by SearchKind::kCycles with Cycles::priorities.
inline void set_priority(int priority) {
  if (detail::heddle_set_priority != nullptr) {
    detail::heddle_set_priority(priority);
  }
}

/// Runs `function` outside the model: no schedule point, no race detection, ordinary heap. For code
/// that collects results into containers that outlive the execution. It runs once per execution,
/// and once more for one that is run twice: the first without a finding, and each that is recorded
/// for a report; also in executions near a failing one (Options::explain). It must not block, start
/// threads or touch memory that model threads share.
template <class Function>
void outside(Function&& function) {
  if (detail::heddle_outside == nullptr) {
    function();
    return;
  }
  auto run = [](void* argument) { (*static_cast<std::remove_reference_t<Function>*>(argument))(); };
  detail::heddle_outside(run, const_cast<void*>(static_cast<const void*>(&function)));
}

}  // namespace heddle
