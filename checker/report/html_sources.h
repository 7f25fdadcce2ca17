// SPDX-License-Identifier: Apache-2.0
// What many steps of many traces share, each once: frames, stacks, and the source files that they
// are in, as JSON tables of the HTML report.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "heddle/report.h"

namespace heddle::report {

class HtmlSources {
 public:
  /// The number of the stack, the same for an equal one; -1 for an empty one.
  std::int64_t stack(const std::vector<Frame>& stack);

  /// Fills "stacks", "frames" and "files" of `page`. A file of up to 1,500 lines is there whole, of
  /// others what is around the lines that are named; of a library's, and of what cannot be read,
  /// nothing. Stops at 8 MiB of source.
  void write(nlohmann::ordered_json* page) const;

 private:
  struct File {
    std::uint32_t number = 0;
    std::set<std::uint32_t> lines;
    bool is_own = false;  ///< Some frame in it is the user's own code.
  };
  std::uint32_t frame(const Frame& frame);

  std::map<std::vector<std::uint32_t>, std::int64_t> stacks_;
  std::map<std::string, std::uint32_t> known_frames_;
  nlohmann::ordered_json frames_ = nlohmann::ordered_json::array();
  std::map<std::string, File> files_;
};

}  // namespace heddle::report
