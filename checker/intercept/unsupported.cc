// SPDX-License-Identifier: Apache-2.0
// Functions that the model does not know and that would break it: they block on the world outside,
// deliver signals, or make processes. In model code each is the finding `unsupported` and the
// thread's end; the verdict is then never `ok`.
#include <aio.h>
#include <errno.h>
#include <mqueue.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "checker/intercept/door.h"
#include "checker/intercept/model_files.h"
#include "checker/intercept/pipes.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

namespace {
using namespace heddle::intercept;
}  // namespace

#define HEDDLE_ARGUMENTS(...) __VA_ARGS__
/// `parameters` and `arguments` in parentheses.
#define HEDDLE_UNSUPPORTED(result, name, parameters, arguments)                              \
  static HEDDLE_REAL_AS(name, result parameters);                                            \
  HEDDLE_ALIAS_ENTRY(name);                                                                  \
  extern "C" [[gnu::used, gnu::visibility("hidden")]] result heddle_body_##name parameters { \
    if (modelling()) {                                                                       \
      stop_unsupported(#name);                                                               \
    }                                                                                        \
    return real_##name arguments;                                                            \
  }

// Signals and cancellation.
HEDDLE_UNSUPPORTED(int, pthread_cancel, (pthread_t a), (a))
HEDDLE_UNSUPPORTED(int, pthread_sigqueue, (pthread_t a, int b, const union sigval c), (a, b, c))
HEDDLE_UNSUPPORTED(int, sigwaitinfo, (const sigset_t* a, siginfo_t* b), (a, b))
HEDDLE_UNSUPPORTED(int, sigtimedwait, (const sigset_t* a, siginfo_t* b, const timespec* c),
                   (a, b, c))
HEDDLE_UNSUPPORTED(int, sigsuspend, (const sigset_t* a), (a))
HEDDLE_UNSUPPORTED(int, sigqueue, (pid_t a, int b, const union sigval c), (a, b, c))
HEDDLE_UNSUPPORTED(unsigned, alarm, (unsigned a), (a))
HEDDLE_UNSUPPORTED(int, setitimer, (int a, const itimerval* b, itimerval* c), (a, b, c))
HEDDLE_UNSUPPORTED(int, timer_create, (clockid_t a, struct sigevent* b, timer_t* c), (a, b, c))

// Work that other threads of the process would do.
HEDDLE_UNSUPPORTED(int, aio_read, (struct aiocb * a), (a))
HEDDLE_UNSUPPORTED(int, aio_write, (struct aiocb * a), (a))
HEDDLE_UNSUPPORTED(int, aio_fsync, (int a, struct aiocb* b), (a, b))
HEDDLE_UNSUPPORTED(int, aio_suspend, (const struct aiocb* const* a, int b, const timespec* c),
                   (a, b, c))
HEDDLE_UNSUPPORTED(int, lio_listio, (int a, struct aiocb* const* b, int c, struct sigevent* d),
                   (a, b, c, d))
HEDDLE_UNSUPPORTED(int, getaddrinfo_a, (int a, struct gaicb** b, int c, struct sigevent* d),
                   (a, b, c, d))
HEDDLE_UNSUPPORTED(int, mq_notify, (mqd_t a, const struct sigevent* b), (a, b))

// Waiting for the world outside. (poll and select: see time.cc.)
HEDDLE_UNSUPPORTED(int, ppoll, (pollfd * a, nfds_t b, const timespec* c, const sigset_t* d),
                   (a, b, c, d))
HEDDLE_UNSUPPORTED(int, pselect,
                   (int a, fd_set* b, fd_set* c, fd_set* d, const timespec* e, const sigset_t* f),
                   (a, b, c, d, e, f))
HEDDLE_UNSUPPORTED(int, epoll_wait, (int a, epoll_event* b, int c, int d), (a, b, c, d))
HEDDLE_UNSUPPORTED(int, epoll_pwait, (int a, epoll_event* b, int c, int d, const sigset_t* e),
                   (a, b, c, d, e))
HEDDLE_UNSUPPORTED(int, accept, (int a, sockaddr* b, socklen_t* c), (a, b, c))
HEDDLE_UNSUPPORTED(int, accept4, (int a, sockaddr* b, socklen_t* c, int d), (a, b, c, d))
HEDDLE_UNSUPPORTED(int, connect, (int a, const sockaddr* b, socklen_t c), (a, b, c))
HEDDLE_UNSUPPORTED(ssize_t, recv, (int a, void* b, size_t c, int d), (a, b, c, d))
HEDDLE_UNSUPPORTED(ssize_t, recvfrom, (int a, void* b, size_t c, int d, sockaddr* e, socklen_t* f),
                   (a, b, c, d, e, f))
HEDDLE_UNSUPPORTED(ssize_t, recvmsg, (int a, msghdr* b, int c), (a, b, c))
HEDDLE_UNSUPPORTED(ssize_t, mq_receive, (mqd_t a, char* b, size_t c, unsigned* d), (a, b, c, d))
HEDDLE_UNSUPPORTED(int, mq_send, (mqd_t a, const char* b, size_t c, unsigned d), (a, b, c, d))
HEDDLE_UNSUPPORTED(ssize_t, mq_timedreceive,
                   (mqd_t a, char* b, size_t c, unsigned* d, const timespec* e), (a, b, c, d, e))
HEDDLE_UNSUPPORTED(int, mq_timedsend,
                   (mqd_t a, const char* b, size_t c, unsigned d, const timespec* e),
                   (a, b, c, d, e))
HEDDLE_UNSUPPORTED(int, recvmmsg, (int a, mmsghdr* b, unsigned c, int d, timespec* e),
                   (a, b, c, d, e))
