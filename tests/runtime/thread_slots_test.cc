// SPDX-License-Identifier: Apache-2.0
// Slots: borrowed thread-local storage is separate, right for libc and libstdc++, and restored.
#include "checker/runtime/thread_slots.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>

#include "checker/runtime/modules.h"

namespace {

thread_local int t_number = 7;
thread_local std::string t_text = "as initialised, and too long for the small buffer";

}  // namespace

namespace heddle::runtime {
namespace {

/// Runs `body` on slot k's fiber with slot k's thread-local storage.
class Stage {
 public:
  Stage() {
    modules.load();
    slots().start(modules);
  }
  /// Parked threads are for the life of the process, and so are the slots.
  static ThreadSlots& slots() {
    static ThreadSlots* const instance = new ThreadSlots;
    return *instance;
  }
  void run(std::uint32_t k, void (*body)()) {
    ASSERT_EQ(slots().prepare(k), SlotError::kNone);
    current = this;
    running = k;
    code = body;
    ThreadSlot& slot = slots().slot(k);
    reset_fiber(slot.fiber, &Stage::enter, nullptr);
    const std::uintptr_t own = fs_base();
    set_fs_base(slot.fs_base);
    switch_fiber(explorer, slot.fiber);
    set_fs_base(own);
  }

  Modules modules;

 private:
  static void enter(void*) {
    current->code();
    resume_fiber(current->explorer);
  }

  static inline Stage* current = nullptr;
  Fiber explorer;
  std::uint32_t running = 0;
  void (*code)() = nullptr;
};

TEST(ThreadSlots, ThreadLocalsAndErrnoAreTheSlotsOwn) {
  Stage stage;
  t_number = 1;
  errno = EDOM;
  for (std::uint32_t k : {0U, 1U, 5U}) {
    static int seen;
    static int seen_errno;
    stage.run(k, [] {
      seen = t_number;
      seen_errno = errno;
      t_number = 100;
      errno = ERANGE;
    });
    EXPECT_EQ(seen, 7);
    EXPECT_EQ(seen_errno, 0);
  }
  EXPECT_EQ(t_number, 1);
  EXPECT_EQ(errno, EDOM);
}

TEST(ThreadSlots, RestoreMakesThreadLocalsNew) {
  Stage stage;
  static int seen;
  static int seen_errno;
  static std::string text;
  for (int i = 0; i < 3; ++i) {
    stage.run(2, [] {
      seen = t_number++;
      seen_errno = errno;
      errno = ENOENT;
      text = t_text;
      t_text.assign(3, 'x');
      t_text = {};  // Gives its memory back: nobody will, after the restore.
      t_text.shrink_to_fit();
    });
    EXPECT_EQ(seen, 7);
    EXPECT_EQ(seen_errno, 0);
    EXPECT_EQ(text, "as initialised, and too long for the small buffer");
    Stage::slots().restore_tls(2);
  }
  EXPECT_GE(Stage::slots().tls_bytes(), sizeof(int) + sizeof(std::string));
  EXPECT_LT(Stage::slots().tls_bytes(), 4096U);
  EXPECT_EQ(Stage::slots().unrestored_tls_modules(), 0U);
}

TEST(ThreadSlots, ExceptionStateIsTheSlotsOwn) {
  Stage stage;
  static std::string caught;
  static int uncaught;
  try {
    throw std::logic_error("the explorer's");
  } catch (const std::exception&) {
    stage.run(3, [] {
      uncaught = std::current_exception() == nullptr ? 0 : 1;
      try {
        throw std::runtime_error("the fiber's");
      } catch (const std::exception& error) {
        caught = error.what();
      }
    });
    EXPECT_EQ(caught, "the fiber's");
    EXPECT_EQ(uncaught, 0);
    try {
      throw;
    } catch (const std::exception& error) {
      EXPECT_STREQ(error.what(), "the explorer's");
    }
  }
}

TEST(ThreadSlots, HandleIsWhatPthreadSelfSays) {
  Stage stage;
  static pthread_t self;
  stage.run(1, [] { self = pthread_self(); });
  EXPECT_EQ(static_cast<std::uint64_t>(self), Stage::slots().slot(1).handle);
  EXPECT_EQ(Stage::slots().find_handle(static_cast<std::uint64_t>(self)), 1U);
  EXPECT_EQ(Stage::slots().find_handle(12345), base::kMaxThreads);
}

TEST(ThreadSlots, StacksLieAtPlacesThatFollowFromTheNumber) {
  Stage stage;
  static std::uintptr_t local;
  stage.run(4, [] {
    volatile int here = 0;
    local = reinterpret_cast<std::uintptr_t>(&here);
  });
  const ThreadSlots& slots = Stage::slots();
  EXPECT_EQ(slots.find_stack(local), 4U);
  EXPECT_EQ(slots.slot(4).fiber.stack_high(),
            ThreadSlots::kBase + 4 * ThreadSlots::kSpacing + ThreadSlots::kSpacing / 2);
  EXPECT_EQ(slots.slot(4).fs_base / ThreadSlots::kSpacing,
            ThreadSlots::kBase / ThreadSlots::kSpacing + 4);
  const auto low = reinterpret_cast<std::uintptr_t>(slots.slot(4).fiber.stack_low);
  EXPECT_EQ(slots.find_guard(low - 1), 4U);
  EXPECT_EQ(slots.find_guard(low), base::kMaxThreads);
  EXPECT_EQ(slots.find_stack(low - 1), base::kMaxThreads);
}

}  // namespace
}  // namespace heddle::runtime
