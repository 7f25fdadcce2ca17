// SPDX-License-Identifier: Apache-2.0
// `syscall`: the C++ library's atomic waits and futures call the kernel's futex through it.
//
// The kernel compares the word and enqueues the caller as one step. Here the caller enqueues first
// and compares afterwards, and leaves the queue again on a mismatch: a wake that comes between is
// then not lost on it, since leaving takes no notification (graph/sync_queue.cc). Both calls are
// full fences. Requeueing, priority inheritance and bit sets other than "any" are unsupported.
#include "checker/intercept/door.h"
#include "checker/intercept/library_sync.h"
#include "checker/intercept/requests.h"
#include "checker/runtime/raw_memory.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace heddle::intercept {
namespace {

constexpr const char* kWaitName = "futex wait";
constexpr const char* kWakeName = "futex wake";

/// The arguments of one futex call.
struct FutexCall {
  const std::uint32_t* word;
  int operation;
  std::uint32_t value;
  const timespec* timeout;
  std::uint32_t bits;
  std::uintptr_t site;
};

long finish(long result) {
  if (result < 0 && result > -4096) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return result;
}

std::uint32_t load_word(const FutexCall& call) {
  runtime::Request request;
  request.operation.kind = OpKind::kLoad;
  request.operation.order = MemoryOrder::kSeqCst;
  request.operation.size = sizeof(std::uint32_t);
  request.address = call.word;
  request.site = call.site;
  request.name = kWaitName;
  return static_cast<std::uint32_t>(perform_request(request));
}

std::uint64_t deadline_of(const FutexCall& call) {
  if ((call.operation & FUTEX_CMD_MASK) == FUTEX_WAIT) {
    return runtime::monotonic_now() + nanoseconds(*call.timeout);
  }
  const bool wall = call.operation & FUTEX_CLOCK_REALTIME;
  return monotonic_deadline(wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, *call.timeout);
}

long wait(const FutexCall& call) {
  const volatile void* queue = object_key(call.word);
  perform_sync({SyncOp::kFutexEnqueue, queue, kWaitName, call.site});
  perform_fence(MemoryOrder::kSeqCst, call.site, kWaitName);
  if (load_word(call) != call.value) {
    perform_plain_sync({SyncOp::kFutexLeave, queue, kWaitName, call.site});
    return -EAGAIN;
  }
  if (call.timeout == nullptr) {
    return -static_cast<long>(
        perform_plain_sync({SyncOp::kFutexWait, queue, kWaitName, call.site}));
  }
  return -static_cast<long>(
      perform_timed({SyncOp::kFutexTimedWait, queue, kWaitName, call.site}, deadline_of(call)));
}

long wake(const FutexCall& call) {
  const runtime::DoorState door = runtime::heddle_door;
  perform_fence(MemoryOrder::kSeqCst, call.site, kWakeName);
  runtime::heddle_door = door;
  // As the kernel does, a count below one wakes one.
  const auto asked = static_cast<std::int32_t>(call.value);
  const std::uint64_t count = asked < 1 ? 1 : static_cast<std::uint64_t>(asked);
  return static_cast<long>(
      perform_sync({SyncOp::kFutexWake, object_key(call.word), kWakeName, call.site, count}));
}

long futex(const FutexCall& call) {
  if (call.timeout != nullptr && !is_valid(*call.timeout)) {
    return -EINVAL;
  }
  switch (call.operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT_BITSET:
      if (call.bits != FUTEX_BITSET_MATCH_ANY) {
        stop_unsupported("a futex wait on some bits");
      }
      return wait(call);
    case FUTEX_WAIT:
      return wait(call);
    case FUTEX_WAKE_BITSET:
      if (call.bits != FUTEX_BITSET_MATCH_ANY) {
        stop_unsupported("a futex wake of some bits");
      }
      return wake(call);
    case FUTEX_WAKE:
      return wake(call);
    default:
      stop_unsupported("a futex operation other than wait and wake");
  }
}

long futex_syscall(long word, long operation, long value, long timeout, long bits,
                   std::uintptr_t site) {
  const int command = static_cast<int>(operation) & FUTEX_CMD_MASK;
  const bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
  return futex({reinterpret_cast<const std::uint32_t*>(word), static_cast<int>(operation),
                static_cast<std::uint32_t>(value),
                waits ? reinterpret_cast<const timespec*>(timeout) : nullptr,
                static_cast<std::uint32_t>(bits), site});
}

/// System calls that neither wait nor tell anything that may differ from one execution to the next.
bool is_harmless(long number) {
  switch (number) {
    case SYS_getpid:
    case SYS_getppid:
    case SYS_getuid:
    case SYS_geteuid:
    case SYS_getgid:
    case SYS_getegid:
    case SYS_uname:
    case SYS_sched_yield:
    case SYS_sched_getaffinity:
    case SYS_membarrier:
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_madvise:
    case SYS_open:
    case SYS_openat:
    case SYS_close:
    case SYS_write:
      return true;
    default:
      return false;
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

// Variadic for its callers: up to six arguments follow the number, the last on the stack.
HEDDLE_DOOR(long, syscall, long number, long a, long b, long c, long d, long e, long f) {
  if (modelling()) {
    switch (number) {
      case SYS_futex:
        return finish(futex_syscall(a, b, c, d, f, HEDDLE_SITE()));
      case SYS_gettid:
        return 1 + static_cast<long>(heddle::runtime::current_thread());
      default:
        if (!is_harmless(number)) {
          stop_unsupported("this system call through syscall()");
        }
    }
  }
  return finish(heddle::runtime::raw_syscall(number, a, b, c, d, e, f));
}
