// SPDX-License-Identifier: Apache-2.0
// Signals that the program sends to itself: handlers, masks, sending and waiting.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"
#include "checker/runtime/signal_delivery.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(signal, sighandler_t(int, sighandler_t));
HEDDLE_REAL_AS(sigaction, int(int, const struct sigaction*, struct sigaction*));
HEDDLE_REAL_AS(raise, int(int));
HEDDLE_REAL_AS(kill, int(pid_t, int));
HEDDLE_REAL_AS(pthread_kill, int(pthread_t, int));
HEDDLE_REAL_AS(pthread_sigmask, int(int, const sigset_t*, sigset_t*));
HEDDLE_REAL_AS(sigprocmask, int(int, const sigset_t*, sigset_t*));
HEDDLE_REAL_AS(sigwait, int(const sigset_t*, int*));
HEDDLE_REAL_AS(pause, int());

using runtime::g_signals;
using runtime::signal_bit;

bool is_signal(int signal) { return signal > 0 && signal <= 64; }

/// glibc keeps the first 64 signals in the first word.
std::uint64_t bits(const sigset_t& set) { return set.__val[0]; }
sigset_t set_of(std::uint64_t bits) {
  sigset_t set{};
  set.__val[0] = bits;
  return set;
}

SyncCall signal_call(SyncOp op, std::uint64_t argument, const char* name, std::uintptr_t site) {
  return {op, runtime::signals_key(), name, site, argument};
}

/// From now on threads look for signals. What was sent before or is sent at the same time finds the
/// change made or not, by the order of the calls.
void change_begins(const char* name, std::uintptr_t site) {
  if (runtime::current_process() != 0) {
    stop_unsupported("signals in a forked process");
  }
  runtime::note_lasting_effect();
  g_signals.on = true;
  g_signals.watching |= std::uint64_t{1} << runtime::current_thread();
  perform_plain_sync(signal_call(SyncOp::kSignalChange, 0, name, site));
}

sighandler_t present_handler(int signal) {
  const sighandler_t handler = g_signals.handlers[static_cast<std::size_t>(signal)];
  return (g_signals.ignored & signal_bit(signal)) != 0 ? SIG_IGN
         : handler == nullptr                          ? SIG_DFL
                                                       : handler;
}

void set_handler(int signal, sighandler_t handler, std::uint64_t blocks) {
  const bool is_ignored = handler == SIG_IGN;
  g_signals.ignored =
      (g_signals.ignored & ~signal_bit(signal)) | (is_ignored ? signal_bit(signal) : 0);
  g_signals.handlers[static_cast<std::size_t>(signal)] =
      is_ignored || handler == SIG_DFL ? nullptr : handler;
  g_signals.blocks[static_cast<std::size_t>(signal)] = blocks;
}

bool may_be_handled(int signal) {
  if (is_signal(signal) && signal != SIGKILL && signal != SIGSTOP) {
    return true;
  }
  errno = EINVAL;
  return false;
}

sighandler_t install(int signal, sighandler_t handler, std::uintptr_t site) {
  if (!may_be_handled(signal)) {
    return SIG_ERR;
  }
  change_begins("signal", site);
  const sighandler_t before = present_handler(signal);
  set_handler(signal, handler, 0);
  return before;
}

int install(int signal, const struct sigaction* action, struct sigaction* before,
            std::uintptr_t site) {
  if (!may_be_handled(signal)) {
    return -1;
  }
  if (before != nullptr) {
    *before = {};
    before->sa_handler = present_handler(signal);
    before->sa_mask = set_of(g_signals.blocks[static_cast<std::size_t>(signal)]);
    before->sa_flags = SA_RESTART;
  }
  if (action == nullptr) {
    return 0;
  }
  const bool is_call = action->sa_handler != SIG_IGN && action->sa_handler != SIG_DFL;
  if (is_call && action->sa_flags != SA_RESTART) {
    stop_unsupported("sigaction with flags other than SA_RESTART alone");
  }
  change_begins("sigaction", site);
  set_handler(signal, action->sa_handler, bits(action->sa_mask));
  return 0;
}

/// To the calling thread: unless it is blocked the handler returns before the call does.
int send_to_self(int signal, const char* name, std::uintptr_t site) {
  const base::ThreadId self = runtime::current_thread();
  if ((g_signals.ignored & signal_bit(signal)) != 0) {
    return 0;
  }
  if ((g_signals.blocked[self] & signal_bit(signal)) == 0) {
    runtime::run_signal_handler(signal);
    runtime::heddle_modelling = true;
    return 0;
  }
  perform_plain_sync(signal_call(
      SyncOp::kSignalSend, static_cast<std::uint64_t>(signal) | (self + 1ULL) << 8, name, site));
  return 0;
}

