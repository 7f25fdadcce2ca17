// SPDX-License-Identifier: Apache-2.0
// GoogleTest tests whose body is explored: it runs once per execution, and what EXPECT_ and ASSERT_
// say on any of its threads, in any execution, fails the test with that execution's trace and a
// line that replays it.
//
//   HEDDLE_TEST(Suite, Name) { ... }                  like TEST; TEST_F: HEDDLE_TEST_F; TEST_P: _P
//   HEDDLE_TEST(Suite, Name, "model=sc") { ... }      options as text, or a heddle::Options
//   EXPECT_THAT(heddle::explore(body), heddle::IsOk())   in a plain TEST (EXPECT_THAT is gmock's)
//
// Options come from the code, then from HEDDLE_OPTIONS, then from the flags --heddle_NAME=VALUE,
// which --help lists. A fixture of HEDDLE_TEST_F and _P is made, set up and torn down anew in each
// execution. As in GoogleTest, a failed EXPECT_ goes on and a failed ASSERT_ leaves its function.
//
// GoogleTest records failures under a lock, in memory that outlives the execution. So this header
// takes over where its macros report (GTEST_MESSAGE_AT_, SCOPED_TRACE): in an explored body a
// failure becomes a finding of the execution, elsewhere all is as before. What reports otherwise
// (files that do not include this header, GoogleMock) is caught by a reporter that stands in front
// of GoogleTest's during HEDDLE_TESTs; its locks are then part of the model, as are those of mocks
// (EXPECT_CALL), which order the calls of different threads and cost executions. Not to be used in
// explored bodies: EXPECT_FATAL_FAILURE and death tests. Include this header after GoogleTest's
// own, in every file whose code is explored.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "heddle/gtest/failures.h"
#include "heddle/gtest/flags.h"
#include "heddle/gtest/matchers.h"
#include "heddle/gtest/report_files.h"
#include "heddle/heddle.h"
#include "heddle/parse_options.h"

namespace heddle {
namespace gtest {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kIsInstrumented = true;
#elif defined(__has_feature)
inline constexpr bool kIsInstrumented = __has_feature(thread_sanitizer);
#else
inline constexpr bool kIsInstrumented = false;
#endif

/// The options of a test: as given in the code, or as text.
inline Options options() { return {}; }
inline Options options(Options given) { return given; }
inline Options options(std::string_view text) {
  Options options;
  parse_options(text, options);
  return options;
}

/// "'Suite.Name/0'", without quotes where a shell needs none.
inline std::string quoted(std::string text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_-./:=+,@%").find(c) != std::string_view::npos;
  };
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    return text;
  }
  for (std::size_t at = 0; (at = text.find('\'', at)) != text.npos; at += 4) {
    text.replace(at, 1, "'\\''");
  }
  return "'" + text + "'";
}

/// The line that replays `token` in the running test.
inline std::string replay_line(const std::string& token) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  std::string line;
  if (const char* environment = std::getenv("HEDDLE_OPTIONS")) {
    line += "HEDDLE_OPTIONS=" + quoted(environment) + " ";
  }
  line += quoted(flags().program) +
          " --gtest_filter=" + quoted(std::string(test.test_suite_name()) + "." + test.name());
  for (const auto& [name, value] : flags().given) {
    if (name == "report") {
      continue;  // A replay is not the result.
    }
    line += " " + std::string(kFlagPrefix) + name + "=" + quoted(value);
  }
  return line + " --heddle_replay=" + quoted(token);
}

/// Where a failure came by the reporter, GoogleTest has locked a mutex of its own that is older
/// than the execution: that is no finding of the program's.
inline void drop_own_locks(Report& report) {
  const auto is_lock = [](const Finding& finding) {
    const bool has_frame = !finding.participants.empty() && !finding.participants[0].stack.empty();
    return finding.kind == FindingKind::kStateOutlivesExecution && has_frame &&
           finding.participants[0].stack[0].function.starts_with("testing::internal::Mutex");
  };
  if (!std::all_of(report.findings.begin(), report.findings.end(), is_lock)) {
    std::erase_if(report.findings, is_lock);
  }
}

/// The report of a test that failed.
inline std::string describe_failure(const Report& report) {
  std::string text = to_text(report, {.full = flags().full});
  if (!report.findings.empty() && !report.findings[0].token.empty()) {
    text += "\nTo run this execution again:\n  " + replay_line(report.findings[0].token) + "\n";
  }
  if (report.executions == 0) {
    text += "\nThe test explored nothing, so it cannot pass.\n";
  } else if (report.verdict == Verdict::kIncomplete) {
    text +=
        "\nNothing is proved. Raise the limit, make the test smaller, or accept it with "
        "--heddle_allow_incomplete.\n";
  }
  return text;
}

