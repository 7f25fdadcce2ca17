// SPDX-License-Identifier: Apache-2.0
// What code-scanning pages say of each kind of finding: a title, what it means, what usually helps.
#pragma once

#include <span>
#include <string_view>

#include "heddle/report.h"

namespace heddle::report {

struct Rule {
  FindingKind kind;
  std::string_view name;   ///< "DataRace"
  bool is_error;           ///< Else something that keeps Heddle from deciding: a warning.
  std::string_view title;  ///< One sentence.
  std::string_view help;   ///< What it means and what usually helps.
};

/// One for each kind, in the order of FindingKind.
std::span<const Rule> rules();

}  // namespace heddle::report