int send_to_thread(pthread_t handle, int signal, std::uintptr_t site) {
  base::ThreadId target = 0;
  if (!runtime::from_native_handle(handle, &target)) {
    return ESRCH;
  }
  if (signal == 0 || !is_signal(signal)) {
    return signal == 0 ? 0 : EINVAL;
  }
  if (target == runtime::current_thread()) {
    return send_to_self(signal, "pthread_kill", site);
  }
  if (!runtime::watches_signals(target)) {
    stop_unsupported("a signal to a thread that began before the first handler");
  }
  perform_plain_sync(signal_call(SyncOp::kSignalSend,
                                 static_cast<std::uint64_t>(signal) | (target + 1ULL) << 8,
                                 "pthread_kill", site));
  return 0;
}

int send_to_process(pid_t process, int signal, std::uintptr_t site) {
  if (process != getpid()) {
    stop_unsupported("kill of another process");
  }
  if (signal == 0 || !is_signal(signal)) {
    errno = EINVAL;
    return signal == 0 ? 0 : -1;
  }
  if (!runtime::all_watch_signals()) {
    stop_unsupported("kill with threads that began before the first handler");
  }
  perform_plain_sync(
      signal_call(SyncOp::kSignalSend, static_cast<std::uint64_t>(signal), "kill", site));
  return 0;
}

int change_mask(int how, const sigset_t* set, sigset_t* before, std::uintptr_t site) {
  std::uint64_t& blocked = g_signals.blocked[runtime::current_thread()];
  if (before != nullptr) {
    runtime::plain_write(before, sizeof *before, site);
    *before = set_of(blocked);
  }
  if (set == nullptr) {
    return 0;
  }
  const std::uint64_t given = bits(*set);
  if (how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) {
    return EINVAL;
  }
  change_begins("pthread_sigmask", site);
  blocked = how == SIG_BLOCK ? blocked | given : how == SIG_UNBLOCK ? blocked & ~given : given;
  // What was pending and is not blocked any more arrives before the call returns.
  perform_plain_sync(signal_call(SyncOp::kSignalTake, 0, "pthread_sigmask", site));
  return 0;
}

int wait_for_signal(const sigset_t* set, int* signal, std::uintptr_t site) {
  runtime::plain_read(set, sizeof *set, site);
  const std::uint64_t taken =
      perform_plain_sync(signal_call(SyncOp::kSignalWait, bits(*set), "sigwait", site));
  runtime::plain_write(signal, sizeof *signal, site);
  *signal = static_cast<int>(taken);
  return 0;
}

int wait_for_any(std::uintptr_t site) {
  const std::uint64_t accepted = runtime::accepted_signals(runtime::current_thread());
  const std::uint64_t taken =
      perform_plain_sync(signal_call(SyncOp::kSignalWait, accepted, "pause", site));
  runtime::run_signal_handler(static_cast<int>(taken));
  runtime::heddle_modelling = true;
  errno = EINTR;
  return -1;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(sighandler_t, signal, int number, sighandler_t handler) {
  return modelling() ? install(number, handler, HEDDLE_SITE()) : real_signal(number, handler);
}

HEDDLE_EXPORT(int, sigaction, int number, const struct sigaction* action,
              struct sigaction* before) {
  return modelling() ? install(number, action, before, HEDDLE_SITE())
                     : real_sigaction(number, action, before);
}

HEDDLE_EXPORT(int, raise, int number) {
  if (!modelling()) {
    return real_raise(number);
  }
  return is_signal(number) ? send_to_self(number, "raise", HEDDLE_SITE()) : -1;
}

HEDDLE_EXPORT(int, kill, pid_t process, int number) {
  return modelling() ? send_to_process(process, number, HEDDLE_SITE()) : real_kill(process, number);
}

HEDDLE_EXPORT(int, pthread_kill, pthread_t thread, int number) {
  return modelling() ? send_to_thread(thread, number, HEDDLE_SITE())
                     : real_pthread_kill(thread, number);
}

HEDDLE_EXPORT(int, pthread_sigmask, int how, const sigset_t* set, sigset_t* before) {
  return modelling() ? change_mask(how, set, before, HEDDLE_SITE())
                     : real_pthread_sigmask(how, set, before);
}

HEDDLE_EXPORT(int, sigprocmask, int how, const sigset_t* set, sigset_t* before) {
  if (!modelling()) {
    return real_sigprocmask(how, set, before);
  }
  errno = change_mask(how, set, before, HEDDLE_SITE());
  return errno == 0 ? 0 : -1;
}

HEDDLE_EXPORT(int, sigwait, const sigset_t* set, int* number) {
  return modelling() ? wait_for_signal(set, number, HEDDLE_SITE()) : real_sigwait(set, number);
}

HEDDLE_EXPORT(int, pause) { return modelling() ? wait_for_any(HEDDLE_SITE()) : real_pause(); }
