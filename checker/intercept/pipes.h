// SPDX-License-Identifier: Apache-2.0
// Pipes of model code: descriptors that the model gives and that only it knows.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace heddle::intercept {

/// Whether `file` was given by pipe() in this execution.
bool is_pipe_end(int file);
/// As the functions of libc; the caller is a HEDDLE_DOOR. `file` is an end of a pipe.
int open_pipe(int* files, int flags, std::uintptr_t site);
ssize_t read_pipe(int file, void* to, std::size_t size, std::uintptr_t site);
ssize_t write_pipe(int file, const void* from, std::size_t size, std::uintptr_t site);
int close_pipe(int file, std::uintptr_t site);
/// F_GETFL, F_SETFL, F_SETFD, F_GETPIPE_SZ and F_SETPIPE_SZ; others are unsupported.
int control_pipe(int file, int command, long argument, std::uintptr_t site);
/// All of `files` must be ends of pipes.
int poll_pipes(pollfd* files, nfds_t count, int milliseconds, std::uintptr_t site);

/// What a process that forks has open, on its stack: the child finds a copy there.
struct OpenPipes {
  static constexpr std::size_t kMost = 64;
  struct End {
    int file;
    int flags;
  };
  End ends[kMost];
  std::size_t count = 0;
};
/// The calling process is about to fork: what is open in it will be open in both.
void share_pipes(OpenPipes* open, std::uintptr_t site);
/// In the child.
void inherit_pipes(const OpenPipes& open);
/// The calling process is about to end.
void close_pipes(std::uintptr_t site);

}  // namespace heddle::intercept
