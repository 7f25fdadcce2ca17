// SPDX-License-Identifier: Apache-2.0
// What intercept/ does not support, each in an otherwise correct program: never `ok`.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "heddle/heddle.h"
#include "support/doors_list.h"

namespace {

using heddle::FindingKind;
using heddle::Report;

/// Explores `use` between two threads that are right otherwise. The reason of the finding
/// `unsupported`, up to " is not supported".
std::string reason(const std::function<void()>& use) {
  const Report report = heddle::explore([&use] {
    std::atomic<int> x{0};
    std::thread other([&] {
      x.fetch_add(1);
      use();
    });
    x.fetch_add(1);
    other.join();
  });
  EXPECT_EQ(report.verdict, heddle::Verdict::kBug) << to_text(report);
  std::string text;
  for (const heddle::Finding& finding : report.findings) {
    EXPECT_EQ(finding.kind, FindingKind::kUnsupported) << to_text(finding);
    text = finding.message.substr(0, finding.message.find(" is not supported"));
  }
  return text;
}

TEST(NeverOkDoors, EachUnsupportedFunctionIsAFindingOfItsName) {
#if !defined(__OPTIMIZE__)
  GTEST_SKIP() << "calls by address: optimisation changes nothing, and unoptimised it takes long";
#endif
  const std::vector<std::string> names = doors_list::functions();
  EXPECT_GT(names.size(), 50u);
  for (const std::string& name : names) {
    const doors_list::Function function = doors_list::find(name);
    ASSERT_NE(function, nullptr) << name;
    EXPECT_EQ(reason([function] { function(0, 0, 0, 0, 0, 0); }), name);
  }
}

TEST(NeverOkDoors, TheReadmePromisesNothingElse) {
  std::vector<std::string> known = doors_list::functions();
  const std::vector<std::string> reasons = doors_list::reasons();
  known.insert(known.end(), reasons.begin(), reasons.end());
  const std::vector<std::string> promised = doors_list::promised();
  EXPECT_GT(promised.size(), 15u);
  for (std::string name : promised) {
    const std::size_t star = name.find('*');
    const std::string start = name.substr(0, star);
    const bool kept = std::any_of(known.begin(), known.end(), [&](const std::string& text) {
      const std::string first = text.substr(0, text.find(' '));
      return star == std::string::npos ? text.find(name) != std::string::npos
                                       : first.starts_with(start);
    });
    EXPECT_TRUE(kept) << name;
  }
}

struct ThreeBytes {
  char bytes[3];
};

std::uint32_t word;
int ends[2];

void waits_on_some_bits() { syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 1, nullptr, nullptr, 1); }
void wakes_some_bits() { syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, 1, nullptr, nullptr, 1); }
void requeues() { syscall(SYS_futex, &word, FUTEX_REQUEUE, 1, 1, &word, 0); }
void reads_the_real_clock() {
  timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}
void loads_three_bytes() {
  std::atomic<ThreeBytes> three{};
  three.load();
}
void prefers_writers() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
  pthread_rwlock_rdlock(&lock);
}
struct ModelPipe {
  int ends[2];
  ModelPipe() {
    if (pipe(ends) != 0) {
      abort();
    }
  }
};
void duplicates_a_pipe() { fcntl(ModelPipe().ends[0], F_DUPFD, 0); }
void writes_to_nobody() {
  const ModelPipe one;
  close(one.ends[0]);
  [[maybe_unused]] const ssize_t written = write(one.ends[1], "x", 1);
}
void forks_with_many_pipes() {
  for (int i = 0; i < 33; ++i) {
    ModelPipe();
  }
  if (fork() == 0) {
    _exit(0);
  }
}
void waits_for_either_child() {
  for (int i = 0; i < 2; ++i) {
    if (fork() == 0) {
      _exit(0);
    }
  }
  wait(nullptr);
}
void forks_and_exits() {
  if (fork() == 0) {
    exit(0);
  }
}
void polls_a_pipe() {
  pollfd file{ends[0], POLLIN, 0};
  poll(&file, 1, 0);
}
void selects_a_pipe() {
  fd_set files;
  FD_ZERO(&files);
  FD_SET(ends[0], &files);
  select(ends[0] + 1, &files, nullptr, nullptr, nullptr);
}
void opens_a_named_semaphore() { sem_open("/heddle-test", O_CREAT, 0600, 1); }
void reads_a_pipe() {
  char byte;
  [[maybe_unused]] const ssize_t got = read(ends[0], &byte, 1);
}
void runs_another_program() { execle("/bin/true", "true", nullptr, environ); }

void forks_and_signals() {
  if (fork() == 0) {
    signal(SIGTERM, SIG_IGN);
    _exit(0);
  }
}
void does_not_restart() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(SIGTERM, &action, nullptr);
}
void signals_a_stranger() {
  std::thread stranger([] {});
  pthread_kill(stranger.native_handle(), SIGTERM);
  stranger.join();
}
void kills_its_process() { kill(getpid(), SIGTERM); }
void kills_its_parent() { kill(getppid(), 0); }

TEST(NeverOkDoors, EachOtherReasonIsGivenToSomeone) {
  ASSERT_EQ(pipe(ends), 0);
  std::set<std::string> given;
  for (void (*use)() : {&waits_on_some_bits,      &wakes_some_bits,    &requeues,
                        &reads_the_real_clock,    &loads_three_bytes,  &prefers_writers,
                        &duplicates_a_pipe,       &writes_to_nobody,   &forks_with_many_pipes,
                        &waits_for_either_child,  &forks_and_exits,    &forks_and_signals,
                        &does_not_restart,        &signals_a_stranger, &kills_its_process,
                        &kills_its_parent,        &polls_a_pipe,       &selects_a_pipe,
                        &opens_a_named_semaphore, &reads_a_pipe,       &runs_another_program}) {
    given.insert(reason(use));
  }
  const std::vector<std::string> reasons = doors_list::reasons();
  EXPECT_EQ(given, std::set<std::string>(reasons.begin(), reasons.end()));
}

TEST(NeverOkDoors, SystemCallsThatMakeThreadsOrProcessesOrAsk) {
  for (const long number : {SYS_clone, SYS_clone3, SYS_execve, SYS_exit_group, SYS_read,
                            SYS_nanosleep, SYS_rt_sigaction, SYS_getrandom}) {
    EXPECT_EQ(reason([number] { syscall(number, 0, 0, 0, 0, 0, 0); }),
              "this system call through syscall()")
        << number;
  }
}

}  // namespace
