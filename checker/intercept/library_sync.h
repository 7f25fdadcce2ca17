// SPDX-License-Identifier: Apache-2.0
// Synchronisation inside the C++ library: what of it Heddle does not see, or must read differently.
//
//   what                          how it is modelled
//   atomic wait/notify pool       libstdc++'s __waiter_pool_base keeps a count of waiters and a
//                                 version per pool entry. By the letter of RC11 its notify may miss
//                                 a waiter that has just registered (the count is read without a
//                                 fence after the user's store); the standard promises that it does
//                                 not. So each access to the pool counts as preceded by a seq_cst
//                                 fence: fence_library_access(). Nothing else of the program gains
//                                 order by it than wait and notify are documented to give.
//   guards of local statics       __cxa_guard_* are doors (once.cc); the compilers' fast path is an
//                                 ordinary atomic load of the guard's first byte.
//   call_once                     pthread_once is a door; libstdc++ passes the callable in
//                                 thread-local variables, which are per model thread.
//   exception_ptr                 its count is changed inside libstdc++.so, unseen. Copies of an
//                                 exception_ptr in two threads therefore give no happens-before; a
//                                 future or a mutex that carries it does.
//   promise, future, async        __atomic_futex_unsigned: atomics in the user's code, futex calls
//                                 inside libstdc++.so through `syscall`, a door (futex.cc).
//   shared_ptr counts             atomics in the user's code, since __libc_single_threaded is 0.
//   atomic_load(shared_ptr*)      a pool of pthread mutexes inside libstdc++.so: doors.
//   locale, ios_base::Init        pthread_once and mutexes inside libstdc++.so. Once flags and
//   guards
//                                 in memory that is not restored run outside the model: their
//                                 effect outlives an execution, as a process's does.
//   emergency exception memory    its mutex lies inside libstdc++.so: a door, almost never taken.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::intercept {

/// Looks up the waiter pools of all loaded modules. Reads their files; call it outside the model,
/// before an exploration. Cheap when called again with the same modules.
void find_library_sync();

/// Addresses from the first waiter pool to the end of the last.
struct PoolSpan {
  std::uintptr_t begin = 0;
  std::size_t size = 0;
};
extern PoolSpan pool_span;

/// Performs the fence that stands before an access to libstdc++'s waiter pool. In the model only.
void fence_pool_access(const volatile void* address, std::uintptr_t site);
inline void fence_library_access(const volatile void* address, std::uintptr_t site) {
  if (reinterpret_cast<std::uintptr_t>(address) - pool_span.begin < pool_span.size) [[unlikely]] {
    fence_pool_access(address, site);
  }
}

}  // namespace heddle::intercept
