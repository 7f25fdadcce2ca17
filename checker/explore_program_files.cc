// SPDX-License-Identifier: Apache-2.0
// Files in memory in place of the standard ones.
#include "checker/explore_program_files.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <istream>
#include <string_view>

#include <fmt/format.h>
#include <link.h>

#include "checker/runtime/engine.h"
#include "checker/runtime/modules_elf.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"

extern char** environ;

namespace heddle {
namespace {

constexpr int kFirstKept = 200;
constexpr std::size_t kMostOutput = std::size_t{64} << 10;

int g_null = -1;
int g_output = -1;
int g_free = -1;  ///< Lowest free descriptor when the run began; -1: it is not watched.
bool g_left_descriptors = false;
std::uint64_t g_runs = 0;
bool g_reads_input = false;
std::istream* g_cin = nullptr;  ///< The program's std::cin.

/// What a program that reads its standard input refers to.
constexpr std::string_view kReaders[] = {
    "stdin",    "read",      "readv",    "getchar",        "getchar_unlocked",
    "scanf",    "vscanf",    "gets",     "__isoc99_scanf", "__isoc99_vscanf",
    "_ZSt3cin", "_ZSt4wcin", "getwchar", "__read_chk",     "__gets_chk"};

/// Whether an explored module may read standard input.
bool reads_input() {
  bool found = false;
  const auto visit = [](dl_phdr_info* info, std::size_t, void* result) {
    const runtime::Module* module = nullptr;
    for (const runtime::Module& known : runtime::process_state().modules) {
      module = known.base == info->dlpi_addr && known.is_explored ? &known : module;
    }
    if (module != nullptr) {
      runtime::ElfDynamic(*info).for_each_symbol([&](const char* name, const auto&) {
        *static_cast<bool*>(result) =
            *static_cast<bool*>(result) ||
            std::find(std::begin(kReaders), std::end(kReaders), name) != std::end(kReaders);
      });
    }
    return 0;
  };
  dl_iterate_phdr(visit, &found);
  return found;
}

/// A file in memory with everything that is left to read.
int copy_to_memory(int from) {
  const int copy = memfd_create("standard input", MFD_CLOEXEC);
  char buffer[1 << 16];
  for (ssize_t size = 0; (size = read(from, buffer, sizeof buffer)) != 0;) {
    if (size < 0 && errno != EINTR) {
      break;
    }
    if (size > 0 && write(copy, buffer, static_cast<std::size_t>(size)) != size) {
      break;
    }
  }
  return copy;
}

/// Puts standard input where it can be read again and again: a file stays as it is.
void take_input() {
  struct stat status;
  g_reads_input = reads_input();
  g_cin = static_cast<std::istream*>(dlsym(RTLD_DEFAULT, "_ZSt3cin"));
  if (fstat(0, &status) != 0) {
    return;  // Closed: the program sees the same.
  }
  int input = -1;
  if (S_ISREG(status.st_mode)) {
    // From where it is to its end; another open file description, so that its offset is our own.
    const off_t offset = lseek(0, 0, SEEK_CUR);
    if (offset == 0) {
      return;
    }
    input = copy_to_memory(0);
  } else if (g_reads_input && isatty(0) == 0) {
    input = copy_to_memory(0);
  } else {
    input = memfd_create("standard input", MFD_CLOEXEC);
  }
  dup2(input, 0);
  close(input);
}

/// The number that the next open() would give; -1: none is left.
int free_descriptor() {
  const int descriptor = fcntl(g_null, F_DUPFD_CLOEXEC, 0);
  if (descriptor >= 0) {
    close(descriptor);
  }
  return descriptor;
}

/// Two system calls are much for small programs: those that use files are watched, others at first.
bool watches_descriptors() {
  constexpr std::uint64_t kWatched = 3;
  const runtime::Engine* engine = runtime::Engine::current();
  return g_runs <= kWatched || (engine != nullptr && !engine->outside_calls().empty());
}

void write_to(int descriptor) {
  dup2(descriptor, 1);
  dup2(descriptor, 2);
}

/// What was written, or its beginning.
std::string read_output() {
  const off_t size = lseek(g_output, 0, SEEK_END);
  std::string text(std::min<std::size_t>(kMostOutput, static_cast<std::size_t>(size)), 0);
  const ssize_t got = pread(g_output, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (static_cast<std::size_t>(size) > kMostOutput) {
    text += fmt::format("\n[{} more bytes]\n", static_cast<std::size_t>(size) - kMostOutput);
  }
  return text;
}

}  // namespace

int keep_descriptor(int descriptor) {
  const int kept = fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstKept);
  if (kept >= 0) {
    close(descriptor);
  }
  return kept >= 0 ? kept : descriptor;
}

std::string take_standard_files() {
  g_null = keep_descriptor(open("/dev/null", O_RDWR | O_CLOEXEC));
  g_output = keep_descriptor(memfd_create("output", MFD_CLOEXEC));
  if (g_null < 0 || g_output < 0) {
    return fmt::format("no files for the program's output: {}", std::strerror(errno));
  }
  fcntl(g_output, F_SETFL, O_APPEND);
  take_input();
  std::fflush(stdout);
  write_to(g_null);
  // All model threads are one thread of the kernel's: whoever is abandoned in a call keeps no lock.
  for (std::FILE* file : {stdin, stdout, stderr}) {
    __fsetlocking(file, FSETLOCKING_BYCALLER);
  }
  return {};
}

bool left_descriptors() { return g_left_descriptors; }

void own_standard_files() {
  g_output = keep_descriptor(memfd_create("output", MFD_CLOEXEC));
  fcntl(g_output, F_SETFL, O_APPEND);
  struct stat status;
  if (fstat(0, &status) == 0 && S_ISREG(status.st_mode)) {
    const int input = open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC);
    if (input >= 0) {
      dup2(input, 0);
      close(input);
    }
  }
}

void begin_program_run(bool recorded) {
  ++g_runs;
  // Taken anew for each run: between runs Heddle opens files of its own, to name what it found.
  if (!runtime::program().forks && watches_descriptors()) {
    g_free = free_descriptor();
  }
  environ = runtime::program().environment;
  if (g_reads_input) {
    __fpurge(stdin);
    std::clearerr(stdin);
    if (g_cin != nullptr) {
      g_cin->clear();
    }
    lseek(0, 0, SEEK_SET);
  }
  if (recorded) {
    (void)!ftruncate(g_output, 0);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    write_to(g_output);
  }
}

void note_own_files(bool begins) {
  static int before = -1;
  if (g_free < 0) {
    return;
  }
  if (begins) {
    before = free_descriptor();
  } else if (before == g_free) {  // Else the program has one open: that counts.
    g_free = free_descriptor();
  }
}

void end_program_run(bool recorded) {
  if (!runtime::program().forks && g_free >= 0) {
    g_left_descriptors = g_left_descriptors || free_descriptor() != g_free;
    g_free = -1;
  }
  if (!recorded) {
    __fpurge(stdout);
    return;
  }
  std::fflush(stdout);
  write_to(g_null);
  std::setvbuf(stdout, nullptr, _IOFBF, 0);
  runtime::program().output = read_output();
}

}  // namespace heddle
