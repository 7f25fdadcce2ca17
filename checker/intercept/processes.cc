// SPDX-License-Identifier: Apache-2.0
// fork and what belongs to it: handlers, the end of a child, and waiting for it. A child is a model
// thread with memory of its own (runtime/engine_processes.cc).
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <vector>

#include "checker/intercept/door.h"
#include "checker/intercept/pipes.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"
#include "checker/runtime/shared_memory.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(fork, pid_t());
HEDDLE_REAL_AS(waitpid, pid_t(pid_t, int*, int));
HEDDLE_REAL_AS(wait, pid_t(int*));
HEDDLE_REAL_AS(getppid, pid_t());
HEDDLE_REAL_AS(__register_atfork, int(void (*)(), void (*)(), void (*)(), void*));
HEDDLE_REAL_AS(mmap, void*(void*, size_t, int, int, int, off_t));
HEDDLE_REAL_AS(mmap64, void*(void*, size_t, int, int, int, off64_t));
HEDDLE_REAL_AS(munmap, int(void*, size_t));

struct ForkHandlers {
  void (*prepare)();
  void (*parent)();
  void (*child)();
};

/// Of one execution.
struct Children {
  std::uint64_t serial = 0;
  std::map<pid_t, base::ThreadId> waited_for;  ///< Children that nobody has waited for yet.
  std::vector<ForkHandlers> handlers;
};

/// Ours, not the model's.
class Aside {
 public:
  Aside() { runtime::heddle_modelling = false; }
  ~Aside() { runtime::heddle_modelling = true; }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
};

Children& children() {
  static Children* const all = new Children;
  if (all->serial != runtime::run_serial()) {
    *all = {};
    all->serial = runtime::run_serial();
  }
  return *all;
}

std::size_t handler_count() {
  const Aside aside;
  return children().handlers.size();
}

ForkHandlers handler(std::size_t i) {
  const Aside aside;
  return children().handlers[i];
}

void run_handlers(void (*ForkHandlers::*which)()) {
  const std::size_t count = handler_count();
  for (std::size_t i = 0; i < count; ++i) {
    if (void (*run)() = handler(i).*which; run != nullptr) {
      run();
    }
  }
}

pid_t fork_child(std::uintptr_t site) {
  for (std::size_t i = handler_count(); i-- > 0;) {
    if (void (*run)() = handler(i).prepare; run != nullptr) {
      run();
    }
  }
  const pid_t own = getpid();
  OpenPipes open;
  share_pipes(&open, site);
  const base::ThreadId child = runtime::fork_process(site);
  if (child == 0) {
    inherit_pipes(open);
    run_handlers(&ForkHandlers::child);
    return 0;
  }
  const pid_t number = own + static_cast<pid_t>(child);
  {
    const Aside aside;
    children().waited_for[number] = child;
  }
  run_handlers(&ForkHandlers::parent);
  return number;
}

/// A null pointer if it is none of the calling process's children.
const base::ThreadId* find_child(pid_t number) {
  const Aside aside;
  const auto found = children().waited_for.find(number);
  return found != children().waited_for.end() ? &found->second : nullptr;
}

/// Which child a wait for any is for.
pid_t only_child() {
  const Aside aside;
  const auto& all = children().waited_for;
  return all.size() == 1 ? all.begin()->first : 0;
}

std::size_t child_count() {
  const Aside aside;
  return children().waited_for.size();
}

pid_t wait_for(pid_t number, int* status, int options, std::uintptr_t site) {
  if (runtime::current_process() != 0) {
    errno = ECHILD;
    return -1;
  }
  if (number == -1 && child_count() > 1) {
    stop_unsupported("waiting for any of several processes");
  }
  number = number == -1 ? only_child() : number;
  const base::ThreadId* const child = find_child(number);
  if (child == nullptr) {
    errno = ECHILD;
    return -1;
  }
  if ((options & WNOHANG) != 0 && !runtime::thread_has_ended(*child, site)) {
    return 0;
  }
  void* const result = runtime::join_thread(*child, site);
  {
    const Aside aside;
    children().waited_for.erase(number);
  }
  if (status != nullptr) {
    runtime::plain_write(status, sizeof *status, site);
    *status = static_cast<int>(reinterpret_cast<std::uintptr_t>(result) & 0xff) << 8;
  }
  return number;
}

/// Mappings without a file that other processes share are the model's.
bool is_shared(const void* where, int flags) {
  constexpr int kShared = MAP_SHARED | MAP_ANONYMOUS;
  return where == nullptr && (flags & kShared) == kShared;
}

void* map_shared(std::size_t size) {
  void* const memory = runtime::map_shared(size);
  if (memory == nullptr) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return memory;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(pid_t, fork) { return modelling() ? fork_child(HEDDLE_SITE()) : real_fork(); }

HEDDLE_EXPORT(pid_t, waitpid, pid_t number, int* status, int options) {
  return modelling() ? wait_for(number, status, options, HEDDLE_SITE())
                     : real_waitpid(number, status, options);
}

HEDDLE_EXPORT(pid_t, wait, int* status) {
  return modelling() ? wait_for(-1, status, 0, HEDDLE_SITE()) : real_wait(status);
}

HEDDLE_EXPORT(pid_t, getppid) {
  return modelling() && runtime::current_process() != 0
             ? getpid() - static_cast<pid_t>(runtime::current_thread())
             : real_getppid();
}

// pthread_atfork is part of each executable and calls this.
HEDDLE_EXPORT(int, __register_atfork, void (*prepare)(), void (*parent)(), void (*child)(),
              void* module) {
  if (!modelling()) {
    return real___register_atfork(prepare, parent, child, module);
  }
  const Aside aside;
  children().handlers.push_back({prepare, parent, child});
  return 0;
}

HEDDLE_EXPORT(void*, mmap, void* where, size_t size, int protection, int flags, int file,
              off_t offset) {
  if (modelling()) {
    if (is_shared(where, flags)) {
      return map_shared(size);
    }
    runtime::note_lasting_effect("mmap", HEDDLE_SITE());
  }
  return real_mmap(where, size, protection, flags, file, offset);
}

HEDDLE_EXPORT(void*, mmap64, void* where, size_t size, int protection, int flags, int file,
              off64_t offset) {
  if (modelling()) {
    if (is_shared(where, flags)) {
      return map_shared(size);
    }
    runtime::note_lasting_effect("mmap64", HEDDLE_SITE());
  }
  return real_mmap64(where, size, protection, flags, file, offset);
}

HEDDLE_EXPORT(int, munmap, void* where, size_t size) {
  if (modelling()) {
    if (runtime::SharedMemory::contains(reinterpret_cast<std::uintptr_t>(where))) {
      return 0;  // Another process may use it still.
    }
    runtime::note_lasting_effect("munmap", HEDDLE_SITE());
  }
  return real_munmap(where, size);
}
