// SPDX-License-Identifier: Apache-2.0
// Arguments, constructors and finalizers of the explored executable.
#include "checker/runtime/program.h"

#include <link.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "checker/runtime/model.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {
namespace {

using Constructor = void(int, char**, char**);
using Finalizer = void();

/// What the dynamic section of the executable says about its beginning and end.
struct Entries {
  std::uintptr_t base = 0;
  std::uintptr_t init = 0;
  std::uintptr_t fini = 0;
  AddressRange constructors;
  AddressRange finalizers;
};

void add_entry(Entries& entries, const ElfW(Dyn) & entry) {
  switch (entry.d_tag) {
    case DT_INIT:
      entries.init = entries.base + entry.d_un.d_ptr;
      break;
    case DT_FINI:
      entries.fini = entries.base + entry.d_un.d_ptr;
      break;
    case DT_INIT_ARRAY:
      entries.constructors.begin = entries.base + entry.d_un.d_ptr;
      break;
    case DT_INIT_ARRAYSZ:
      entries.constructors.end = entry.d_un.d_val;
      break;
    case DT_FINI_ARRAY:
      entries.finalizers.begin = entries.base + entry.d_un.d_ptr;
      break;
    case DT_FINI_ARRAYSZ:
      entries.finalizers.end = entry.d_un.d_val;
      break;
    default:
      break;
  }
}

/// The first module that is listed is the executable.
int read_entries(dl_phdr_info* info, std::size_t, void* result) {
  Entries& entries = *static_cast<Entries*>(result);
  entries.base = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) {
      continue;
    }
    const auto* entry =
        reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      add_entry(entries, *entry);
    }
  }
  entries.constructors.end += entries.constructors.begin;
  entries.finalizers.end += entries.finalizers.begin;
  return 1;
}

const Entries& entries() {
  static const Entries read = [] {
    Entries result;
    dl_iterate_phdr(&read_entries, &result);
    return result;
  }();
  return read;
}

template <class Function>
Function* function_at(std::uintptr_t slot) {
  return *reinterpret_cast<Function* const*>(slot);
}

void run_constructors(const Program& program) {
  if (program.init != nullptr) {
    program.init(program.count, program.arguments, program.environment);
    return;
  }
  const Entries& own = entries();
  if (own.init != 0) {
    reinterpret_cast<Constructor*>(own.init)(program.count, program.arguments, program.environment);
  }
  for (std::uintptr_t at = own.constructors.begin; at < own.constructors.end; at += sizeof(void*)) {
    function_at<Constructor>(at)(program.count, program.arguments, program.environment);
  }
}

ProgramRunner g_runner = nullptr;

/// Never destroyed: used to the last moment of the process.
alignas(Program) char g_storage[sizeof(Program)];

/// Copies `strings` behind `to` and their addresses, with a null pointer, to `pointers`.
char* put_strings(const std::vector<std::string>& strings, char** pointers, char* to) {
  for (const std::string& text : strings) {
    *pointers++ = to;
    std::memcpy(to, text.c_str(), text.size() + 1);
    to += text.size() + 1;
  }
  *pointers = nullptr;
  return to;
}

}  // namespace

Program& g_program = *new (g_storage) Program;

bool keep_strings(Program& program, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& environment) {
  std::size_t bytes = (arguments.size() + environment.size() + 2) * sizeof(char*);
  for (const auto* list : {&arguments, &environment}) {
    for (const std::string& text : *list) {
      bytes += text.size() + 1;
    }
  }
  bytes = round_up(bytes, kPageSize);
  auto* pages = static_cast<char*>(raw_map(bytes));
  if (pages == nullptr) {
    return false;
  }
  program.count = static_cast<int>(arguments.size());
  program.arguments = reinterpret_cast<char**>(pages);
  program.environment = program.arguments + arguments.size() + 1;
  char* text = reinterpret_cast<char*>(program.environment + environment.size() + 1);
  text = put_strings(arguments, program.arguments, text);
  put_strings(environment, program.environment, text);
  const auto begin = reinterpret_cast<std::uintptr_t>(pages);
  program.strings = {begin, begin + bytes};
  entries();  // Before a fiber asks: it takes the dynamic linker's lock.
  return true;
}

void run_program() {
  const Program& own = program();
  run_constructors(own);
  const int status = own.main(own.count, own.arguments, own.environment);
  end_process(status, ProcessEnd::kExit);
}

void run_finalizers() {
  const Entries& own = entries();
  for (std::uintptr_t at = own.finalizers.end; at > own.finalizers.begin; at -= sizeof(void*)) {
    function_at<Finalizer>(at - sizeof(void*))();
  }
  if (own.fini != 0) {
    reinterpret_cast<Finalizer*>(own.fini)();
  }
}

void register_program_runner(ProgramRunner runner) { g_runner = runner; }
ProgramRunner program_runner() { return g_runner; }

}  // namespace heddle::runtime
