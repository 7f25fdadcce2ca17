// SPDX-License-Identifier: Apache-2.0
// Runs one child process to its end, under a deadline, and collects what it wrote.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::tools {

/// What to run.
struct Command {
  std::vector<std::string> arguments;  ///< Program path first; looked up in PATH without a slash.
  std::string path;                    ///< The file to run, if it is not the first argument.
  bool inherits_input = false;         ///< Else the child gets no standard input, but for `input`.
  std::string input;                   ///< The child finds it as a file on standard input.
  std::vector<std::pair<std::string, std::string>> environment;  ///< Added to, or replacing, ours.
  /// The child is killed when it has run longer; nothing: it may run for ever.
  std::optional<std::chrono::milliseconds> deadline;
  /// Given: gets the child's process id once it runs.
  std::function<void(int)> on_start;
  /// Given: the child's descriptor kProgressDescriptor is a pipe, and this gets each line of it.
  /// Called on the thread that called run().
  std::function<void(std::string_view)> on_progress;
};

inline constexpr int kProgressDescriptor = 3;
/// The child's descriptor for its result, apart from whatever it prints.
inline constexpr int kResultDescriptor = 4;

/// How a child ended. Exactly one of exit_code and signal is meaningful.
struct Ended {
  int exit_code = 0;
  int signal = 0;          ///< The signal that killed it, 0 if it exited.
  bool timed_out = false;  ///< It was killed by us at its deadline.
  std::string output;      ///< Standard output, the first megabyte.
  std::string errors;      ///< Standard error, the first megabyte.
  std::string result;      ///< What it wrote to kResultDescriptor, the first 256 megabytes.
  double seconds = 0;      ///< Wall-clock time from start to end.
};

/// Runs `command` and waits for it. Thread-safe: several threads may run a child each.
/// Throws InternalError when the program cannot be started.
Ended run(const Command& command);

/// What a program of ours prints. Throws InternalError, which says how it ended and the first line
/// of its errors, unless it exits with 0.
std::string output_of(const Command& command);

/// "exit code 3", "signal 11 (Segmentation fault)", "killed after 2.0 s".
std::string describe(const Ended& ended);

}  // namespace heddle::tools
