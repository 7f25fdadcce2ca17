// SPDX-License-Identifier: Apache-2.0
// The printed names of verdicts, kinds and causes, and the exit codes.
#include <array>
#include <utility>

#include "heddle/report.h"

namespace heddle {
namespace {

template <class Enum, std::size_t count>
using Names = std::array<std::pair<Enum, std::string_view>, count>;

constexpr Names<Verdict, 5> kVerdicts{{
    {Verdict::kOk, "ok"},
    {Verdict::kBounded, "bounded"},
    {Verdict::kBug, "bug"},
    {Verdict::kIncomplete, "incomplete"},
    {Verdict::kInternalError, "internal_error"},
}};

constexpr Names<FindingKind, 21> kFindingKinds{{
    {FindingKind::kDataRace, "data_race"},
    {FindingKind::kDeadlock, "deadlock"},
    {FindingKind::kSpin, "spin"},
    {FindingKind::kLivelock, "livelock"},
    {FindingKind::kStarvation, "starvation"},
    {FindingKind::kAssertion, "assertion"},
    {FindingKind::kAbort, "abort"},
    {FindingKind::kException, "exception"},
    {FindingKind::kCrash, "crash"},
    {FindingKind::kUseAfterFree, "use_after_free"},
    {FindingKind::kDoubleFree, "double_free"},
    {FindingKind::kBadFree, "bad_free"},
    {FindingKind::kLeak, "leak"},
    {FindingKind::kLockMisuse, "lock_misuse"},
    {FindingKind::kThreadLeak, "thread_leak"},
    {FindingKind::kNondeterminism, "nondeterminism"},
    {FindingKind::kStateOutlivesExecution, "state_outlives_execution"},
    {FindingKind::kUnsupported, "unsupported"},
    {FindingKind::kUninstrumented, "uninstrumented"},
    {FindingKind::kForeignThread, "foreign_thread"},
    {FindingKind::kNoVisibleOperation, "no_visible_operation"},
}};

constexpr Names<DeadlockCause, 7> kDeadlockCauses{{
    {DeadlockCause::kNone, "none"},
    {DeadlockCause::kCycle, "cycle"},
    {DeadlockCause::kSelf, "self"},
    {DeadlockCause::kLostWakeup, "lost_wakeup"},
    {DeadlockCause::kMissingSignal, "missing_signal"},
    {DeadlockCause::kBarrier, "barrier"},
    {DeadlockCause::kJoin, "join"},
}};

template <class Enum, std::size_t count>
std::string_view name_of(const Names<Enum, count>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) {
      return name;
    }
  }
  return "unknown";
}

template <class Enum, std::size_t count>
bool value_of(const Names<Enum, count>& names, std::string_view text, Enum& value) {
  for (const auto& [candidate, name] : names) {
    if (name == text) {
      value = candidate;
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view to_string(Verdict verdict) { return name_of(kVerdicts, verdict); }
std::string_view to_string(FindingKind kind) { return name_of(kFindingKinds, kind); }
std::string_view to_string(DeadlockCause cause) { return name_of(kDeadlockCauses, cause); }

bool parse(std::string_view name, Verdict& verdict) { return value_of(kVerdicts, name, verdict); }
bool parse(std::string_view name, FindingKind& kind) { return value_of(kFindingKinds, name, kind); }
bool parse(std::string_view name, DeadlockCause& cause) {
  return value_of(kDeadlockCauses, name, cause);
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
    case Verdict::kBounded:
      return 0;
    case Verdict::kBug:
      return 1;
    case Verdict::kIncomplete:
      return 4;
    case Verdict::kInternalError:
      return 3;
  }
  return 3;
}

}  // namespace heddle
