// SPDX-License-Identifier: Apache-2.0
// Append a shrinking text. append() asks the other text for its length and then for that many
// letters. Each question locks the other text, and is answered correctly; between the two somebody
// shortens it.
//
//   appender                            editor
//   ------------------------------------------
//   [lock] other.length(): 3
//                                       [lock] other.clear()
//   [lock] other.copy(3 letters)        it has none
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
struct Text {
  std::mutex mutex = {};
  int length = 0;
  std::array<char, 8> letters{};

  int size() {
    std::lock_guard lock(mutex);
    return length;
  }
  void copy(int count, char* to) {
    std::lock_guard lock(mutex);
    assert(count <= length);
    for (int i = 0; i < count; ++i) {
      to[i] = letters[i];
    }
  }
  void clear() {
    std::lock_guard lock(mutex);
    length = 0;
  }
  void append(Text& other) {
    std::lock_guard lock(mutex);
    const int count = other.size();
    other.copy(count, &letters[length]);
    length += count;
  }
};

void body() {
  Text text;
  Text other{.length = 3, .letters = {'a', 'b', 'c'}};
  std::thread appender([&] { text.append(other); });
  std::thread editor([&] { other.clear(); });
  appender.join();
  editor.join();
  heddle::observe("length", text.length);
}
}  // namespace buggy

// Fix: append() locks both texts for as long as it takes.
namespace both_locked {
struct Text {
  std::mutex mutex = {};
  int length = 0;
  std::array<char, 8> letters{};

  void copy(int count, char* to) {
    assert(count <= length);
    for (int i = 0; i < count; ++i) {
      to[i] = letters[i];
    }
  }
  void clear() {
    std::lock_guard lock(mutex);
    length = 0;
  }
  void append(Text& other) {
    std::scoped_lock both(mutex, other.mutex);
    const int count = other.length;
    other.copy(count, &letters[length]);
    length += count;
  }
};

void body() {
  Text text;
  Text other{.length = 3, .letters = {'a', 'b', 'c'}};
  std::thread appender([&] { text.append(other); });
  std::thread editor([&] { other.clear(); });
  appender.join();
  editor.join();
  heddle::observe("length", text.length);
}
}  // namespace both_locked

// Fix: one question instead of two, answered with a copy of length and letters.
namespace snapshot {
struct Text {
  std::mutex mutex = {};
  int length = 0;
  std::array<char, 8> letters{};

  int copy(char* to) {
    std::lock_guard lock(mutex);
    for (int i = 0; i < length; ++i) {
      to[i] = letters[i];
    }
    return length;
  }
  void clear() {
    std::lock_guard lock(mutex);
    length = 0;
  }
  void append(Text& other) {
    std::lock_guard lock(mutex);
    length += other.copy(&letters[length]);
  }
};

void body() {
  Text text;
  Text other{.length = 3, .letters = {'a', 'b', 'c'}};
  std::thread appender([&] { text.append(other); });
  std::thread editor([&] { other.clear(); });
  appender.join();
  editor.join();
  heddle::observe("length", text.length);
}
}  // namespace snapshot

// Fix: texts never change. The editor puts another one in the place of this one; whoever has this
// one keeps it.
namespace immutable {
struct Text {
  int length = 0;
  std::array<char, 8> letters{};

  void copy(int count, char* to) const {
    assert(count <= length);
    for (int i = 0; i < count; ++i) {
      to[i] = letters[i];
    }
  }
  void append(const Text& other) {
    const int count = other.length;
    other.copy(count, &letters[length]);
    length += count;
  }
};

void body() {
  Text text;
  const Text abc{.length = 3, .letters = {'a', 'b', 'c'}};
  const Text empty;
  std::atomic<const Text*> other{&abc};
  std::thread appender([&] { text.append(*other.load()); });
  std::thread editor([&] { other = &empty; });
  appender.join();
  editor.join();
  heddle::observe("length", text.length);
}
}  // namespace immutable

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "append_shrinking",
    .title = "A text is shortened between the question for its length and for its letters",
    .story = "append() first asks the other text how long it is and then copies so many letters. "
             "Every method of the other text locks it, yet the two answers do not belong together: "
             "another thread has shortened the text in between, and append() copies letters that "
             "are no longer there. Methods that are atomic do not make their sequence atomic.",
    .kind = "atomicity violation of two calls",
    .cwe = "362",
    .origin = "the StringBuffer of JDK 1.4",
    .threads = 2,
    .tsan_reason = "Every access holds the lock of its text, so there is no data race to report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kAssertion},
             .sc_executions = 3},
            {.name = "both_locked",
             .body = both_locked::body,
             .adds = "exclusion: the other text is locked from its length to its last letter",
             .primitive = "std::scoped_lock"},
            {.name = "snapshot",
             .body = snapshot::body,
             .adds = "exclusion: length and letters are copied in one critical section",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "immutable",
             .body = immutable::body,
             .adds = "immutability: length and letters belong together because neither changes",
             .primitive = "std::atomic of a pointer to const",
             .sc_executions = 2},
        },
}};

}  // namespace
