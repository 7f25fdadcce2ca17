// SPDX-License-Identifier: Apache-2.0
// Forking, polling, waiting.
#include "checker/explore_crew.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <stdexcept>

#include "checker/explore_program_files.h"
#include "checker/runtime/program.h"

namespace heddle {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw std::invalid_argument(fmt::format("heddle: {}: {}", what, std::strerror(errno)));
}

/// One whose socket is closed may still have to die; but it may also have closed the socket only.
int status_of(pid_t process) {
  constexpr int kPatience = 200;  // Times 10 ms.
  int status = 0;
  for (int k = 0; waitpid(process, &status, WNOHANG) == 0; ++k) {
    if (k == kPatience) {
      kill(process, SIGKILL);
    }
    poll(nullptr, 0, 10);
  }
  return status;
}

}  // namespace

Crew::Crew(std::uint32_t jobs) : mates_(jobs) {
  void* const memory = mmap(nullptr, sizeof(SharedCounts), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    refuse("no memory to share between jobs");
  }
  shared_ = static_cast<SharedCounts*>(memory);  // Zeroes are what it begins with.
}

Crew::~Crew() {
  dismiss();
  munmap(shared_, sizeof *shared_);
}

void Crew::start(std::uint32_t index, bool careful, const std::function<void(Member&)>& live) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    refuse("no socket for a job");
  }
  counts(index).sent = 0;
  counts(index).token_size = 0;
  const pid_t process = fork();
  if (process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(sockets[0]);
    for (Mate& other : mates_) {
      close_socket(other);
    }
    int socket = sockets[1];
    if (runtime::program().is_explored) {
      socket = keep_descriptor(socket);
      own_standard_files();
    }
    Member member(socket, *shared_, index, size(), careful);
    live(member);
    _exit(0);
  }
  close(sockets[1]);
  if (process < 0) {
    close(sockets[0]);
    refuse("cannot fork a job");
  }
  mates_[index] = {process, sockets[0]};
}

void Crew::tell(std::uint32_t index, char letter, const std::string& text) {
  if (mates_[index].socket >= 0) {
    send_message(mates_[index].socket, letter, text);
    ++counts(index).sent;
  }
}

std::vector<std::pair<std::uint32_t, Message>> Crew::listen(int milliseconds) {
  std::vector<pollfd> polled;
  for (const Mate& mate : mates_) {
    polled.push_back({mate.socket, POLLIN, 0});
  }
  std::vector<std::pair<std::uint32_t, Message>> heard;
  if (poll(polled.data(), polled.size(), milliseconds) <= 0) {
    return heard;
  }
  for (std::uint32_t index = 0; index < size(); ++index) {
    if (polled[index].revents != 0) {
      heard.emplace_back(index, receive_message(mates_[index].socket));
    }
  }
  return heard;
}

std::string Crew::reap(std::uint32_t index) {
  Mate& mate = mates_[index];
  close_socket(mate);
  if (mate.process == 0) {
    return "a job ended";
  }
  const int status = status_of(mate.process);
  mate.process = 0;
  return WIFSIGNALED(status) ? fmt::format("a job was killed by signal {} ({})", WTERMSIG(status),
                                           strsignal(WTERMSIG(status)))
                             : fmt::format("a job ended with status {}", WEXITSTATUS(status));
}

void Crew::dismiss() {
  for (Mate& mate : mates_) {
    close_socket(mate);
    if (mate.process > 0) {
      kill(mate.process, SIGKILL);
      waitpid(mate.process, nullptr, 0);
      mate.process = 0;
    }
  }
}

void Crew::close_socket(Mate& mate) {
  if (mate.socket >= 0) {
    close(mate.socket);
    mate.socket = -1;
  }
}

}  // namespace heddle
