// SPDX-License-Identifier: Apache-2.0
// Explores main of the process that `heddle run` has started, and hands the report back.
//
// The request is one JSON object in HEDDLE_RUN (tools/run_request.h writes it); the answer, a
// report in JSON or {"error": text}, goes to the descriptor that it names. Nothing of either is
// left for the program to see: neither variables nor descriptors.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <ios>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "checker/explore_program_files.h"
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

constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;
constexpr double kSecondsAfterRace = 20;
constexpr double kForEver = 1e8;
/// As a main thread has it; touched pages only cost memory.
constexpr std::size_t kStackSize = std::size_t{8} << 20;

struct RunRequest {
  Options options;
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
  runtime::program().fail_on_exit_status = object.at("fail_on_exit_status").get<bool>();
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
    program.hooks = {&begin_program_run, &end_program_run};
  }
  program.is_explored = true;
}

/// SIGINT and SIGTERM end the search, which then reports what it has; one that comes a second later
/// ends the process. (The same one may come twice: to the process group, and from the command.)
void on_stop_signal(int) {
  static volatile long first = 0;
  const long now = runtime::raw_syscall(SYS_time, 0);
  if (runtime::program().stop_asked && now > first + 1) {
    _exit(kExitInterrupted);
  }
  first = runtime::program().stop_asked ? first : now;
  runtime::program().stop_asked = true;
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
    const std::string line = fmt::format("{} {} {} {}\n", progress.executions, progress.blocked,
                                         progress.findings, progress.seconds);
    (void)!write(descriptor, line.data(), line.size());
  }
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
    const auto body = [] { runtime::run_program(); };
    const Report report = request.token.empty() ? explore(body, request.options)
                                                : replay(request.token, body, request.options);
    answer(request.result, program.is_debugged ? to_text(report) : to_json(report),
           exit_code(report.verdict));
  } catch (const std::invalid_argument& error) {
    refuse(request, error.what());
  }
}

[[maybe_unused]] const bool kRegistered =
    (runtime::register_program_runner(&explore_program), true);

}  // namespace
}  // namespace heddle
