// SPDX-License-Identifier: Apache-2.0
// How an exhibit describes itself: the story, its variants (one buggy or more, then the fixes) and
// what each variant is declared to show. An exhibit registers itself by defining one static
// `Registration`; the two runners (explored and ThreadSanitizer) walk `all()`.
//
// One file an exhibit, bugs/<class>/<name>.cc. Each variant is a namespace of its own name, so the
// source of variant `mutex` is the text between the lines `namespace mutex {` and
// `}  // namespace mutex`, and the difference between two variants is a difference of two such
// texts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/options.h"
#include "heddle/report.h"

namespace bugs {

/// What the search of cycles must say of the waits for locks and semaphores.
enum class Waits {
  kAny,
  kBounded,    ///< Some thread waits for one, and there is a largest number of bypasses.
  kUnbounded,  ///< Of at least one there is none.
};

/// One program of an exhibit: a body that heddle::explore runs, and the verdict it is declared to
/// get. A variant whose declared verdict is kBug is a bug; every other one is a fix, or a control.
struct Variant {
  std::string
      name;  ///< "buggy" for the bug; a fix is named for what it uses: "mutex", "fetch_add".
  void (*body)() = nullptr;
  heddle::Verdict verdict = heddle::Verdict::kOk;  ///< kBug, kOk or kBounded.
  std::vector<heddle::FindingKind> kinds = {};     ///< The exact set of kinds; empty unless kBug.
  std::vector<heddle::DeadlockCause> causes = {};  ///< The exact set of deadlock causes, if any.
  std::string adds =
      {};  ///< For a fix: the happens-before edge or exclusion that it adds, in one sentence.
  std::string primitive =
      {};  ///< For a fix: the one thing that fixes it ("std::mutex"); empty for bugs.
  /// Complete plus deadlocked executions under the SC model; 0 when no number is known.
  std::uint64_t sc_executions = 0;
  /// What a run with the ThreadSanitizer runtime may show: "data_race", "lock_order" (lock-order
  /// inversion), "use_after_free" (heap-use-after-free), "hang" (no report, the run must be
  /// killed). Empty: it is silent. A failed assertion or a crash of the program is not
  /// ThreadSanitizer's word.
  std::vector<std::string> tsan = {};
  Waits waits = Waits::kAny;
  std::uint64_t bypasses = 0;  ///< With kBounded: the largest number of bypasses; 0: not declared.
  /// Steps of other threads that one wait may take; 0: as many as it likes. A wait that takes more
  /// is late, which makes a program buggy in which the search finds nothing else.
  std::uint64_t deadline = 0;
  bool late = false;         ///< A wait is longer than `deadline`. Then kinds may be empty.
  bool tsan_certain = true;  ///< Every run shows at least one of `tsan`; false: it depends on luck.
};

/// One story. Options are what the gallery explores it with (search, bounds, spurious wake-ups);
/// the gallery always goes on after a bug and promotes races, so that a variant shows every kind it
/// has.
struct Exhibit {
  std::string klass;  ///< "races", "deadlocks", "livelocks", "starvation", "events", "usecases",
                      ///< "controls".
  std::string name;   ///< "lost_update".
  std::string title;  ///< One line.
  std::string story;  ///< A paragraph for `heddle gallery show`.
  std::string kind;   ///< The field's term: "data race, lost update".
  std::string cwe;    ///< Nearest CWE ids, "366", "367,476"; empty for a correct program.
  std::string origin = {};  ///< Where it comes from; empty if it could not be confirmed.
  int threads = 2;  ///< Threads that take part, the one that only waits for them not counted.
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
