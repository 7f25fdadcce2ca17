// SPDX-License-Identifier: Apache-2.0
// Stopped driver. A request enters a driver if the driver is not being stopped, and counts itself
// in so that stop() leaves the device alone as long as somebody uses it. Between the look and the
// counting, stop() has come and gone.
//
//   request                         stop
//   ------------------------------------
//   reads stopping: false
//                                   stopping = true
//                                   users: 1 -> 0, nobody left: device released
//   users: 0 -> 1
//   uses the device                 it is gone
#include <atomic>
#include <cassert>
#include <latch>
#include <mutex>
#include <stop_token>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
struct Driver {
  std::atomic<bool> stopping{false};
  std::atomic<int> users{1};  // The driver itself is one, until it is stopped.
  std::atomic<bool> released{false};

  void leave() {
    if (users.fetch_sub(1) == 1) {
      released = true;
    }
  }
  void request() {
    if (stopping) {
      return;
    }
    ++users;
    assert(!released);
    leave();
  }
  void stop() {
    stopping = true;
    leave();
  }
};

void body() {
  Driver driver;
  std::thread request([&] { driver.request(); });
  std::thread stop([&] { driver.stop(); });
  request.join();
  stop.join();
  assert(driver.released);
}
}  // namespace buggy

// Fix: count first, then look. Of counting and stopping one is first: either stop() sees the user,
// or the user sees that the driver is being stopped.
namespace counted_first {
struct Driver {
  std::atomic<bool> stopping{false};
  std::atomic<int> users{1};  // The driver itself is one, until it is stopped.
  std::atomic<bool> released{false};

  void leave() {
    if (users.fetch_sub(1) == 1) {
      released = true;
    }
  }
  void request() {
    ++users;
    if (stopping) {
      leave();
      return;
    }
    assert(!released);
    leave();
  }
  void stop() {
    stopping = true;
    leave();
  }
};

void body() {
  Driver driver;
  std::thread request([&] { driver.request(); });
  std::thread stop([&] { driver.stop(); });
  request.join();
  stop.join();
  assert(driver.released);
}
}  // namespace counted_first

// Fix: the flag is a bit of the count, and one compare-exchange looks at the one and changes the
// other. It fails only if the driver has been stopped meanwhile, or for another user.
namespace one_word {
struct Driver {
  static constexpr int kStopping = 1;
  static constexpr int kUser = 2;
  std::atomic<int> state{kUser};
  std::atomic<bool> released{false};

  void leave() {
    if (state.fetch_sub(kUser) == (kUser | kStopping)) {
      released = true;
    }
  }
  void request() {
    int seen = state;
    do {
      if ((seen & kStopping) != 0) {
        return;
      }
    } while (!state.compare_exchange_strong(seen, seen + kUser));
    assert(!released);
    leave();
  }
  void stop() {
    state |= kStopping;
    leave();
  }
};

void body() {
  Driver driver;
  std::thread request([&] { driver.request(); });
  std::thread stop([&] { driver.stop(); });
  request.join();
  stop.join();
  assert(driver.released);
}
}  // namespace one_word

// Fix: a lock that is held from the look to the counting, and by stop() too.
namespace mutex {
struct Driver {
  std::mutex mutex;
  bool stopping = false;
  int users = 1;  // The driver itself is one, until it is stopped.
  bool released = false;

  void leave() {
    if (--users == 0) {
      released = true;
    }
  }
  void request() {
    {
      std::lock_guard lock(mutex);
      if (stopping) {
        return;
      }
      ++users;
      assert(!released);
    }
    std::lock_guard lock(mutex);
    leave();
  }
  void stop() {
    std::lock_guard lock(mutex);
    stopping = true;
    leave();
  }
};

void body() {
  Driver driver;
  std::thread request([&] { driver.request(); });
  std::thread stop([&] { driver.stop(); });
  request.join();
  stop.join();
  assert(driver.released);
}
}  // namespace mutex

// Fix: stop() asks requests to end, and releases the device when all of them have: a request counts
// down when it has seen the question or has finished.
namespace stop_token {
struct Driver {
  std::stop_source stopping;
  std::latch ended{1};  // One request in all.
  std::atomic<bool> released{false};

  void request() {
    if (!stopping.stop_requested()) {
      assert(!released);
    }
    ended.count_down();
  }
  void stop() {
    stopping.request_stop();
    ended.wait();
    released = true;
  }
};

void body() {
  Driver driver;
  std::thread request([&] { driver.request(); });
  std::thread stop([&] { driver.stop(); });
  request.join();
  stop.join();
  assert(driver.released);
}
}  // namespace stop_token

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "stopped_driver",
    .title = "A request enters a driver that stops between its check and its entry",
    .story = "A driver counts its users, and its device is released when it has been stopped and "
             "the last user has left. A request looks whether the driver is being stopped and then "
             "counts itself in. If the driver is stopped in between, it finds nobody inside and "
             "releases the device, which the request then uses.",
    .kind = "check-then-act on a state flag",
    .cwe = "367",
    .origin = "the Windows Bluetooth driver of Qadeer and Wu, \"KISS: Keep It Simple and "
              "Sequential\", PLDI 2004",
    .threads = 2,
    .tsan_reason = "All shared accesses are atomic, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "counted_first",
             .body = counted_first::body,
             .adds = "order: of counting in and asking, and of stopping and counting out, one "
                     "pair's second step sees the other's first",
             .primitive = "std::atomic (seq_cst)"},
            {.name = "one_word",
             .body = one_word::body,
             .adds = "atomicity: a user is counted in only if the stop bit is not set at that "
                     "moment",
             .primitive = "std::atomic::compare_exchange_strong"},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: the driver is not stopped between the look and the counting",
             .primitive = "std::mutex",
             .sc_executions = 3},
            {.name = "stop_token",
             .body = stop_token::body,
             .adds = "happens-before: the end of every request before the release of the device",
             .primitive = "std::stop_source and std::latch"},
        },
}};

}  // namespace
