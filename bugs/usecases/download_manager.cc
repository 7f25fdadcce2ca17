// SPDX-License-Identifier: Apache-2.0
// Download manager. Two parts of a file are loaded at once. Each counts its own bytes, for
// resuming, and adds to the total, for the progress bar. Who saves the state in between saves two
// numbers that do not agree, and the resumed download is short of a piece.
//
//   part 0                      saver
//   ---------------------------------
//   copies its bytes
//   loaded[0] = 3
//                               saves loaded: 3 + 0, total: 0
//   total += 3
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

constexpr std::string_view kOnTheServer = "heddle";
constexpr int kPartSize = 3;

/// The bytes of one part, as the server sends them.
std::string_view fetch(int part) { return kOnTheServer.substr(part * kPartSize, kPartSize); }

/// What is written to disk when the user interrupts.
struct Saved {
  std::array<int, 2> loaded{};
  int total = 0;

  /// A download that is resumed loads what is missing by `loaded`, and ends when `total` says so.
  bool can_be_resumed() const { return loaded[0] + loaded[1] == total; }
};

/// The user interrupts while the first of `parts` parts, or both, are being loaded.
template <class Download>
void play(int parts) {
  Download download;
  std::thread first([&] { download.load(0); });
  std::thread second([&] {
    if (parts == 2) {
      download.load(1);
    }
  });
  std::thread saver([&] {
    const Saved saved = download.save();
    heddle::observe("saved", saved.total);
    assert(saved.can_be_resumed());
  });
  first.join();
  second.join();
  saver.join();
  assert(std::string_view(download.file.data(), parts * kPartSize) ==
         kOnTheServer.substr(0, parts * kPartSize));
}

namespace buggy {
struct Download {
  std::array<char, 6> file{};
  std::array<int, 2> loaded{};
  int total = 0;

  void load(int part) {
    const std::string_view bytes = fetch(part);
    bytes.copy(file.data() + part * kPartSize, bytes.size());
    loaded[part] += static_cast<int>(bytes.size());
    total += static_cast<int>(bytes.size());
  }
  Saved save() {
    Saved saved;
    saved.total = total;
    saved.loaded = {loaded[0], loaded[1]};
    return saved;
  }
};

void body() { play<Download>(1); }
}  // namespace buggy

// Fix: one lock for all numbers that must agree.
namespace mutex {
struct Download {
  std::array<char, 6> file{};
  std::mutex numbers;
  std::array<int, 2> loaded{};
  int total = 0;

  void load(int part) {
    const std::string_view bytes = fetch(part);
    bytes.copy(file.data() + part * kPartSize, bytes.size());
    std::lock_guard lock(numbers);
    loaded[part] += static_cast<int>(bytes.size());
    total += static_cast<int>(bytes.size());
  }
  Saved save() {
    std::lock_guard lock(numbers);
    Saved saved;
    saved.total = total;
    saved.loaded = {loaded[0], loaded[1]};
    return saved;
  }
};

void body() { play<Download>(2); }
}  // namespace mutex

// Fix: do not keep what can be added up. The saved total is that of the saved parts.
namespace parts_only {
struct Download {
  std::array<char, 6> file{};
  std::array<std::atomic<int>, 2> loaded{};

  void load(int part) {
    const std::string_view bytes = fetch(part);
    bytes.copy(file.data() + part * kPartSize, bytes.size());
    loaded[part] += static_cast<int>(bytes.size());
  }
  Saved save() {
    Saved saved;
    saved.loaded = {loaded[0], loaded[1]};
    saved.total = saved.loaded[0] + saved.loaded[1];
    return saved;
  }
};

void body() { play<Download>(2); }
}  // namespace parts_only

// Fix: the numbers are the saver's. Parts tell it what they have loaded, and it saves when it has
// read a letter to its end.
namespace message_to_saver {
struct Download {
  std::array<char, 6> file{};
  std::mutex mutex;
  std::condition_variable arrived;
  std::array<int, 2> letters{-1, -1};  // Numbers of parts that have been loaded.
  int sent = 0;

  void load(int part) {
    const std::string_view bytes = fetch(part);
    bytes.copy(file.data() + part * kPartSize, bytes.size());
    std::lock_guard lock(mutex);
    letters[sent++] = part;
    arrived.notify_one();
  }
  Saved save() {  // Interrupted behind the first letter.
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return sent > 0; });
    const int part = letters[0];
    lock.unlock();
    Saved saved;
    saved.loaded[part] += kPartSize;
    saved.total += kPartSize;
    return saved;
  }
};

void body() { play<Download>(2); }
}  // namespace message_to_saver

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
    .threads = 3,
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
            {.name = "message_to_saver",
             .body = message_to_saver::body,
             .adds = "ownership: the numbers belong to the thread that saves them",
             .primitive = "a mailbox"},
        },
}};

}  // namespace
