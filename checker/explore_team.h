// SPDX-License-Identifier: Apache-2.0
// One exploration by several processes.
//
// The process that was asked forks the others before anything ran, so that all have the same
// addresses, and runs nothing itself. A member explores on its own. One that has nothing left says
// so; then a busy one is asked to give alternatives of its shallowest level away. So each execution
// is run once, whoever runs it, and all counts are those of one process.
//
//   member to parent: n nothing left; g work given away, or empty; p part so far; d part, the end
//   parent to member: w work; s give some away; c tell the part so far; x end
//
// Nothing is lost with a member that dies. About once a second each tells its part, counts and work
// that is left. Another process goes on from there, without the alternatives that were given away
// since (search::Work::skipped), and notes each execution before it begins. If it dies, too, the
// next one begins again; when two have died in the same execution, that is the finding `crash` with
// the execution's token, and the search goes on without what follows from that one. Else it was not
// the program's doing, and the report only says so.
#pragma once

#include <functional>

#include "checker/explore_member.h"
#include "checker/explore_part.h"
#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

/// Explores as a member, from `base` on, and returns what came of it.
using Join = std::function<Part(Member&, const Part& base)>;

/// Throws std::invalid_argument for a checkpoint that does not fit.
Report explore_together(const std::function<void()>& body, const Options& options,
                        const Join& join);

}  // namespace heddle
