// SPDX-License-Identifier: Apache-2.0
// The child's answer comes through a mapping that both processes see.
#include "checker/runtime/forked_child.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include "checker/runtime/engine.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {
namespace {

enum class Outcome : std::uint64_t { kNone, kDone, kFailed };

struct Answer {
  Outcome outcome;
  std::size_t size;
  char bytes[];
};
/// Address space only; what is used is memory.
constexpr std::size_t kAnswerSize = std::size_t{1} << 28;

Answer& answer() {
  static auto* const mapped =
      static_cast<Answer*>(mmap(nullptr, kAnswerSize, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (mapped == MAP_FAILED) {
    throw InternalError{"no memory for what a child process answers"};
  }
  return *mapped;
}

[[noreturn]] void answer_with(Outcome outcome, const std::string& bytes) {
  Answer& out = answer();
  if (bytes.size() > kAnswerSize - sizeof(Answer)) {
    raw_syscall(SYS_exit_group, 1);
  }
  std::memcpy(out.bytes, bytes.data(), bytes.size());
  out.size = bytes.size();
  out.outcome = outcome;
  raw_syscall(SYS_exit_group, 0);
  __builtin_unreachable();
}

[[noreturn]] void run_child(const std::function<std::string()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::string result;
  try {
    result = work();
  } catch (const InternalError& error) {
    answer_with(Outcome::kFailed, error.what);
  } catch (const std::exception& error) {
    answer_with(Outcome::kFailed, error.what());
  }
  answer_with(Outcome::kDone, result);
}

}  // namespace

std::string in_child(const std::function<std::string()>& work, volatile int* while_running) {
  Answer& out = answer();
  out.outcome = Outcome::kNone;
  const pid_t child = _Fork();
  if (child == 0) {
    run_child(work);
  }
  if (child < 0) {
    throw InternalError{std::string("cannot start a process: ") + std::strerror(errno)};
  }
  if (while_running != nullptr) {
    *while_running = child;
  }
  int status = 0;
  long waited = 0;
  do {
    waited = raw_syscall(SYS_wait4, child, reinterpret_cast<long>(&status), 0, 0);
  } while (waited == -EINTR);
  if (while_running != nullptr) {
    *while_running = 0;
  }
  if (out.outcome == Outcome::kFailed) {
    throw InternalError{std::string(out.bytes, out.size)};
  }
  if (out.outcome == Outcome::kNone) {
    throw InternalError{WIFSIGNALED(status)
                            ? std::string("the process of an execution was killed by ") +
                                  strsignal(WTERMSIG(status))
                            : "the process of an execution ended by itself, with exit status " +
                                  std::to_string(WEXITSTATUS(status))};
  }
  return {out.bytes, out.size};
}

}  // namespace heddle::runtime
