// SPDX-License-Identifier: Apache-2.0
// Findings that a suppressions file hides. They are counted, and listed among the warnings.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "checker/report/suppressions.h"
#include "checker/report/symbols.h"
#include "checker/runtime/engine.h"

namespace heddle {

class Suppressions {
 public:
  /// Throws std::invalid_argument if the file cannot be read or a line is wrong. Empty: none.
  explicit Suppressions(const std::string& file);

  /// By which line a finding that is new, of the last run, with its full stacks, is to be hidden;
  /// -1: by none.
  int match(const runtime::RawFinding& finding, const runtime::Engine& engine,
            report::Symbolizer& symbols) const;
  /// Hides it and others like it, and counts it.
  void hide(const runtime::RawFinding& finding, int line);

  /// Whether one like it has been suppressed.
  bool hides(const runtime::RawFinding& finding) const { return hidden_.contains(key_of(finding)); }

  void add_warnings(std::vector<std::string>* warnings) const;

 private:
  static std::uint64_t key_of(const runtime::RawFinding& finding) {
    return finding.key * 32 + static_cast<std::uint64_t>(finding.kind);
  }

  std::string file_;
  std::vector<report::Suppression> list_;
  std::set<std::uint64_t> hidden_;
};

}  // namespace heddle
