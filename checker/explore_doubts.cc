// SPDX-License-Identifier: Apache-2.0
// Doubts about a whole exploration, whichever search made it.
#include "checker/explore_doubts.h"

#include <string>

#include "checker/explore_nondeterminism.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"

namespace heddle {

bool add_doubts(const runtime::Engine& engine, report::Symbolizer& symbols, Report* report) {
  bool limits = false;
  if (runtime::process_state().slots.unrestored_tls_modules() != 0) {
    limits = true;
    report->warnings.emplace_back(
        "thread_local variables of a library loaded by dlopen are not restored between executions: "
        "nothing is proved");
  }
  if (runtime::program().is_explored) {
    if (const std::string what = lasting_changes(engine, symbols); !what.empty()) {
      limits = true;
      report->warnings.push_back(what);
    }
  }
  if (engine.uninstrumented_thread_seen()) {
    Finding finding;
    finding.kind = FindingKind::kUninstrumented;
    finding.message =
        "a thread ran without passing any instrumented code: compile the body with "
        "-fsanitize=thread, or nothing is checked";
    report->findings.push_back(std::move(finding));
  }
  if (const std::uintptr_t site = runtime::process_state().foreign_site; site != 0) {
    Finding finding;
    finding.kind = FindingKind::kForeignThread;
    finding.message =
        "instrumented code ran on a thread or stack that is not a model thread's while the body "
        "was "
        "explored: it was not modelled";
    finding.participants.push_back({"a foreign thread", "runs", symbols.frames(site)});
    report->findings.push_back(std::move(finding));
  }
  return limits;
}

}  // namespace heddle