/// The line of a test that passed.
inline void print_success(const Report& report, bool is_replay) {
  std::string text = "[  HEDDLE  ] " + std::string(to_string(report.verdict)) + ": ";
  const bool is_cycles = report.search == "cycles";
  const std::uint64_t count = is_cycles ? report.states : report.executions;
  text +=
      std::to_string(count) + (is_cycles ? " state" : " execution") + (count == 1 ? ", " : "s, ");
  if (is_replay) {
    text += "a replay, which does not fail";
  } else if (report.verdict == Verdict::kIncomplete) {
    text += "not all: a limit stopped the search";
  } else {
    text += report.bounds.empty() ? "all there are" : "all within the bounds";
  }
  text += "; model " + report.model;
  for (std::size_t i = 0; i < report.bounds.size(); ++i) {
    text += (i == 0 ? "; bounds: " : ", ") + report.bounds[i];
  }
  std::printf("%s\n", text.c_str());
  for (const std::string& warning : report.warnings) {
    std::printf("[  HEDDLE  ] warning: %s\n", warning.c_str());
  }
  std::fflush(stdout);
}

/// The options of environment and command line go over those of the code.
inline void take_given(Options& options) {
  parse_options_of_environment(options);
  for (const auto& [name, value] : flags().given) {
    parse_option(name, value, options);
  }
}

/// Explores or replays.
inline Report explore_body(const std::function<void()>& body, const Options& options) {
  if (flags().replay.empty()) {
    return explore(body, options);
  }
  if (testing::UnitTest::GetInstance()->test_to_run_count() != 1) {
    throw std::invalid_argument(
        "--heddle_replay needs a --gtest_filter that names the one test which the token is of");
  }
  return replay(flags().replay, body, options);
}

/// The line for report files.
inline ReportEntry entry_of(const Report& report) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  ReportEntry entry;
  entry.suite = test.test_suite_name();
  entry.name = test.name();
  entry.report = report;
  entry.accepts_incomplete = flags().allow_incomplete;
  for (const Finding& finding : report.findings) {
    entry.replays.push_back(finding.token.empty() ? "" : replay_line(finding.token));
  }
  return entry;
}

inline void judge(const Report& report, const char* file, int line) {
  testing::Test::RecordProperty("heddle_verdict", std::string(to_string(report.verdict)));
  testing::Test::RecordProperty("heddle_executions", std::to_string(report.executions));
  const bool is_replay = !flags().replay.empty();
  const bool may_pass = is_replay || flags().allow_incomplete;
  const bool passes = report.executions != 0 &&
                      (report.verdict == Verdict::kOk || report.verdict == Verdict::kBounded ||
                       (report.verdict == Verdict::kIncomplete && may_pass));
  if (passes) {
    print_success(report, is_replay);
    return;
  }
  testing::internal::AssertHelper(testing::TestPartResult::kNonFatalFailure, file, line,
                                  "Heddle explored the test:") = testing::Message()
                                                                 << describe_failure(report);
}

/// The constructor and destructor of testing::Test save and set GoogleTest's flags, in each
/// execution. Texts in memory that is older than the execution must not be written then: meanwhile
/// the flags are empty.
class EmptyFlags {
 public:
  EmptyFlags() { swap(); }
  ~EmptyFlags() { swap(); }
  EmptyFlags(const EmptyFlags&) = delete;
  EmptyFlags& operator=(const EmptyFlags&) = delete;

 private:
  void swap() {
    std::string* const flags[] = {
        &testing::GTEST_FLAG(color),  &testing::GTEST_FLAG(death_test_style),
        &testing::GTEST_FLAG(filter), &testing::GTEST_FLAG(internal_run_death_test),
        &testing::GTEST_FLAG(output), &testing::GTEST_FLAG(stream_result_to)};
    for (std::size_t i = 0; i < std::size(flags); ++i) {
      flags[i]->swap(kept_[i]);
    }
  }

  std::string kept_[6];
};

