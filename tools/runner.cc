// SPDX-License-Identifier: Apache-2.0
// Command lines of the gallery executables, and the reading of their answers.
#include "tools/runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <system_error>

#include "tools/errors.h"
#include "tools/progress_line.h"
#include "tools/subprocess.h"
#include "tools/tsan_report.h"

namespace heddle::tools {
namespace {

/// What a search may take beyond its limit to finish its execution and write the report.
constexpr double kGraceSeconds = 10;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<long long>(seconds * 1000));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The last line that is not empty: where a dying program says why.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  const std::size_t start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

Report failed(const std::string& model, const Ended& ended, const std::string& reason) {
  Report report;
  report.verdict = Verdict::kInternalError;
  report.model = model;
  report.seconds = ended.seconds;
  report.warnings.push_back(reason);
  if (const std::string line = last_line(ended.errors); !line.empty()) {
    report.warnings.push_back(line);
  }
  return report;
}

/// The report that the runner wrote, or one that says why there is none.
Report read_report(const Ended& ended, const std::string& model) {
  if (ended.signal != 0) {
    return failed(model, ended, fmt::format("the runner died: {}", describe(ended)));
  }
  if (ended.result.empty()) {
    return failed(model, ended, fmt::format("the runner gave no report: {}", describe(ended)));
  }
  try {
    Report report = report_from_json(ended.result);
    if (exit_code(report.verdict) != ended.exit_code) {
      return failed(model, ended,
                    fmt::format("the runner reports {}, but ended with {}",
                                to_string(report.verdict), describe(ended)));
    }
    return report;
  } catch (const std::invalid_argument& error) {
    return failed(model, ended, fmt::format("the runner's report is malformed: {}", error.what()));
  }
}

Command explored_command(const std::string& program, const Selected& selected,
                         const ExploreOptions& options) {
  Command command;
  command.arguments = {program,
                       "--run",
                       selected.exhibit->full_name(),
                       "--variant",
                       selected.variant->name,
                       "--model",
                       options.model,
                       "--out",
                       fmt::format("/dev/fd/{}", kResultDescriptor)};
  command.environment = {{"HEDDLE_DIE_WITH_PARENT", "1"}};
  command.deadline = milliseconds(options.timeout + kGraceSeconds);
  return command;
}

std::string summary(const Finding& finding) {
  return finding.cause == DeadlockCause::kNone
             ? std::string(to_string(finding.kind))
             : fmt::format("{} ({})", to_string(finding.kind), to_string(finding.cause));
}

/// Whether addresses, and so what traces show of them, are the same in each process.
bool has_fixed_addresses(const Report& report) {
  return std::none_of(report.warnings.begin(), report.warnings.end(), [](const std::string& text) {
    return text.find("address randomisation") != std::string::npos;
  });
}

/// What is wrong with the replay of `wanted`, which must show the same to the last step; empty if
/// nothing is.
std::string difference(const Report& again, const Finding& wanted) {
  const auto same_kind = [&](const Finding& found) {
    return found.kind == wanted.kind && found.cause == wanted.cause;
  };
  if (std::none_of(again.findings.begin(), again.findings.end(), same_kind)) {
    return "gave " + (again.findings.empty() ? std::string(to_string(again.verdict))
                                             : summary(again.findings.front()));
  }
  if (!has_fixed_addresses(again)) {
    return {};
  }
  const auto same = [&](Finding found) {
    found.token = wanted.token;
    found.decision = wanted.decision;  // Other executions: how far they are looked at takes time.
    return found == wanted;
  };
  return std::any_of(again.findings.begin(), again.findings.end(), same) ? ""
                                                                         : "tells another story";
}

}  // namespace

std::string gallery_executable(const std::string& name) {
  std::filesystem::path folder;
  const char* asked = std::getenv("HEDDLE_GALLERY_DIR");
  const bool is_asked = asked != nullptr && *asked != '\0';
  std::error_code error;
  folder = is_asked ? std::filesystem::path(asked)
                    : std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::filesystem::path path = std::filesystem::absolute(folder / name, error);
  if (access(path.c_str(), X_OK) != 0) {
    throw UsageError(fmt::format("cannot find {} in {}{}", name, folder.string(),
                                 is_asked ? " (HEDDLE_GALLERY_DIR)" : "; set HEDDLE_GALLERY_DIR"));
  }
  return path.string();
}

Runner::Runner()
    : explored_(gallery_executable("heddle-gallery-explored")),
      tsan_(gallery_executable("heddle-gallery-tsan")) {}

