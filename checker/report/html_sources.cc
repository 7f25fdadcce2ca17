// SPDX-License-Identifier: Apache-2.0
// Numbers frames and stacks, and reads the files.
#include "checker/report/html_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "checker/report/frames.h"

namespace heddle::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestWhole = 1500;
constexpr std::uint32_t kAround = 30;
constexpr std::size_t kMostBytes = 8u << 20;

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return lines;
  }
  std::ifstream stream(path);
  std::size_t size = 0;
  for (std::string line; size < kMostBytes && std::getline(stream, line);) {
    size += line.size();
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

/// [first line, [lines]] for each stretch that is to be shown.
Json parts_of(const std::vector<std::string>& lines, const std::set<std::uint32_t>& named,
              std::size_t* bytes) {
  Json parts = Json::array();
  const auto count = static_cast<std::uint32_t>(lines.size());
  std::uint32_t shown = 0;  // Lines up to this one are in parts already.
  const auto add = [&](std::uint32_t first, std::uint32_t last) {
    if (first > shown + 1 || parts.empty()) {
      parts.push_back({first, Json::array()});
    } else {
      first = shown + 1;
    }
    for (std::uint32_t line = first; line <= last; ++line) {
      *bytes += lines[line - 1].size() + 4;
      parts.back()[1].push_back(lines[line - 1]);
    }
    shown = std::max(shown, last);
  };
  if (count != 0 && count <= kLongestWhole) {
    add(1, count);
    return parts;
  }
  for (const std::uint32_t line : named) {
    if (line >= 1 && line <= count) {
      add(line > kAround ? line - kAround : 1, std::min(count, line + kAround));
    }
  }
  return parts;
}

}  // namespace

std::uint32_t HtmlSources::frame(const Frame& frame) {
  const std::string key = fmt::format("{}\n{}\n{}\n{}\n{}", frame.function, frame.file, frame.line,
                                      frame.module, frame.file.empty() ? place(frame) : "");
  const auto [known, inserted] =
      known_frames_.try_emplace(key, static_cast<std::uint32_t>(frames_.size()));
  if (!inserted) {
    return known->second;
  }
  Json json = Json::object();
  if (!frame.function.empty()) {
    json["f"] = short_function(frame.function);
  }
  const bool is_own = !is_library_frame(frame);
  if (!frame.file.empty()) {
    const auto number = static_cast<std::uint32_t>(files_.size());
    File& file = files_.try_emplace(frame.file, File{number, {}, false}).first->second;
    file.lines.insert(frame.line);
    file.is_own = file.is_own || is_own;
    json["p"] = file.number;
  } else if (!frame.module.empty()) {
    json["m"] = place(frame);
  }
  if (frame.line != 0) {
    json["l"] = frame.line;
  }
  if (is_own) {
    json["u"] = true;
  }
  frames_.push_back(std::move(json));
  return known->second;
}

std::int64_t HtmlSources::stack(const std::vector<Frame>& stack) {
  if (stack.empty()) {
    return -1;
  }
  std::vector<std::uint32_t> numbers;
  numbers.reserve(stack.size());
  for (const Frame& one : stack) {
    numbers.push_back(frame(one));
  }
  const auto next = static_cast<std::int64_t>(stacks_.size());
  return stacks_.try_emplace(std::move(numbers), next).first->second;
}

void HtmlSources::write(Json* page) const {
  Json stacks = Json::array();
  for (std::size_t i = 0; i < stacks_.size(); ++i) {
    stacks.push_back(nullptr);
  }
  for (const auto& [numbers, at] : stacks_) {
    stacks[static_cast<std::size_t>(at)] = numbers;
  }
  std::vector<std::pair<const std::string*, const File*>> in_order(files_.size());
  for (const auto& [path, file] : files_) {
    in_order[file.number] = {&path, &file};
  }
  Json files = Json::array();
  std::size_t bytes = 0;
  for (const auto& [path, file] : in_order) {
    const bool wanted = file->is_own && bytes < kMostBytes;
    const Json parts =
        wanted ? parts_of(read_lines(*path), file->lines, &bytes) : Json(Json::array());
    files.push_back({{"name", short_file(*path)}, {"parts", parts}});
  }
  (*page)["stacks"] = std::move(stacks);
  (*page)["frames"] = frames_;
  (*page)["files"] = std::move(files);
}

}  // namespace heddle::report
