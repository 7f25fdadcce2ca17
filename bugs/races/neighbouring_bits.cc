// SPDX-License-Identifier: Apache-2.0
// Neighbouring bits. Each of two threads sets a flag of its own; but the flags are bits of one
// byte, and setting a bit reads and writes the whole byte.
//
//   sender                      receiver
//   ------------------------------------
//   reads flags: 00
//                               reads flags: 00
//                               writes flags: 10
//   writes flags: 01                                    the receiver's flag is gone
#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
constexpr std::uint8_t kSent = 1;
constexpr std::uint8_t kReceived = 2;

void body() {
  std::uint8_t flags = 0;
  std::thread sender([&] { flags |= kSent; });
  std::thread receiver([&] { flags |= kReceived; });
  sender.join();
  receiver.join();
  heddle::observe("flags", int{flags});
  assert(flags == (kSent | kReceived));
}
}  // namespace buggy

// Also buggy, and harder to see: two elements of a std::vector<bool> are two bits of one word.
namespace vector_of_bool {
void body() {
  std::vector<bool> done(2);
  std::thread sender([&] { done[0] = true; });
  std::thread receiver([&] { done[1] = true; });
  sender.join();
  receiver.join();
  assert(done[0] && done[1]);
}
}  // namespace vector_of_bool

// Also buggy: two bit-fields. They look like members of their own, and are one memory location. Who
// sets one reads the others; g++ does not tell of that, so what the race leads to is left to the
// first variant to show.
namespace bit_fields {
struct Flags {
  std::uint8_t sent : 1;
  std::uint8_t received : 1;
};

void body() {
  Flags flags{};
  std::thread sender([&] { flags.sent = 1; });
  std::thread receiver([&] { flags.received = 1; });
  sender.join();
  receiver.join();
}
}  // namespace bit_fields

// Fix: a byte for each. Different bytes are different memory locations.
namespace bytes {
void body() {
  bool sent = false;
  bool received = false;
  std::thread sender([&] { sent = true; });
  std::thread receiver([&] { received = true; });
  sender.join();
  receiver.join();
  assert(sent && received);
}
}  // namespace bytes

// Fix: set the bit in one atomic step.
namespace fetch_or {
constexpr std::uint8_t kSent = 1;
constexpr std::uint8_t kReceived = 2;

void body() {
  std::atomic<std::uint8_t> flags = 0;
  std::thread sender([&] { flags |= kSent; });
  std::thread receiver([&] { flags |= kReceived; });
  sender.join();
  receiver.join();
  heddle::observe("flags", int{flags});
  assert(flags == (kSent | kReceived));
}
}  // namespace fetch_or

// Fix: one lock for all that share the byte.
namespace mutex {
constexpr std::uint8_t kSent = 1;
constexpr std::uint8_t kReceived = 2;

void body() {
  std::uint8_t flags = 0;
  std::mutex mutex;
  std::thread sender([&] {
    std::lock_guard lock(mutex);
    flags |= kSent;
  });
  std::thread receiver([&] {
    std::lock_guard lock(mutex);
    flags |= kReceived;
  });
  sender.join();
  receiver.join();
  heddle::observe("flags", int{flags});
  assert(flags == (kSent | kReceived));
}
}  // namespace mutex

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "neighbouring_bits",
    .title = "Two threads set different bits of one word",
    .story = "A sender and a receiver each set a flag that nobody else sets. To save space the "
             "flags share a byte, and setting one bit means reading and writing all of them, so "
             "one thread takes back what the other one has set. Bit-fields and the elements of a "
             "std::vector<bool> are such bits although they look like variables of their own.",
    .kind = "data race on adjacent bits",
    .cwe = "366",
    .origin = "SEI CERT CON52-CPP",
    .threads = 2,
    .tsan_reason = "Both threads read and write the same plain word without order.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "vector_of_bool",
             .body = vector_of_bool::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "bit_fields",
             .body = bit_fields::body,
             .verdict = kBug,
             .kinds = {kDataRace},
             .tsan = {"data_race"}},
            {.name = "bytes",
             .body = bytes::body,
             .adds = "ownership: each byte is written by one thread",
             .primitive = "a variable for each flag",
             .sc_executions = 1},
            {.name = "fetch_or",
             .body = fetch_or::body,
             .adds = "atomicity: the other bits are read and written back in one step",
             .primitive = "std::atomic::fetch_or",
             .sc_executions = 2},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: one thread at a time changes the byte",
             .primitive = "std::mutex",
             .sc_executions = 2},
        },
}};

}  // namespace
