// SPDX-License-Identifier: Apache-2.0
// Program counters to frames by libdwfl; data addresses are in data_symbols.cc.
#include "checker/report/symbols.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <limits.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "checker/report/data_symbols.h"
#include "checker/report/frames.h"
#include "checker/report/local_symbols.h"
#include "checker/report/scopes.h"
#include "checker/report/type_path.h"

namespace heddle::report {
namespace {

/// Looks for separate debug information on this machine only, never by network.
int find_debuginfo(Dwfl_Module* module, void** user, const char* name, Dwarf_Addr base,
                   const char* file, const char* link, GElf_Word crc, char** found) {
  if (std::getenv("DEBUGINFOD_URLS") != nullptr) {
    return -1;
  }
  return dwfl_standard_find_debuginfo(module, user, name, base, file, link, crc, found);
}

const Dwfl_Callbacks kProcess{dwfl_linux_proc_find_elf, find_debuginfo, nullptr, nullptr};
const Dwfl_Callbacks kOffline{dwfl_build_id_find_elf, find_debuginfo, dwfl_offline_section_address,
                              nullptr};

/// The linker's name of the function if it has one; what is local to a file has none with g++.
std::string linkage_name(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  for (unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(die, name, &attribute) != nullptr) {
      return demangle(dwarf_formstring(&attribute));
    }
  }
  return {};
}

std::string plain_name(Dwarf_Die* die) {
  const char* name = dwarf_diename(die);
  return name == nullptr ? "" : std::strcmp(name, "operator()") == 0 ? "lambda" : name;
}

/// File and line from which the inlined function `die` was called.
void set_call_site(Dwarf_Die* cu, Dwarf_Die* die, Frame& frame) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  Dwarf_Files* files = nullptr;
  if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &value) == 0) {
    frame.line = static_cast<std::uint32_t>(value);
  }
  if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &value) == 0 &&
      dwarf_getsrcfiles(cu, &files, nullptr) == 0) {
    const char* file = dwarf_filesrc(files, value, nullptr, nullptr);
    frame.file = file != nullptr ? file : "";
  }
}