HEDDLE_UNSUPPORTED(ssize_t, readv, (int a, const iovec* b, int c), (a, b, c))
HEDDLE_UNSUPPORTED(int, eventfd_read, (int a, eventfd_t* b), (a, b))
HEDDLE_UNSUPPORTED(int, signalfd, (int a, const sigset_t* b, int c), (a, b, c))
HEDDLE_UNSUPPORTED(int, flock, (int a, int b), (a, b))
HEDDLE_UNSUPPORTED(int, lockf, (int a, int b, off_t c), (a, b, c))
HEDDLE_UNSUPPORTED(int, semop, (int a, sembuf* b, size_t c), (a, b, c))
HEDDLE_UNSUPPORTED(int, semtimedop, (int a, sembuf* b, size_t c, const timespec* d), (a, b, c, d))
HEDDLE_UNSUPPORTED(int, msgsnd, (int a, const void* b, size_t c, int d), (a, b, c, d))
HEDDLE_UNSUPPORTED(ssize_t, msgrcv, (int a, void* b, size_t c, long d, int e), (a, b, c, d, e))

// Other processes.
// What the caller did not give is passed on as whatever is in its place.
HEDDLE_UNSUPPORTED(int, clone,
                   (int (*a)(void*), void* b, int c, void* d, void* e, void* f, void* g),
                   (a, b, c, d, e, f, g))
HEDDLE_UNSUPPORTED(int, execve, (const char* a, char* const* b, char* const* c), (a, b, c))
HEDDLE_UNSUPPORTED(int, execv, (const char* a, char* const* b), (a, b))
HEDDLE_UNSUPPORTED(int, execvp, (const char* a, char* const* b), (a, b))
HEDDLE_UNSUPPORTED(int, execvpe, (const char* a, char* const* b, char* const* c), (a, b, c))
HEDDLE_UNSUPPORTED(int, fexecve, (int a, char* const* b, char* const* c), (a, b, c))
HEDDLE_UNSUPPORTED(int, posix_spawn,
                   (pid_t * a, const char* b, const posix_spawn_file_actions_t* c,
                    const posix_spawnattr_t* d, char* const* e, char* const* f),
                   (a, b, c, d, e, f))
HEDDLE_UNSUPPORTED(int, posix_spawnp,
                   (pid_t * a, const char* b, const posix_spawn_file_actions_t* c,
                    const posix_spawnattr_t* d, char* const* e, char* const* f),
                   (a, b, c, d, e, f))
HEDDLE_UNSUPPORTED(int, system, (const char* a), (a))
HEDDLE_UNSUPPORTED(FILE*, popen, (const char* a, const char* b), (a, b))
HEDDLE_UNSUPPORTED(pid_t, wait3, (int* a, int b, rusage* c), (a, b, c))
HEDDLE_UNSUPPORTED(pid_t, wait4, (pid_t a, int* b, int c, rusage* d), (a, b, c, d))
HEDDLE_UNSUPPORTED(int, waitid, (idtype_t a, id_t b, siginfo_t* c, int d), (a, b, c, d))

namespace {

/// The arguments of execl and its kin as an array: `first` and what follows it, to the null
/// pointer.
struct ArgumentList {
  explicit ArgumentList(const char* first, va_list rest) {
    for (const char* next = first; next != nullptr; next = va_arg(rest, const char*)) {
      if (count + 1 < kMost) {
        words[count] = const_cast<char*>(next);
      }
      ++count;
    }
  }
  /// Sets errno if there are more than fit.
  bool is_whole() const {
    if (count >= kMost) {
      errno = E2BIG;
    }
    return count < kMost;
  }
  static constexpr std::size_t kMost = 1024;
  std::size_t count = 0;
  char* words[kMost] = {};
};

}  // namespace

// The variadic ones become calls of their siblings with arrays.
#define HEDDLE_EXECL(name, sibling)                                    \
  HEDDLE_EXPORT(int, name, const char* file, const char* first, ...) { \
    if (modelling()) {                                                 \
      stop_unsupported(#name);                                         \
    }                                                                  \
    va_list rest;                                                      \
    va_start(rest, first);                                             \
    const ArgumentList list(first, rest);                              \
    va_end(rest);                                                      \
    return list.is_whole() ? real_##sibling(file, list.words) : -1;    \
  }
HEDDLE_EXECL(execl, execv)
HEDDLE_EXECL(execlp, execvp)

HEDDLE_EXPORT(int, execle, const char* file, const char* first, ...) {
  if (modelling()) {
    stop_unsupported("execle");
  }
  va_list rest;
  va_start(rest, first);
  const ArgumentList list(first, rest);
  // A call with arguments has left their null pointer as the last word taken.
  char* const* const environment = va_arg(rest, char* const*);
  va_end(rest);
  return list.is_whole() ? real_execve(file, list.words, environment) : -1;
}

static HEDDLE_REAL_AS(read, ssize_t(int, void*, size_t));

// Pipes are modelled. Files end or give bytes; terminals, sockets and event counters may wait.
HEDDLE_DOOR(ssize_t, read, int file, void* to, size_t size) {
  if (modelling()) {
    if (is_pipe_end(file)) {
      return read_pipe(file, to, size, HEDDLE_SITE());
    }
    if (is_model_file(file)) {
      return read_file(file, to, size, HEDDLE_SITE());
    }
    struct stat status;
    if (fstat(file, &status) == 0 && !S_ISREG(status.st_mode)) {
      stop_unsupported("read from something that is not a regular file");
    }
    heddle::runtime::note_lasting_effect("read", HEDDLE_SITE());  // The position moves.
    const ssize_t got = real_read(file, to, size);
    if (got > 0) {
      heddle::runtime::plain_write(to, static_cast<std::size_t>(got), HEDDLE_SITE());
    }
    return got;
  }
  return real_read(file, to, size);
}
