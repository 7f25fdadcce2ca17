// SPDX-License-Identifier: Apache-2.0
// Clocks and sleeps: the model's time is virtual and moves only when somebody sleeps or times out.
#include "checker/intercept/door.h"
#include "checker/intercept/pipes.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <threads.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(clock_gettime);
HEDDLE_REAL_AS(gettimeofday, int(timeval*, void*));
HEDDLE_REAL(time);
HEDDLE_REAL(clock);
HEDDLE_REAL(timespec_get);
HEDDLE_REAL(nanosleep);
HEDDLE_REAL(clock_nanosleep);
HEDDLE_REAL(usleep);
HEDDLE_REAL(sleep);
HEDDLE_REAL(thrd_sleep);
HEDDLE_REAL(get_nprocs);
HEDDLE_REAL(get_nprocs_conf);
HEDDLE_REAL(poll);
HEDDLE_REAL(select);

constexpr int kModelledProcessors = 2;

void sleep_for(std::uint64_t duration) {
  runtime::sleep_until(runtime::monotonic_now() + duration);
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_DOOR(int, clock_gettime, clockid_t clock, timespec* result) {
  if (!modelling() || !is_modelled_clock(clock)) {
    if (modelling()) {
      runtime::note_lasting_effect("clock_gettime of the processor's time", HEDDLE_SITE());
    }
    return real_clock_gettime(clock, result);
  }
  *result = to_timespec(clock_now(clock));
  return 0;
}

HEDDLE_DOOR(int, gettimeofday, timeval* result, void* zone) {
  if (!modelling() || result == nullptr) {
    return real_gettimeofday(result, zone);
  }
  const timespec now = to_timespec(runtime::realtime_now());
  result->tv_sec = now.tv_sec;
  result->tv_usec = now.tv_nsec / 1000;
  return 0;
}

HEDDLE_DOOR(time_t, time, time_t* result) {
  if (!modelling()) {
    return real_time(result);
  }
  const time_t now = to_timespec(runtime::realtime_now()).tv_sec;
  if (result != nullptr) {
    *result = now;
  }
  return now;
}

HEDDLE_DOOR(clock_t, clock) {
  return modelling() ? static_cast<clock_t>(runtime::monotonic_now() / 1000) : real_clock();
}

HEDDLE_DOOR(int, timespec_get, timespec* result, int base) {
  if (!modelling() || base != TIME_UTC) {
    return real_timespec_get(result, base);
  }
  *result = to_timespec(runtime::realtime_now());
  return base;
}

HEDDLE_DOOR(int, nanosleep, const timespec* duration, timespec* remaining) {
  if (!modelling()) {
    return real_nanosleep(duration, remaining);
  }
  if (!is_valid(*duration)) {
    errno = EINVAL;
    return -1;
  }
  sleep_for(nanoseconds(*duration));
  return 0;
}

HEDDLE_DOOR(int, clock_nanosleep, clockid_t clock, int flags, const timespec* time,
            timespec* remaining) {
  if (!modelling()) {
    return real_clock_nanosleep(clock, flags, time, remaining);
  }
  if (!is_valid(*time)) {
    return EINVAL;
  }
  if (flags & TIMER_ABSTIME) {
    runtime::sleep_until(monotonic_deadline(clock, *time));
  } else {
    sleep_for(nanoseconds(*time));
  }
  return 0;
}

HEDDLE_DOOR(int, usleep, useconds_t microseconds) {
  if (!modelling()) {
    return real_usleep(microseconds);
  }
  sleep_for(std::uint64_t{microseconds} * 1000);
  return 0;
}

HEDDLE_DOOR(unsigned, sleep, unsigned seconds) {
  if (!modelling()) {
    return real_sleep(seconds);
  }
  sleep_for(std::uint64_t{seconds} * 1'000'000'000);
  return 0;
}

HEDDLE_DOOR(int, thrd_sleep, const timespec* duration, timespec* remaining) {
  if (!modelling()) {
    return real_thrd_sleep(duration, remaining);
  }
  if (!is_valid(*duration)) {
    return -2;
  }
  sleep_for(nanoseconds(*duration));
  return 0;
}

// The number of processors steers library code (spinning); it must not depend on the machine.
HEDDLE_EXPORT(int, get_nprocs) { return modelling() ? kModelledProcessors : real_get_nprocs(); }
HEDDLE_EXPORT(int, get_nprocs_conf) {
  return modelling() ? kModelledProcessors : real_get_nprocs_conf();
}

// Without files to wait for these two are sleeps; otherwise the world outside decides.
HEDDLE_DOOR(int, poll, pollfd* files, nfds_t count, int milliseconds) {
  if (!modelling()) {
    return real_poll(files, count, milliseconds);
  }
  if (count != 0 &&
      std::all_of(files, files + count, [](const pollfd& file) { return is_pipe_end(file.fd); })) {
    return poll_pipes(files, count, milliseconds, HEDDLE_SITE());
  }
  if (count != 0 || milliseconds < 0) {
    stop_unsupported("poll");
  }
  sleep_for(static_cast<std::uint64_t>(milliseconds) * 1'000'000);
  return 0;
}

HEDDLE_DOOR(int, select, int count, fd_set* reads, fd_set* writes, fd_set* errors,
            timeval* timeout) {
  if (!modelling()) {
    return real_select(count, reads, writes, errors, timeout);
  }
  if (count != 0 || timeout == nullptr || timeout->tv_sec < 0) {
    stop_unsupported("select");
  }
  sleep_for(nanoseconds({timeout->tv_sec, timeout->tv_usec * 1000}));
  return 0;
}
