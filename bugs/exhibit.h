// SPDX-License-Identifier: Apache-2.0
// How an exhibit describes itself: the story, its variants (one buggy or more, then the fixes) and
// what each variant is declared to show. An exhibit registers itself by defining one static
// `Registration`; the two runners (explored and ThreadSanitizer) walk `all()`.
#pragma once

#include <string>
#include <vector>

#include "heddle/options.h"
#include "heddle/report.h"

namespace bugs {

/// One program of an exhibit: a body that heddle::explore runs, and the verdict it is declared to
/// get.
struct Variant {
  std::string
      name;  ///< "buggy" for the bug; a fix is named for what it uses: "mutex", "fetch_add".
  void (*body)();
  heddle::Verdict verdict;                    ///< kBug, kOk or kBounded.
  std::vector<heddle::FindingKind> kinds;     ///< The exact set of kinds; empty unless kBug.
  std::vector<heddle::DeadlockCause> causes;  ///< The exact set of deadlock causes, if any.
  std::string
      adds;  ///< For a fix: the happens-before edge or exclusion that it adds, in one sentence.
  std::string
      primitive;  ///< For a fix: the one thing that fixes it ("std::mutex"); empty for bugs.
  /// Complete plus deadlocked executions under the SC model; 0 when the catalogue gives no number.
  std::uint64_t sc_executions = 0;
  std::vector<std::string> tsan =
      {};  ///< Kinds TSan is expected to say: "data_race", "hang", ... empty: silent.
};

/// One story. Options are what the gallery explores it with (bounds, spurious wake-ups); the
/// gallery always goes on after a bug and promotes races, so that a variant shows every kind it
/// has.
struct Exhibit {
  std::string klass;   ///< "races", "deadlocks", "usecases", "controls".
  std::string name;    ///< "lost_update".
  std::string title;   ///< One line.
  std::string story;   ///< A paragraph for `heddle gallery show`.
  std::string kind;    ///< The field's term: "data race, lost update".
  std::string cwe;     ///< Nearest CWE ids, "366".
  std::string origin;  ///< Where it comes from; empty if it could not be confirmed.
  int threads = 2;
  std::string tsan_reason;  ///< Why ThreadSanitizer says what it says, in one sentence.
  std::string file;         ///< __FILE__ of the exhibit, for sources and diffs.
  std::vector<Variant> variants;
  heddle::Options options = {};
};

/// Every registered exhibit, ordered by class and name.
const std::vector<Exhibit>& all();

/// Registers an exhibit for the life of the process; define one at namespace scope in each file.
struct Registration {
  explicit Registration(Exhibit exhibit);
};

}  // namespace bugs
