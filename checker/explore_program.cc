// SPDX-License-Identifier: Apache-2.0
// Explores main of the process that `heddle run` has started, and hands the report back.
//
// The request is one JSON object in HEDDLE_RUN (tools/run_request.h writes it); the answer, a
// report in JSON or {"error": text}, goes to the descriptor that it names. Nothing of either is
// left for the program to see: neither variables nor descriptors.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ios>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "checker/explore_program_files.h"
#include "checker/explore_sampling.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/forked_child.h"
#include "checker/runtime/library_calls.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"
#include "checker/runtime/raw_memory.h"
#include "heddle/heddle.h"
#include "heddle/parse_options.h"

extern char** environ;

namespace heddle {
namespace {

using nlohmann::json;
using runtime::Program;

/// Streams must be whole before anything is explored: their first user would else initialise them
/// within an execution, and they would be torn down with it.
const std::ios_base::Init kStreams;

enum class Isolate { kAuto, kProcess, kFork };

constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;
constexpr double kSecondsAfterRace = 20;
constexpr double kForEver = 1e8;
/// As a main thread has it; touched pages only cost memory.
constexpr std::size_t kStackSize = std::size_t{8} << 20;

struct RunRequest {
  Options options;
  Isolate isolate = Isolate::kAuto;
  std::string token;  ///< Replay this execution; empty: explore.
  int result = -1;
  int progress = -1;
  json environment;  ///< Variables that the command changed, and what they were; null: not set.
};

/// Under a debugger there is no descriptor: then standard error gets it.
[[noreturn]] void answer(int descriptor, const std::string& text, int status) {
  descriptor = descriptor < 0 ? 2 : descriptor;
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = write(descriptor, text.data() + done, text.size() - done);
    if (written <= 0) {
      break;
    }
    done += static_cast<std::size_t>(written);
  }
  _exit(status);
}

[[noreturn]] void refuse(const RunRequest& request, const std::string& why) {
  answer(request.result, request.result < 0 ? "heddle: " + why + "\n" : json{{"error", why}}.dump(),
         kExitUsage);
}

RunRequest read_request(const char* text) {
  const json object = json::parse(text);
  RunRequest request;
  runtime::program().is_debugged = object.at("debug").get<bool>();
  if (!runtime::program().is_debugged) {
    request.result = keep_descriptor(object.at("result").get<int>());
    request.progress = keep_descriptor(object.at("progress").get<int>());
  }
  request.token = object.at("token").get<std::string>();
  request.environment = object.at("environment");
  const std::string isolate = object.at("isolate").get<std::string>();
  request.isolate = isolate == "fork"      ? Isolate::kFork
                    : isolate == "process" ? Isolate::kProcess
                                           : Isolate::kAuto;
  runtime::program().fail_on_exit_status = object.at("fail_on_exit_status").get<bool>();
  request.options.search = SearchKind::kAuto;
  request.options.detect_leaks = false;
  request.options.after_race = AfterRace::kPromote;
  request.options.limits.seconds_after_race = kSecondsAfterRace;
  try {
    parse_options_of_environment(request.options);
    for (const auto& [name, value] : object.at("options").items()) {
      parse_option(name, value.get<std::string>(), request.options);
    }
  } catch (const std::invalid_argument& error) {
    refuse(request, error.what());
  }
  return request;
}

/// The environment as it was before the command added to it.
std::vector<std::string> environment_of(const RunRequest& request) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (name != "HEDDLE_RUN" && !request.environment.contains(name)) {
      result.push_back(text);
    }
  }
  for (const auto& [name, value] : request.environment.items()) {
    if (value.is_string()) {
      result.push_back(name + "=" + value.get<std::string>());
    }
  }
  return result;
}

/// Why nothing would be seen of this program; empty if something is.
std::string why_blind() {
  runtime::Modules& modules = runtime::process_state().modules;
  modules.load();
  for (const runtime::Module& module : modules) {
    if (module.is_instrumented && !module.is_heddle) {
      return {};
    }
  }
  return fmt::format(
      "{} is not instrumented: compile it with -fsanitize=thread and link it with -lheddle "
      "(CXX=heddle-c++ does both), or build it with g++ -fsanitize=thread",
      modules[0].name);
}

void prepare(const RunRequest& request) {
  Program& program = runtime::program();
  std::vector<std::string> arguments(program.arguments, program.arguments + program.count);
  if (!runtime::keep_strings(program, arguments, environment_of(request))) {
    refuse(request, "no memory for the program's arguments");
  }
  environ = program.environment;
  program.stack_size = kStackSize;
  if (!program.is_debugged) {
    if (const std::string problem = take_standard_files(); !problem.empty()) {
      refuse(request, problem);
    }
    program.hooks = {&begin_program_run, &end_program_run, &note_own_files};
  }
  program.is_explored = true;
}

/// The process in which an exploration or an execution takes place; 0: this one.
volatile int g_child = 0;

