// SPDX-License-Identifier: Apache-2.0
// The two gallery executables as functions: each call is a process of its own, so that a body that
// crashes or hangs takes nothing else with it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/attempt.h"
#include "heddle/options.h"
#include "heddle/report.h"
#include "tools/exhibits.h"

namespace heddle::tools {

/// How one variant is explored.
struct ExploreOptions {
  std::string model = "rc11";
  std::uint64_t executions = 0;   ///< Limit; 0: none.
  std::optional<double> seconds;  ///< Limit of the search; nothing: `timeout`.
  double timeout = 120;           ///< Seconds until the process is killed (plus a grace period).
  bool stop_at_first_bug = false;
};

/// How a variant is run under ThreadSanitizer.
struct TsanOptions {
  unsigned runs = 3;   ///< 0: not at all.
  double timeout = 2;  ///< Seconds after which a run counts as hanging.
};

/// What ThreadSanitizer said in several runs of one variant.
struct TsanSummary {
  unsigned runs = 0;
  unsigned hung = 0;
  std::map<std::string, unsigned> reports;  ///< Kind, and in how many runs; "hang" is not in it.
  std::string problem;  ///< Why the runner could not run at all; empty if it could.

  bool silent() const { return reports.empty() && hung == 0; }
};

/// The path of an executable of the gallery: in HEDDLE_GALLERY_DIR, or beside this program. Throws
/// UsageError if there is none.
std::string gallery_executable(const std::string& name);

/// Where the executables are, and calls to them. All functions are thread-safe.
class Runner {
 public:
  using OnProgress = std::function<void(const Progress&)>;

  /// Finds the executables in HEDDLE_GALLERY_DIR, or beside this program. Throws UsageError.
  Runner();

  std::vector<ExhibitInfo> list() const;

  /// Explores one variant. Never throws for what the variant does: a runner that dies or answers
  /// nonsense gives a report with Verdict::kInternalError that says so in its warnings.
  Report explore(const Selected& selected, const ExploreOptions& options,
                 const OnProgress& on_progress = {}) const;

  /// Replays one execution. A token that does not fit is UsageError with the runner's reason.
  Report replay(const Selected& selected, const std::string& token,
                const ExploreOptions& options) const;

  /// Replays every finding of `report`, and says in one line each what did not come out the same.
  std::vector<std::string> check_replays(const Selected& selected, const Report& report,
                                         const ExploreOptions& options) const;

  /// Attempts the schedules of the findings of `failing` on another variant of the same exhibit, in
  /// their order. Empty where that could not be done.
  std::vector<Attempt> attempt(const Selected& selected, const Report& failing,
                               const ExploreOptions& options) const;

  TsanSummary run_tsan(const Selected& selected, const TsanOptions& options) const;

 private:
  std::string explored_;
  std::string tsan_;
};

/// "races/lost_update/buggy@TOKEN": a token as the gallery prints it, which says what to replay.
std::string gallery_token(const Selected& selected, const std::string& token);

}  // namespace heddle::tools
