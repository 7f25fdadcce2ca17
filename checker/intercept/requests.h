// SPDX-License-Identifier: Apache-2.0
// Building the requests that doors hand to the runtime, and converting times.
#pragma once

#include <time.h>

#include <cstdint>

#include "checker/runtime/model.h"

namespace heddle::intercept {

using graph::MemoryOrder;
using graph::OpKind;
using graph::RmwOp;
using graph::SyncOp;
using runtime::modelling;

/// The compilers' encoding of a memory order; the bits above say hardware lock elision.
inline MemoryOrder memory_order(int order) {
  const int plain = order & 0x7fff;
  return plain <= 5 ? static_cast<MemoryOrder>(plain) : MemoryOrder::kSeqCst;
}

/// Performs the operation.
std::uint64_t perform_request(const runtime::Request& request);

/// One call of a lock-like function: `address` is the object, `name` the function's, for reports.
struct SyncCall {
  SyncOp op;
  const volatile void* address;
  const char* name;
  std::uintptr_t site;
  std::uint64_t argument = 0;
  std::uint64_t initial = 0;  ///< State of an object that was initialised before the exploration.
};

/// For a door's only operation, or its first: a loop around the call is recognised by it. The door
/// must be a HEDDLE_DOOR.
std::uint64_t perform_sync(const SyncCall& call);
/// The timed form. `deadline` is on the model's monotonic clock.
std::uint64_t perform_timed(const SyncCall& call, std::uint64_t deadline);
/// For a door's later operations (the caller's state is that of the first, so they would look like
/// a loop) and for those that never belong to a pure iteration (init, destroy).
std::uint64_t perform_plain_sync(const SyncCall& call);
std::uint64_t perform_plain_timed(const SyncCall& call, std::uint64_t deadline);
/// A fence of the given order.
void perform_fence(MemoryOrder order, std::uintptr_t site, const char* name);

/// A key for a synchronisation object that is not memory itself, such as the futex queue of a word.
inline const volatile void* object_key(const volatile void* address) {
  return reinterpret_cast<const volatile void*>(reinterpret_cast<std::uintptr_t>(address) |
                                                std::uintptr_t{1} << 63);
}

inline bool is_valid(const timespec& time) {
  return time.tv_nsec >= 0 && time.tv_nsec < 1'000'000'000;
}
/// Nanoseconds, clamped to [0, 2^62].
std::uint64_t nanoseconds(const timespec& time);
timespec to_timespec(std::uint64_t nanoseconds);
/// True for the clocks that the model keeps.
bool is_modelled_clock(clockid_t clock);
std::uint64_t clock_now(clockid_t clock);
/// The moment on the monotonic clock at which `clock` shows `time`; the past is now.
std::uint64_t monotonic_deadline(clockid_t clock, const timespec& time);

/// The finding that the model does not know `what`; the thread ends.
[[noreturn]] void stop_unsupported(const char* what);
/// The same finding, and the thread goes on.
void note_unsupported(const char* what);
/// The caller broke the rules of a lock.
void report_misuse(const char* function, const char* rule);
/// The caller passed an object in released memory.
void report_released(const char* function, const char* what);

/// The model's heap, its threads' stacks, and the globals that it restores. Whatever else model
/// code reaches outlives the execution.
bool is_model_memory(const volatile void* address);

/// A read or write by the C library or C++ library on behalf of the code at `site`. What libstdc++
/// does to memory of its own (texts of exceptions, stream buffers) is not the model's business.
void library_read(const volatile void* address, std::size_t size, std::uintptr_t site);
void library_write(const volatile void* address, std::size_t size, std::uintptr_t site);

/// True if the code at `site` is explored code, and not the inside of libstdc++ or libc.
bool is_explored(std::uintptr_t site);

}  // namespace heddle::intercept
