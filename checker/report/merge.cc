// SPDX-License-Identifier: Apache-2.0
// Reports of disjoint parts of one search, added up.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <stdexcept>

#include "heddle/report.h"

namespace heddle {
namespace {

void add_new(const std::vector<std::string>& from, std::vector<std::string>* to) {
  for (const std::string& text : from) {
    if (std::find(to->begin(), to->end(), text) == to->end()) {
      to->push_back(text);
    }
  }
}

bool same(const Finding& a, const Finding& b) {
  const auto same_part = [](const Participant& p, const Participant& q) {
    return p.thread == q.thread && p.what == q.what;
  };
  return a.kind == b.kind && a.cause == b.cause && a.message == b.message &&
         std::equal(a.participants.begin(), a.participants.end(), b.participants.begin(),
                    b.participants.end(), same_part);
}

void add(const Report& part, Report* sum) {
  sum->executions += part.executions;
  sum->deadlocked += part.deadlocked;
  sum->blocked += part.blocked;
  sum->events += part.events;
  sum->resumed += part.resumed;
  sum->seconds += part.seconds;
  sum->complete = sum->complete && part.complete;
  for (const Finding& finding : part.findings) {
    const auto known = [&](const Finding& other) { return same(finding, other); };
    if (std::none_of(sum->findings.begin(), sum->findings.end(), known)) {
      sum->findings.push_back(finding);
    }
  }
  std::vector<std::string> bounds = part.bounds;
  std::erase(bounds, shard_bound(part.shard));  // The shards together have it not.
  add_new(bounds, &sum->bounds);
  add_new(part.assumptions, &sum->assumptions);
  add_new(part.warnings, &sum->warnings);
}

/// What searches that draw have covered. Two shards may have drawn the same execution: so there are
/// at least as many different ones as one of them has.
void add_coverage(const Report& part, Report* sum) {
  sum->seed = sum->seed == 0 ? part.seed : sum->seed;
  sum->distinct = std::max(sum->distinct, part.distinct);
  for (const Covered& covered : part.covered) {
    const auto known =
        std::find_if(sum->covered.begin(), sum->covered.end(),
                     [&](const Covered& c) { return c.strategy == covered.strategy; });
    if (known == sum->covered.end()) {
      sum->covered.push_back(covered);
      continue;
    }
    known->executions += covered.executions;
    known->threads = std::max(known->threads, covered.threads);
    known->length = std::max(known->length, covered.length);
    known->completed = std::min(known->completed, covered.completed);
    known->cut = known->cut || covered.cut;
  }
}

void add_outcomes(const std::vector<Report>& parts, Report* sum) {
  std::map<std::string, std::size_t> known;
  for (const Report& part : parts) {
    for (const Outcome& outcome : part.outcomes) {
      std::string key;
      for (const OutcomeValue& value : outcome.values) {
        key += value.name + '\0' + value.value + '\0';
      }
      const auto [place, is_new] = known.try_emplace(key, sum->outcomes.size());
      if (is_new) {
        sum->outcomes.push_back(outcome);
      } else {
        sum->outcomes[place->second].count += outcome.count;
      }
    }
  }
}

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("these reports cannot be added up: " + why);
}

/// Index and count.
std::pair<std::uint32_t, std::uint32_t> shard_of(const std::string& text) {
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, index);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') {
    refuse(fmt::format("\"{}\" is no shard", text));
  }
  const auto second = std::from_chars(first.ptr + 1, end, count);
  if (second.ec != std::errc() || second.ptr != end || index >= count) {
    refuse(fmt::format("\"{}\" is no shard", text));
  }
  return {index, count};
}

/// Throws if the parts do not go together. Indices of the shards that are missing.
std::vector<std::uint32_t> missing_shards(const std::vector<Report>& parts) {
  std::vector<std::uint32_t> missing;
  std::set<std::uint32_t> seen;
  std::uint32_t count = 0;
  for (const Report& part : parts) {
    if (part.shard.empty() != parts.front().shard.empty()) {
      refuse("some are of shards, some are not");
    }
    if (part.search != parts.front().search || part.model != parts.front().model ||
        part.shard_of != parts.front().shard_of) {
      refuse("they are of different programs, builds or options");
    }
    if (part.shard.empty()) {
      continue;
    }
    const auto [index, of] = shard_of(part.shard);
    if (count != 0 && of != count) {
      refuse(fmt::format("one is of {} shards, one of {}", count, of));
    }
    count = of;
    if (!seen.insert(index).second) {
      refuse(fmt::format("shard {} is there twice", part.shard));
    }
  }
  for (std::uint32_t index = 0; index < count; ++index) {
    if (!seen.contains(index)) {
      missing.push_back(index);
    }
  }
  return missing;
}

Verdict verdict_of(const Report& sum, const std::vector<Report>& parts) {
  const auto failed = [](const Report& part) { return part.verdict == Verdict::kInternalError; };
  if (std::any_of(parts.begin(), parts.end(), failed)) {
    return Verdict::kInternalError;
  }
  if (!sum.findings.empty()) {
    return Verdict::kBug;
  }
  if (!sum.complete || sum.executions == 0) {
    return Verdict::kIncomplete;
  }
  return sum.bounds.empty() ? Verdict::kOk : Verdict::kBounded;
}

}  // namespace

std::string shard_bound(std::string_view shard) {
  return fmt::format("only shard {} of all executions", shard);
}

Report merge(const std::vector<Report>& parts) {
  if (parts.empty()) {
    refuse("there is none");
  }
  const std::vector<std::uint32_t> missing = missing_shards(parts);
  Report sum;
  sum.search = parts.front().search;
  sum.model = parts.front().model;
  sum.complete = missing.empty();
  for (const Report& part : parts) {
    add(part, &sum);
    add_coverage(part, &sum);
  }
  if (parts.size() > 1 && sum.distinct != 0) {
    sum.warnings.emplace_back(
        "different executions are counted in the shard or job that has most of them: others may "
        "have "
        "drawn the same ones");
  }
  add_outcomes(parts, &sum);
  if (!missing.empty()) {
    for (Covered& covered : sum.covered) {
      covered.completed = -1;  // What is missing may be among the cheapest schedules.
    }
    sum.warnings.push_back(fmt::format("not all shards are there: missing {} of {}",
                                       fmt::join(missing, ", "), parts.size() + missing.size()));
  }
  sum.verdict = verdict_of(sum, parts);
  return sum;
}

}  // namespace heddle
