// SPDX-License-Identifier: Apache-2.0
// Processes for the exhibits: a child that runs a function, and memory that both share. Plain POSIX
// underneath: explored, natively and under ThreadSanitizer it is the same code.
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>
#include <utility>

namespace bugs {

/// Forks; the child runs `function` and is gone.
template <class Function>
pid_t start_child(Function&& function) {
  const pid_t child = fork();
  assert(child >= 0);
  if (child == 0) {
    function();
    _exit(0);
  }
  return child;
}

/// Waits for its end.
inline void wait_for_child(pid_t child) {
  const pid_t ended = waitpid(child, nullptr, 0);
  assert(ended == child);
  static_cast<void>(ended);
}

/// A T in memory that processes forked later share.
template <class T>
class Shared {
 public:
  template <class... Arguments>
  explicit Shared(Arguments&&... arguments) {
    void* const memory =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(memory != MAP_FAILED);
    value_ = new (memory) T{std::forward<Arguments>(arguments)...};
  }
  ~Shared() { munmap(value_, sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  T* value_;
};

}  // namespace bugs
