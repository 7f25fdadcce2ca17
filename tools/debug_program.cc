// SPDX-License-Identifier: Apache-2.0
// heddle replay --gdb: gdb with the program's environment, the commands of tools/gdb/heddle.py, and
// a run up to the finding.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tools/errors.h"
#include "tools/gallery.h"

namespace heddle::tools {
namespace {

namespace fs = std::filesystem;

/// Beside an installed command, or in the source tree.
fs::path find_script() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path candidates[] = {
      bin / ".." / HEDDLE_INSTALL_DATADIR / "heddle" / "gdb" / "heddle.py",
      fs::path(HEDDLE_SOURCE_DIR) / "tools" / "gdb" / "heddle.py"};
  for (const fs::path& file : candidates) {
    if (fs::exists(file, error)) {
      return fs::canonical(file);
    }
  }
  throw InternalError(fmt::format("cannot find {}", candidates[0].string()));
}

}  // namespace

int debug_program(const Request& request) {
  const Command command = program_command(request);
  std::vector<std::string> words = {"gdb", "-q", "-ex", "set startup-with-shell off"};
  for (const auto& [name, value] : command.environment) {
    words.insert(words.end(), {"-ex", fmt::format("set environment {} {}", name, value)});
  }
  words.insert(words.end(), {"-ex", fmt::format("source {}", find_script().string()), "-ex",
                             "heddle start", "--args", command.path});
  words.insert(words.end(), command.arguments.begin() + 1, command.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  execvp("gdb", arguments.data());
  throw UsageError(errno == ENOENT ? "gdb is not installed: apt install gdb"
                                   : fmt::format("cannot run gdb: {}", std::strerror(errno)));
}

}  // namespace heddle::tools
