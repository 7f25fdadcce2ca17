// SPDX-License-Identifier: Apache-2.0
// Rules of thumb for frames.
#include "checker/report/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace heddle::report {
namespace {

template <std::size_t count>
bool begins_with_any(std::string_view text, const std::array<std::string_view, count>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
  });
}

bool is_library_file(std::string_view file) {
  static constexpr std::array<std::string_view, 5> kParts{"/include/c++/", "/libstdc++-v3/",
                                                          "/sysdeps/", "/lib/gcc/", "/bits/"};
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    return file.find(part) != std::string_view::npos;
  });
}

bool is_library_module(std::string_view module) {
  static constexpr std::array<std::string_view, 8> kNames{
      "libstdc++.so", "libc.so",    "libpthread.so", "ld-linux",
      "libgcc_s.so",  "libtsan.so", "libheddle",     "libatomic.so"};
  return begins_with_any(short_file(module), kNames);
}

bool is_operator_template(std::string_view text, std::size_t at) {
  constexpr std::string_view kOperator = "operator";
  return at >= kOperator.size() &&
         text.substr(at - kOperator.size(), kOperator.size()) == kOperator;
}

}  // namespace

bool is_library_frame(const Frame& frame) {
  static constexpr std::array<std::string_view, 5> kFunctions{"std::", "__gnu_cxx::", "__tsan_",
                                                              "__cxa_", "pthread_"};
  return begins_with_any(std::string_view(frame.function), kFunctions) ||
         is_library_file(frame.file) || is_library_module(frame.module);
}

const Frame* user_frame(const std::vector<Frame>& stack) {
  const Frame* known = nullptr;
  for (const Frame& frame : stack) {
    const bool has_line = frame.line != 0 && !frame.file.empty();
    if (has_line && !is_library_frame(frame)) {
      return &frame;
    }
    if (known == nullptr && has_line) {
      known = &frame;
    }
  }
  return known != nullptr ? known : stack.empty() ? nullptr : &stack.front();
}

std::string_view short_file(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string place(const Frame& frame) {
  if (!frame.file.empty()) {
    return frame.line != 0 ? fmt::format("{}:{}", short_file(frame.file), frame.line)
                           : std::string(short_file(frame.file));
  }
  return frame.module.empty() ? fmt::format("{:#x}", frame.address)
                              : fmt::format("{} at {:#x}", short_file(frame.module), frame.address);
}

std::string short_function(std::string_view function) {
  std::string result;
  int depth = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const char c = function[i];
    constexpr std::string_view kAnonymous = "(anonymous namespace)";
    if (depth == 0 && (c == '<' || c == '>' || c == '(') && is_operator_template(function, i)) {
      const std::size_t end = function.find('(', i + 1);
      result += function.substr(i, end == std::string_view::npos ? end : end - i);
      return result;
    }
    if (depth == 0 && function.substr(i, kAnonymous.size()) == kAnonymous) {
      i += kAnonymous.size() + 1;
      continue;
    }
    if (depth == 0 && c == '{') {
      const std::size_t end = function.find('}', i);
      result += "lambda";
      i = end == std::string_view::npos ? function.size() : end;
      continue;
    }
    if (c == '<' || c == '(') {
      ++depth;
    } else if (c == '>' || c == ')') {
      --depth;
    } else if (depth == 0) {
      result += c;
    }
  }
  for (std::string_view qualifier : {" const", " &", " &&", "[abi:cxx11]"}) {
    const std::size_t at = result.find(qualifier);
    if (at != std::string::npos && at > 0) {
      result.erase(at, qualifier.size());
    }
  }
  const std::size_t space = result.rfind(' ');
  const bool has_return_type =
      space != std::string::npos && result.find("operator") == std::string::npos;
  return has_return_type ? result.substr(space + 1) : result;
}

}  // namespace heddle::report
