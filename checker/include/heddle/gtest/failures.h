// SPDX-License-Identifier: Apache-2.0
// What EXPECT_ and ASSERT_ do in an explored body: a failure becomes a finding of the execution.
// Part of heddle/gtest.h.
#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "heddle/heddle.h"

namespace heddle::gtest {

/// What a running HEDDLE_TEST keeps outside the model.
struct Running {
  std::vector<testing::TestPartResult> late;  ///< Failures in heddle::outside() and the like.
  std::string skipped;                        ///< GTEST_SKIP's message.
  bool is_skipped = false;
};

// Restored for each execution with the program's other globals. Accessed without hooks: they are
// not the program's.
inline Running* running = nullptr;
inline bool body_failed[2] = {};  ///< Non-fatally, fatally.
inline bool body_skipped = false;
inline thread_local unsigned fatal_failures = 0;

[[gnu::noinline, gnu::no_sanitize_thread]] inline void note_failure(bool fatal) {
  body_failed[fatal ? 1 : 0] = true;
  fatal_failures += fatal ? 1 : 0;
}
[[gnu::noinline, gnu::no_sanitize_thread]] inline bool has_failed(bool fatal) {
  return body_failed[fatal ? 1 : 0];
}
[[gnu::noinline, gnu::no_sanitize_thread]] inline unsigned fatal_failures_here() {
  return fatal_failures;
}
[[gnu::noinline, gnu::no_sanitize_thread]] inline void skip(const std::string& message) {
  body_skipped = true;
  outside([&] {
    if (running != nullptr) {
      running->is_skipped = true;
      running->skipped = message;
    }
  });
}
[[gnu::noinline, gnu::no_sanitize_thread]] inline bool is_skipped() { return body_skipped; }

/// SCOPED_TRACE: a list of the thread's own while exploring, GoogleTest's elsewhere.
class ScopedTrace {
 public:
  template <class T>
  ScopedTrace(const char* file, int line, const T& message) : file_(file), line_(line) {
    if (exploring()) {
      message_ = (testing::Message() << message).GetString();
      before_ = std::exchange(innermost(), this);
      is_listed_ = true;
    } else {
      real_.emplace(file, line, message);
    }
  }
  ~ScopedTrace() {
    if (is_listed_) {
      innermost() = before_;
    }
  }
  ScopedTrace(const ScopedTrace&) = delete;
  ScopedTrace& operator=(const ScopedTrace&) = delete;

  /// The traces of the calling thread, as they follow a message; empty if there are none.
  static std::string all() {
    std::string text;
    for (const ScopedTrace* trace = innermost(); trace != nullptr; trace = trace->before_) {
      text += text.empty() ? "\nGoogle Test trace:" : "";
      text += "\n" + testing::internal::FormatFileLocation(trace->file_, trace->line_) + " " +
              trace->message_;
    }
    return text;
  }

 private:
  static ScopedTrace*& innermost() {
    static thread_local ScopedTrace* innermost = nullptr;
    return innermost;
  }

  const char* file_;
  int line_;
  std::string message_;
  ScopedTrace* before_ = nullptr;
  bool is_listed_ = false;
  std::optional<testing::ScopedTrace> real_;
};

/// Stands for testing::internal::AssertHelper in GTEST_MESSAGE_AT_.
class AssertHelper {
 public:
  AssertHelper(testing::TestPartResult::Type type, const char* file, int line, const char* message)
      : type_(type), file_(file), line_(line), message_(message) {}

  [[gnu::noinline, gnu::no_sanitize_thread]] void operator=(const testing::Message& user) const {
    if (!exploring()) {
      testing::internal::AssertHelper(type_, file_, line_, message_.c_str()) = user;
      return;
    }
    const std::string text = testing::internal::AppendUserMessage(message_, user);
    if (type_ == testing::TestPartResult::kSkip) {
      skip(text);
    } else if (type_ != testing::TestPartResult::kSuccess) {
      note_failure(type_ == testing::TestPartResult::kFatalFailure);
      const std::string full =
          testing::internal::FormatFileLocation(file_, line_) + " " + text + ScopedTrace::all();
      detail::heddle_fail(full.data(), full.size(), __builtin_return_address(0));
    }
  }

 private:
  testing::TestPartResult::Type type_;
  const char* file_;
  int line_;
  std::string message_;
};

/// Runs the statement of EXPECT_NO_FATAL_FAILURE; true if nothing failed in it on this thread.
template <class Statement>
bool does_not_fail(Statement statement) {
  if (exploring()) {
    const unsigned before = fatal_failures_here();
    statement();
    return fatal_failures_here() == before;
  }
  testing::internal::HasNewFatalFailureHelper real;
  statement();
  return !real.has_new_fatal_failure();
}

/// In front of GoogleTest's reporter, for all threads, while a body is explored.
class Reporter : public testing::ScopedFakeTestPartResultReporter {
 public:
  explicit Reporter(Running& running)
      : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, nullptr), running_(running) {}

  void ReportTestPartResult(const testing::TestPartResult& result) override {
    if (!exploring()) {
      running_.late.push_back(result);
    } else if (result.skipped()) {
      skip(result.message());
    } else if (result.failed()) {
      note_failure(result.fatally_failed());
      const char* const file = result.file_name();
      fail(testing::internal::FormatFileLocation(file, result.line_number()) + " " +
           result.message());
    }
  }

 private:
  Running& running_;
};

/// What bodies see of testing::Test: GoogleTest's own would not know of the execution's failures.
struct InBody {
  static bool HasFatalFailure() { return has_failed(true); }
  static bool HasNonfatalFailure() { return has_failed(false); }
  static bool HasFailure() { return has_failed(true) || has_failed(false); }
  static bool IsSkipped() { return is_skipped(); }
  template <class T>
  static void RecordProperty(const std::string& key, const T& value) {
    outside([&] { testing::Test::RecordProperty(key, (testing::Message() << value).GetString()); });
  }
};

}  // namespace heddle::gtest
