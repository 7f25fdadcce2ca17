// SPDX-License-Identifier: Apache-2.0
// Tallies what each wrong token gives.
#include "wrong_tokens.h"

#include <stdexcept>

#include "tests/support/explored/fresh_replay.h"
#include "tests/support/token_mutator.h"

namespace wrong_tokens {

Tally replay(const std::vector<std::string>& good, const std::function<void()>& body,
             const heddle::Options& options, int count) {
  heddle::test::TokenMutator mutator(good, 1);
  Tally tally;
  for (int i = 0; i < count && tally.wrong.empty(); ++i) {
    const std::string token = mutator.next();
    try {
      const heddle::Report report = fresh_replay::unrecorded_replay(token, body, options);
      if (report.verdict == heddle::Verdict::kInternalError ||
          report.executions + report.blocked != 1) {
        tally.wrong = token + " gave\n" + to_text(report);
      }
      ++tally.replayed;
    } catch (const std::invalid_argument& error) {
      const std::string reason = error.what();
      if (reason.empty() || reason.find('\n') != std::string::npos) {
        tally.wrong = token + " gave the reason \"" + reason + "\"";
      }
      ++tally.refused;
    }
  }
  return tally;
}

}  // namespace wrong_tokens
