// SPDX-License-Identifier: Apache-2.0
// Options as text, in one spelling everywhere: the variable HEDDLE_OPTIONS ("model=sc:seconds=10",
// as in TSAN_OPTIONS), the flags of a test program (--heddle_model=sc) and those of the command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "heddle/options.h"

namespace heddle {

/// One option that can be set by text.
struct OptionInfo {
  std::string name;           ///< "model"
  std::string argument;       ///< What may stand behind the equals sign: "rc11|sc", "N", "SECONDS".
  std::string default_value;  ///< As one would write it.
  std::string help;           ///< One line, without a full stop.
};

/// All of them, in the order in which help lists them.
std::vector<OptionInfo> option_infos();

/// Sets one option. Throws std::invalid_argument with one line if there is no such option (with the
/// nearest name, also of `other_names`, which the caller knows) or the value does not fit;
/// `options` is then as it was.
void parse_option(std::string_view name, std::string_view value, Options& options,
                  const std::vector<std::string>& other_names = {});

/// The search as the option "search" names it: "exhaustive".
std::string_view name_of(SearchKind search);

/// Sets what `text` lists: name=value pairs, separated by ':', ',' or white space; a value may be
/// quoted ("..." or '...'). A name alone stands for name=1. Throws like parse_option; what stands
/// before the mistake is set.
void parse_options(std::string_view text, Options& options);

/// parse_options() for the variable HEDDLE_OPTIONS, which messages then name. Not set: no effect.
void parse_options_of_environment(Options& options);

/// The list for --help, a line each, with `prefix` before the names: "--heddle_" or "".
std::string options_help(std::string_view prefix);

}  // namespace heddle