/// Tells libdw of one loaded module. Not dwfl_linux_proc_report(): it goes by the memory map, in
/// which zero-initialised variables may lie outside of what it takes for the module.
int report_module(dl_phdr_info* info, std::size_t, void* argument) {
  std::uint64_t begin = ~std::uint64_t{0};
  std::uint64_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type == PT_LOAD) {
      begin = std::min<std::uint64_t>(begin, info->dlpi_addr + header.p_vaddr);
      end = std::max<std::uint64_t>(end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
    }
  }
  std::string path = info->dlpi_name;
  if (path.empty()) {
    char buffer[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", buffer, sizeof buffer);
    path.assign(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  constexpr std::uint64_t kPage = 4096;
  if (begin < end && path.starts_with('/')) {
    dwfl_report_module(static_cast<Dwfl*>(argument), path.c_str(), begin / kPage * kPage,
                       (end + kPage - 1) / kPage * kPage);
  }
  return 0;
}

}  // namespace

std::string demangle(const char* symbol) {
  if (symbol == nullptr) {
    return {};
  }
  if (std::strncmp(symbol, "_Z", 2) != 0) {
    return symbol;  // A plain name, which would be taken for a type: "b" for bool.
  }
  int status = 0;
  char* text = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : symbol;
  std::free(text);
  return result;
}

class Symbolizer::Implementation {
 public:
  Implementation() : dwfl_(dwfl_begin(&kProcess)) {
    if (dwfl_ != nullptr) {
      dl_iterate_phdr(report_module, dwfl_);
      dwfl_report_end(dwfl_, nullptr, nullptr);
    }
  }

  explicit Implementation(std::span<const LoadedModule> modules)
      : dwfl_(dwfl_begin(&kOffline)), of_process_(false) {
    if (dwfl_ != nullptr) {
      for (const LoadedModule& module : modules) {
        dwfl_report_elf(dwfl_, module.path.c_str(), module.path.c_str(), -1, module.base, true);
      }
      dwfl_report_end(dwfl_, nullptr, nullptr);
    }
  }

  ~Implementation() {
    if (dwfl_ != nullptr) {
      dwfl_end(dwfl_);
    }
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  const std::vector<Frame>& frames(std::uint64_t pc, PcKind kind) {
    const std::uint64_t shift = kind == PcKind::kReturnAddress && pc != 0 ? 1 : 0;
    const auto [entry, is_new] = frames_.try_emplace(pc * 2 + shift);
    if (is_new) {
      entry->second = compute_frames(pc, pc - shift);
    }
    return entry->second;
  }

  const std::string& data_name(std::uint64_t address) {
    const auto [entry, is_new] = data_names_.try_emplace(address);
    if (is_new) {
      Dwfl_Module* module = module_at(address);
      if (module != nullptr) {
        entry->second = data_[module].name(module, address);
      }
    }
    return entry->second;
  }

  std::string data_place(std::uint64_t address) {
    Frame frame;
    Dwfl_Module* const module = module_at(address);
    if (module == nullptr) {
      return {};
    }
    frame.module = path_of(module);
    frame.offset = offset_in(module, address);
    return place(frame);
  }

  std::string local_name(std::span<const UnwoundFrame> stack, std::uint64_t address) {
    for (const UnwoundFrame& frame : stack) {
      const bool above = frame.canonical_address != 0 && address >= frame.canonical_address;
      if (above || frame.pc == 0) {
        continue;
      }
      Dwarf_Addr bias = 0;
      Dwfl_Module* module = address < frame.stack_pointer ? nullptr : module_at(frame.pc - 1);
      Dwarf_Die* unit = module != nullptr ? unit_of(module, frame.pc - 1, &bias) : nullptr;
      return unit != nullptr ? locals_.name(unit, bias, frame, address) : "";
    }
    return {};
  }

  std::string member_name(std::uint64_t pc, const std::string& type, std::uint64_t size,
                          std::uint64_t offset) {
    const std::string name = type.substr(type.rfind(':') + 1);
    const auto [entry, is_new] = types_.try_emplace({pc, name, size});
    if (is_new) {
      Dwarf_Addr bias = 0;
      Dwfl_Module* module = module_at(pc);
      Dwarf_Die* unit = module != nullptr ? unit_of(module, pc - 1, &bias) : nullptr;
      if (unit != nullptr) {
        entry->second = types_named(unit, name, size);
      }
    }
    std::string path;
    for (Dwarf_Die& candidate : entry->second) {
      std::string one = path_in(candidate, offset);
      if (!path.empty() && one != path) {
        return {};
      }
      path = std::move(one);
    }
    return path;
  }

 private:
  /// The module that holds the address. Modules loaded since the last look are found, too.
  Dwfl_Module* module_at(std::uint64_t address) {
    if (dwfl_ == nullptr) {
      return nullptr;
    }
    Dwfl_Module* module = dwfl_addrmodule(dwfl_, address);
    if (module == nullptr && of_process_ && !reported_again_) {
      reported_again_ = true;
      dwfl_report_begin_add(dwfl_);
      dl_iterate_phdr(report_module, dwfl_);
      dwfl_report_end(dwfl_, nullptr, nullptr);
      module = dwfl_addrmodule(dwfl_, address);
    }
    return module;
  }

  std::vector<Frame> compute_frames(std::uint64_t pc, std::uint64_t lookup) {
    std::vector<Frame> frames(1);
    frames[0].address = pc;
    Dwfl_Module* module = module_at(lookup);
    if (module == nullptr) {
      return frames;
    }
    frames[0].module = path_of(module);
    add_functions(module, lookup, frames);
    if (frames.back().function.empty()) {
      frames.back().function = demangle(dwfl_module_addrname(module, lookup));
    }
    if (frames.front().file.empty()) {
      frames.front().offset = offset_in(module, lookup);
    }
    return frames;
  }

  static std::string path_of(Dwfl_Module* module) {
    const char* name =
        dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
    return name != nullptr ? name : "";
  }

  /// As the module's file counts, which is what addr2line and objdump take.
  static std::uint64_t offset_in(Dwfl_Module* module, std::uint64_t address) {
    Dwarf_Addr start = 0;
    dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, nullptr, nullptr);
    GElf_Addr bias = 0;
    return address - (dwfl_module_getelf(module, &bias) != nullptr ? bias : start);
  }

  static void set_line(Dwarf_Die* cu, Dwarf_Addr pc, Frame& frame) {
    Dwarf_Line* line = dwarf_getsrc_die(cu, pc);
    int number = 0;
    if (line != nullptr && dwarf_lineno(line, &number) == 0) {
      const char* file = dwarf_linesrc(line, nullptr, nullptr);
      frame.file = file != nullptr ? file : "";
      frame.line = static_cast<std::uint32_t>(number);
    }
  }

  /// Lines and functions around the address; one frame more for each that was inlined.
  static void add_functions(Dwfl_Module* module, std::uint64_t address,
                            std::vector<Frame>& frames) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* cu = unit_of(module, address, &bias);
    if (cu == nullptr) {
      return;
    }
    set_line(cu, address - bias, frames[0]);
    for (Dwarf_Die& function : functions_at(cu, address - bias)) {
      frames.back().function = linkage_name(&function);
      if (dwarf_tag(&function) == DW_TAG_subprogram) {
        if (frames.back().function.empty()) {
          const char* symbol = dwfl_module_addrname(module, address);
          frames.back().function = symbol != nullptr ? demangle(symbol) : plain_name(&function);
        }
        break;
      }
      if (frames.back().function.empty()) {
        frames.back().function = plain_name(&function);
      }
      Frame caller;
      caller.address = frames[0].address;
      caller.module = frames[0].module;
      set_call_site(cu, &function, caller);
      frames.push_back(std::move(caller));
    }
  }

  Dwfl* dwfl_;
  bool of_process_ = true;
  bool reported_again_ = false;
  std::unordered_map<std::uint64_t, std::vector<Frame>> frames_;
  std::unordered_map<std::uint64_t, std::string> data_names_;
  std::unordered_map<Dwfl_Module*, DataSymbols> data_;
  LocalSymbols locals_;
  std::map<std::tuple<std::uint64_t, std::string, std::uint64_t>, std::vector<Dwarf_Die>> types_;
};

