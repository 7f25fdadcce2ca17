// SPDX-License-Identifier: Apache-2.0
// A suppressions file in ThreadSanitizer's format: which findings somebody does not want to see.
//
//     # comment
//     race:ThirdPartyQueue::push
//     race:third_party/*.h
//     deadlock:legacy_lock
//     called_from_lib:libfoo.so
//
// A pattern matches when it occurs anywhere in the text; '*' stands for any characters, '^' at its
// beginning and '$' at its end tie it to the text's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/report.h"

namespace heddle::report {

/// O(|pattern| * |text|).
bool matches_template(std::string_view pattern, std::string_view text);

struct Suppression {
  std::string type;  ///< "race", "race_top", "deadlock", "mutex", "thread", "called_from_lib", ...
  std::string pattern;
  std::size_t line = 0;    ///< In the file, from 1.
  std::uint64_t hits = 0;  ///< Findings that it has hidden.
};

/// Throws std::invalid_argument with the line that is wrong, named as in `file`.
std::vector<Suppression> parse_suppressions(std::string_view text, std::string_view file);

/// What of a finding is compared with patterns.
struct SuppressionSubject {
  FindingKind kind = FindingKind::kDataRace;
  std::vector<std::vector<Frame>> stacks;  ///< Of each participant, innermost frame first.
  std::vector<std::string> objects;        ///< Names of the variables and locks involved.
};

/// Whether the suppression is for findings of this kind and its pattern matches a function, a
/// source file or a module of a stack, or an object.
bool matches(const Suppression& suppression, const SuppressionSubject& subject);

}  // namespace heddle::report
