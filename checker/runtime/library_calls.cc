// SPDX-License-Identifier: Apache-2.0
// Imports of explored modules against a list of functions that keep no state.
#include "checker/runtime/library_calls.h"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "checker/runtime/modules_elf.h"

namespace heddle::runtime {
namespace {

/// Functions of libc that depend on their arguments and on nothing that changes; that write output,
/// which nobody can read back without functions that are not here; or that let libc allocate, which
/// is noted when it happens. Sorted.
constexpr std::string_view kStateless[] = {
    "__asprintf_chk",
    "__assert_fail",
    "__ctype_b_loc",
    "__ctype_tolower_loc",
    "__ctype_toupper_loc",
    "__cxa_finalize",
    "__dprintf_chk",
    "__errno_location",
    "__fprintf_chk",
    "__gmon_start__",
    "__isoc99_sscanf",
    "__isoc99_vsscanf",
    "__libc_start_main",
    "__longjmp_chk",
    "__memcpy_chk",
    "__memset_chk",
    "__printf_chk",
    "__sigsetjmp",
    "__snprintf_chk",
    "__sprintf_chk",
    "__stack_chk_fail",
    "__strcpy_chk",
    "__tls_get_addr",
    "__vfprintf_chk",
    "__vsnprintf_chk",
    "_setjmp",
    "abs",
    "asprintf",
    "atof",
    "atoi",
    "atol",
    "atoll",
    "bsearch",
    "div",
    "dprintf",
    "fclose",
    "fflush",
    "ffs",
    "ffsl",
    "ffsll",
    "fileno",
    "fopen",
    "fopen64",
    "fprintf",
    "fputc",
    "fputs",
    "fwrite",
    "gai_strerror",
    "getauxval",
    "getcwd",
    "getdelim",
    "getenv",
    "getline",
    "getpagesize",
    "getpid",
    "getppid",
    "getrusage",
    "gettid",
    "htonl",
    "htons",
    "inet_ntop",
    "inet_pton",
    "isalnum",
    "isalpha",
    "isatty",
    "isblank",
    "iscntrl",
    "isdigit",
    "isgraph",
    "islower",
    "isprint",
    "ispunct",
    "isspace",
    "isupper",
    "isxdigit",
    "labs",
    "ldiv",
    "llabs",
    "lldiv",
    "localeconv",
    "longjmp",
    "memccpy",
    "memmem",
    "mempcpy",
    "memrchr",
    "nl_langinfo",
    "ntohl",
    "ntohs",
    "perror",
    "printf",
    "pthread_attr_destroy",
    "pthread_attr_init",
    "pthread_attr_setdetachstate",
    "pthread_attr_setstacksize",
    "pthread_equal",
    "pthread_mutexattr_destroy",
    "pthread_mutexattr_init",
    "pthread_mutexattr_settype",
    "pthread_self",
    "putc",
    "putchar",
    "puts",
    "qsort",
    "rand_r",
    "rawmemchr",
    "realpath",
    "regcomp",
    "regexec",
    "regfree",
    "sched_yield",
    "secure_getenv",
    "setjmp",
    "sigemptyset",
    "siglongjmp",
    "snprintf",
    "sprintf",
    "sscanf",
    "stpcpy",
    "stpncpy",
    "strcasecmp",
    "strcasestr",
    "strchr",
    "strchrnul",
    "strcspn",
    "strncasecmp",
    "strncat",
    "strpbrk",
    "strrchr",
    "strspn",
    "strstr",
    "strtod",
    "strtof",
    "strtoimax",
    "strtok_r",
    "strtol",
    "strtold",
    "strtoll",
    "strtoul",
    "strtoull",
    "strtoumax",
    "sysconf",
    "tolower",
    "toupper",
    "usleep",
    "vasprintf",
    "vfprintf",
    "vprintf",
    "vsnprintf",
    "vsprintf",
    "wcscasecmp",
    "wcscat",
    "wcschr",
    "wcscmp",
    "wcscpy",
    "wcslen",
    "wcsncmp",
    "wcsstr",
    "wmemchr",
    "wmemcmp",
    "wmemcpy",
    "wmemmove",
    "wmemset",
    "write",
};
static_assert(std::is_sorted(std::begin(kStateless), std::end(kStateless)));

bool is_stateless(std::string_view name) {
  return std::binary_search(std::begin(kStateless), std::end(kStateless), name);
}

/// Of the C++ library: what changes files and directories, or the process's locale. Reading through
/// a narrow file buffer is not among it: that it opens, closes and fills is noted when it happens
/// (libc allocates and releases its FILE; read and lseek are doors). GoogleTest does so.
bool changes_the_system(std::string_view name) {
  return name.find("10filesystem") != std::string_view::npos ||
         name.find("6locale6global") != std::string_view::npos ||
         name.find("basic_filebufIw") != std::string_view::npos ||
         name.find("basic_ifstreamIw") != std::string_view::npos ||
         name.find("basic_ofstream") != std::string_view::npos ||
         name.find("basic_fstream") != std::string_view::npos;
}

struct Inspection {
  const Modules* modules;
  bool all_stateless = true;
};

bool may_be_called(const Modules& modules, const char* name) {
  const auto address = reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, name));
  if (address == 0) {
    return true;  // A weak symbol that nobody defines.
  }
  const Module* module = modules.lookup(address);
  if (module == nullptr) {
    return false;
  }
  if (module->is_explored || module->is_heddle) {
    return true;
  }
  if (module->is_libstdcxx) {
    return !changes_the_system(name);
  }
  const bool is_libm = std::strstr(module->name, "/libm.so") != nullptr ||
                       std::strstr(module->name, "/libm-") != nullptr;
  return module->is_libc && (is_libm || is_stateless(name));
}

