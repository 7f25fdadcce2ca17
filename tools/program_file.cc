// SPDX-License-Identifier: Apache-2.0
// Reads headers and symbols with libelf.
#include "tools/program_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tools/errors.h"

namespace heddle::tools {
namespace {

/// An ELF file that is open for reading.
class ElfFile {
 public:
  explicit ElfFile(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) {
      throw UsageError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    }
    elf_version(EV_CURRENT);
    elf_ = elf_begin(descriptor_, ELF_C_READ, nullptr);
  }
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile() {
    elf_end(elf_);
    close(descriptor_);
  }

  bool is_elf() const { return elf_ != nullptr && elf_kind(elf_) == ELF_K_ELF; }
  bool header(GElf_Ehdr* header) const { return gelf_getehdr(elf_, header) != nullptr; }

  bool has_segment(GElf_Word type) const {
    std::size_t count = 0;
    elf_getphdrnum(elf_, &count);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr segment;
      if (gelf_getphdr(elf_, static_cast<int>(i), &segment) != nullptr && segment.p_type == type) {
        return true;
      }
    }
    return false;
  }

  /// Whether the file itself defines a symbol of this name.
  bool defines(std::string_view name) const {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
      GElf_Shdr header;
      const bool has_symbols = gelf_getshdr(section, &header) != nullptr &&
                               header.sh_entsize != 0 &&
                               (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB);
      if (has_symbols && defines_in(section, header, name)) {
        return true;
      }
    }
    return false;
  }

 private:
  bool defines_in(Elf_Scn* section, const GElf_Shdr& header, std::string_view name) const {
    Elf_Data* data = elf_getdata(section, nullptr);
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; data != nullptr && i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, i, &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF) {
        continue;
      }
      const char* found = elf_strptr(elf_, header.sh_link, symbol.st_name);
      if (found != nullptr && name == found) {
        return true;
      }
    }
    return false;
  }

  int descriptor_;
  Elf* elf_ = nullptr;
};

std::string first_bytes(const std::string& path) {
  char bytes[2] = {};
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? 0 : read(file, bytes, sizeof bytes);
  if (file >= 0) {
    close(file);
  }
  return {bytes, got > 0 ? static_cast<std::size_t>(got) : 0};
}

/// Throws if it is not there, or not something to execute.
void require_executable(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) {
    throw UsageError(fmt::format("cannot run {}: {}", path, std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    throw UsageError(fmt::format("cannot run {}: it is a directory", path));
  }
  if (access(path.c_str(), X_OK) != 0) {
    throw UsageError(fmt::format("cannot run {}: {}", path, std::strerror(errno)));
  }
}

constexpr char kHowToBuild[] =
    "compile with -fsanitize=thread and link with -lheddle instead of -fsanitize=thread "
    "(CXX=heddle-c++ does both), or build with g++ -fsanitize=thread";

}  // namespace

std::string find_program(const std::string& name) {
  if (name.empty()) {
    throw UsageError("the program's name is empty");
  }
  if (name.find('/') != std::string::npos) {
    require_executable(name);
    return name;
  }
  const char* const path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/bin:/bin";
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::string file = fmt::format("{}/{}", end == 0 ? "." : folders.substr(0, end), name);
    struct stat status;
    if (stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        access(file.c_str(), X_OK) == 0) {
      return file;
    }
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  const bool is_here = access(name.c_str(), X_OK) == 0;
  throw UsageError(fmt::format("there is no program \"{}\" in PATH{}", name,
                               is_here ? fmt::format("; did you mean \"./{}\"?", name) : ""));
}

void check_program(const std::string& path) {
  require_executable(path);
  if (first_bytes(path) == "#!") {
    throw UsageError(fmt::format(
        "{} is a script: name the compiled program that it starts, as the script would", path));
  }
  const ElfFile file(path);
  GElf_Ehdr header;
  if (!file.is_elf() || !file.header(&header)) {
    throw UsageError(fmt::format("{} is not an executable program (not an ELF file)", path));
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64) {
    throw UsageError(fmt::format(
        "{} is a 32-bit program: Heddle explores 64-bit ones (compile without -m32)", path));
  }
  if (header.e_machine != EM_X86_64) {
    throw UsageError(fmt::format("{} is for another machine than x86-64", path));
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    throw UsageError(fmt::format("{} is not linked yet: {}", path, kHowToBuild));
  }
  if (!file.has_segment(PT_INTERP)) {
    throw UsageError(
        file.has_segment(PT_DYNAMIC)
            ? fmt::format("{} is a shared library or a static program: it cannot be explored", path)
            : fmt::format("{} is linked statically (-static): its calls cannot be intercepted; "
                          "link it dynamically",
                          path));
  }
  if (file.defines("__tsan_init") || file.defines("__tsan_func_entry")) {
    throw UsageError(fmt::format(
        "{} carries ThreadSanitizer's runtime in itself (clang links it statically): {}", path,
        kHowToBuild));
  }
}

}  // namespace heddle::tools
