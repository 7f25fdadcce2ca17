// SPDX-License-Identifier: Apache-2.0
// posix_spawn, four pipes, poll until they close, kill at the deadline.
#include "tools/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "tools/errors.h"

extern char** environ;

namespace heddle::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxText = std::size_t{1} << 20;
constexpr std::size_t kMaxResult = std::size_t{1} << 28;

struct Pipe {
  int reader = -1;
  int writer = -1;

  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(reader);
    close_end(writer);
  }

  void open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw InternalError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    reader = ends[0];
    writer = ends[1];
    // Above the descriptors that the child gets, so that dup2 in the child always clears CLOEXEC.
    if (writer <= kResultDescriptor) {
      const int higher = fcntl(writer, F_DUPFD_CLOEXEC, kResultDescriptor + 1);
      close_end(writer);
      writer = higher;
    }
  }

  static void close_end(int& end) {
    if (end >= 0) {
      close(end);
      end = -1;
    }
  }
};

/// Our environment with the additions in place, as execve wants it.
class EnvironmentBlock {
 public:
  explicit EnvironmentBlock(const std::vector<std::pair<std::string, std::string>>& additions) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const std::string_view name = text.substr(0, text.find('='));
      bool replaced = false;
      for (const auto& addition : additions) {
        replaced = replaced || addition.first == name;
      }
      if (!replaced) {
        storage_.emplace_back(text);
      }
    }
    for (const auto& [name, value] : additions) {
      storage_.emplace_back(name).append("=").append(value);
    }
    for (std::string& entry : storage_) {
      pointers_.push_back(entry.data());
    }
    pointers_.push_back(nullptr);
  }

  char** data() { return pointers_.data(); }

 private:
  std::vector<std::string> storage_;
  std::vector<char*> pointers_;
};

