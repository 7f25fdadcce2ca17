// SPDX-License-Identifier: Apache-2.0
// The reports of the running test's calls so far are lines of a file in memory, which the new
// processes inherit under a fixed number, with the task of the process as last line. They run that
// one test (of GoogleTest's; programs without it run from the start). Arguments, environment and
// name of the new process are those of this one, or else its stack would lie elsewhere, and with it
// what the test keeps there.
#include "tests/support/explored/fresh_replay.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "heddle/heddle.h"

namespace fresh_replay {
namespace {

using heddle::Finding;
using heddle::Options;
using heddle::Report;
using Body = std::function<void()>;

constexpr int kDescriptor = 200;  ///< Open in fresh processes only.
constexpr int kSame = 42;
constexpr int kDiffers = 43;

/// The library's function behind the one that this file defines.
template <class Function>
Function* library_function(const char* symbol) {
  void* const found = dlsym(RTLD_NEXT, symbol);
  if (found == nullptr) {
    throw std::logic_error(std::string("libheddle.so does not define ") + symbol);
  }
  return reinterpret_cast<Function*>(found);
}

Report real_explore(const Body& body, const Options& options) {
  static auto* const function = library_function<Report(const Body&, const Options&)>(
      "_ZN6heddle7exploreERKSt8functionIFvvEERKNS_7OptionsE");
  return function(body, options);
}

Report real_replay(std::string_view token, const Body& body, const Options& options) {
  static auto* const function =
      library_function<Report(std::string_view, const Body&, const Options&)>(
          "_ZN6heddle6replayESt17basic_string_viewIcSt11char_traitsIcEERKSt8functionIFvvEERKNS_"
          "7OptionsE");
  return function(token, body, options);
}

/// Where an endless loop was interrupted depends on the clock; in which function does not.
void forget_positions(std::vector<heddle::Frame>& stack) {
  for (heddle::Frame& frame : stack) {
    frame.line = 0;
    frame.address = 0;
  }
}

/// Where randomisation cannot be switched off, addresses are others in each process.
bool addresses_are_fixed() { return (personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0; }

/// What must be equal: all of a finding but its token and how the search came by it.
std::string text_of(Finding finding) {
  finding.token.clear();
  finding.preemptions = Finding().preemptions;
  finding.found_at = finding.reduce_runs = finding.random_runs = finding.random_hits = 0;
  finding.decision = {};  // Other executions: how far they are looked at takes time.
  if (!addresses_are_fixed()) {
    finding = {.kind = finding.kind, .cause = finding.cause};
  }
  if (finding.kind == heddle::FindingKind::kNoVisibleOperation) {
    for (heddle::Participant& participant : finding.participants) {
      forget_positions(participant.stack);
    }
    for (heddle::TraceStep& step : finding.trace) {
      forget_positions(step.stack);
    }
  }
  Report report;
  report.findings.push_back(std::move(finding));
  return to_json(report, 1);
}

/// The first line of `found` that is not as in `expected`, with the expected one.
std::string first_difference(const std::string& expected, const std::string& found) {
  std::istringstream expected_lines(expected);
  std::istringstream found_lines(found);
  std::string expected_line;
  std::string found_line;
  while (expected_line == found_line && expected_lines && found_lines) {
    expected_line = found_line = "(the end)";
    std::getline(expected_lines, expected_line);
    std::getline(found_lines, found_line);
  }
  return "expected: " + expected_line + "\nfound:    " + found_line + "\n";
}

/// In the new process: what it is asked for, and what the first one got.
struct Task {
  bool given = false;
  std::size_t call = 0;
  std::size_t finding = 0;
  std::string test;  ///< "Suite.Name", or empty outside of GoogleTest's tests.
  std::vector<std::string> lines;
};

/// The last line of the file is the task: "call finding test".
Task read_task() {
  Task task;
  std::ifstream file("/proc/self/fd/" + std::to_string(kDescriptor));
  for (std::string line; std::getline(file, line);) {
    task.lines.push_back(std::move(line));
  }
  if (!task.lines.empty()) {
    std::istringstream line(task.lines.back());
    task.given = static_cast<bool>(line >> task.call >> task.finding);
    line >> task.test;
  }
  return task;
}

/// Before GoogleTest reads the variable, which it does when its own globals are initialised.
[[gnu::constructor(200)]] void choose_the_test() {
  const Task task = read_task();
  if (task.given && !task.test.empty()) {
    setenv("GTEST_FILTER", task.test.c_str(), 1);
  }
}

std::string running_test() {
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  return test == nullptr ? "" : std::string(test->test_suite_name()) + "." + test->name();
}

/// The strings of /proc/self/<name>, each behind the other.
std::vector<std::string> own_strings(const std::string& name) {
  std::ifstream file("/proc/self/" + name);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) {
    words.push_back(word);
  }
  return words;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// The wait status of this executable, started once more with `lines` to read.
int start_again(const std::string& lines) {
  const int file = memfd_create("reports", MFD_CLOEXEC);
  if (::write(file, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size())) {
    throw std::runtime_error("the reports for a fresh process cannot be written");
  }
  std::vector<std::string> arguments = own_strings("cmdline");
  std::erase_if(arguments, [](const std::string& argument) {
    return argument.starts_with("--gtest_filter");  // The new process chooses one test.
  });
  std::vector<std::string> environment = own_strings("environ");
  const auto* const name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, file, kDescriptor);
  pid_t child = 0;
  int status = 0;
  const bool started = posix_spawn(&child, name, &actions, nullptr, pointers_to(arguments).data(),
                                   pointers_to(environment).data()) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(file);
  if (!started || waitpid(child, &status, 0) != child) {
    throw std::runtime_error("cannot start a fresh process");
  }
  return status;
}

/// Whether the finding is that a process ended like this one.
bool dies_so(const Finding& finding, int status) {
  const std::string end = "a job ended with status " + std::to_string(WEXITSTATUS(status)) + " ";
  return WIFEXITED(status) && finding.message.starts_with(end);
}

class Calls {
 public:
  std::size_t replays() const { return replays_; }
  bool fresh() const { return task_.given; }
  ~Calls() {
    if (!fresh() && replays_ != 0) {
      std::printf("%zu findings replayed in processes of their own\n", replays_);
    }
  }

