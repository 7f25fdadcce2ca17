// SPDX-License-Identifier: Apache-2.0
// Executes the program again without address randomisation and with all names bound.
#include "checker/runtime/reexec.h"

#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <cstring>

#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {
namespace {

/// In the environment of the second start only: whatever happened, there is no third.
constexpr char kGuard[] = "HEDDLE_REEXECUTED=1";
constexpr char kGuardWithBinding[] = "HEDDLE_REEXECUTED=2";  ///< kBindNow was added, too.
constexpr std::size_t kGuardName = sizeof("HEDDLE_REEXECUTED=") - 1;
constexpr char kBindNow[] = "LD_BIND_NOW=1";
constexpr long kAsk = 0xffffffff;

bool has_variable(char** environment, const char* name) {
  const std::size_t size = std::strlen(name);
  for (; *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') {
      return true;
    }
  }
  return false;
}

void remove_variable(char** environment, const char* text, std::size_t size) {
  char** to = environment;
  for (char** from = environment; *from != nullptr; ++from) {
    if (std::strncmp(*from, text, size) != 0) {
      *to++ = *from;
    }
  }
  *to = nullptr;
}

/// Also takes out what was added with it. True if it was there.
bool remove_guard(char** environment) {
  for (char** at = environment; *at != nullptr; ++at) {
    if (std::strncmp(*at, kGuard, kGuardName) == 0) {
      const bool with_binding = std::strcmp(*at, kGuardWithBinding) == 0;
      remove_variable(environment, kGuard, kGuardName);
      if (with_binding) {
        remove_variable(environment, kBindNow, sizeof kBindNow);
      }
      return true;
    }
  }
  return false;
}

void execute_again(char** arguments, char** environment, bool bind) {
  std::size_t count = 0;
  while (environment[count] != nullptr) {
    ++count;
  }
  const std::size_t bytes = (count + 3) * sizeof(char*);
  auto** guarded = static_cast<char**>(raw_map(bytes));
  if (guarded == nullptr) {
    return;
  }
  raw_copy(guarded, environment, count * sizeof(char*));
  guarded[count] = const_cast<char*>(bind ? kGuardWithBinding : kGuard);
  if (bind) {
    guarded[count + 1] = const_cast<char*>(kBindNow);
  }
  raw_syscall(SYS_execve, reinterpret_cast<long>("/proc/self/exe"),
              reinterpret_cast<long>(arguments), reinterpret_cast<long>(guarded));
  raw_unmap(guarded, bytes);
}

}  // namespace

bool addresses_are_fixed() {
  const long personality = raw_syscall(SYS_personality, kAsk);
  return personality >= 0 && (personality & ADDR_NO_RANDOMIZE) != 0;
}

void ensure_fixed_addresses(char** arguments, char** environment) {
  const bool guarded = remove_guard(environment);
  const bool bind = !has_variable(environment, "LD_BIND_NOW");
  if (guarded || has_variable(environment, "HEDDLE_NO_REEXEC") ||
      (addresses_are_fixed() && !bind)) {
    return;
  }
  // Without an interpreter of its own, /proc/self/exe is the dynamic linker, called by name.
  if (getauxval(AT_SECURE) != 0 || getauxval(AT_BASE) == 0 || arguments[0] == nullptr) {
    return;
  }
  const long personality = raw_syscall(SYS_personality, kAsk);
  if (personality < 0 || raw_syscall(SYS_personality, personality | ADDR_NO_RANDOMIZE) < 0) {
    return;
  }
  execute_again(arguments, environment, bind);
  raw_syscall(SYS_personality, personality);
}

}  // namespace heddle::runtime

/// glibc hands constructors what it hands main. 101: the first one open to programs.
extern "C" [[gnu::constructor(101), gnu::visibility("hidden")]] void heddle_reexec(
    int, char** arguments, char** environment) {
  heddle::runtime::ensure_fixed_addresses(arguments, environment);
}