/// A file in memory with the given contents, read from its beginning; none if they are empty.
class InputFile {
 public:
  explicit InputFile(const std::string& contents) {
    if (contents.empty()) {
      return;
    }
    descriptor_ = memfd_create("heddle-input", MFD_CLOEXEC);
    std::size_t done = 0;
    while (descriptor_ >= 0 && done < contents.size()) {
      const ssize_t count = write(descriptor_, contents.data() + done, contents.size() - done);
      if (count < 0 && errno != EINTR) {
        throw InternalError(fmt::format("cannot keep a program's input: {}", std::strerror(errno)));
      }
      done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    lseek(descriptor_, 0, SEEK_SET);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (descriptor_ >= 0) {
      close(descriptor_);
    }
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

class Child {
 public:
  explicit Child(const Command& command) : command_(command), started_(Clock::now()) {
    output_.open();
    errors_.open();
    result_.open();
    if (command.on_progress) {
      progress_.open();
    }
    spawn();
    Pipe::close_end(output_.writer);
    Pipe::close_end(errors_.writer);
    Pipe::close_end(result_.writer);
    Pipe::close_end(progress_.writer);
  }

  Ended wait() {
    Ended ended;
    while (output_.reader >= 0 || errors_.reader >= 0 || result_.reader >= 0 ||
           progress_.reader >= 0) {
      poll_once(ended);
    }
    reap(ended);
    ended.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    return ended;
  }

 private:
  void spawn() {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const InputFile input(command_.input);
    if (input.descriptor() >= 0) {
      posix_spawn_file_actions_adddup2(&actions, input.descriptor(), 0);
    } else if (!command_.inherits_input) {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions, output_.writer, 1);
    posix_spawn_file_actions_adddup2(&actions, errors_.writer, 2);
    posix_spawn_file_actions_adddup2(&actions, result_.writer, kResultDescriptor);
    if (progress_.writer >= 0) {
      posix_spawn_file_actions_adddup2(&actions, progress_.writer, kProgressDescriptor);
    }
    std::vector<char*> arguments;
    for (const std::string& argument : command_.arguments) {
      arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    EnvironmentBlock environment(command_.environment);
    const char* const file = command_.path.empty() ? arguments[0] : command_.path.c_str();
    const int error =
        posix_spawnp(&pid_, file, &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      throw InternalError(
          fmt::format("cannot start {}: {}", command_.arguments[0], std::strerror(error)));
    }
    if (command_.on_start) {
      command_.on_start(pid_);
    }
  }

  /// Milliseconds until the deadline, for poll; kills the child once it has passed.
  int remaining(Ended& ended) {
    if (!command_.deadline || ended.timed_out) {
      return -1;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        started_ + *command_.deadline - Clock::now());
    if (left.count() <= 0) {
      kill(pid_, SIGKILL);
      ended.timed_out = true;
      return -1;
    }
    return static_cast<int>(std::min<long long>(left.count() + 1, 1000));
  }

  void poll_once(Ended& ended) {
    std::array<pollfd, 4> waited = {
        pollfd{output_.reader, POLLIN, 0}, pollfd{errors_.reader, POLLIN, 0},
        pollfd{result_.reader, POLLIN, 0}, pollfd{progress_.reader, POLLIN, 0}};
    const int timeout = remaining(ended);
    if (poll(waited.data(), waited.size(), timeout) <= 0) {
      return;
    }
    if (waited[0].revents != 0) {
      collect(output_, ended.output, kMaxText);
    }
    if (waited[1].revents != 0) {
      collect(errors_, ended.errors, kMaxText);
    }
    if (waited[2].revents != 0) {
      collect(result_, ended.result, kMaxResult);
    }
    if (waited[3].revents != 0) {
      forward_progress();
    }
  }

  /// One read; the empty answer at the end of the stream closes the pipe.
  static std::string read_some(Pipe& pipe) {
    std::array<char, 1 << 16> buffer;
    const ssize_t size = read(pipe.reader, buffer.data(), buffer.size());
    if (size <= 0) {
      if (size == 0 || errno != EINTR) {
        Pipe::close_end(pipe.reader);
      }
      return {};
    }
    return {buffer.data(), static_cast<std::size_t>(size)};
  }

  static void collect(Pipe& pipe, std::string& into, std::size_t limit) {
    const std::string text = read_some(pipe);
    into.append(text, 0, limit - std::min(limit, into.size()));
  }

  void forward_progress() {
    pending_progress_ += read_some(progress_);
    std::size_t end = 0;
    while ((end = pending_progress_.find('\n')) != std::string::npos) {
      command_.on_progress(std::string_view(pending_progress_).substr(0, end));
      pending_progress_.erase(0, end + 1);
    }
  }

  /// The pipes are closed, but a child may close them and run on: the deadline still holds.
  void reap(Ended& ended) {
    int status = 0;
    while (true) {
      const pid_t done =
          waitpid(pid_, &status, command_.deadline && !ended.timed_out ? WNOHANG : 0);
      if (done == pid_ || (done < 0 && errno != EINTR)) {
        break;
      }
      if (remaining(ended) > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    if (WIFSIGNALED(status)) {
      ended.signal = WTERMSIG(status);
    } else {
      ended.exit_code = WEXITSTATUS(status);
    }
  }

  const Command& command_;
  Clock::time_point started_;
  Pipe output_;
  Pipe errors_;
  Pipe result_;
  Pipe progress_;
  std::string pending_progress_;
  pid_t pid_ = -1;
};

}  // namespace

Ended run(const Command& command) { return Child(command).wait(); }

std::string output_of(const Command& command) {
  Ended ended = run(command);
  if (ended.exit_code != 0 || ended.signal != 0) {
    throw InternalError(fmt::format("{}: {}: {}", fmt::join(command.arguments, " "),
                                    describe(ended),
                                    ended.errors.substr(0, ended.errors.find('\n'))));
  }
  return std::move(ended.output);
}

std::string describe(const Ended& ended) {
  if (ended.timed_out) {
    return fmt::format("killed after {:.1f} s", ended.seconds);
  }
  if (ended.signal != 0) {
    return fmt::format("signal {} ({})", ended.signal, strsignal(ended.signal));
  }
  return fmt::format("exit code {}", ended.exit_code);
}

}  // namespace heddle::tools
