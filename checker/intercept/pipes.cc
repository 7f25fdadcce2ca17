// SPDX-License-Identifier: Apache-2.0
// Pipes: how many bytes are in one is the state of a synchronisation object (graph/sync_pipe.cc).
// The bytes themselves are kept here. Reads and writes of one pipe are totally ordered, and each
// run repeats them in that order, so the bytes are those which the order implies.
//
// A descriptor's number tells which thread opened it and how many that had opened before; they are
// not the lowest ones free. Which ends are open in which process is kept here, too: two threads
// that close and use one end at once are taken in the order of the run.
#include "checker/intercept/pipes.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <map>
#include <vector>

#include "checker/intercept/door.h"
#include "checker/intercept/model_files.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"
#include "checker/runtime/kernel_objects.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(pipe, int(int*));
HEDDLE_REAL_AS(pipe2, int(int*, int));
HEDDLE_REAL_AS(write, ssize_t(int, const void*, size_t));
HEDDLE_REAL_AS(fcntl, int(int, int, long));
HEDDLE_REAL_AS(fcntl64, int(int, int, long));

constexpr int kDescriptorsPerThread = 256;
constexpr std::uint64_t kCapacity = 65536;
constexpr std::uint64_t kSmallestCapacity = 4096;  // A page.
/// What /proc/sys/fs/pipe-max-size says by default.
constexpr std::uint64_t kLargestCapacity = 1 << 20;

using graph::PipeEnd;

/// Ours, not the model's: what is called here are no doors.
class Aside {
 public:
  Aside() { runtime::heddle_modelling = false; }
  ~Aside() { runtime::heddle_modelling = true; }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
};

struct Pipe {
  std::vector<char> bytes;
  std::size_t begin = 0;
};

/// Of one execution.
struct Pipes {
  std::uint64_t serial = 0;
  std::map<int, Pipe> pipes;                                 ///< By the number of the reading end.
  std::map<base::ThreadId, int> opened;                      ///< How many each thread has opened.
  std::map<std::pair<std::uint32_t, int>, int> descriptors;  ///< Open ones: process, number; flags.
};

Pipes& pipes() {
  static Pipes* const all = new Pipes;
  if (all->serial != runtime::run_serial()) {
    *all = {};
    all->serial = runtime::run_serial();
  }
  return *all;
}

PipeEnd end_of(int file) { return (file & 1) == 0 ? PipeEnd::kRead : PipeEnd::kWrite; }
int pipe_of(int file) { return file & ~1; }

/// The object that stands for the pipe.
const volatile void* pipe_key(int file) {
  return object_key(reinterpret_cast<const volatile void*>(runtime::pipe_address(pipe_of(file))));
}

SyncCall pipe_call(SyncOp op, int file, std::uint64_t value, const char* name,
                   std::uintptr_t site) {
  return {op, pipe_key(file), name, site, graph::pipe_argument(end_of(file), value)};
}

/// A wait in a loop is no retry: every round takes or gives something. Without O_NONBLOCK a
/// program that goes on after the end of a pipe goes on to the limit of events.
std::uint64_t perform_on_pipe(int file, const SyncCall& call) {
  bool waits = true;
  {
    const Aside aside;
    waits = (pipes().descriptors[{runtime::current_process(), file}] & O_NONBLOCK) == 0;
  }
  return waits ? perform_plain_sync(call) : perform_sync(call);
}

bool is_open(int file) {
  const Aside aside;
  return pipes().descriptors.contains({runtime::current_process(), file});
}

/// The result of an operation on a pipe: errors are negative.
ssize_t finish(std::uint64_t result) {
  const auto value = static_cast<std::int64_t>(result);
  if (value < 0) {
    errno = static_cast<int>(-value);
    return -1;
  }
  return value;
}

ssize_t bad_descriptor() {
  errno = EBADF;
  return -1;
}

void append(int file, const char* from, std::size_t size) {
  const Aside aside;
  std::vector<char>& bytes = pipes().pipes[pipe_of(file)].bytes;
  bytes.insert(bytes.end(), from, from + size);
}

void take(int file, char* to, std::size_t size) {
  const Aside aside;
  Pipe& pipe = pipes().pipes[pipe_of(file)];
  for (std::size_t i = 0; i < size; ++i) {
    to[i] = pipe.bytes[pipe.begin + i];
  }
  pipe.begin += size;
}

void set_flags(int file, int flags, std::uintptr_t site) {
  perform_plain_sync(
      pipe_call(SyncOp::kPipeFlags, file, (flags & O_NONBLOCK) != 0 ? 1 : 0, "fcntl", site));
  const Aside aside;
  for (auto& [key, known] : pipes().descriptors) {
    if (key.second == file) {
      known = flags;
    }
  }
}

