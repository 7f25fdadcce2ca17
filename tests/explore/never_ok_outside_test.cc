// SPDX-License-Identifier: Apache-2.0
// Correct programs that depend on something Heddle does not control: never `ok`.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <thread>

#include "heddle/heddle.h"
#include "support/uninstrumented.h"

namespace {

using heddle::FindingKind;
using heddle::Options;
using heddle::Report;
using heddle::Verdict;

/// What a program does with a number that should be the same in each execution.
using Use = void (*)(std::uint64_t);

/// Not local: compilers leave out what nobody else can see.
std::atomic<std::uint64_t> x{0};

void takes_one_more_step(std::uint64_t number) {
  if (number % 2 != 0) {
    x.store(1);
  }
}

void stores_it(std::uint64_t number) { x.store(number); }

void observes_it(std::uint64_t number) {
  heddle::observe("number", static_cast<long long>(number));
}

void chooses_among(std::uint64_t number) { heddle::choose(2 + number % 5); }

void starts_threads(std::uint64_t number) {
  for (std::uint64_t i = number % 3; i > 0; --i) {
    std::thread([] {}).join();
  }
}

void leaves_it_to_the_end_of_two_threads(std::uint64_t number) {
  std::thread other([&] { x.store(1); });
  x.store(2);
  other.join();
  if (number % 2 != 0) {
    x.load();
  }
}

void one_of_two_threads_uses_it(std::uint64_t number) {
  std::thread other([&] { x.store(number); });
  x.load();
  x.load();
  other.join();
}

/// For numbers that count the executions.
constexpr Use kAllUses[] = {takes_one_more_step,
                            stores_it,
                            observes_it,
                            chooses_among,
                            starts_threads,
                            leaves_it_to_the_end_of_two_threads,
                            one_of_two_threads_uses_it};
/// For numbers that are never the same.
constexpr Use kWholeUses[] = {stores_it, observes_it, one_of_two_threads_uses_it};

void expect_never_ok(std::span<const Use> uses, const std::function<std::uint64_t()>& next) {
  for (const Use use : uses) {
    Options options;
    options.stop_at_first_bug = false;
    const Report report = heddle::explore([&] { use(next()); }, options);
    EXPECT_EQ(report.verdict, Verdict::kBug) << to_text(report);
    ASSERT_FALSE(report.findings.empty());
    EXPECT_EQ(report.findings.back().kind, FindingKind::kNondeterminism) << to_text(report);
  }
}

TEST(NeverOkOutside, StateThatTheProgramKeepsOutside) {
  std::uint64_t runs = 0;
  expect_never_ok(kAllUses, [&runs] {
    std::uint64_t now = 0;
    heddle::outside([&] { now = runs++; });
    return now;
  });
}

TEST(NeverOkOutside, TheTimeStampCounter) {
  expect_never_ok(kWholeUses, [] { return __rdtsc(); });
}

TEST(NeverOkOutside, AnUninstrumentedLibraryThatReadsTheClock) {
  expect_never_ok(kWholeUses, [] { return uninstrumented::kernel_nanoseconds(); });
}

TEST(NeverOkOutside, StateOfTheKernel) {
  expect_never_ok(kAllUses, [] {
    const mode_t mask = umask(0);
    umask((mask + 1) & 0777);
    return static_cast<std::uint64_t>(mask);
  });
}

TEST(NeverOkOutside, TheAddressOfABlockOfLibc) {
  // Each execution keeps one: the next one's lies elsewhere.
  expect_never_ok(kWholeUses, [] {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const file = fopen("/proc/self/stat", "r");
    getdelim(&text, &size, ' ', file);
    fclose(file);
    return reinterpret_cast<std::uintptr_t>(text);
  });
}

TEST(NeverOkOutside, AFileThatGrows) {
  std::FILE* const file = std::tmpfile();
  const int descriptor = fileno(file);
  expect_never_ok(kAllUses, [descriptor] {
    const auto size = static_cast<std::uint64_t>(lseek(descriptor, 0, SEEK_END));
    [[maybe_unused]] const ssize_t written = write(descriptor, "x", 1);
    return size;
  });
  std::fclose(file);
}

TEST(NeverOkOutside, AnUninstrumentedThread) {
  const Report report = uninstrumented::explore_uninstrumented_thread();
  EXPECT_EQ(report.verdict, Verdict::kBug) << to_text(report);
}

}  // namespace
