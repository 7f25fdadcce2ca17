// SPDX-License-Identifier: Apache-2.0
// Calls that are passed on and leave something behind in the kernel or in libc: files, mappings,
// the environment, loaded libraries. What they do is not undone between executions, so a run that
// made such a call is no state from which others go on (runtime/checkpoint.h).
//
// Output is not among them: it may be written once for many executions.
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
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

/// `parameters` and `arguments` in parentheses. `changes`: an expression in the parameters; see
/// note_lasting_effect().
#define HEDDLE_LASTING_IF(result, name, parameters, arguments, changes)                      \
  static HEDDLE_REAL_AS(name, result parameters);                                            \
  HEDDLE_ALIAS_ENTRY(name);                                                                  \
  extern "C" [[gnu::used, gnu::visibility("hidden")]] result heddle_body_##name parameters { \
    if (modelling()) {                                                                       \
      heddle::runtime::note_lasting_effect(#name, HEDDLE_SITE(), changes);                   \
    }                                                                                        \
    return real_##name arguments;                                                            \
  }
#define HEDDLE_LASTING(result, name, parameters, arguments) \
  HEDDLE_LASTING_IF(result, name, parameters, arguments, false)
#define HEDDLE_CHANGING(result, name, parameters, arguments) \
  HEDDLE_LASTING_IF(result, name, parameters, arguments, true)

namespace {

constexpr int kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

bool is_for_writing(const char* mode) { return strpbrk(mode, "wa+") != nullptr; }

}  // namespace

// Descriptors. A mode that the caller did not give is passed on as whatever its register holds.
HEDDLE_LASTING_IF(int, openat, (int a, const char* b, int c, mode_t d), (a, b, c, d),
                  (c & kWriting) != 0)
HEDDLE_LASTING_IF(int, openat64, (int a, const char* b, int c, mode_t d), (a, b, c, d),
                  (c & kWriting) != 0)
HEDDLE_CHANGING(int, creat, (const char* a, mode_t b), (a, b))
HEDDLE_CHANGING(int, creat64, (const char* a, mode_t b), (a, b))
HEDDLE_LASTING(int, dup, (int a), (a))
HEDDLE_LASTING(int, dup2, (int a, int b), (a, b))
HEDDLE_LASTING(int, dup3, (int a, int b, int c), (a, b, c))
HEDDLE_LASTING(int, socket, (int a, int b, int c), (a, b, c))
HEDDLE_LASTING(int, socketpair, (int a, int b, int c, int* d), (a, b, c, d))
HEDDLE_LASTING(int, eventfd, (unsigned a, int b), (a, b))
HEDDLE_LASTING(int, timerfd_create, (int a, int b), (a, b))
HEDDLE_LASTING(int, epoll_create, (int a), (a))
HEDDLE_LASTING(int, epoll_create1, (int a), (a))
HEDDLE_LASTING(int, memfd_create, (const char* a, unsigned b), (a, b))
HEDDLE_CHANGING(int, shm_open, (const char* a, int b, mode_t c), (a, b, c))
HEDDLE_CHANGING(int, shm_unlink, (const char* a), (a))
HEDDLE_LASTING(off_t, lseek, (int a, off_t b, int c), (a, b, c))
HEDDLE_LASTING(off64_t, lseek64, (int a, off64_t b, int c), (a, b, c))
HEDDLE_CHANGING(int, ftruncate, (int a, off_t b), (a, b))
HEDDLE_CHANGING(int, ftruncate64, (int a, off64_t b), (a, b))

static HEDDLE_REAL_AS(close, int(int));
HEDDLE_EXPORT(int, close, int file) {
  if (modelling()) {
    if (is_pipe_end(file)) {
      return close_pipe(file, HEDDLE_SITE());
    }
    if (is_model_file(file)) {
      return close_file(file, HEDDLE_SITE());
    }
    heddle::runtime::note_lasting_effect("close", HEDDLE_SITE());
  }
  return real_close(file);
}

// Streams.
HEDDLE_LASTING_IF(FILE*, fopen, (const char* a, const char* b), (a, b), is_for_writing(b))
HEDDLE_LASTING_IF(FILE*, fopen64, (const char* a, const char* b), (a, b), is_for_writing(b))
HEDDLE_LASTING_IF(FILE*, freopen, (const char* a, const char* b, FILE* c), (a, b, c),
                  is_for_writing(b))

// Names of files.
HEDDLE_CHANGING(int, mkdir, (const char* a, mode_t b), (a, b))
HEDDLE_CHANGING(int, chdir, (const char* a), (a))
HEDDLE_LASTING(int, mkstemp, (char* a), (a))
HEDDLE_LASTING(FILE*, fdopen, (int a, const char* b), (a, b))
HEDDLE_LASTING(size_t, fread, (void* a, size_t b, size_t c, FILE* d), (a, b, c, d))
HEDDLE_LASTING(int, fseek, (FILE * a, long b, int c), (a, b, c))
HEDDLE_LASTING(long, ftell, (FILE * a), (a))
HEDDLE_CHANGING(int, remove, (const char* a), (a))

// Memory that is neither the model's heap nor a global.
HEDDLE_LASTING(int, mprotect, (void* a, size_t b, int c), (a, b, c))

// State of libc and of the dynamic linker.
HEDDLE_LASTING(int, setenv, (const char* a, const char* b, int c), (a, b, c))
HEDDLE_LASTING(int, unsetenv, (const char* a), (a))
HEDDLE_LASTING(int, putenv, (char* a), (a))
HEDDLE_LASTING(char*, strtok, (char* a, const char* b), (a, b))
HEDDLE_LASTING(char*, strerror, (int a), (a))
HEDDLE_LASTING(tm*, localtime_r, (const time_t* a, tm* b), (a, b))
HEDDLE_LASTING(int, getaddrinfo, (const char* a, const char* b, const addrinfo* c, addrinfo** d),
               (a, b, c, d))
HEDDLE_LASTING(void, freeaddrinfo, (addrinfo * a), (a))
HEDDLE_LASTING(int, dlclose, (void* a), (a))
