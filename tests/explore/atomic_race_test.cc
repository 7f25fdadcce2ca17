// SPDX-License-Identifier: Apache-2.0
// Plain accesses against atomic ones of the same bytes: the race is found whichever comes first.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "heddle/heddle.h"

extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateBenignRaceSized(const char* file, int line, void* memory, std::size_t size,
                             const char* why);
}

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;

struct Word {
  int value = 0;
  std::atomic_ref<int> atomic() { return std::atomic_ref<int>(value); }
};

bool races(const std::function<void()>& body, FindingKind kind = FindingKind::kDataRace) {
  Options options;
  options.after_race = heddle::AfterRace::kStop;
  const Report report = heddle::explore(body, options);
  for (const heddle::Finding& finding : report.findings) {
    if (finding.kind == kind) {
      return true;
    }
  }
  return false;
}

TEST(AtomicRace, PlainWriteAndAtomicAccess) {
  for (const bool plain_first : {false, true}) {
    for (const bool atomic_writes : {false, true}) {
      EXPECT_TRUE(races([=] {
        Word word;
        auto plain = [&] { word.value = 1; };
        auto atomic = [&] { atomic_writes ? word.atomic().store(2) : void(word.atomic().load()); };
        std::thread other([&] { plain_first ? atomic() : plain(); });
        plain_first ? plain() : atomic();
        other.join();
      })) << plain_first
          << atomic_writes;
    }
  }
}

TEST(AtomicRace, PlainReadAndAtomicAccess) {
  for (const bool plain_first : {false, true}) {
    for (const bool atomic_writes : {false, true}) {
      EXPECT_EQ(races([=] {
                  Word word;
                  volatile int seen = 0;
                  auto plain = [&] { seen = word.value; };
                  auto atomic = [&] {
                    atomic_writes ? void(word.atomic().fetch_add(2)) : void(word.atomic().load());
                  };
                  std::thread other([&] { plain_first ? atomic() : plain(); });
                  plain_first ? plain() : atomic();
                  other.join();
                }),
                atomic_writes)
          << plain_first;
    }
  }
}

TEST(AtomicRace, OrderedByAnotherAtomicIsNone) {
  EXPECT_FALSE(races([] {
    Word word;
    std::atomic<bool> ready{false};
    std::thread other([&] {
      word.atomic().store(1, std::memory_order_relaxed);
      ready.store(true, std::memory_order_release);
    });
    if (ready.load(std::memory_order_acquire)) {
      word.value = 2;
      word.atomic().store(3, std::memory_order_relaxed);
    }
    other.join();
    word.value = 4;
  }));
}

// The plain write of one byte begins a new life of the location; what raced with the rest of it in
// the life before still does.
TEST(AtomicRace, BytesOfAnEarlierLife) {
  EXPECT_TRUE(races([] {
    Word word;
    std::thread late([&] { reinterpret_cast<char*>(&word.value)[3] = 1; });
    std::thread writer([&] {
      word.atomic().store(1, std::memory_order_relaxed);
      reinterpret_cast<char*>(&word.value)[0] = 1;
    });
    late.join();
    writer.join();
  }));
}

TEST(AtomicRace, FreeAndAtomicAccess) {
  for (const bool free_first : {false, true}) {
    EXPECT_TRUE(races(
        [=] {
          auto* word = new Word;
          std::thread other([=] { free_first ? void(word->atomic().load()) : delete word; });
          free_first ? delete word : void(word->atomic().load());
          other.join();
        },
        FindingKind::kUseAfterFree))
        << free_first;
  }
}

// The load that acquires is itself ordered after what it acquires. Under RC11 it could also read
// the value before; there that is the race.
TEST(AtomicRace, NotWithWhatTheLoadItselfAcquires) {
  const auto body = [] {
    Word word;
    std::atomic<bool> written{false};
    std::thread other([&] {
      word.value = 1;
      word.atomic().store(2, std::memory_order_release);
      written.store(true, std::memory_order_relaxed);
    });
    if (written.load(std::memory_order_relaxed)) {
      word.atomic().load(std::memory_order_acquire);
    }
    other.join();
  };
  Options options;
  options.model = heddle::Model::kSc;
  const Report report = heddle::explore(body, options);
  EXPECT_EQ(report.verdict, heddle::Verdict::kOk) << to_text(report);
  EXPECT_TRUE(races(body));
}

TEST(Annotated, AnIgnoredRegionDoesNotRace) {
  for (const bool writes_inside : {false, true}) {
    EXPECT_EQ(races([=] {
                int value = 0;
                volatile int seen = 0;
                std::thread other([&] { value = 1; });
                AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
                seen = value;
                if (writes_inside) {
                  value = 2;  // Only reads are ignored.
                }
                AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
                other.join();
              }),
              writes_inside);
  }
}

TEST(Annotated, ABenignRaceIsAWarning) {
  const Report report = heddle::explore([] {
    int counted = 0;
    AnnotateBenignRaceSized(__FILE__, __LINE__, &counted, sizeof counted, "statistics");
    std::thread other([&] { ++counted; });
    ++counted;
    other.join();
  });
  EXPECT_TRUE(report.findings.empty()) << to_text(report);
  ASSERT_FALSE(report.warnings.empty());
  EXPECT_NE(report.warnings[0].find("benign: statistics"), std::string::npos);
}

}  // namespace
