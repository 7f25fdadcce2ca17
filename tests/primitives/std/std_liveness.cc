// SPDX-License-Identifier: Apache-2.0
// What libstdc++ and glibc promise about waiting, asked of the search of cycles: prints the report
// of each program (or of those named as arguments), whatever it says.
//   build/release/bin/std-liveness [--barging] [NAME...]
// All threads loop, the first one too, so that nobody waits in a join.
#include <cstdio>
#include <cstring>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

namespace {

template <class First, class Second>
void both_for_ever(First first, Second second) {
  std::thread other([&] {
    while (true) {
      second();
      heddle::progress();
    }
  });
  while (true) {
    first();
    heddle::progress();
  }
}

/// Two mutexes, each thread names them in its own order.
void scoped_lock_both_orders() {
  std::mutex a;
  std::mutex b;
  both_for_ever([&] { std::scoped_lock both(a, b); }, [&] { std::scoped_lock both(b, a); });
}

void std_lock_both_orders() {
  std::mutex a;
  std::mutex b;
  const auto unlock = [&] {
    a.unlock();
    b.unlock();
  };
  both_for_ever(
      [&] {
        std::lock(a, b);
        unlock();
      },
      [&] {
        std::lock(b, a);
        unlock();
      });
}

/// One writer, and two readers whose reading overlaps.
void shared_mutex_writer() {
  std::shared_mutex mutex;
  auto read = [&] {
    while (true) {
      std::shared_lock lock(mutex);
      heddle::progress();
    }
  };
  std::thread one(read);
  both_for_ever([&] { std::unique_lock lock(mutex); }, [&] { std::shared_lock lock(mutex); });
}

/// One permit for two threads.
void counting_semaphore() {
  std::counting_semaphore<> permits(1);
  const auto use = [&] {
    permits.acquire();
    permits.release();
  };
  both_for_ever(use, use);
}

/// One thread wants two permits at once and takes them one by one, two others want one.
void counting_semaphore_of_two() {
  std::counting_semaphore<> permits(2);
  auto one = [&] {
    permits.acquire();
    permits.release();
  };
  std::thread third([&] {
    while (true) {
      one();
      heddle::progress();
    }
  });
  both_for_ever(
      [&] {
        permits.acquire();
        permits.acquire();
        permits.release(2);
      },
      one);
}

void mutex() {
  std::mutex mutex;
  const auto use = [&] { std::lock_guard guard(mutex); };
  both_for_ever(use, use);
}

struct Program {
  const char* name;
  void (*body)();
};

constexpr Program kPrograms[] = {
    {"scoped_lock_both_orders", &scoped_lock_both_orders},
    {"std_lock_both_orders", &std_lock_both_orders},
    {"shared_mutex_writer", &shared_mutex_writer},
    {"counting_semaphore", &counting_semaphore},
    {"counting_semaphore_of_two", &counting_semaphore_of_two},
    {"mutex", &mutex},
};

bool is_asked(const char* name, const std::vector<std::string>& names) {
  for (const std::string& asked : names) {
    if (asked == name) {
      return true;
    }
  }
  return names.empty();
}

}  // namespace

int main(int argc, char** argv) {
  heddle::Options options;
  options.search = heddle::SearchKind::kCycles;
  options.stop_at_first_bug = false;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--barging") == 0) {
      options.cycles.fair_locks = false;
    } else {
      names.emplace_back(argv[i]);
    }
  }
  for (const Program& program : kPrograms) {
    if (is_asked(program.name, names)) {
      const heddle::Report report = heddle::explore(program.body, options);
      std::printf("== %s\n%s\n", program.name, to_text(report).c_str());
    }
  }
  return 0;
}
