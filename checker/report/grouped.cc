// SPDX-License-Identifier: Apache-2.0
// Keys of findings.
#include "checker/report/grouped.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checker/report/frames.h"

namespace heddle::report {
namespace {

/// FNV-1a, 64 bits: the same in every build.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return value;
}

/// `text` without digits, so that counts, values and line numbers in words do not matter.
std::string without_numbers(const std::string& words) {
  std::string text = words;
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text;
}

std::string key(const Finding& finding, std::string (*place_of)(const Frame&),
                std::string (*words_of)(const std::string&)) {
  std::vector<std::string> parts;
  for (const Participant& participant : finding.participants) {
    const Frame* frame = user_frame(participant.stack);
    parts.push_back(frame == nullptr
                        ? without_numbers(participant.what)
                        : fmt::format("{} {}", place_of(*frame), words_of(participant.what)));
  }
  std::sort(parts.begin(), parts.end());
  const Frame* frame = main_frame(finding);
  if (finding.participants.empty()) {
    parts.push_back(frame == nullptr ? without_numbers(finding.message) : place_of(*frame));
  }
  return fmt::format("{}\n{}\n{}", to_string(finding.kind), to_string(finding.cause),
                     fmt::join(parts, "\n"));
}

}  // namespace

const Frame* main_frame(const Finding& finding) {
  for (const Participant& participant : finding.participants) {
    const Frame* frame = user_frame(participant.stack);
    if (frame != nullptr && frame->line != 0) {
      return frame;
    }
  }
  for (auto step = finding.trace.rbegin(); step != finding.trace.rend(); ++step) {
    const Frame* frame = step->important ? user_frame(step->stack) : nullptr;
    if (frame != nullptr && frame->line != 0) {
      return frame;
    }
  }
  return nullptr;
}

std::string cause_key(const Finding& finding) {
  return key(
      finding,
      [](const Frame& frame) {
        return frame.file.empty() ? fmt::format("{} {}", frame.module, place(frame))
                                  : fmt::format("{}:{}", frame.file, frame.line);
      },
      [](const std::string& words) { return words.substr(0, words.find(' ')); });
}

std::string fingerprint(const Finding& finding) {
  const std::string text = key(
      finding,
      [](const Frame& frame) {
        const bool is_named = !frame.file.empty() || !frame.function.empty();
        return is_named
                   ? fmt::format("{} {}", short_file(frame.file), short_function(frame.function))
                   : place(frame);
      },
      without_numbers);
  return fmt::format("{:016x}", hash(text));
}

std::vector<FindingGroup> grouped(const std::vector<Finding>& findings) {
  std::vector<FindingGroup> groups;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const auto [found, is_new] = known.try_emplace(cause_key(findings[i]), groups.size());
    if (is_new) {
      groups.push_back({i, 1});
    } else {
      ++groups[found->second].count;
    }
  }
  return groups;
}

}  // namespace heddle::report