/// SIGINT and SIGTERM end the search, which then reports what it has; one that comes a second later
/// ends the process. (The same one may come twice: to the process group, and from the command.)
void on_stop_signal(int signal) {
  static volatile long first = 0;
  const long now = runtime::raw_syscall(SYS_time, 0);
  if (runtime::program().stop_asked && now > first + 1) {
    _exit(kExitInterrupted);
  }
  first = runtime::program().stop_asked ? first : now;
  runtime::program().stop_asked = true;
  if (g_child != 0) {
    kill(g_child, signal);
  }
}

void heed_signals(Options* options) {
  struct sigaction action {};
  action.sa_handler = &on_stop_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (options->limits.seconds == 0) {
    options->limits.seconds =
        kForEver;  // The engine looks at the signal when it looks at the clock.
  }
}

void show_progress(int descriptor, const Progress& progress) {
  if (descriptor >= 0) {
    const Estimate& estimate = progress.estimate;
    const std::string line =
        fmt::format("{} {} {} {} {} {} {} {} {} {}\n", progress.executions, progress.blocked,
                    progress.findings, progress.seconds, progress.states, name_of(progress.search),
                    estimate.descents, estimate.executions, estimate.error, estimate.largest);
    (void)!write(descriptor, line.data(), line.size());
  }
}

Report explore_or_replay(const RunRequest& request) {
  const auto body = [] { runtime::run_program(); };
  return request.token.empty() ? explore(body, request.options)
                               : replay(request.token, body, request.options);
}

/// Why what was explored in one process is to be explored again, with one for each execution.
std::string why_to_isolate(const Report& report) {
  if (left_descriptors()) {
    return "an execution left a file open";
  }
  const auto differs = [](const Finding& finding) {
    return finding.kind == FindingKind::kNondeterminism ||
           finding.kind == FindingKind::kStateOutlivesExecution;
  };
  return std::any_of(report.findings.begin(), report.findings.end(), differs)
             ? "in one process an execution was not repeated as it had been"
             : "";
}

Report explore_forked(const RunRequest& request, const std::string& why) {
  runtime::program().forks = true;
  mallopt(M_ARENA_MAX, 1);  // Else libc makes one for each model thread, in each process anew.
  runtime::program().process_id = getpid();
  Report report = explore_or_replay(request);
  if (!why.empty()) {
    report.warnings.push_back(
        fmt::format("each execution ran in a process of its own, because {}", why));
  }
  return report;
}

/// First in one process, itself a copy: if that turns out not to do, this one is as it was.
Report explore_as_fits(RunRequest& request) {
  if (const std::vector<std::string> libraries =
          runtime::uninstrumented_libraries(runtime::process_state().modules);
      !libraries.empty()) {
    return explore_forked(
        request, fmt::format("nobody restores the variables of {}", fmt::join(libraries, ", ")));
  }
  const std::string text = runtime::in_child(
      [&] {
        try {
          const Report report = explore_or_replay(request);
          return json{{"why", why_to_isolate(report)}, {"report", to_json(report)}}.dump();
        } catch (const std::invalid_argument& error) {
          return json{{"mistake", error.what()}}.dump();
        }
      },
      &g_child);
  const json answer = json::parse(text);
  if (answer.contains("mistake")) {
    throw std::invalid_argument(answer.at("mistake").get<std::string>());
  }
  Report report = report_from_json(answer.at("report").get<std::string>());
  const auto why = answer.at("why").get<std::string>();
  if (why.empty() || runtime::program().stop_asked) {
    return report;
  }
  request.options.limits.seconds = std::max(request.options.limits.seconds - report.seconds, 1.0);
  return explore_forked(request, why);
}

Report explore_as_asked(RunRequest& request) {
  const bool forks_not = runtime::program().is_debugged ||
                         request.options.search == SearchKind::kCycles ||
                         request.isolate == Isolate::kProcess;
  if (forks_not && request.isolate == Isolate::kFork) {
    throw std::invalid_argument(
        "isolate=fork: the search of cycles, and a debugger, need one process for all executions");
  }
  return forks_not                           ? explore_or_replay(request)
         : request.isolate == Isolate::kFork ? explore_forked(request, "")
                                             : explore_as_fits(request);
}

int explore_program(const char* text) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  RunRequest request = read_request(text);
  show_progress(request.progress, {});  // Whoever dies from now on was not before main.
  if (const std::string problem = why_blind(); !problem.empty()) {
    refuse(request, problem);
  }
  prepare(request);
  heed_signals(&request.options);
  request.options.on_progress = [&](const Progress& now) { show_progress(request.progress, now); };
  const Program& program = runtime::program();
  try {
    const Report report = explore_as_asked(request);
    answer(request.result, program.is_debugged ? to_text(report) : to_json(report),
           exit_code(report.verdict));
  } catch (const std::invalid_argument& error) {
    constexpr std::string_view kPrefix = "heddle: ";  // The command says so itself.
    const std::string_view why = error.what();
    refuse(request, std::string(why.starts_with(kPrefix) ? why.substr(kPrefix.size()) : why));
  } catch (const runtime::InternalError& error) {
    Report report;
    report.verdict = Verdict::kInternalError;
    report.warnings.push_back(error.what);
    answer(request.result, to_json(report), exit_code(report.verdict));
  }
}

[[maybe_unused]] const bool kRegistered =
    (runtime::register_program_runner(&explore_program), true);

}  // namespace
}  // namespace heddle
