// SPDX-License-Identifier: Apache-2.0
// Download manager. Two parts of a file are loaded at once. Each counts its own bytes, for
// resuming, and adds to the total, for the progress bar. Who saves the state in between saves two
// numbers that do not agree, and the resumed download is short of a piece.
//
//   part                        saver
//   ---------------------------------
//   part_bytes += 10
//                               saves part_bytes: 10, total: 0
//   total += 10
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Download {
  std::array<int, 2> part{};
  int total = 0;

  void receive(int which, int bytes) {
    part[which] += bytes;
    total += bytes;
  }
  void save() {
    const int saved_total = total;
    const int saved_parts = part[0] + part[1];
    heddle::observe("saved", saved_total);
    assert(saved_total == saved_parts);
  }
};

void body() {
  Download download;
  std::thread loader([&] { download.receive(0, 10); });
  std::thread saver([&] { download.save(); });
  loader.join();
  saver.join();
}
}  // namespace buggy

// Fix: one lock for all numbers that must agree.
namespace mutex {
struct Download {
  std::mutex mutex;
  std::array<int, 2> part{};
  int total = 0;

  void receive(int which, int bytes) {
    std::lock_guard lock(mutex);
    part[which] += bytes;
    total += bytes;
  }
  void save() {
    std::lock_guard lock(mutex);
    const int saved_total = total;
    const int saved_parts = part[0] + part[1];
    heddle::observe("saved", saved_total);
    assert(saved_total == saved_parts);
  }
};

void body() {
  Download download;
  std::thread first([&] { download.receive(0, 10); });
  std::thread second([&] { download.receive(1, 20); });
  std::thread saver([&] { download.save(); });
  first.join();
  second.join();
  saver.join();
}
}  // namespace mutex

// Fix: do not keep what can be added up. The saved total is that of the saved parts.
namespace parts_only {
struct Download {
  std::array<std::atomic<int>, 2> part{};

  void receive(int which, int bytes) { part[which] += bytes; }
  void save() {
    const int first = part[0];
    const int second = part[1];
    const int saved_total = first + second;
    const int saved_parts = first + second;
    heddle::observe("saved", saved_total);
    assert(saved_total == saved_parts);
  }
};

void body() {
  Download download;
  std::thread first([&] { download.receive(0, 10); });
  std::thread second([&] { download.receive(1, 20); });
  std::thread saver([&] { download.save(); });
  first.join();
  second.join();
  saver.join();
}
}  // namespace parts_only

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "download_manager",
    .title = "A download is saved while its total and its parts disagree",
    .story = "A download manager loads the parts of a file in threads of their own. Each part "
             "counts its bytes and adds them to the total. The state is saved when the user "
             "interrupts: between the two additions the total does not fit the parts, and the "
             "resumed download is damaged.",
    .kind = "multi-variable atomicity violation",
    .cwe = "362",
    .origin = "aget",
    .threads = 2,
    .tsan_reason = "The counters are plain, and the saver reads them without order.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: nobody saves between a part's addition and the total's",
             .primitive = "std::mutex",
             .sc_executions = 6},
            {.name = "parts_only",
             .body = parts_only::body,
             .adds = "atomicity: each number is one variable, and the total is made of them",
             .primitive = "std::atomic",
             .sc_executions = 4},
        },
}};

}  // namespace
