// SPDX-License-Identifier: Apache-2.0
// Reading and matching suppressions.
#include "checker/report/suppressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace heddle::report {
namespace {

/// The types of ThreadSanitizer. `signal` is known and never matches: signals are not modelled.
constexpr std::string_view kTypes[] = {"race",   "race_top", "deadlock",       "mutex",
                                       "thread", "signal",   "called_from_lib"};

bool is_for(std::string_view type, FindingKind kind) {
  switch (kind) {
    case FindingKind::kDataRace:
    case FindingKind::kUseAfterFree:
      return type == "race" || type == "race_top" || type == "called_from_lib";
    case FindingKind::kDeadlock:
      return type == "deadlock";
    case FindingKind::kLockMisuse:
      return type == "mutex" || type == "called_from_lib";
    case FindingKind::kThreadLeak:
      return type == "thread";
    default:
      return false;
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Suppression parse_line(std::string_view line, std::size_t number, std::string_view file) {
  const auto fail = [&](const std::string& what) {
    throw std::invalid_argument(fmt::format("{}:{}: {}", file, number, what));
  };
  const std::size_t colon = line.find(':');
  const std::string_view type = line.substr(0, colon);
  if (colon == std::string_view::npos ||
      std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes)) {
    fail(fmt::format("\"{}\" is not a suppression; a line is TYPE:PATTERN, and TYPE one of {}",
                     line, fmt::join(kTypes, ", ")));
  }
  const std::string_view pattern = trimmed(line.substr(colon + 1));
  if (pattern.empty()) {
    fail(fmt::format("{}: needs a pattern behind it", type));
  }
  return {std::string(type), std::string(pattern), number, 0};
}

/// `pattern` without anchors, from the beginning of `text`; `to_end`: up to its end.
bool matches_here(std::string_view pattern, std::string_view text, bool to_end) {
  const std::size_t star = pattern.find('*');
  const std::string_view head = pattern.substr(0, star);
  if (!text.starts_with(head)) {
    return false;
  }
  text.remove_prefix(head.size());
  if (star == std::string_view::npos) {
    return !to_end || text.empty();
  }
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t skip = 0; skip <= text.size(); ++skip) {
    if (matches_here(rest, text.substr(skip), to_end)) {
      return true;
    }
  }
  return false;
}

bool matches_frame(std::string_view pattern, const Frame& frame) {
  return matches_template(pattern, frame.function) || matches_template(pattern, frame.file) ||
         matches_template(pattern, frame.module);
}

}  // namespace

bool matches_template(std::string_view pattern, std::string_view text) {
  const bool from_start = pattern.starts_with('^');
  pattern.remove_prefix(from_start ? 1 : 0);
  const bool to_end = pattern.ends_with('$');
  pattern.remove_suffix(to_end ? 1 : 0);
  for (std::size_t skip = 0; skip <= (from_start ? 0 : text.size()); ++skip) {
    if (!text.empty() && matches_here(pattern, text.substr(skip), to_end)) {
      return true;
    }
  }
  return false;
}

std::vector<Suppression> parse_suppressions(std::string_view text, std::string_view file) {
  std::vector<Suppression> result;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.front() != '#') {
      result.push_back(parse_line(line, number, file));
    }
  }
  return result;
}

bool matches(const Suppression& suppression, const SuppressionSubject& subject) {
  if (!is_for(suppression.type, subject.kind)) {
    return false;
  }
  const auto matches_it = [&](const Frame& frame) {
    return suppression.type == "called_from_lib"
               ? matches_template(suppression.pattern, frame.module)
               : matches_frame(suppression.pattern, frame);
  };
  for (const std::vector<Frame>& stack : subject.stacks) {
    const auto end =
        suppression.type == "race_top" && !stack.empty() ? stack.begin() + 1 : stack.end();
    if (std::any_of(stack.begin(), end, matches_it)) {
      return true;
    }
  }
  return suppression.type != "called_from_lib" &&
         std::any_of(subject.objects.begin(), subject.objects.end(), [&](const std::string& name) {
           return matches_template(suppression.pattern, name);
         });
}

}  // namespace heddle::report
