// SPDX-License-Identifier: Apache-2.0
// Collects what the page shows of each exhibit, and runs the attempts.
#include "tools/gallery_html.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "heddle/html.h"
#include "tools/errors.h"
#include "tools/source_diff.h"
#include "tools/variant_source.h"

namespace heddle::tools {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

/// One fix and the buggy variant of the same exhibit whose schedules it is put to.
struct Trial {
  std::size_t program = 0;
  const VariantResult* failing = nullptr;
  const VariantResult* fix = nullptr;
  std::vector<Attempt> attempts;
};

class Site {
 public:
  Site(const std::vector<VariantResult>& results, const Request& request) : request_(request) {
    for (const VariantResult& result : results) {
      add(result);
    }
    for (Trial& trial : find_trials()) {
      trials_.push_back(std::move(trial));
    }
  }

  /// Each in a process of its own, some at a time.
  void run_trials(const Runner& runner, Terminal& terminal) {
    std::atomic<std::size_t> next{0};
    std::mutex guard;
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < request_.jobs; ++i) {
        threads.emplace_back([&] {
          for (std::size_t at = next++; at < trials_.size(); at = next++) {
            Trial& trial = trials_[at];
            try {
              trial.attempts =
                  runner.attempt(trial.fix->selected, trial.failing->report, request_.explore);
            } catch (const InternalError&) {
              continue;  // The page does without.
            }
            const std::lock_guard lock(guard);
            terminal.progress(fmt::format("[{}/{}] attempting the failing schedules on {}", at + 1,
                                          trials_.size(), trial.fix->selected.full_name()));
          }
        });
      }
    }
    terminal.clear_progress();
  }

  HtmlSite take(const std::vector<VariantResult>& results) {
    for (Trial& trial : trials_) {
      for (std::size_t i = 0; i < trial.attempts.size(); ++i) {
        site_.programs[trial.program].attempts.push_back({trial.fix->selected.variant->name,
                                                          trial.failing->selected.variant->name, i,
                                                          std::move(trial.attempts[i])});
      }
    }
    site_.title = "Heddle's gallery";
    const Totals totals = totals_of(results);
    std::istringstream lines(comparison_text(totals, request_.tsan.runs != 0));
    for (std::string line; std::getline(lines, line);) {
      site_.summary.push_back(line);
    }
    site_.summary.push_back(
        fmt::format("{} of {} variants are as declared", totals.as_declared, totals.variants));
    if (request_.tsan.runs != 0) {
      site_.other_tool = fmt::format("ThreadSanitizer, {} runs", request_.tsan.runs);
    }
    return std::move(site_);
  }

 private:
  void add(const VariantResult& result) {
    const ExhibitInfo& exhibit = *result.selected.exhibit;
    if (results_.empty() || results_.back().front()->selected.exhibit != &exhibit) {
      HtmlProgram program;
      program.group = exhibit.klass;
      program.name = exhibit.name;
      program.title = exhibit.title;
      program.story = exhibit.story;
      program.facts = {{"kind", exhibit.kind},
                       {"nearest CWE", exhibit.cwe},
                       {"origin", exhibit.origin},
                       {"threads", fmt::format("{}", exhibit.threads)},
                       {"ThreadSanitizer", exhibit.tsan_reason}};
      site_.programs.push_back(std::move(program));
      results_.emplace_back();
    }
    results_.back().push_back(&result);
    site_.programs.back().variants.push_back(variant(result));
  }

  HtmlVariant variant(const VariantResult& result) const {
    const VariantInfo& info = *result.selected.variant;
    HtmlVariant variant;
    variant.name = info.name;
    variant.is_bug = info.is_bug();
    variant.report = result.report;
    variant.report.verdict = judged_verdict(info, result.report);
    variant.facts = {{"fixed by", info.primitive}, {"what it adds", info.adds}};
    variant.other_tool = result.tsan_asked ? joined(tsan_words(result)) : "";
    variant.as_expected = result.as_declared();
    variant.problems = result.deviations;
    for (const Finding& finding : result.report.findings) {
      variant.replays.push_back(
          fmt::format("heddle replay '{}'", gallery_token(result.selected, finding.token)));
    }
    if (!info.is_bug()) {
      variant.difference = difference(*result.selected.exhibit, info);
    }
    return variant;
  }

  static std::string difference(const ExhibitInfo& exhibit, const VariantInfo& fix) {
    const std::string source = read_file(exhibit.file);
    for (const VariantInfo& bug : exhibit.variants) {
      if (!bug.is_bug()) {
        continue;
      }
      std::string text;
      for (const DiffLine& line :
           unified_diff(variant_source(source, bug.name), variant_source(source, fix.name))) {
        text += (text.empty() ? "" : "\n") + line.text;
      }
      return text;
    }
    return {};
  }

  std::vector<Trial> find_trials() const {
    std::vector<Trial> trials;
    for (std::size_t program = 0; program < results_.size(); ++program) {
      for (const VariantResult* failing : results_[program]) {
        for (const VariantResult* fix : results_[program]) {
          const bool fits = !failing->report.findings.empty() &&
                            failing->selected.variant->is_bug() && !fix->selected.variant->is_bug();
          if (fits) {
            trials.push_back({program, failing, fix, {}});
          }
        }
      }
    }
    return trials;
  }

  const Request& request_;
  HtmlSite site_;
  std::vector<std::vector<const VariantResult*>> results_;  ///< By program.
  std::vector<Trial> trials_;
};

}  // namespace

std::string gallery_html(const Runner& runner, const std::vector<VariantResult>& results,
                         const Request& request, Terminal& terminal) {
  Site site(results, request);
  site.run_trials(runner, terminal);
  return to_html(site.take(results));
}

}  // namespace heddle::tools
