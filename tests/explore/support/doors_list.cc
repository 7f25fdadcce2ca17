// SPDX-License-Identifier: Apache-2.0
// Regular expressions over checker/intercept/.
#include "doors_list.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

namespace doors_list {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string sources() {
  std::string text;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fs::path(HEDDLE_SOURCE_DIR) / "checker/intercept")) {
    if (entry.path().extension() == ".cc") {
      text += read(entry.path());
    }
  }
  if (text.empty()) {
    throw std::runtime_error("checker/intercept/ is not where the tests were built");
  }
  return text;
}

/// All first groups of matches.
std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end;
       ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

/// Which parameter of the macro is `name`.
std::size_t position_of_name(const std::string& text, const std::string& macro) {
  const std::string parameters = matches(text, "#define " + macro + "\\(([^)]*)\\)").front();
  const std::string before = parameters.substr(0, parameters.find("name"));
  return static_cast<std::size_t>(std::count(before.begin(), before.end(), ','));
}

}  // namespace

std::vector<std::string> functions() {
  const std::string text = sources();
  std::vector<std::string> names;
  // A macro's text: lines that end in a backslash, and the last one.
  for (const std::string& definition : matches(text, "#define ((?:[^\\n]*\\\\\\n)+[^\\n]*)")) {
    if (definition.find("stop_unsupported(#name)") == std::string::npos) {
      continue;
    }
    const std::string macro = definition.substr(0, definition.find('('));
    std::string skipped;
    for (std::size_t i = position_of_name(text, macro); i > 0; --i) {
      skipped += "[^,()]*,\\s*";
    }
    const std::vector<std::string> uses =
        matches(text, "\\n" + macro + "\\(" + skipped + "([A-Za-z_0-9]+)");
    names.insert(names.end(), uses.begin(), uses.end());
  }
  return names;
}

std::vector<std::string> reasons() {
  return matches(sources(), "stop_unsupported\\(\"([^\"]*)\"\\)");
}

std::vector<std::string> promised() {
  const std::string text = read(fs::path(HEDDLE_SOURCE_DIR) / "checker/intercept/README.md");
  const std::size_t begin = text.find("## Unsupported");
  const std::string section = text.substr(begin, text.find("\n## ", begin) - begin);
  return matches(section, "`([A-Za-z_0-9*]+)`");
}

Function find(const std::string& name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name.c_str()));
}

}  // namespace doors_list
