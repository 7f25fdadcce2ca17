// SPDX-License-Identifier: Apache-2.0
// heddle run, and heddle replay of a program: starts it with libheddle.so in front of everything,
// and with a request in its environment; see checker/explore_program.cc for the other side.
//
// libheddle.so is preloaded, so that the order in which the program was linked does not matter, and
// stands in for libtsan.so.2 by a folder of links that LD_LIBRARY_PATH names first: a program that
// was linked with g++ -fsanitize=thread is explored as it is.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "heddle/parse_options.h"
#include "tools/errors.h"
#include "tools/gallery.h"
#include "tools/program_file.h"
#include "tools/progress_line.h"
#include "tools/report_files.h"
#include "tools/subprocess.h"

namespace heddle::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kExitIncomplete = 4;
/// What an exploration may take beyond its limit to write its report.
constexpr double kGraceSeconds = 60;

/// The folder with libheddle.so.0 and, in it, heddle/stand-in.
fs::path library_folder() {
  std::vector<fs::path> candidates;
  if (const char* asked = std::getenv("HEDDLE_LIBRARY_DIR"); asked != nullptr && *asked != 0) {
    candidates.emplace_back(asked);
  } else {
    std::error_code error;
    const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
    candidates = {bin / ".." / "lib", bin / ".." / HEDDLE_INSTALL_LIBDIR};
  }
  for (const fs::path& folder : candidates) {
    std::error_code error;
    if (fs::exists(folder / "libheddle.so.0", error)) {
      return fs::canonical(folder);
    }
  }
  throw InternalError(fmt::format("cannot find libheddle.so.0 in {}; set HEDDLE_LIBRARY_DIR",
                                  candidates.front().string()));
}

/// `first`, and behind it what the variable holds.
std::string in_front(const std::string& first, const char* variable) {
  const char* const present = std::getenv(variable);
  return present == nullptr || *present == 0 ? first : fmt::format("{}:{}", first, present);
}

json variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? json() : json(value);
}

json request_json(const Request& request) {
  json options = json::object();
  for (const auto& [name, value] : request.program.options) {
    options[name] = value;
  }
  return {{"options", options},
          {"token", request.token},
          {"isolate", request.program.isolate},
          {"debug", request.program.gdb},
          {"fail_on_exit_status", request.program.fail_on_exit_status},
          {"result", kResultDescriptor},
          {"progress", kProgressDescriptor},
          {"environment",
           {{"LD_BIND_NOW", variable("LD_BIND_NOW")},
            {"LD_PRELOAD", variable("LD_PRELOAD")},
            {"LD_LIBRARY_PATH", variable("LD_LIBRARY_PATH")}}}};
}

