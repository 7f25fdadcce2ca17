// SPDX-License-Identifier: Apache-2.0
// Rules of thumb for frames.
#include "checker/report/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

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

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// "lambda" for "{lambda(int)#1}" (g++) and "$_0" (clang).
void name_lambdas(std::string& text) {
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
    const std::size_t end = text.find('}', at);
    text.replace(at, end == std::string::npos ? end : end - at + 1, "lambda");
  }
  for (std::size_t at = 0; (at = text.find("$_", at)) != std::string::npos;) {
    const std::size_t end = text.find_first_not_of("0123456789", at + 2);
    text.replace(at, end == std::string::npos ? end : end - at, "lambda");
  }
}

/// Leaves out what is in brackets, but not the brackets of an operator's name.
std::string without_brackets(std::string_view text) {
  constexpr std::string_view kOperator = "operator";
  std::string result;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_operator = depth == 0 && result.size() >= kOperator.size() &&
                                result.substr(result.size() - kOperator.size()) == kOperator;
    if (after_operator && !std::isalnum(static_cast<unsigned char>(text[i])) && text[i] != '_') {
      const std::size_t end = text.find('(', i + 1);
      return result.append(text.substr(i, end == std::string_view::npos ? end : end - i));
    }
    if (text[i] == '<' || text[i] == '(') {
      ++depth;
    } else if (text[i] == '>' || text[i] == ')') {
      --depth;
    } else if (depth == 0) {
      result += text[i];
    }
  }
  return result;
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
  const Frame* own = nullptr;
  for (const Frame& frame : stack) {
    const bool has_line = frame.line != 0 && !frame.file.empty();
    const bool is_own = !is_library_frame(frame);
    if (has_line && is_own) {
      return &frame;
    }
    known = known == nullptr && has_line ? &frame : known;
    own = own == nullptr && is_own && !frame.module.empty() ? &frame : own;
  }
  if (known == nullptr) {
    known = own;
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
  if (frame.module.empty()) {
    return fmt::format("{:#x}", frame.address);
  }
  return frame.offset != 0 ? fmt::format("{}+{:#x}", short_file(frame.module), frame.offset)
                           : fmt::format("{} at {:#x}", short_file(frame.module), frame.address);
}

std::string spot(const Frame& frame) {
  const bool needs_name = frame.file.empty() && !frame.function.empty();
  return needs_name ? fmt::format("{} at {}", short_function(frame.function), place(frame))
                    : place(frame);
}

std::string short_function(std::string_view function) {
  std::string text(function.substr(0, function.find(" [clone")));
  replace_all(text, "(anonymous namespace)::", "");
  replace_all(text, "[abi:cxx11]", "");
  name_lambdas(text);
  text = without_brackets(text);
  for (std::string_view qualifier : {" const", " &&", " &"}) {
    if (text.size() > qualifier.size() &&
        text.compare(text.size() - qualifier.size(), qualifier.size(), qualifier) == 0) {
      text.resize(text.size() - qualifier.size());
    }
  }
  const std::size_t space = text.rfind(' ', text.find("operator"));
  return space == std::string::npos ? text : text.substr(space + 1);
}

}  // namespace heddle::report
