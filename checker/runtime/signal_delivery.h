// SPDX-License-Identifier: Apache-2.0
// Signals that model code sends to its own process, and the handlers that they run.
//
// A pending signal is part of the state of an object (SyncOp::kSignalSend). Before each visible
// operation, and at its end, a thread that has handlers looks whether one is pending for it
// (kSignalTake): by what that reads the search decides when the signal arrives. The handler then
// runs as a call of the thread's, on its stack, below what it was doing.
//
// Assumption, which reports print: handlers interrupt a thread at its visible operations only, not
// between two plain accesses. Interrupted calls are restarted (SA_RESTART).
#pragma once

#include <array>
#include <cstdint>

#include "checker/base/ids.h"

namespace heddle::runtime {

using SignalHandler = void (*)(int);

/// Of one run.
struct Signals {
  bool on = false;  ///< Some signal is handled, ignored or blocked.
  /// Threads, a bit each, that look for signals: those that have changed what is done about one,
  /// and whom they create from then on. To others no signal may be sent.
  std::uint64_t watching = 0;
  std::uint64_t ignored = 0;  ///< Bit n - 1 is signal n.
  std::array<SignalHandler, 65> handlers{};
  std::array<std::uint64_t, 65> blocks{};  ///< What is blocked while the handler runs.
  std::array<std::uint64_t, base::kMaxThreads> blocked{};
  /// Bytes of a thread's side stack that calls keep which a handler has interrupted.
  std::array<std::size_t, base::kMaxThreads> side_used{};
};
extern Signals g_signals;
/// Some run since the process began had handlers.
extern bool g_signals_met;

constexpr std::uint64_t signal_bit(int signal) { return std::uint64_t{1} << (signal - 1); }
/// The object that stands for the process's signals.
const volatile void* signals_key();

bool watches_signals(base::ThreadId thread);
/// Whether every thread of the execution does.
bool all_watch_signals();

/// Runs the handler of a signal that the calling model thread has taken; on its own stack.
void run_signal_handler(int signal);
/// What the calling thread takes.
std::uint64_t accepted_signals(base::ThreadId thread);

}  // namespace heddle::runtime
