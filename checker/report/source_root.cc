// SPDX-License-Identifier: Apache-2.0
// The root is asked for once a file, not once a path.
#include "checker/report/source_root.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace heddle::report {

namespace fs = std::filesystem;

std::string source_root() {
  std::error_code error;
  if (const char* given = std::getenv("HEDDLE_SOURCE_ROOT"); given != nullptr && *given != 0) {
    return fs::absolute(given, error).lexically_normal().string();
  }
  const fs::path here = fs::current_path(error);
  for (fs::path folder = here; folder != folder.root_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) {
      return folder.string();
    }
  }
  return here.string();
}

std::string relative_to(std::string_view root, std::string_view file) {
  const std::string normal = fs::path(file).lexically_normal().string();
  while (root.size() > 1 && root.ends_with('/')) {
    root.remove_suffix(1);
  }
  const bool is_inside = root.size() > 1 && normal.size() > root.size() + 1 &&
                         normal.starts_with(root) && normal[root.size()] == '/';
  return is_inside ? normal.substr(root.size() + 1) : normal;
}

std::string uri_of(std::string_view path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (byte < 0x80 && std::isalnum(byte) != 0) ||
                          std::string_view("-._~/!$&'()*+,;=@").find(c) != std::string_view::npos;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

}  // namespace heddle::report