Symbolizer::Symbolizer() = default;
Symbolizer::Symbolizer(std::span<const LoadedModule> modules)
    : implementation_(std::make_unique<Implementation>(modules)) {}
Symbolizer::~Symbolizer() = default;
Symbolizer::Symbolizer(Symbolizer&&) noexcept = default;
Symbolizer& Symbolizer::operator=(Symbolizer&&) noexcept = default;

/// Most explorations ask for nothing, and looking at the modules takes longer than a small one.
Symbolizer::Implementation& Symbolizer::use() {
  if (implementation_ == nullptr) {
    implementation_ = std::make_unique<Implementation>();
  }
  return *implementation_;
}

const std::vector<Frame>& Symbolizer::frames(std::uint64_t pc, PcKind kind) {
  return use().frames(pc, kind);
}

std::vector<Frame> Symbolizer::stack(std::span<const std::uint64_t> pcs, PcKind kind) {
  std::vector<Frame> stack;
  for (std::uint64_t pc : pcs) {
    const std::vector<Frame>& frames = use().frames(pc, kind);
    stack.insert(stack.end(), frames.begin(), frames.end());
  }
  return stack;
}

const std::string& Symbolizer::data_name(std::uint64_t address) { return use().data_name(address); }

std::string Symbolizer::data_place(std::uint64_t address) { return use().data_place(address); }

std::string Symbolizer::local_name(std::span<const UnwoundFrame> stack, std::uint64_t address) {
  return use().local_name(stack, address);
}

std::string Symbolizer::member_name(std::uint64_t pc, const std::string& type, std::uint64_t size,
                                    std::uint64_t offset) {
  return use().member_name(pc, type, size, offset);
}

}  // namespace heddle::report
