// SPDX-License-Identifier: Apache-2.0
// The FS base: the register by which x86-64 code finds its thread-local storage.
#pragma once

#include <asm/prctl.h>
#include <sys/syscall.h>

#include <cstdint>

#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

/// Whether user code may execute wrfsbase; else a system call is made (ten times the price).
extern const bool kHasFsgsbase;

/// Gives the running OS thread the thread-local storage at `base` (a thread control block).
inline void set_fs_base(std::uintptr_t base) {
  if (__builtin_expect(kHasFsgsbase, 1)) {
    asm volatile("wrfsbase %0" : : "r"(base) : "memory");
  } else {
    raw_syscall(SYS_arch_prctl, ARCH_SET_FS, static_cast<long>(base));
  }
}

/// The FS base in use: by the x86-64 ABI a control block begins with its own address.
inline std::uintptr_t fs_base() {
  std::uintptr_t base;
  asm volatile("mov %%fs:0, %0" : "=r"(base) : : "memory");
  return base;
}

}  // namespace heddle::runtime
