// SPDX-License-Identifier: Apache-2.0
// libc's sigaction, found behind the doors.
#include "checker/runtime/signals_action.h"

#include <dlfcn.h>

#include "checker/base/check.h"

namespace heddle::runtime {
namespace {

using Sigaction = int(int, const struct sigaction*, struct sigaction*);
Sigaction* g_sigaction = nullptr;

/// Looked up by the first installation, never in a handler.
void find_sigaction() {
  if (g_sigaction == nullptr) {
    g_sigaction = reinterpret_cast<Sigaction*>(dlsym(RTLD_NEXT, "sigaction"));
  }
  HEDDLE_CHECK(g_sigaction != nullptr);
}

}  // namespace

void set_handler(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction* previous) {
  find_sigaction();
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  HEDDLE_CHECK(g_sigaction(signal, &action, previous) == 0);
}

void set_action(int signal, const struct sigaction& action) {
  g_sigaction(signal, &action, nullptr);
}

}  // namespace heddle::runtime
