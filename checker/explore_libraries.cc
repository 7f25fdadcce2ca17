// SPDX-License-Identifier: Apache-2.0
// Words for what library_calls.h finds.
#include "checker/explore_libraries.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "checker/runtime/library_calls.h"
#include "checker/runtime/process_state.h"

namespace heddle {

void doubt_unseen_libraries(const Options& options, Report* report) {
  if (options.checkpoints.trust_libraries || report->verdict == Verdict::kInternalError) {
    return;
  }
  const std::vector<std::string> files =
      runtime::unseen_synchronisation(runtime::process_state().modules);
  if (files.empty()) {
    return;
  }
  const std::string named = fmt::format(
      "not compiled with -fsanitize=thread, but called, and with locks or threads of its own: {}",
      fmt::join(files, ", "));
  constexpr char kWhatToDo[] =
      "compile it with heddle-c++ or heddle_instrument, or set trust_libraries=1 if nothing that "
      "threads share depends on it";
  report->complete = false;
  if (report->findings.empty()) {
    report->verdict = Verdict::kIncomplete;
    report->warnings.push_back(
        fmt::format("nothing is proved: {}. What it orders is not seen; {}", named, kWhatToDo));
    return;
  }
  Finding finding;
  finding.kind = FindingKind::kUninstrumented;
  finding.message = fmt::format(
      "{}. What it orders is not seen, so what is found here may be no fault of the program's; {}",
      named, kWhatToDo);
  report->findings.insert(report->findings.begin(), std::move(finding));
}

}  // namespace heddle