  /// A call of the test's: `run` does it for real.
  template <class Run>
  Report call(const Body& body, const Options& options, bool explores, Run run) {
    if (running_) {
      return run();  // From within a body: refused.
    }
    if (task_.given) {
      return answer(body, options);
    }
    begin_test(running_test());
    try {
      const Running mark(running_);
      Report report = run();
      const std::string line = "=" + to_json(report) + "\n";
      if (explores) {
        replay_findings(report, lines_ + line);
      }
      lines_ += line;
      ++calls_;
      return report;
    } catch (const std::invalid_argument& error) {
      lines_ += std::string("!") + error.what() + "\n";
      ++calls_;
      throw;
    } catch (const std::runtime_error&) {
      lines_ += "?\n";
      ++calls_;
      throw;
    }
  }

 private:
  struct Running {
    explicit Running(bool& flag) : flag_(flag) { flag_ = true; }
    ~Running() { flag_ = false; }
    bool& flag_;
  };

  /// Calls are counted, and reports kept, by test.
  void begin_test(const std::string& test) {
    if (test != test_) {
      test_ = test;
      calls_ = 0;
      lines_.clear();
    }
  }

  void replay_findings(const Report& report, const std::string& lines) {
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
      if (report.findings[i].token.empty()) {
        continue;  // Of the whole exploration, not of one execution.
      }
      const int status = start_again(lines + std::to_string(calls_) + " " + std::to_string(i) +
                                     " " + test_ + "\n");
      ++replays_;
      if (dies_so(report.findings[i], status)) {
        continue;
      }
      if (!WIFEXITED(status) || WEXITSTATUS(status) != kSame) {
        throw std::runtime_error("the replay in a fresh process ended with status " +
                                 std::to_string(status) + " for\n" + to_text(report.findings[i]));
      }
    }
  }

  /// In the new process: from the first one's reports, until the call in question.
  Report answer(const Body& body, const Options& options) {
    const std::size_t call = calls_++;
    const std::string& line = task_.lines.at(call);
    if (line.front() == '!') {
      throw std::invalid_argument(line.substr(1));
    }
    if (line.front() == '?') {
      throw std::runtime_error("the first process could not replay this either");
    }
    Report report = heddle::report_from_json(line.substr(1));
    if (call == task_.call) {
      check(report.findings.at(task_.finding), body, options);
    }
    return report;
  }

  [[noreturn]] void check(const Finding& expected, const Body& body, const Options& options) {
    std::string found;
    try {
      const Running mark(running_);
      const Report again = real_replay(expected.token, body, options);
      for (const Finding& finding : again.findings) {
        const std::string text = text_of(finding);
        if (text == text_of(expected)) {
          _exit(kSame);
        }
        found += first_difference(text_of(expected), text);
      }
    } catch (const std::invalid_argument& error) {
      found = error.what();
    }
    if (expected.kind == heddle::FindingKind::kNondeterminism) {
      _exit(kSame);  // What cannot be repeated needs only an answer.
    }
    std::fprintf(stderr, "a replay in a fresh process differs: %s\n%s\n", expected.message.c_str(),
                 found.empty() ? "no finding" : found.c_str());
    _exit(kDiffers);
  }

  const Task task_ = read_task();
  std::size_t calls_ = 0;
  std::size_t replays_ = 0;
  bool running_ = false;
  std::string test_;
  std::string lines_;  ///< What the test's calls gave: "=" and a report, "!" and why it was
                       ///< refused, or "?": the replay differed.
};

Calls& calls() {
  static Calls instance;
  return instance;
}

}  // namespace

std::size_t count() { return calls().replays(); }

bool is_fresh() { return calls().fresh(); }

Report unrecorded_replay(std::string_view token, const Body& body, const Options& options) {
  return real_replay(token, body, options);
}

}  // namespace fresh_replay

namespace heddle {

Report explore(const std::function<void()>& body, const Options& options) {
  return fresh_replay::calls().call(body, options, true,
                                    [&] { return fresh_replay::real_explore(body, options); });
}

Report replay(std::string_view token, const std::function<void()>& body, const Options& options) {
  return fresh_replay::calls().call(
      body, options, false, [&] { return fresh_replay::real_replay(token, body, options); });
}

}  // namespace heddle