/// The body of the test that GoogleTest sees.
template <class MakeOptions>
void run_test(const std::function<void()>& body, MakeOptions make_options, const char* file,
              int line) {
  Running state;
  std::optional<Report> report;
  std::string problem;
  std::vector<ReportFile> files;
  {
    const Reporter reporter(state);
    const EmptyFlags empty_flags;
    running = &state;
    try {
      Options options = make_options();
      take_given(options);
      files = options.reports;
      report = explore_body(body, options);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    running = nullptr;
  }
  using Helper = testing::internal::AssertHelper;
  for (const testing::TestPartResult& result : state.late) {
    Helper(result.type(), result.file_name(), result.line_number(), result.message()) =
        testing::Message();
  }
  if (!report.has_value()) {
    Report nothing;
    nothing.verdict = Verdict::kInternalError;
    nothing.warnings = {problem};
    write_report_files(files, entry_of(nothing));
    Helper(testing::TestPartResult::kFatalFailure, file, line, problem.c_str()) =
        testing::Message();
    return;
  }
  if (state.is_skipped && report->verdict != Verdict::kBug) {
    Helper(testing::TestPartResult::kSkip, file, line, state.skipped.c_str()) = testing::Message();
    return;
  }
  drop_own_locks(*report);
  if (flags().replay.empty()) {
    write_report_files(files, entry_of(*report));
  }
  judge(*report, file, line);
}

/// Reaches the protected members of testing::Test.
struct Reach : testing::Test {
  static void set_up(testing::Test& test) { (test.*(&Reach::SetUp))(); }
  static void tear_down(testing::Test& test) { (test.*(&Reach::TearDown))(); }
};

/// One execution of a test with a fixture.
template <class Body>
void run_fixture() {
  Body body;
  Reach::set_up(body);
  if (!has_failed(true) && !is_skipped()) {
    body.HeddleBody();
  }
  Reach::tear_down(body);
}

/// GoogleTest's suite-wide set-up of a fixture, for a test class that is not derived from it.
template <class Fixture>
::testing::TestInfo* register_test(const char* suite, const char* name, const char* file, int line,
                                   ::testing::internal::TypeId fixture_id,
                                   ::testing::internal::TestFactoryBase* factory) {
  using Resolver = ::testing::internal::SuiteApiResolver<Fixture>;
  return ::testing::internal::MakeAndRegisterTestInfo(
      suite, name, nullptr, nullptr, ::testing::internal::CodeLocation(file, line), fixture_id,
      Resolver::GetSetUpCaseOrSuite(file, line), Resolver::GetTearDownCaseOrSuite(file, line),
      factory);
}

/// The same for a test with parameters.
template <class Fixture, class Test>
bool register_pattern(const char* suite, const char* name, const char* file, int line) {
  const ::testing::internal::CodeLocation location(file, line);
  ::testing::UnitTest::GetInstance()
      ->parameterized_test_registry()
      .template GetTestSuitePatternHolder<Fixture>(suite, location)
      ->AddTestPattern(suite, name, new ::testing::internal::TestMetaFactory<Test>(), location);
  return true;
}

}  // namespace gtest

/// Options of HEDDLE_OPTIONS and of the --heddle_ flags, for explore() in a plain TEST.
inline Options options_of_test(Options options = {}) {
  gtest::take_given(options);
  return options;
}

/// Removes the --heddle_ flags from the arguments of main, as InitGoogleTest does with its own.
/// They have been read by then.
inline void remove_flags(int* argc, char** argv) {
  char** const end = std::remove_if(argv + 1, argv + *argc, [](std::string_view argument) {
    return argument.starts_with(gtest::kFlagPrefix);
  });
  *end = nullptr;
  *argc = static_cast<int>(end - argv);
}

}  // namespace heddle

#ifdef GTEST_MESSAGE_AT_
#undef GTEST_MESSAGE_AT_
#define GTEST_MESSAGE_AT_(file, line, message, result_type) \
  ::heddle::gtest::AssertHelper(result_type, file, line, message) = ::testing::Message()
#endif

#ifdef SCOPED_TRACE
#undef SCOPED_TRACE
#define SCOPED_TRACE(message)                                                      \
  const ::heddle::gtest::ScopedTrace GTEST_CONCAT_TOKEN_(heddle_trace_, __LINE__)( \
      __FILE__, __LINE__, (message))
#endif