/// As fcntl's F_SETPIPE_SZ: rounded up to a power of two, and to a page at least. 0: none is set.
int change_capacity(int file, std::uint64_t wanted, std::uintptr_t site) {
  if (wanted > kLargestCapacity) {
    errno = EPERM;
    return -1;
  }
  const std::uint64_t capacity =
      wanted == 0 ? 0 : std::bit_ceil(std::max(wanted, kSmallestCapacity));
  return static_cast<int>(
      finish(perform_plain_sync(pipe_call(SyncOp::kPipeResize, file, capacity, "fcntl", site))));
}

/// One that the calling process has open, or -1.
int any_open_end() {
  const Aside aside;
  for (const auto& [key, flags] : pipes().descriptors) {
    if (key.first == runtime::current_process()) {
      return key.second;
    }
  }
  return -1;
}

}  // namespace

bool is_pipe_end(int file) {
  constexpr int kMost = kDescriptorsPerThread * static_cast<int>(base::kMaxThreads);
  return file >= runtime::kFirstPipeEnd && file < runtime::kFirstPipeEnd + kMost;
}

int open_pipe(int* files, int flags, std::uintptr_t site) {
  int number = 0;
  {
    const Aside aside;
    const base::ThreadId thread = runtime::current_thread();
    const int ordinal = pipes().opened[thread]++;
    if (ordinal >= kDescriptorsPerThread / 2) {
      errno = EMFILE;
      return -1;
    }
    number =
        runtime::kFirstPipeEnd + static_cast<int>(thread) * kDescriptorsPerThread + 2 * ordinal;
    for (const int end : {number, number + 1}) {
      pipes().descriptors[{runtime::current_process(), end}] = 0;
    }
  }
  runtime::note_lasting_effect();
  runtime::begin_object(pipe_key(number));
  perform_plain_sync({SyncOp::kPipeInit, pipe_key(number), "pipe", site, kCapacity});
  if ((flags & O_NONBLOCK) != 0) {
    set_flags(number, O_NONBLOCK, site);
    set_flags(number + 1, O_NONBLOCK, site);
  }
  runtime::plain_write(files, 2 * sizeof(int), site);
  files[0] = number;
  files[1] = number + 1;
  return 0;
}

ssize_t read_pipe(int file, void* to, std::size_t size, std::uintptr_t site) {
  if (!is_open(file) || end_of(file) != PipeEnd::kRead) {
    return bad_descriptor();
  }
  const ssize_t got =
      finish(perform_on_pipe(file, pipe_call(SyncOp::kPipeRead, file, size, "read", site)));
  if (got > 0) {
    runtime::plain_write(to, static_cast<std::size_t>(got), site);
    take(file, static_cast<char*>(to), static_cast<std::size_t>(got));
  }
  return got;
}

ssize_t write_pipe(int file, const void* from, std::size_t size, std::uintptr_t site) {
  if (!is_open(file) || end_of(file) != PipeEnd::kWrite) {
    return bad_descriptor();
  }
  runtime::plain_read(from, size, site);
  std::size_t done = 0;
  do {
    const SyncCall call = pipe_call(SyncOp::kPipeWrite, file, size - done, "write", site);
    const ssize_t written =
        finish(done == 0 ? perform_on_pipe(file, call) : perform_plain_sync(call));
    if (written < 0) {
      if (errno == EPIPE) {
        stop_unsupported("writing to a pipe that nobody can read, which sends SIGPIPE,");
      }
      return done != 0 ? static_cast<ssize_t>(done) : -1;
    }
    append(file, static_cast<const char*>(from) + done, static_cast<std::size_t>(written));
    done += static_cast<std::size_t>(written);
  } while (done < size);
  return static_cast<ssize_t>(done);
}

int close_pipe(int file, std::uintptr_t site) {
  if (!is_open(file)) {
    return static_cast<int>(bad_descriptor());
  }
  {
    const Aside aside;
    pipes().descriptors.erase({runtime::current_process(), file});
  }
  perform_plain_sync(pipe_call(SyncOp::kPipeClose, file, 0, "close", site));
  return 0;
}

int control_pipe(int file, int command, long argument, std::uintptr_t site) {
  if (!is_open(file)) {
    return static_cast<int>(bad_descriptor());
  }
  if (command == F_SETFL) {
    set_flags(file, static_cast<int>(argument), site);
    return 0;
  }
  if (command == F_GETFL) {
    const Aside aside;
    return pipes().descriptors[{runtime::current_process(), file}] |
           (end_of(file) == PipeEnd::kRead ? O_RDONLY : O_WRONLY);
  }
  if (command == F_GETPIPE_SZ) {
    return change_capacity(file, 0, site);
  }
  if (command == F_SETPIPE_SZ) {
    const auto wanted = static_cast<unsigned>(argument);
    errno = EINVAL;
    return wanted == 0 ? -1 : change_capacity(file, wanted, site);
  }
  if (command != F_SETFD) {
    stop_unsupported("fcntl of a pipe but for F_{GET,SET}FL, F_SETFD and F_{GET,SET}PIPE_SZ");
  }
  return 0;
}

