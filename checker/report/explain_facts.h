// SPDX-License-Identifier: Apache-2.0
// What the steps of a failing execution show beyond the finding itself: locks held, messages
// passed, values read and overwritten. From the public form of traces, so that a report that was
// read back from JSON explains itself as well. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/report.h"

namespace heddle::report {

/// A part of TraceStep::note: "race", "blocks here", "fails here".
bool has_note(const TraceStep& step, std::string_view part);

/// The memory order that the step names: "relaxed" of "load(relaxed)"; empty for plain accesses.
std::string_view order_of(const TraceStep& step);

bool is_read(const TraceStep& step);
bool is_write(const TraceStep& step);

/// "line 12" or "a.cc:12", in relation to the file in which most of the trace is; empty if unknown.
std::string line_of(const std::vector<TraceStep>& trace, std::size_t step);

/// "T2's load(relaxed) of ready (line 12)", "T1's lock mutex a (line 9)"; "another step" of none.
std::string step_words(const std::vector<TraceStep>& trace, std::int64_t step);

/// Names of the locks that the step's thread holds at it, innermost last.
std::vector<std::string> locks_held(const std::vector<TraceStep>& trace, std::size_t step);

/// A relaxed message: between two racing accesses, a store of the first's thread that a load of the
/// second's reads, and that does not order them.
struct Message {
  std::size_t store = 0;
  std::size_t load = 0;
};
std::optional<Message> message_between(const std::vector<TraceStep>& trace, std::size_t first,
                                       std::size_t second);

/// Two threads that both read one value of an object and both overwrite it: the second write undoes
/// the first. Indices of the two writes.
struct LostUpdate {
  std::size_t lost = 0;
  std::size_t overwriting = 0;
};
std::optional<LostUpdate> lost_update(const std::vector<TraceStep>& trace);

/// "T1 -> mutex a -> T2 -> mutex b -> T1" of a deadlock with a cycle; empty if there is none.
std::string wait_for_cycle(const Finding& finding);

/// What a waiting participant waits for ("mutex a", "T2"); empty if it does not wait.
std::string awaited_by(const Participant& participant);

}  // namespace heddle::report
