// SPDX-License-Identifier: Apache-2.0
// Walks over traces.
#include "checker/report/explain_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checker/report/frames.h"
#include "checker/report/text_trace.h"

namespace heddle::report {
namespace {

bool begins(std::string_view text, std::string_view with) { return text.starts_with(with); }

bool is_lock(const TraceStep& step) {
  return (begins(step.what, "lock ") || begins(step.what, "lock_shared") ||
          begins(step.what, "timed lock")) &&
         !has_note(step, "blocks here");
}

bool is_unlock(const TraceStep& step) { return begins(step.what, "unlock"); }

/// "T2" of "waits for mutex b, held by T2 (which will not act again)"; the first of several.
std::string holder_of(const Participant& participant) {
  for (const std::string_view words : {", held by ", ", run by "}) {
    const std::size_t at = participant.what.find(words);
    if (at != std::string::npos) {
      const std::size_t begin = at + words.size();
      return participant.what.substr(begin, participant.what.find_first_of(", ", begin) - begin);
    }
  }
  const std::string awaited = awaited_by(participant);
  return participant.what.ends_with(" to end") ? awaited : std::string();
}

}  // namespace

bool has_note(const TraceStep& step, std::string_view part) {
  std::string_view rest = step.note;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("; "), rest.size());
    if (rest.substr(0, end) == part) {
      return true;
    }
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return false;
}

std::string_view order_of(const TraceStep& step) {
  const std::size_t open = step.what.find('(');
  const std::size_t close = step.what.find(')', open);
  return close == std::string::npos
             ? std::string_view()
             : std::string_view(step.what).substr(open + 1, close - open - 1);
}

bool is_read(const TraceStep& step) {
  return begins(step.what, "load") || begins(step.what, "read") ||
         begins(step.what, "failed compare") || step.value.find(" -> ") != std::string::npos;
}

bool is_write(const TraceStep& step) {
  return begins(step.what, "store") || begins(step.what, "write") ||
         step.value.find(" -> ") != std::string::npos;
}

std::string line_of(const std::vector<TraceStep>& trace, std::size_t step) {
  const Frame* frame = user_frame(trace[step].stack);
  if (frame == nullptr || frame->line == 0) {
    return frame == nullptr || frame->offset == 0 ? "" : spot(*frame);
  }
  return frame->file == main_file(trace) ? fmt::format("line {}", frame->line) : place(*frame);
}

std::string step_words(const std::vector<TraceStep>& trace, std::int64_t step) {
  if (step < 0 || step >= static_cast<std::int64_t>(trace.size())) {
    return "another step";
  }
  const TraceStep& known = trace[static_cast<std::size_t>(step)];
  const std::string line = line_of(trace, static_cast<std::size_t>(step));
  const char* const between = known.object.empty()                ? ""
                              : is_read(known) || is_write(known) ? " of "
                                                                  : " ";
  return fmt::format("{}'s {}{}{}{}", known.thread, known.what, between, known.object,
                     line.empty() ? "" : fmt::format(" ({})", line));
}

std::vector<std::string> locks_held(const std::vector<TraceStep>& trace, std::size_t step) {
  std::vector<std::string> held;
  for (std::size_t i = 0; i < step; ++i) {
    if (trace[i].thread != trace[step].thread) {
      continue;
    }
    if (is_lock(trace[i])) {
      held.push_back(trace[i].object);
    } else if (is_unlock(trace[i])) {
      const auto last = std::find(held.rbegin(), held.rend(), trace[i].object);
      if (last != held.rend()) {
        held.erase(std::next(last).base());
      }
    }
  }
  return held;
}

std::optional<Message> message_between(const std::vector<TraceStep>& trace, std::size_t first,
                                       std::size_t second) {
  for (std::size_t load = first + 1; load < second; ++load) {
    const std::int64_t source = trace[load].reads_from;
    if (trace[load].thread != trace[second].thread || order_of(trace[load]).empty() ||
        source <= static_cast<std::int64_t>(first)) {
      continue;
    }
    const auto store = static_cast<std::size_t>(source);
    if (trace[store].thread == trace[first].thread && !order_of(trace[store]).empty()) {
      return Message{store, load};
    }
  }
  return std::nullopt;
}

std::optional<LostUpdate> lost_update(const std::vector<TraceStep>& trace) {
  // By thread and object: the source of its last read, if it has not written since.
  std::map<std::pair<std::string, std::string>, std::int64_t> last_read;
  struct Update {
    std::size_t write;
    std::int64_t source;
    std::string thread;
  };
  std::map<std::string, std::vector<Update>> updates;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const TraceStep& step = trace[i];
    const auto key = std::pair(step.thread, step.object);
    if (is_read(step) && is_write(step)) {
      continue;
    }
    if (is_read(step)) {
      last_read[key] = step.reads_from;
    } else if (is_write(step) && last_read.contains(key)) {
      const std::int64_t source = last_read[key];
      for (const Update& other : updates[step.object]) {
        if (other.source == source && other.thread != step.thread) {
          return LostUpdate{other.write, i};
        }
      }
      updates[step.object].push_back({i, source, step.thread});
      last_read.erase(key);
    }
  }
  return std::nullopt;
}

std::string awaited_by(const Participant& participant) {
  for (const std::string_view words : {"waits for ", "waits on ", "waits at "}) {
    if (begins(participant.what, words)) {
      std::string rest = participant.what.substr(words.size());
      rest = rest.substr(0, rest.find(", "));
      rest = rest.substr(0, rest.find(" ("));
      return rest.ends_with(" to end") ? rest.substr(0, rest.size() - 7) : rest;
    }
  }
  return {};
}

std::string wait_for_cycle(const Finding& finding) {
  if (finding.kind != FindingKind::kDeadlock || finding.cause != DeadlockCause::kCycle) {
    return {};
  }
  std::string words;
  const Participant* at = finding.participants.empty() ? nullptr : &finding.participants.front();
  const Participant* const start = at;
  for (std::size_t i = 0; at != nullptr && i < finding.participants.size(); ++i) {
    const std::string awaited = awaited_by(*at);
    const std::string holder = holder_of(*at);
    words += at->thread + " -> " + (awaited == holder ? "" : awaited + " -> ");
    const auto next = std::find_if(finding.participants.begin(), finding.participants.end(),
                                   [&](const Participant& part) { return part.thread == holder; });
    at = next == finding.participants.end() ? nullptr : &*next;
    if (at == start) {
      return words + start->thread;
    }
  }
  return {};
}

}  // namespace heddle::report
