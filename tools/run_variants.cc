// SPDX-License-Identifier: Apache-2.0
// A few threads, each taking the next variant and waiting for its processes.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "tools/gallery.h"

namespace heddle::tools {
namespace {

class Crew {
 public:
  Crew(const Runner& runner, const std::vector<Selected>& chosen, const Request& request,
       Terminal& terminal, const std::function<void(const VariantResult&)>& on_result)
      : runner_(runner),
        chosen_(chosen),
        request_(request),
        terminal_(terminal),
        on_result_(on_result),
        results_(chosen.size()) {}

  std::vector<VariantResult> run() {
    {
      std::vector<std::jthread> threads;
      const std::size_t count = std::min<std::size_t>(request_.jobs, chosen_.size());
      for (std::size_t i = 0; i < count; ++i) {
        threads.emplace_back([this] { work(); });
      }
    }
    terminal_.clear_progress();
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    std::vector<VariantResult> results;
    for (std::optional<VariantResult>& result : results_) {
      results.push_back(std::move(*result));
    }
    return results;
  }

 private:
  void work() {
    try {
      for (std::optional<std::size_t> index = next(); index; index = next()) {
        VariantResult result = run_one(chosen_[*index]);
        finish(*index, std::move(result));
      }
    } catch (...) {
      const std::lock_guard guard(mutex_);
      failure_ = failure_ ? failure_ : std::current_exception();
    }
  }

  std::optional<std::size_t> next() {
    const std::lock_guard guard(mutex_);
    if (failure_ || next_ == chosen_.size()) {
      return std::nullopt;
    }
    return next_++;
  }

  VariantResult run_one(const Selected& selected) {
    VariantResult result;
    result.selected = selected;
    show(selected, {}, "exploring");
    result.report = runner_.explore(selected, request_.explore, [&](const Progress& progress) {
      show(selected, progress, "exploring");
    });
    result.deviations = deviations(*selected.variant, result.report, request_.explore);
    show(selected, {}, "replaying");
    const std::vector<std::string> replays =
        runner_.check_replays(selected, result.report, request_.explore);
    result.deviations.insert(result.deviations.end(), replays.begin(), replays.end());
    result.tsan_asked = request_.tsan.runs != 0;
    if (result.tsan_asked) {
      show(selected, {}, "running under ThreadSanitizer");
      result.tsan = runner_.run_tsan(selected, request_.tsan);
    }
    return result;
  }

  void show(const Selected& selected, const Progress& progress, const char* doing) {
    const std::lock_guard guard(mutex_);
    std::string text =
        fmt::format("[{}/{}] {}: {}", reported_, chosen_.size(), selected.full_name(), doing);
    if (progress.executions != 0) {
      text += fmt::format(", {} executions, {} findings, {:.0f} s", progress.executions,
                          progress.findings, progress.seconds);
    }
    terminal_.progress(text);
  }

  void finish(std::size_t index, VariantResult result) {
    const std::lock_guard guard(mutex_);
    results_[index] = std::move(result);
    while (reported_ < results_.size() && results_[reported_]) {
      on_result_(*results_[reported_]);
      ++reported_;
    }
  }

  const Runner& runner_;
  const std::vector<Selected>& chosen_;
  const Request& request_;
  Terminal& terminal_;
  const std::function<void(const VariantResult&)>& on_result_;
  std::mutex mutex_;  // Guards everything below, the terminal and on_result_.
  std::vector<std::optional<VariantResult>> results_;
  std::size_t next_ = 0;
  std::size_t reported_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<VariantResult> run_variants(
    const Runner& runner, const std::vector<Selected>& chosen, const Request& request,
    Terminal& terminal, const std::function<void(const VariantResult&)>& on_result) {
  return Crew(runner, chosen, request, terminal, on_result).run();
}

}  // namespace heddle::tools
