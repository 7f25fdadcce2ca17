// SPDX-License-Identifier: Apache-2.0
// The schedule of a failing execution, attempted on another program: on its fix, to see what stops
// it there. Plain data, with its JSON form.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// Where the other program cannot do what the failing execution did.
struct AttemptStop {
  std::int64_t wanted = -1;  ///< Of the failing trace: the step that was to come.
  std::int64_t step = -1;    ///< Of Attempt::trace: what happened instead; -1: nothing yet.
  std::string message;       ///< "T2 is to read hits, but waits for mutex counter, held by T1".
  bool operator==(const AttemptStop&) const = default;
};

struct Attempt {
  std::vector<TraceStep> trace;       ///< The execution that came of it.
  std::vector<std::int64_t> follows;  ///< For each of its steps the failing step that it repeats,
                                      ///< or -1.
  std::vector<AttemptStop> stops;     ///< In the order in which they happened.
  std::uint64_t wanted = 0;           ///< Steps of the failing execution that were tried to repeat.
  std::uint64_t followed = 0;         ///< Of those, repeated in their place.
  std::string end;  ///< "passes", "fails: ...", "stopped: ..." (it need not have an end).
  bool operator==(const Attempt&) const = default;
};

/// Runs `body` once, as nearly as possible in the order of `failing.trace`, and with the same
/// values read. A step is recognised by its thread, what it does and the name of its object without
/// namespaces; what else the body does is done on the way. Throws as explore() does.
Attempt attempt(const Finding& failing, const std::function<void()>& body,
                const Options& options = {});

/// One JSON object (documented in tools/README.md).
std::string to_json(const Attempt& attempt);
/// Inverse of to_json. Throws std::invalid_argument naming what is wrong and where.
Attempt attempt_from_json(std::string_view json);

}  // namespace heddle
