// SPDX-License-Identifier: Apache-2.0
// Temporary file in the same folder, then rename.
#include "heddle/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

namespace heddle {
namespace {

[[noreturn]] void refuse(const std::string& path, int error) {
  throw OutputError(fmt::format("cannot write {}: {}", path, std::strerror(error)));
}

/// N of "/dev/fd/N" and "/proc/self/fd/N".
std::optional<int> descriptor_named(std::string_view path) {
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    int number = -1;
    const std::string_view rest = path.starts_with(folder) ? path.substr(folder.size()) : "";
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (!rest.empty() && error == std::errc() && end == rest.data() + rest.size() && number >= 0) {
      return number;
    }
  }
  return std::nullopt;
}

/// The descriptor of this process that a path leads to, by links such as /dev/stdout.
std::optional<int> descriptor_of(std::filesystem::path path) {
  constexpr int kMostLinks = 40;
  for (int i = 0; i < kMostLinks; ++i) {
    if (const std::optional<int> number = descriptor_named(path.string())) {
      return number;
    }
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) {
      return std::nullopt;
    }
    path = (path.parent_path() / target).lexically_normal();
  }
  return std::nullopt;
}

}  // namespace

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) {
    throw OutputError("cannot write a file without a name");
  }
  is_standard_output_ = path_ == "-";
  if (is_standard_output_ || open_descriptor()) {
    return;
  }
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path_, error);
  if (std::filesystem::is_directory(status)) {
    refuse(path_, EISDIR);
  }
  if (std::filesystem::exists(status) && access(path_.c_str(), W_OK) != 0) {
    refuse(path_, errno);
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    file_ = std::fopen(path_.c_str(), "we");
    if (file_ == nullptr) {
      refuse(path_, errno);
    }
    return;
  }
  open_temporary();
  discard_temporary();
}

/// What /dev/stdout stands for has a position and perhaps contents of others: never truncated.
bool OutputFile::open_descriptor() {
  const std::optional<int> number = descriptor_of(path_);
  if (!number) {
    return false;
  }
  if (*number == STDOUT_FILENO) {
    is_standard_output_ = true;
    return true;
  }
  const int copy = fcntl(*number, F_DUPFD_CLOEXEC, 0);
  file_ = copy < 0 ? nullptr : fdopen(copy, "w");
  if (file_ == nullptr) {
    refuse(path_, errno);
  }
  return true;
}

void OutputFile::open_temporary() {
  // A link keeps pointing at its target: the target is what gets replaced.
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path_, error);
  const std::string final_path = error ? path_ : target.string();
  temporary_ = final_path + ".XXXXXX";
  const int descriptor = mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor < 0) {
    temporary_.clear();
    refuse(path_, errno);
  }
  struct stat old {};
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, stat(final_path.c_str(), &old) == 0 ? old.st_mode & 07777 : 0666 & ~mask);
  file_ = fdopen(descriptor, "w");
}

void OutputFile::discard_temporary() {
  if (file_ != nullptr) {
    std::fclose(file_);
    file_ = nullptr;
  }
  if (!temporary_.empty()) {
    unlink(temporary_.c_str());
    temporary_.clear();
  }
}

OutputFile::~OutputFile() { discard_temporary(); }

void OutputFile::write(std::string_view contents) {
  if (!is_standard_output() && file_ == nullptr) {
    open_temporary();
  }
  std::FILE* const out = is_standard_output() ? stdout : file_;
  bool good = std::fwrite(contents.data(), 1, contents.size(), out) == contents.size();
  good = std::fflush(out) == 0 && good;
  if (!good) {
    refuse(path_, errno);
  }
  if (is_standard_output()) {
    return;
  }
  file_ = nullptr;
  if (std::fclose(out) != 0) {
    refuse(path_, errno);
  }
  if (!temporary_.empty()) {
    const std::string final_path = temporary_.substr(0, temporary_.size() - std::strlen(".XXXXXX"));
    if (std::rename(temporary_.c_str(), final_path.c_str()) != 0) {
      refuse(path_, errno);
    }
    temporary_.clear();
  }
}

}  // namespace heddle
