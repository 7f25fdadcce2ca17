// SPDX-License-Identifier: Apache-2.0
// Whether a report says what the exhibit declares. Pure.
#pragma once

#include <string>
#include <vector>

#include "heddle/report.h"
#include "tools/exhibits.h"
#include "tools/runner.h"

namespace heddle::tools {

/// What one variant of one exhibit turned out to be.
struct VariantResult {
  Selected selected;
  Report report;
  TsanSummary tsan;
  bool tsan_asked = false;
  std::vector<std::string> deviations;  ///< One line each; empty: as declared.

  bool as_declared() const { return deviations.empty(); }
};

/// Where `report` differs from what `variant` declares, one line each.
///
/// Under "rc11" verdict (see judged_verdict), waits, set of kinds and set of deadlock causes must
/// be equal. Under "sc", whose executions are a subset of those of rc11, nothing beyond the
/// declared may appear, a declared ok stays ok, and the number of executions must be the declared
/// one where there is one. The search of cycles knows no memory model: what is declared is expected
/// under either name. With `stop_at_first_bug` the first finding must be one of the declared.
std::vector<std::string> deviations(const VariantInfo& variant, const Report& report,
                                    const ExploreOptions& options);

/// True if a wait for a lock took more steps of other threads than the variant's deadline allows.
bool is_late(const VariantInfo& variant, const Report& report);
/// The report's verdict; but kBug where it is kOk or kBounded and a wait is late.
Verdict judged_verdict(const VariantInfo& variant, const Report& report);

/// Names of the distinct kinds, or causes other than none, in order of first appearance.
std::vector<std::string> kinds_of(const Report& report);
std::vector<std::string> causes_of(const Report& report);

}  // namespace heddle::tools
