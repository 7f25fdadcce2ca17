// SPDX-License-Identifier: Apache-2.0
// The commands of `heddle gallery`, `heddle run` and `heddle replay`. Each returns the process's
// exit code and throws UsageError or InternalError for what it cannot do.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/judge.h"
#include "tools/runner.h"
#include "tools/subprocess.h"
#include "tools/terminal.h"

namespace heddle::tools {

/// A whole program to explore.
struct ProgramRequest {
  std::vector<std::string> words;              ///< It and its arguments.
  std::map<std::string, std::string> options;  ///< By the names of heddle/parse_options.h.
  bool fail_on_exit_status = false;
  std::string isolate = "auto";   ///< auto, process, fork: where executions run.
  bool require_complete = false;  ///< `bounded` is not enough.
  bool progress = false;          ///< Also where there is no terminal.
  bool gdb = false;               ///< Replay under gdb.
};

/// What the command line asked for; one struct for all commands, each uses its part.
struct Request {
  std::vector<std::string> names;
  std::string variant;
  ExploreOptions explore;
  TsanOptions tsan;
  unsigned jobs = 2;
  std::string json;             ///< Output file; empty: none.
  std::string catalogue;        ///< Page whose catalogue is updated; empty: none.
  std::string check_catalogue;  ///< Page whose catalogue must be as found; empty: none.
  std::vector<ReportFile> reports;
  ColourChoice colour = ColourChoice::kAuto;
  bool full = false;
  bool quick = false;  ///< Measure so shortly that the numbers mean nothing.
  std::string svg;     ///< File for a plot; empty: none.
  std::string token;
  std::string exhibit;
  bool model_given = false;
  ProgramRequest program;
};

int gallery_list(const Request& request);
int gallery_run(const Request& request);
int gallery_show(const Request& request);
int gallery_matrix(const Request& request);
int gallery_tour(const Request& request);
int gallery_cost(const Request& request);
int replay_token(const Request& request);
int merge_reports(const Request& request);
int show_results(const Request& request);
/// heddle run; with a token, heddle replay of a program.
int run_program(const Request& request);
/// heddle replay --gdb: becomes gdb. Returns only by throwing.
int debug_program(const Request& request);
/// How the program of a request is started, explored.
Command program_command(const Request& request);

/// Explores, replays and runs under ThreadSanitizer every one of `chosen`, Request::jobs at a time.
/// `on_result` is called in the order of `chosen`, as soon as a result and all before it are there;
/// never by two threads at once. Shows progress on `terminal`.
std::vector<VariantResult> run_variants(const Runner& runner, const std::vector<Selected>& chosen,
                                        const Request& request, Terminal& terminal,
                                        const std::function<void(const VariantResult&)>& on_result);

/// "bug", "data_race", "deadlock(cycle)", "late": the verdict and what was found, as words to lay
/// out.
std::vector<std::string> verdict_words(const VariantResult& result);
/// What was counted: executions, or the states of a search of cycles.
std::uint64_t explored_count(const Report& report);
/// "silent"; "data_race", "hang", with "(2/3)" behind what was not said in every run.
std::vector<std::string> tsan_words(const VariantResult& result);

/// Joins words with spaces into lines of at most `width` characters (a longer word gets a line of
/// its own). At least one line, perhaps empty.
std::vector<std::string> wrap(const std::vector<std::string>& words, std::size_t width);
/// The same for running text.
std::vector<std::string> wrap_text(const std::string& text, std::size_t width);
/// Running text that begins in column `indent` of a page of `columns`, and continues there.
std::string hanging(const std::string& text, std::size_t indent, std::size_t columns);

/// What a whole run shows about Heddle and about ThreadSanitizer.
struct Totals {
  unsigned variants = 0;
  unsigned as_declared = 0;
  unsigned bugs = 0;            ///< Variants declared to have a bug.
  unsigned heddle_found = 0;    ///< Of those, found.
  unsigned tsan_reported = 0;   ///< Of those, some run under ThreadSanitizer reported something.
  unsigned tsan_hung = 0;       ///< Of those, none reported, and some run hung.
  unsigned tsan_failed = 0;     ///< Of those, not run: ThreadSanitizer could not start.
  unsigned correct = 0;         ///< Variants declared to be correct.
  unsigned heddle_accused = 0;  ///< Of those, found guilty.
  unsigned tsan_accused = 0;
};
Totals totals_of(const std::vector<VariantResult>& results);
/// What is found in the buggy variants and who accuses correct ones; whole lines, none for no
/// variants.
std::string comparison_text(const Totals& totals, bool tsan_asked);

}  // namespace heddle::tools
