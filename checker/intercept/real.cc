// SPDX-License-Identifier: Apache-2.0
// find_real(): dlsym with an end that says what is missing.
#include "checker/intercept/real.h"

#include <dlfcn.h>
#include <sys/syscall.h>

#include "checker/runtime/raw_memory.h"

namespace heddle::intercept {
namespace {

void write_text(const char* text) {
  long size = 0;
  while (text[size] != 0) {
    ++size;
  }
  runtime::raw_syscall(SYS_write, 2, reinterpret_cast<long>(text), size);
}

}  // namespace

void* find_real(const char* name, const char* version) {
  void* found = version != nullptr ? dlvsym(RTLD_NEXT, name, version) : dlsym(RTLD_NEXT, name);
  if (found == nullptr && version != nullptr) {
    found = dlsym(RTLD_NEXT, name);
  }
  if (found == nullptr) {
    write_text("heddle: no definition of ");
    write_text(name);
    write_text(" after libheddle.so: it must be linked before libc and the C++ library\n");
    runtime::raw_syscall(SYS_exit_group, 3);
  }
  return found;
}

}  // namespace heddle::intercept
