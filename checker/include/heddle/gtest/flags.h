// SPDX-License-Identifier: Apache-2.0
// The --heddle_ flags of a test program, read before main. Part of heddle/gtest.h.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "heddle/parse_options.h"

namespace heddle::gtest {

/// What the command line says.
struct Flags {
  std::string program = "./test";
  std::vector<std::pair<std::string, std::string>> given;  ///< Options, in their order.
  std::string replay;                                      ///< The token, or empty.
  bool full = false;
  bool allow_incomplete = false;
};

inline Flags& flags() {
  static Flags flags;
  return flags;
}

inline constexpr std::string_view kFlagPrefix = "--heddle_";

inline const char* help() {
  return "\nHeddle explores every execution of HEDDLE_TESTs. Its options, also for the variable\n"
         "HEDDLE_OPTIONS (as model=sc:seconds=10):\n"
         "  --heddle_replay=TOKEN\n"
         "      run only the execution that TOKEN names, of the one test that --gtest_filter "
         "names\n"
         "  --heddle_full\n"
         "      show every step of a failing execution (flag only)\n"
         "  --heddle_allow_incomplete\n"
         "      a search that a limit stopped does not fail its test (flag only)\n";
}

/// Takes "--heddle_NAME=VALUE". Throws std::invalid_argument.
inline void take_flag(std::string_view argument, Flags& flags) {
  argument.remove_prefix(kFlagPrefix.size());
  const std::size_t equals = argument.find('=');
  const std::string name(argument.substr(0, equals));
  const std::string value(equals == argument.npos ? "1" : argument.substr(equals + 1));
  const auto is_on = [&] {
    if (value != "0" && value != "1") {
      throw std::invalid_argument("option \"" + name + "\": \"" + value + "\" is not 0 or 1");
    }
    return value == "1";
  };
  if (name == "replay") {
    flags.replay = value;
  } else if (name == "full") {
    flags.full = is_on();
  } else if (name == "allow_incomplete") {
    flags.allow_incomplete = is_on();
  } else {
    Options unused;
    parse_option(name, value, unused, {"replay", "full", "allow_incomplete"});
    flags.given.emplace_back(name, value);
  }
}

/// Before main, so that it works with any main. Mistakes end the program.
[[gnu::constructor, gnu::used]] static void read_command_line(int argc, char** argv) {
  static bool is_read = false;
  if (std::exchange(is_read, true) || argc == 0) {
    return;
  }
  std::string argument = "the environment";
  try {
    Options unused;
    parse_options_of_environment(unused);
    flags().program = argv[0];
    for (int i = 1; i < argc; ++i) {
      argument = argv[i];
      if (argument.starts_with(kFlagPrefix)) {
        take_flag(argument, flags());
      } else if (argument == "--help" || argument == "-h") {
        std::atexit([] { std::printf("%s%s", help(), options_help(kFlagPrefix).c_str()); });
      }
    }
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "%s: %s: %s\n", argv[0], argument.c_str(), error.what());
    std::_Exit(2);
  }
}

}  // namespace heddle::gtest
