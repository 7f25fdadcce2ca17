// SPDX-License-Identifier: Apache-2.0
// Reference count. Each of two owners lets go of a picture by counting down, and whoever comes to
// zero deletes it. With a plain count both may come to one, and nobody deletes.
//
//   first owner                 second owner
//   ----------------------------------------
//   reads references: 2
//                               reads references: 2
//                               references = 1
//   references = 1                                      two owners left, none deleted it
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

namespace buggy {
struct Picture {
  int references = 2;
};

void release(Picture* picture) {
  if (--picture->references == 0) {
    delete picture;
  }
}

void body() {
  auto* picture = new Picture;
  std::thread first([=] { release(picture); });
  std::thread second([=] { release(picture); });
  first.join();
  second.join();
}
}  // namespace buggy

// Also buggy: the count is atomic, but counting down and asking for zero are two steps. Both owners
// may find zero, and the slower one asks when the picture is gone.
namespace asked_again {
struct Picture {
  std::atomic<int> references = 2;
};

void release(Picture* picture) {
  --picture->references;
  if (picture->references == 0) {
    delete picture;
  }
}

void body() {
  auto* picture = new Picture;
  std::thread first([=] { release(picture); });
  std::thread second([=] { release(picture); });
  first.join();
  second.join();
}
}  // namespace asked_again

// Fix: counting down says what is left, in one step. Release, so that whoever deletes has seen all
// uses; acquire, so that it deletes after them.
namespace fetch_sub {
struct Picture {
  std::atomic<int> references = 2;
};

void release(Picture* picture) {
  if (picture->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete picture;
  }
}

void body() {
  auto* picture = new Picture;
  std::thread first([=] { release(picture); });
  std::thread second([=] { release(picture); });
  first.join();
  second.join();
}
}  // namespace fetch_sub

// Fix: a lock around the count, which must not lie in the picture.
namespace mutex {
struct Picture {
  int references = 2;
};

void release(Picture* picture, std::mutex& mutex) {
  bool last = false;
  {
    std::lock_guard lock(mutex);
    last = --picture->references == 0;
  }
  if (last) {
    delete picture;
  }
}

void body() {
  std::mutex mutex;
  auto* picture = new Picture;
  std::thread first([&, picture] { release(picture, mutex); });
  std::thread second([&, picture] { release(picture, mutex); });
  first.join();
  second.join();
}
}  // namespace mutex

// Fix: leave the counting to the library.
namespace shared_ptr {
struct Picture {};

void body() {
  auto picture = std::make_shared<Picture>();
  std::thread first([mine = picture]() mutable { mine.reset(); });
  std::thread second([mine = std::move(picture)]() mutable { mine.reset(); });
  first.join();
  second.join();
}
}  // namespace shared_ptr

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "reference_count",
    .title = "Two owners count down, and nobody deletes, or both do",
    .story = "Two owners share a picture and count their references. With a plain count one "
             "decrement can be lost: nobody comes to zero and the picture leaks. The second buggy "
             "variant counts atomically and asks for zero in a step of its own: then both may "
             "find zero and delete, or one asks a picture that the other has deleted.",
    .kind = "atomicity violation, reference count",
    .cwe = "911,415",
    .origin = "Apache bug 21287; CVE-2016-9806",
    .threads = 2,
    .tsan_reason = "The plain count races. The atomic one does not, and that a picture is deleted "
                   "twice or asked too late shows only in a run in which it happens.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kUseAfterFree, kLeak},
             .tsan = {"data_race"}},
            {.name = "asked_again",
             .body = asked_again::body,
             .verdict = kBug,
             .kinds = {kUseAfterFree, kDoubleFree},
             .tsan = {"use_after_free", "data_race"},
             .tsan_certain = false},
            {.name = "fetch_sub",
             .body = fetch_sub::body,
             .adds = "atomicity, and happens-before: the other owner's decrement before the delete",
             .primitive = "std::atomic::fetch_sub (acq_rel)",
             .sc_executions = 2},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: one owner counts down at a time, and remembers what it saw",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "shared_ptr",
             .body = shared_ptr::body,
             .adds = "atomicity: the control block is counted down and tested in one step",
             .primitive = "std::shared_ptr"},
        },
}};

}  // namespace
