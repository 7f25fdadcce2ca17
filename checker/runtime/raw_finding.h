// SPDX-License-Identifier: Apache-2.0
// A finding as the engine makes it: addresses and program counters, no words yet about either.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/base/ids.h"
#include "heddle/report.h"

namespace heddle::runtime {

struct RawParticipant {
  base::ThreadId thread = 0;
  std::string verb;           ///< "writes", "waits for".
  std::uint64_t address = 0;  ///< What it acts on; 0 for nothing.
  std::size_t size = 0;
  std::vector<std::uint64_t> stack;  ///< Return addresses, innermost first.
};

struct RawFinding {
  FindingKind kind = FindingKind::kAssertion;
  DeadlockCause cause = DeadlockCause::kNone;
  std::string message;
  std::vector<RawParticipant> participants;
  /// Livelock and starvation: the event, by stamp, with which the cycle begins.
  std::uint32_t cycle_from = kNoCycle;
  static constexpr std::uint32_t kNoCycle = 0xffffffff;
  std::uint64_t key = 0;  ///< Equal for findings that a person would call the same.
};

}  // namespace heddle::runtime
