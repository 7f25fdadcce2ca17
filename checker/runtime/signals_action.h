// SPDX-License-Identifier: Apache-2.0
// libc's sigaction, found behind the doors.
#pragma once

#include <signal.h>

namespace heddle::runtime {

/// Installs `handler` for `signal`, on the alternate stack, restarting interrupted system calls.
void set_handler(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction* previous);
void set_action(int signal, const struct sigaction& action);

}  // namespace heddle::runtime
