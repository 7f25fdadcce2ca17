// SPDX-License-Identifier: Apache-2.0
// Memory straight from the kernel.
#include "checker/runtime/raw_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>

namespace heddle::runtime {
namespace {

bool failed(long result) { return result < 0 && result > -4096; }

}  // namespace

void* raw_map(std::size_t size, std::uintptr_t fixed_address, Access access) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (fixed_address != 0) {
    flags |= MAP_FIXED_NOREPLACE;
  }
  const auto wanted = static_cast<long>(fixed_address);
  const auto bytes = static_cast<long>(round_up(size, kPageSize));
  long result = raw_syscall(SYS_mmap, wanted, bytes, static_cast<int>(access), flags, -1, 0);
  if (failed(result)) {
    return nullptr;
  }
  if (fixed_address != 0 && result != wanted) {  // Kernels before 4.17 take it for a hint.
    raw_syscall(SYS_munmap, result, bytes);
    return nullptr;
  }
  return reinterpret_cast<void*>(result);
}

void raw_unmap(void* address, std::size_t size) {
  raw_syscall(SYS_munmap, reinterpret_cast<long>(address),
              static_cast<long>(round_up(size, kPageSize)));
}

bool raw_protect(void* address, std::size_t size, Access access) {
  return raw_syscall(SYS_mprotect, reinterpret_cast<long>(address),
                     static_cast<long>(round_up(size, kPageSize)), static_cast<int>(access)) == 0;
}

void raw_discard(void* address, std::size_t size) {
  raw_syscall(SYS_madvise, reinterpret_cast<long>(address),
              static_cast<long>(round_up(size, kPageSize)), MADV_DONTNEED);
}

}  // namespace heddle::runtime
