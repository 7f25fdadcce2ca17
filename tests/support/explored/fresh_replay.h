// SPDX-License-Identifier: Apache-2.0
// Every finding of every explored test is replayed in a process of its own, which has explored
// nothing, and must be the same there: kind, message, participants, trace and outcome.
//
// No test asks for it. heddle_add_explored_test links fresh_replay.cc, which defines
// heddle::explore and heddle::replay in front of libheddle.so's. After an exploration it starts
// this executable again with the same arguments, once a finding, for the one test. There the calls
// before the one in question are answered from the reports that the first process got, so that the
// test's own code comes to the same point; there the token is replayed, and that is all that
// process models. What differs is thrown as std::runtime_error, which fails the test.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "heddle/heddle.h"

namespace fresh_replay {

/// Findings that were replayed in fresh processes so far.
std::size_t count();
/// True in such a process.
bool is_fresh();
/// heddle::replay itself, for thousands of calls: fresh processes must not come by here.
heddle::Report unrecorded_replay(std::string_view token, const std::function<void()>& body,
                                 const heddle::Options& options);

}  // namespace fresh_replay
