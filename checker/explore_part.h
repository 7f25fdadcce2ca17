// SPDX-License-Identifier: Apache-2.0
// A part of an exploration as data: what has been done, and what is left. Checkpoint files.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/search/work.h"
#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

struct Part {
  Report report;                 ///< Not finished: no verdict.
  std::set<std::string> places;  ///< place_key() of the findings.
  std::uint32_t most_threads = 0;
  bool cut = false;       ///< Some execution met a limit of its own.
  bool limited = false;   ///< A limit, or more than that, ended the search.
  bool restarts = false;  ///< The search has to begin anew, with `promoted`.
  search::Work work;
  std::string schedules;  ///< Of an enumeration: what is left, as search::BoundedSchedules says it.
  /// Names of the threads, as the engine has them, and the plain locations that are events.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> threads;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> promoted;
  double seconds_left = 0;  ///< For whoever goes on: Limits::seconds. Not in files.
};

std::string to_text(const Part& part);
/// Throws std::invalid_argument.
Part part_from_text(std::string_view text);

/// What must be the same for one exploration to go on with another's work: program, body, and the
/// options that decide which executions there are. Lines "name=value". Loads the modules.
std::vector<std::string> identity_of(const std::function<void()>& body, const Options& options);

/// If this is one of several shards: says which one, and of what.
void name_shard(const std::function<void()>& body, const Options& options, Report* report);

/// Puts the file in place of the last one in one step. An empty string, or what went wrong.
std::string write_checkpoint(const std::string& file, const std::vector<std::string>& identity,
                             const Part& part);
/// Throws std::invalid_argument if the file cannot be read, is damaged, or belongs to another
/// program, body or set of options.
Part read_checkpoint(const std::string& file, const std::vector<std::string>& identity);

/// Throws std::invalid_argument for options about parts that do not go together.
void check_parts(const Options& options);

/// What a process with this index, one of so many, has of a limit. 0 is no limit.
std::uint64_t part_of_limit(std::uint64_t limit, std::uint32_t index, std::uint32_t count);

/// Appends what is not there yet.
void add_new(const std::vector<std::string>& from, std::vector<std::string>* to);
Verdict verdict_of(const Report& report);
/// Of all parts together: warnings that a single one could not tell.
void warn_of_the_whole(std::uint32_t most_threads, Report* report);

}  // namespace heddle
