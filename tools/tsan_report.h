// SPDX-License-Identifier: Apache-2.0
// What one native run under the ThreadSanitizer runtime said, in Heddle's names for kinds.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "tools/subprocess.h"

namespace heddle::tools {

/// Exit code that TSAN_OPTIONS asks ThreadSanitizer for when it has reported something.
inline constexpr int kTsanExitCode = 66;

/// The kinds in one run's standard error: "data_race", "use_after_free", "lock_order",
/// "lock_misuse", "thread_leak", "crash", "assertion", "exception", and ThreadSanitizer's own words
/// for a report that Heddle has no name for.
std::set<std::string> tsan_kinds(std::string_view errors);

/// tsan_kinds plus what only the end of the process tells: "hang" (killed at its deadline),
/// "crash" (a signal), "abort" (SIGABRT without a message that says why).
std::set<std::string> tsan_kinds(const Ended& ended);

/// ThreadSanitizer gave up before main because of the address layout; worth another try without
/// address randomisation.
bool tsan_met_bad_layout(const Ended& ended);

}  // namespace heddle::tools