/// Waits for one of the files, any of them, and then looks at the others. That it may wait for one
/// while another is ready is no deadlock: the same execution is explored with the other one.
int poll_pipes(pollfd* files, nfds_t count, int milliseconds, std::uintptr_t site) {
  runtime::plain_read(files, count * sizeof *files, site);
  const auto events = [&](nfds_t i) { return static_cast<std::uint64_t>(files[i].events); };
  nfds_t first = count;
  std::uint64_t first_found = 0;
  if (milliseconds != 0) {
    first = runtime::choose(count, site);
    std::vector<runtime::OtherWay> ways;
    for (nfds_t i = 0; i < count; ++i) {
      const Aside aside;
      const SyncCall call = pipe_call(SyncOp::kPipePoll, files[i].fd, events(i), "poll", site);
      ways.push_back({call.op, call.address, call.argument});
    }
    runtime::set_other_ways(ways.data(), ways.size());
    const SyncOp op = milliseconds < 0 ? SyncOp::kPipePoll : SyncOp::kPipeTimedPoll;
    const SyncCall call = pipe_call(op, files[first].fd, events(first), "poll", site);
    first_found =
        milliseconds < 0
            ? perform_plain_sync(call)
            : perform_plain_timed(call, runtime::monotonic_now() +
                                            static_cast<std::uint64_t>(milliseconds) * 1'000'000);
    runtime::set_other_ways(nullptr, 0);
  }
  int ready = 0;
  runtime::plain_write(files, count * sizeof *files, site);
  for (nfds_t i = 0; i < count; ++i) {
    const std::uint64_t found = i == first
                                    ? first_found
                                    : perform_plain_sync(pipe_call(SyncOp::kPipeReady, files[i].fd,
                                                                   events(i), "poll", site));
    files[i].revents = static_cast<short>(found);
    ready += found != 0 ? 1 : 0;
  }
  return ready;
}

void share_pipes(OpenPipes* open, std::uintptr_t site) {
  open->count = 0;
  bool fit = true;
  {
    const Aside aside;
    for (const auto& [key, flags] : pipes().descriptors) {
      fit = fit && open->count < OpenPipes::kMost;
      if (fit && key.first == runtime::current_process()) {
        open->ends[open->count++] = {key.second, flags};
      }
    }
  }
  if (!fit) {
    stop_unsupported("fork with more than 64 open ends of pipes");
  }
  for (std::size_t i = 0; i < open->count; ++i) {
    perform_plain_sync(pipe_call(SyncOp::kPipeShare, open->ends[i].file, 0, "fork", site));
  }
}

void inherit_pipes(const OpenPipes& open) {
  const Aside aside;
  for (std::size_t i = 0; i < open.count; ++i) {
    pipes().descriptors[{runtime::current_process(), open.ends[i].file}] = open.ends[i].flags;
  }
}

void close_pipes(std::uintptr_t site) {
  for (int end = any_open_end(); end >= 0; end = any_open_end()) {
    close_pipe(end, site);
  }
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(int, pipe, int* files) {
  return modelling() ? open_pipe(files, 0, HEDDLE_SITE()) : real_pipe(files);
}

HEDDLE_EXPORT(int, pipe2, int* files, int flags) {
  return modelling() ? open_pipe(files, flags, HEDDLE_SITE()) : real_pipe2(files, flags);
}

// Other files are real: what is written to them may be written once for many executions.
HEDDLE_DOOR(ssize_t, write, int file, const void* from, size_t size) {
  if (modelling() && is_pipe_end(file)) {
    return write_pipe(file, from, size, HEDDLE_SITE());
  }
  if (modelling() && is_model_file(file)) {
    return write_file(file, from, size, HEDDLE_SITE());
  }
  return real_write(file, from, size);
}

// An argument that the caller did not give is passed on as whatever its register holds.
HEDDLE_EXPORT(int, fcntl, int file, int command, long argument) {
  if (modelling()) {
    if (is_pipe_end(file)) {
      return control_pipe(file, command, argument, HEDDLE_SITE());
    }
    runtime::note_lasting_effect("fcntl", HEDDLE_SITE());
  }
  return real_fcntl(file, command, argument);
}

HEDDLE_EXPORT(int, fcntl64, int file, int command, long argument) {
  if (modelling()) {
    if (is_pipe_end(file)) {
      return control_pipe(file, command, argument, HEDDLE_SITE());
    }
    runtime::note_lasting_effect("fcntl64", HEDDLE_SITE());
  }
  return real_fcntl64(file, command, argument);
}
