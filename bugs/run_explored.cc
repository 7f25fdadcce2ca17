// SPDX-License-Identifier: Apache-2.0
// heddle-gallery-explored: lists the gallery, explores one variant of it, or replays one execution.
// One variant a process, so that the heddle command can isolate crashes. All state is on main's
// stack: the globals of this executable are restored between executions.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "bugs/run_common.h"
#include "bugs/run_explored_list.h"
#include "heddle/attempt.h"
#include "heddle/heddle.h"

namespace {

constexpr int kUsage = 2;
constexpr int kInternal = 3;

struct Request {
  bool list = false;
  std::string run;
  std::string variant = "buggy";
  std::string replay;
  bool attempt = false;
  std::string out = "-";
  std::string model = "rc11";
  std::uint64_t executions = 0;
  double seconds = 0;
  bool stop_at_first_bug = false;
  int progress_fd = -1;
};

void declare(CLI::App& app, Request& request) {
  app.add_flag("--list", request.list, "Print all exhibits' metadata as JSON");
  app.add_option("--run", request.run, "The exhibit, CLASS/NAME");
  app.add_option("--variant", request.variant, "Its variant")->capture_default_str();
  app.add_option("--replay", request.replay, "Replay the one execution of this token");
  app.add_flag("--attempt", request.attempt,
               "Attempt the schedules of the findings of a report on standard input; one line of "
               "JSON for each");
  app.add_option("--out", request.out, "Where the report goes, as JSON; - is standard output")
      ->capture_default_str();
  app.add_option("--model", request.model, "Memory model")
      ->check(CLI::IsMember({"rc11", "sc"}))
      ->capture_default_str();
  app.add_option("--executions", request.executions, "Stop after so many executions; 0: never");
  app.add_option("--seconds", request.seconds, "Stop after so many seconds; 0: never")
      ->check(CLI::Range(0.0, 1e9));
  app.add_flag("--stop-at-first-bug", request.stop_at_first_bug, "Stop at the first finding");
  app.add_option("--progress-fd", request.progress_fd,
                 "Write \"executions blocked findings seconds\" lines to this descriptor");
}

heddle::Options options_for(const bugs::Exhibit& exhibit, const Request& request) {
  heddle::Options options = exhibit.options;
  options.model = request.model == "sc" ? heddle::Model::kSc : heddle::Model::kRc11;
  options.stop_at_first_bug = request.stop_at_first_bug;
  options.after_race = heddle::AfterRace::kPromote;
  if (request.executions != 0) {
    options.limits.executions = request.executions;
  }
  if (request.seconds > 0) {
    options.limits.seconds = request.seconds;
  }
  if (request.progress_fd >= 0) {
    options.on_progress = [descriptor = request.progress_fd](const heddle::Progress& progress) {
      dprintf(descriptor, "%llu %llu %llu %.3f\n",
              static_cast<unsigned long long>(progress.executions),
              static_cast<unsigned long long>(progress.blocked),
              static_cast<unsigned long long>(progress.findings), progress.seconds);
    };
  }
  return options;
}

int fail(int code, const std::string& reason) {
  std::fprintf(stderr, "heddle-gallery-explored: %s\n", reason.c_str());
  return code;
}

bool write_report(const std::string& path, const std::string& json) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "w");
  if (file == nullptr) {
    return false;
  }
  const bool written = std::fwrite(json.data(), 1, json.size(), file) == json.size();
  const bool flushed = std::fflush(file) == 0;
  return (file == stdout || std::fclose(file) == 0) && written && flushed;
}

/// From the beginning: exploring executes the process again without address randomisation.
std::string read_input() {
  lseek(STDIN_FILENO, 0, SEEK_SET);
  std::string text;
  char buffer[65536];
  for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;) {
    text.append(buffer, count);
  }
  return text;
}

int attempt(const bugs::Variant& variant, const heddle::Options& options, const Request& request) {
  const heddle::Report failing = heddle::report_from_json(read_input());
  std::string lines;
  for (const heddle::Finding& finding : failing.findings) {
    lines += heddle::to_json(heddle::attempt(finding, variant.body, options)) + "\n";
  }
  return write_report(request.out, lines) ? 0 : fail(kUsage, "cannot write " + request.out);
}

int run(const Request& request) {
  const bugs::Found found = bugs::find(request.run, request.variant);
  if (found.variant == nullptr) {
    return fail(kUsage, "no variant \"" + request.run + "/" + request.variant + "\"");
  }
  const heddle::Options options = options_for(*found.exhibit, request);
  if (request.attempt) {
    return attempt(*found.variant, options, request);
  }
  const heddle::Report report = request.replay.empty()
                                    ? heddle::explore(found.variant->body, options)
                                    : heddle::replay(request.replay, found.variant->body, options);
  if (!write_report(request.out, heddle::to_json(report) + "\n")) {
    return fail(kUsage, "cannot write " + request.out);
  }
  return heddle::exit_code(report.verdict);
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  CLI::App app("Explores the gallery's exhibits, one variant a process.");
  declare(app, request);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : fail(kUsage, error.what());
  }
  bugs::die_with_parent_if_asked();
  try {
    if (request.list) {
      const std::string list = bugs::list_to_json();
      return write_report("-", list) ? 0 : fail(kUsage, "cannot write the list");
    }
    return request.run.empty() ? fail(kUsage, "--list or --run is needed") : run(request);
  } catch (const std::invalid_argument& error) {
    return fail(kUsage, error.what());
  } catch (const std::exception& error) {
    return fail(kInternal, error.what());
  }
}