int inspect(dl_phdr_info* info, std::size_t, void* argument) {
  auto& inspection = *static_cast<Inspection*>(argument);
  const Module* module = nullptr;
  for (int i = 0; i < info->dlpi_phnum && module == nullptr; ++i) {
    if (info->dlpi_phdr[i].p_type == PT_LOAD) {
      module = inspection.modules->lookup(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
  }
  if (module == nullptr) {  // Loaded since.
    inspection.all_stateless = false;
  } else if (module->is_explored) {
    ElfDynamic(*info).for_each_import([&](const char* name, unsigned char type) {
      const bool is_data = type == STT_OBJECT || type == STT_TLS;
      inspection.all_stateless =
          inspection.all_stateless && std::strcmp(name, "_ZSt3cin") != 0 &&
          (is_data ? !changes_the_system(name) : may_be_called(*inspection.modules, name));
    });
  }
  return 0;
}

}  // namespace

namespace {

/// Calls `visit(module, dynamic)` with each module and its dynamic section.
template <class Visit>
void for_each_module(const Modules& modules, Visit visit) {
  struct Argument {
    const Modules* modules;
    Visit* visit;
  } argument{&modules, &visit};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* pointer) {
        const auto& given = *static_cast<Argument*>(pointer);
        for (const Module& module : *given.modules) {
          if (module.base == info->dlpi_addr) {
            (*given.visit)(module, ElfDynamic(*info));
          }
        }
        return 0;
      },
      &argument);
}

std::string_view file_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // All of it if there is none.
}

bool synchronises(std::string_view name) {
  return name.starts_with("pthread_mutex_") || name.starts_with("pthread_cond_") ||
         name.starts_with("pthread_create") || name.starts_with("pthread_rwlock_") ||
         name.starts_with("sem_") || name == "syscall";
}

/// Calls `visit(module, dynamic)` with each library that explored code names, and that is neither
/// explored itself nor the system's.
template <class Visit>
void for_each_linked(const Modules& modules, Visit visit) {
  std::vector<std::string> named;
  for_each_module(modules, [&](const Module& module, const ElfDynamic& dynamic) {
    if (module.is_explored) {
      dynamic.for_each_library([&](const char* file) { named.emplace_back(file); });
    }
  });
  for_each_module(modules, [&](const Module& module, const ElfDynamic& dynamic) {
    const bool is_system =
        module.is_explored || module.is_heddle || module.is_libc || module.is_libstdcxx;
    if (!is_system && std::find(named.begin(), named.end(), file_of(module.name)) != named.end()) {
      visit(module, dynamic);
    }
  });
}

/// Whether explored code imports a function that `library` defines.
bool is_called(const Modules& modules, const Module& library) {
  bool found = false;
  for_each_module(modules, [&](const Module& module, const ElfDynamic& dynamic) {
    if (!module.is_explored) {
      return;
    }
    dynamic.for_each_import([&](const char* name, unsigned char) {
      found =
          found || library.image.holds(reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, name)));
    });
  });
  return found;
}

}  // namespace

std::vector<std::string> calls_with_state(const Modules& modules, std::size_t most) {
  std::vector<std::string> names;
  for_each_module(modules, [&](const Module& module, const ElfDynamic& dynamic) {
    if (!module.is_explored) {
      return;
    }
    dynamic.for_each_import([&](const char* name, unsigned char type) {
      if (type == STT_FUNC && names.size() < most && !may_be_called(modules, name)) {
        names.emplace_back(name);
      }
    });
  });
  return names;
}

std::vector<std::string> uninstrumented_libraries(const Modules& modules) {
  std::vector<std::string> files;
  for_each_linked(
      modules, [&](const Module& module, const ElfDynamic&) { files.emplace_back(module.name); });
  return files;
}

std::vector<std::string> unseen_synchronisation(const Modules& modules) {
  std::vector<const Module*> suspects;
  for_each_linked(modules, [&](const Module& module, const ElfDynamic& dynamic) {
    bool waits = false;
    dynamic.for_each_import(
        [&](const char* name, unsigned char) { waits = waits || synchronises(name); });
    if (waits) {
      suspects.push_back(&module);
    }
  });
  std::vector<std::string> files;
  for (const Module* suspect : suspects) {
    if (is_called(modules, *suspect)) {
      files.emplace_back(suspect->name);
    }
  }
  return files;
}

bool calls_keep_no_state(const Modules& modules) {
  Inspection inspection{&modules};
  dl_iterate_phdr(inspect, &inspection);
  return inspection.all_stateless;
}

}  // namespace heddle::runtime
