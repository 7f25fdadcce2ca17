// SPDX-License-Identifier: Apache-2.0
// Torn pair. A 64-bit time is kept as two atomic halves of 32 bits. Each half is read and written
// atomically; the whole is not.
//
//   clock                       reader
//   ----------------------------------
//                               reads high: 0
//   high = 1
//   low = 0
//                               reads low: 0            time went back by four thousand million
#include <atomic>
#include <cassert>
#include <cstdint>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr std::uint64_t kBefore = 0xffffffff;  // high 0, low all ones
constexpr std::uint64_t kAfter = 0x100000000;  // high 1, low 0

namespace buggy {
struct Time {
  std::atomic<std::uint32_t> high{0};
  std::atomic<std::uint32_t> low{0xffffffff};

  void tick() {
    high = 1;
    low = 0;
  }
  std::uint64_t read() {
    const std::uint64_t upper = high;
    return upper << 32 | low;
  }
};

void body() {
  Time time;
  std::uint64_t seen = 0;
  std::thread clock([&] { time.tick(); });
  std::thread reader([&] { seen = time.read(); });
  clock.join();
  reader.join();
  heddle::observe("seen", seen);
  assert(seen == kBefore || seen == kAfter);
}
}  // namespace buggy

// Fix: one atomic of 64 bits.
namespace one_atomic {
struct Time {
  std::atomic<std::uint64_t> value{kBefore};

  void tick() { value = kAfter; }
  std::uint64_t read() { return value; }
};

void body() {
  Time time;
  std::uint64_t seen = 0;
  std::thread clock([&] { time.tick(); });
  std::thread reader([&] { seen = time.read(); });
  clock.join();
  reader.join();
  heddle::observe("seen", seen);
  assert(seen == kBefore || seen == kAfter);
}
}  // namespace one_atomic

// Fix: a sequence that is odd while the clock writes; the reader reads until nothing has changed.
namespace sequence {
struct Time {
  std::atomic<std::uint32_t> changes{0};
  std::atomic<std::uint32_t> high{0};
  std::atomic<std::uint32_t> low{0xffffffff};

  void tick() {
    changes = 1;
    high = 1;
    low = 0;
    changes = 2;
  }
  std::uint64_t read() {
    for (;;) {
      const std::uint32_t before = changes;
      const std::uint64_t upper = high;
      const std::uint64_t both = upper << 32 | low;
      if (before % 2 == 0 && changes == before) {
        return both;
      }
    }
  }
};

void body() {
  Time time;
  std::uint64_t seen = 0;
  std::thread clock([&] { time.tick(); });
  std::thread reader([&] { seen = time.read(); });
  clock.join();
  reader.join();
  heddle::observe("seen", seen);
  assert(seen == kBefore || seen == kAfter);
}
}  // namespace sequence

// Fix: a lock around both halves.
namespace mutex {
struct Time {
  std::mutex mutex;
  std::uint32_t high = 0;
  std::uint32_t low = 0xffffffff;

  void tick() {
    std::lock_guard lock(mutex);
    high = 1;
    low = 0;
  }
  std::uint64_t read() {
    std::lock_guard lock(mutex);
    const std::uint64_t upper = high;
    return upper << 32 | low;
  }
};

void body() {
  Time time;
  std::uint64_t seen = 0;
  std::thread clock([&] { time.tick(); });
  std::thread reader([&] { seen = time.read(); });
  clock.join();
  reader.join();
  heddle::observe("seen", seen);
  assert(seen == kBefore || seen == kAfter);
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "torn_pair",
    .title = "A 64-bit value in two atomic halves is read half old and half new",
    .story = "A clock keeps its 64-bit time in two atomic words of 32 bits. When the lower word "
             "overflows both change, and a reader that comes in between puts an old half and a new "
             "one together: a time that never was. Machines and languages that store 64 bits in "
             "two steps do the same to an ordinary variable.",
    .kind = "torn read",
    .cwe = "366",
    .threads = 2,
    .tsan_reason = "Both halves are atomic, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 4},
            {.name = "one_atomic",
             .body = one_atomic::body,
             .adds = "atomicity: both halves are read and written in one step",
             .primitive = "std::atomic<std::uint64_t>",
             .sc_executions = 2},
            {.name = "sequence",
             .body = sequence::body,
             .adds = "order: a reader that saw anything new before the second look sees there that "
                     "the sequence has moved, and reads again",
             .primitive = "std::atomic (seq_cst)"},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: no reader between the two halves of a tick",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