/// Throws for values that do not fit, so that no program is started for them.
Options check_options(const Request& request) {
  Options options;
  try {
    parse_options_of_environment(options);
    for (const auto& [name, value] : request.program.options) {
      parse_option(name, value, options);
    }
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  return options;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  const std::size_t start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

/// A program that never came to its exploration.
[[noreturn]] void fail_before_main(const std::string& path, const Ended& ended) {
  const std::string line = last_line(ended.errors);
  const std::string said = line.empty() ? "" : fmt::format("; it said: {}", line);
  if (ended.signal != 0) {
    throw UsageError(fmt::format("{} died before main: {}{}", path, describe(ended), said));
  }
  throw UsageError(fmt::format("{} ended before main, with {}{}", path, describe(ended), said));
}

Report failed(const Ended& ended, const std::string& reason) {
  Report report;
  report.verdict = Verdict::kInternalError;
  report.model = "rc11";
  report.seconds = ended.seconds;
  report.warnings.push_back(reason);
  if (const std::string line = last_line(ended.errors); !line.empty()) {
    report.warnings.push_back(line);
  }
  return report;
}

Report read_report(const std::string& path, const Ended& ended, bool started) {
  if (ended.result.empty() && !started) {
    fail_before_main(path, ended);
  }
  if (ended.result.empty()) {
    return failed(ended, fmt::format("the exploration gave no report: {}", describe(ended)));
  }
  if (ended.result.starts_with("{\"error\":")) {
    throw UsageError(json::parse(ended.result).at("error").get<std::string>());
  }
  try {
    return report_from_json(ended.result);
  } catch (const std::invalid_argument& error) {
    return failed(ended, fmt::format("the report is malformed: {}", error.what()));
  }
}

/// As a shell would need it.
std::string quoted(const std::string& word) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string result = "'";
  for (const char c : word) {
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return result + "'";
}

/// The command that runs the execution again; options that a token holds, or that only limit the
/// search, are left out.
std::string replay_command(const std::string& token, const ProgramRequest& program) {
  std::string line = "heddle replay";
  const auto leaks = program.options.find("detect_leaks");
  line += leaks != program.options.end() && leaks->second != "0" ? " --detect-leaks" : "";
  line += program.isolate == "auto" ? "" : " --isolate=" + program.isolate;
  line += program.fail_on_exit_status ? " --fail-on-exit-status" : "";
  line += fmt::format(" {} --", quoted(token));
  for (const std::string& word : program.words) {
    line += " " + quoted(word);
  }
  return line;
}

/// The result for report files; `shown` has commands in the place of tokens.
ReportEntry entry_of(const Report& report, const Report& shown, const ProgramRequest& program) {
  ReportEntry entry;
  entry.report = report;
  for (const std::string& word : program.words) {
    entry.name += (entry.name.empty() ? "" : " ") + quoted(word);
  }
  for (const Finding& finding : shown.findings) {
    entry.replays.push_back(finding.token);
  }
  if (program.require_complete && report.verdict == Verdict::kBounded) {
    entry.complaints.emplace_back("not every execution was explored: bounds were met");
  }
  return entry;
}

volatile pid_t g_child = 0;

/// The exploration ends with what it has; a second signal ends this process as usual.
void pass_on(int signal) {
  if (g_child != 0) {
    kill(g_child, signal);
  }
  std::signal(signal, SIG_DFL);
}

/// Interrupts are the exploration's business while it runs. A terminal sends SIGINT to both.
void pass_on_signals(pid_t child) {
  g_child = child;
  std::signal(SIGINT, [](int) { std::signal(SIGINT, SIG_DFL); });
  std::signal(SIGTERM, &pass_on);
}

}  // namespace

Command program_command(const Request& request) {
  Command command;
  const std::string path = find_program(request.program.words.front());
  check_program(path);
  const fs::path folder = library_folder();
  command.path = path;
  command.arguments = request.program.words;
  command.inherits_input = true;
  command.environment = {
      {"HEDDLE_RUN", request_json(request).dump()},
      {"LD_BIND_NOW", "1"},  // A function that nobody defines is told before anything runs.
      {"LD_PRELOAD", in_front((folder / "libheddle.so.0").string(), "LD_PRELOAD")},
      {"LD_LIBRARY_PATH", in_front((folder / "heddle" / "stand-in").string(), "LD_LIBRARY_PATH")}};
  return command;
}

int run_program(const Request& request) {
  const Options options = check_options(request);
  Command command = program_command(request);
  std::vector<ReportFile> reports = request.reports;
  if (request.token.empty()) {
    reports.insert(reports.end(), options.reports.begin(), options.reports.end());
  }
  ReportFiles files(request.json, reports, fs::path(request.program.words.front()).filename());
  Terminal terminal(files.take_standard_output() ? stderr : stdout, request.colour);
  terminal.show_progress(request.program.progress);
  if (options.limits.seconds > 0 && options.limits.seconds < 1e6) {
    command.deadline = std::chrono::milliseconds(
        static_cast<long long>((options.limits.seconds + kGraceSeconds) * 1000));
  }
  command.on_start = &pass_on_signals;
  bool started = false;
  command.on_progress = [&](std::string_view line) {
    started = true;
    terminal.progress(progress_text(parse_progress(line)));
  };
  const Ended ended = run(command);
  terminal.clear_progress();
  const Report report = read_report(command.path, ended, started);
  Report shown = report;
  for (Finding& finding : shown.findings) {
    finding.token = finding.token.empty() ? "" : replay_command(finding.token, request.program);
  }
  terminal.print(to_text(
      shown, {.colour = terminal.colour(), .columns = terminal.columns(), .full = request.full}));
  const ReportEntry entry = entry_of(report, shown, request.program);
  files.write([&] { return to_json(report, 2) + "\n"; }, {entry});
  return files.exit_code(entry.complaints.empty() ? exit_code(report.verdict) : kExitIncomplete);
}

}  // namespace heddle::tools
