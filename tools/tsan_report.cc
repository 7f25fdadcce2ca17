// SPDX-License-Identifier: Apache-2.0
// Reads ThreadSanitizer's reports line by line.
#include "tools/tsan_report.h"

#include <signal.h>

#include <array>
#include <utility>

namespace heddle::tools {
namespace {

constexpr std::string_view kWarning = "WARNING: ThreadSanitizer: ";

/// First words of a report, and our kind. The first match counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kReports = {{
    {"data race", "data_race"},
    {"race on external object", "data_race"},
    {"heap-use-after-free", "use_after_free"},
    {"lock-order-inversion", "lock_order"},
    {"thread leak", "thread_leak"},
    {"unlock of an unlocked mutex", "lock_misuse"},
    {"destroy of a locked mutex", "lock_misuse"},
    {"double lock of a mutex", "lock_misuse"},
    {"use of an invalid mutex", "lock_misuse"},
    {"read lock of a write locked mutex", "lock_misuse"},
    {"read unlock of a write locked mutex", "lock_misuse"},
}};

/// Words anywhere in a line, and our kind.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords = {{
    {"ERROR: ThreadSanitizer: SEGV", "crash"},
    {"ThreadSanitizer: CHECK failed", "crash"},
    {"ERROR: ThreadSanitizer: ", "crash"},
    {": Assertion ", "assertion"},
    {"terminate called", "exception"},
    {"double free or corruption", "double_free"},
}};

std::string report_kind(std::string_view report) {
  for (const auto& [words, kind] : kReports) {
    if (report.starts_with(words)) {
      return std::string(kind);
    }
  }
  return std::string(report.substr(0, report.find(" (")));
}

void add_line(std::string_view line, std::set<std::string>& kinds) {
  if (line.starts_with(kWarning)) {
    kinds.insert(report_kind(line.substr(kWarning.size())));
    return;
  }
  for (const auto& [words, kind] : kWords) {
    if (line.find(words) != std::string_view::npos) {
      kinds.insert(std::string(kind));
      return;
    }
  }
}

}  // namespace

std::set<std::string> tsan_kinds(std::string_view errors) {
  std::set<std::string> kinds;
  while (!errors.empty()) {
    const std::size_t end = errors.find('\n');
    add_line(errors.substr(0, end), kinds);
    errors = end == std::string_view::npos ? std::string_view() : errors.substr(end + 1);
  }
  return kinds;
}

std::set<std::string> tsan_kinds(const Ended& ended) {
  std::set<std::string> kinds = tsan_kinds(ended.errors);
  const bool says_why_it_aborted = kinds.contains("assertion") || kinds.contains("exception") ||
                                   kinds.contains("double_free") || kinds.contains("crash");
  if (ended.timed_out) {
    kinds.insert("hang");
  } else if (ended.signal == SIGABRT && !says_why_it_aborted) {
    kinds.insert("abort");
  } else if (ended.signal != 0 && ended.signal != SIGABRT) {
    kinds.insert("crash");
  }
  return kinds;
}

bool tsan_met_bad_layout(const Ended& ended) {
  return ended.errors.find("ThreadSanitizer: unexpected memory mapping") != std::string::npos;
}

}  // namespace heddle::tools