std::vector<ExhibitInfo> Runner::list() const {
  Command command;
  command.arguments = {explored_, "--list"};
  command.deadline = milliseconds(60);
  return parse_exhibits(output_of(command));
}

Report Runner::explore(const Selected& selected, const ExploreOptions& options,
                       const OnProgress& on_progress) const {
  Command command = explored_command(explored_, selected, options);
  const double seconds = std::min(options.seconds.value_or(options.timeout), options.timeout);
  command.arguments.insert(command.arguments.end(), {"--seconds", fmt::format("{}", seconds)});
  if (options.executions != 0) {
    command.arguments.insert(command.arguments.end(),
                             {"--executions", fmt::format("{}", options.executions)});
  }
  if (options.stop_at_first_bug) {
    command.arguments.push_back("--stop-at-first-bug");
  }
  if (on_progress) {
    command.arguments.insert(command.arguments.end(),
                             {"--progress-fd", fmt::format("{}", kProgressDescriptor)});
    command.on_progress = [&](std::string_view line) { on_progress(parse_progress(line)); };
  }
  return read_report(run(command), options.model);
}

Report Runner::replay(const Selected& selected, const std::string& token,
                      const ExploreOptions& options) const {
  Command command = explored_command(explored_, selected, options);
  command.arguments.push_back("--replay=" + token);
  const Ended ended = run(command);
  if (ended.signal == 0 && ended.exit_code == kExitUsage) {
    const std::string reason = first_line(ended.errors);
    const std::size_t colon = reason.find(": ");
    throw UsageError(colon == std::string::npos ? reason : reason.substr(colon + 2));
  }
  return read_report(ended, options.model);
}

std::vector<Attempt> Runner::attempt(const Selected& selected, const Report& failing,
                                     const ExploreOptions& options) const {
  Command command = explored_command(explored_, selected, options);
  command.arguments.push_back("--attempt");
  command.input = to_json(failing);
  const Ended ended = run(command);
  std::vector<Attempt> attempts;
  std::string_view rest = ended.result;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    try {
      attempts.push_back(attempt_from_json(rest.substr(0, end)));
    } catch (const std::invalid_argument&) {
      return {};  // It died while it wrote.
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return attempts;
}

std::vector<std::string> Runner::check_replays(const Selected& selected, const Report& report,
                                               const ExploreOptions& options) const {
  std::vector<std::string> deviations;
  for (const Finding& finding : report.findings) {
    if (finding.token.empty()) {
      deviations.push_back(fmt::format("{} has no token to replay", summary(finding)));
      continue;
    }
    try {
      const Report again = replay(selected, finding.token, options);
      if (const std::string wrong = difference(again, finding); !wrong.empty()) {
        deviations.push_back(fmt::format("the replay of {} {}", summary(finding), wrong));
      }
    } catch (const UsageError& error) {
      deviations.push_back(
          fmt::format("the replay of {} was refused: {}", summary(finding), error.what()));
    }
  }
  return deviations;
}

TsanSummary Runner::run_tsan(const Selected& selected, const TsanOptions& options) const {
  const char* inherited = std::getenv("TSAN_OPTIONS");
  Command command;
  command.arguments = {tsan_, selected.exhibit->full_name(), selected.variant->name};
  // Later options win, so that ours hold.
  command.environment = {
      {"HEDDLE_DIE_WITH_PARENT", "1"},
      {"TSAN_OPTIONS", fmt::format("{} exitcode={} second_deadlock_stack=1 halt_on_error=0",
                                   inherited == nullptr ? "" : inherited, kTsanExitCode)}};
  command.deadline = milliseconds(options.timeout);
  TsanSummary result;
  for (unsigned i = 0; i < options.runs; ++i) {
    Ended ended = run(command);
    if (tsan_met_bad_layout(ended) && command.arguments.front() == tsan_) {
      command.arguments.insert(command.arguments.begin(), {"setarch", "-R"});
      ended = run(command);
    }
    const std::set<std::string> kinds = tsan_kinds(ended);
    if (tsan_met_bad_layout(ended) || (kinds.empty() && ended.exit_code != 0)) {
      const std::string line = last_line(ended.errors);
      result.problem = line.empty() ? describe(ended) : line;
      return result;
    }
    ++result.runs;
    for (const std::string& kind : kinds) {
      ++(kind == "hang" ? result.hung : result.reports[kind]);
    }
  }
  return result;
}

std::string gallery_token(const Selected& selected, const std::string& token) {
  return selected.full_name() + "@" + token;
}

}  // namespace heddle::tools