#ifdef GTEST_TEST_NO_FATAL_FAILURE_
#undef GTEST_TEST_NO_FATAL_FAILURE_
#define GTEST_TEST_NO_FATAL_FAILURE_(statement, fail)                          \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                                \
  if (::heddle::gtest::does_not_fail(                                          \
          [&] { GTEST_SUPPRESS_UNREACHABLE_CODE_WARNING_BELOW_(statement); })) \
    ;                                                                          \
  else                                                                         \
    fail("Expected no new fatal failure on this thread, but " #statement " has one.")
#endif

#define HEDDLE_BODY_NAME_(suite, name) suite##_##name##_HeddleBody

#define HEDDLE_CHECK_INSTRUMENTED_                                                        \
  static_assert(::heddle::gtest::kIsInstrumented,                                         \
                "HEDDLE_TEST explores code that is compiled with -fsanitize=thread: use " \
                "heddle_add_executable or heddle_instrument in CMake, or heddle-c++")

/// The members that any test class has: `run` calls the body once.
#define HEDDLE_TEST_BODY_(run, ...)                                                     \
  void TestBody() override {                                                            \
    ::heddle::gtest::run_test(                                                          \
        run, [] { return ::heddle::gtest::options(__VA_ARGS__); }, __FILE__, __LINE__); \
  }

/// A body with a fixture.
#define HEDDLE_FIXTURE_BODY_(fixture, name)                                                 \
  class HEDDLE_BODY_NAME_(fixture, name) : public fixture, public ::heddle::gtest::InBody { \
   public:                                                                                  \
    using ::heddle::gtest::InBody::HasFailure;                                              \
    using ::heddle::gtest::InBody::HasFatalFailure;                                         \
    using ::heddle::gtest::InBody::HasNonfatalFailure;                                      \
    using ::heddle::gtest::InBody::IsSkipped;                                               \
    using ::heddle::gtest::InBody::RecordProperty;                                          \
    void HeddleBody();                                                                      \
                                                                                            \
   private:                                                                                 \
    void TestBody() override {}                                                             \
  }

/// The class that GoogleTest knows, registered under the fixture's identity.
#define HEDDLE_REGISTERED_TEST_(suite, name, fixture, fixture_id, run, ...) \
  class GTEST_TEST_CLASS_NAME_(suite, name) : public ::testing::Test {      \
    HEDDLE_TEST_BODY_(run, __VA_ARGS__)                                     \
    static ::testing::TestInfo* const info_ GTEST_ATTRIBUTE_UNUSED_;        \
  };                                                                        \
  ::testing::TestInfo* const GTEST_TEST_CLASS_NAME_(suite, name)::info_ =   \
      ::heddle::gtest::register_test<fixture>(                              \
          #suite, #name, __FILE__, __LINE__, fixture_id,                    \
          new ::testing::internal::TestFactoryImpl<GTEST_TEST_CLASS_NAME_(suite, name)>)

#define HEDDLE_TEST(suite, name, ...)                                     \
  HEDDLE_CHECK_INSTRUMENTED_;                                             \
  struct HEDDLE_BODY_NAME_(suite, name) : ::heddle::gtest::InBody {       \
    void HeddleBody();                                                    \
  };                                                                      \
  HEDDLE_REGISTERED_TEST_(                                                \
      suite, name, ::testing::Test, ::testing::internal::GetTestTypeId(), \
      [] {                                                                \
        HEDDLE_BODY_NAME_(suite, name)                                    \
        ().HeddleBody();                                                  \
      },                                                                  \
      __VA_ARGS__);                                                       \
  void HEDDLE_BODY_NAME_(suite, name)::HeddleBody()

#define HEDDLE_TEST_F(fixture, name, ...)                                                    \
  HEDDLE_CHECK_INSTRUMENTED_;                                                                \
  HEDDLE_FIXTURE_BODY_(fixture, name);                                                       \
  HEDDLE_REGISTERED_TEST_(fixture, name, fixture, ::testing::internal::GetTypeId<fixture>(), \
                          ::heddle::gtest::run_fixture<HEDDLE_BODY_NAME_(fixture, name)>,    \
                          __VA_ARGS__);                                                      \
  void HEDDLE_BODY_NAME_(fixture, name)::HeddleBody()

#define HEDDLE_TEST_P(fixture, name, ...)                                                          \
  HEDDLE_CHECK_INSTRUMENTED_;                                                                      \
  HEDDLE_FIXTURE_BODY_(fixture, name);                                                             \
  class GTEST_TEST_CLASS_NAME_(fixture, name)                                                      \
      : public ::testing::TestWithParam<fixture::ParamType> {                                      \
    HEDDLE_TEST_BODY_(::heddle::gtest::run_fixture<HEDDLE_BODY_NAME_(fixture, name)>, __VA_ARGS__) \
    static const bool is_registered_ GTEST_ATTRIBUTE_UNUSED_;                                      \
  };                                                                                               \
  const bool GTEST_TEST_CLASS_NAME_(fixture, name)::is_registered_ =                               \
      ::heddle::gtest::register_pattern<fixture, GTEST_TEST_CLASS_NAME_(fixture, name)>(           \
          #fixture, #name, __FILE__, __LINE__);                                                    \
  void HEDDLE_BODY_NAME_(fixture, name)::HeddleBody()
