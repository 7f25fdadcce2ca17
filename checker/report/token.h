// SPDX-License-Identifier: Apache-2.0
// The schedule token: one execution of one program as a short line of text.
//
//   h1:<program>:<model><options>[.<cycle>.<victim>]:<schedule>:<exceptions>:<checksum>
//
// `h1` is the version; the program's hash and the options are hexadecimal; the model is one letter
// (r, s). A livelock or starvation has the length of its cycle, the last events of the schedule,
// and the thread that starves (hexadecimal, 40 for none). The schedule is the thread of each event,
// run-length coded; exceptions are the events that do not take what the replayer takes by default
// (newest write, last place, outcome 0), and the promoted plain locations. Both are varints in
// base64url. The checksum is a CRC-32 of all before it: a single wrong character, and any burst of
// five, is always noticed. Entry points: encode_token(), decode_token(). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/base/ids.h"
#include "heddle/options.h"

namespace heddle::report {

struct TokenException {
  enum class Kind : std::uint8_t {
    kReadsFrom,  ///< The read takes the write (thread, index), not the newest.
    kPlace,      ///< The write goes directly behind the write (thread, index), not last.
    kOutcome,    ///< The choice has `outcome`, not 0.
  };
  static constexpr std::uint32_t kInitThread = 255;  ///< As `thread`: the initialising write.

  std::uint32_t event_ordinal = 0;  ///< Position in the schedule.
  Kind kind = Kind::kReadsFrom;
  std::uint32_t thread = 0;
  std::uint32_t index = 0;
  std::uint64_t outcome = 0;
  bool operator==(const TokenException&) const = default;
};

struct TokenData {
  static constexpr std::uint32_t kNoVictim = base::kMaxThreads;

  std::uint64_t program_hash = 0;
  Model model = Model::kRc11;
  std::uint8_t option_bits = 0;
  std::uint32_t cycle = 0;              ///< Events of the schedule's end that can go on for ever.
  std::uint32_t victim = kNoVictim;     ///< Who starves meanwhile.
  std::vector<std::uint32_t> schedule;  ///< Thread of each event, in the order of execution.
  std::vector<TokenException> exceptions;  ///< By event_ordinal, not falling.
  /// Creator and ordinal of each thread; empty if they are main's children in order, as they are
  /// numbered in the execution itself.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> threads;
  /// (address relative to its module, size) of plain locations that were promoted.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> promoted;
  bool operator==(const TokenData&) const = default;
};

/// REQUIRES: threads below base::kMaxThreads in the schedule, exceptions ordered by event.
std::string encode_token(const TokenData& data);

/// Throws std::invalid_argument with one line saying what is wrong: malformed, damaged, or of
/// another version. Surrounding white space is ignored.
TokenData decode_token(std::string_view token);

}  // namespace heddle::report
