// SPDX-License-Identifier: Apache-2.0
// Bump allocation in a reserved range of addresses.
#include "checker/runtime/shared_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "checker/runtime/modules.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

void* SharedMemory::map(base::ThreadId thread, std::size_t size) {
  if (!reserved_) {
    const long got = raw_syscall(
        SYS_mmap, static_cast<long>(kBase), static_cast<long>(base::kMaxThreads * kBytesPerThread),
        PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    reserved_ = got == static_cast<long>(kBase);
  }
  const std::size_t bytes = (size + kPageSize - 1) & ~(kPageSize - 1);
  if (!reserved_ || size == 0 || bytes > kBytesPerThread - used_[thread]) {
    return nullptr;
  }
  const std::uintptr_t address = base_of(thread) + used_[thread];
  used_[thread] += bytes;
  any_ = true;
  if (used_[thread] > writable_[thread]) {
    if (raw_syscall(SYS_mprotect, static_cast<long>(base_of(thread)),
                    static_cast<long>(used_[thread]), PROT_READ | PROT_WRITE) != 0) {
      return nullptr;
    }
    writable_[thread] = used_[thread];
  }
  return reinterpret_cast<void*>(address);
}

void SharedMemory::reset() {
  if (!any_) {
    return;
  }
  for (base::ThreadId thread = 0; thread < base::kMaxThreads; ++thread) {
    raw_fill(reinterpret_cast<void*>(base_of(thread)), 0, used_[thread]);
    used_[thread] = 0;
  }
  any_ = false;
}

}  // namespace heddle::runtime
