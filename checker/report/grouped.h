// SPDX-License-Identifier: Apache-2.0
// Findings of the same cause, taken together: a report file shows one of them and how many there
// are. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/report.h"

namespace heddle::report {

struct FindingGroup {
  std::size_t first = 0;  ///< Index in Report::findings of the one to show.
  std::uint64_t count = 1;
};

/// Groups in the order of their first findings. O(n log n).
std::vector<FindingGroup> grouped(const std::vector<Finding>& findings);

/// What findings of one cause have in common: kind, cause, and for each thread involved the place
/// in the user's code; without participants, the place of the last important step, or the message.
std::string cause_key(const Finding& finding);

/// The same without line numbers, folders and values, for comparing the reports of two versions of
/// a program: 16 hexadecimal digits.
std::string fingerprint(const Finding& finding);

/// The frame that stands for the finding: where its first participant or last important step was;
/// null if nothing is known.
const Frame* main_frame(const Finding& finding);

}  // namespace heddle::report
