// SPDX-License-Identifier: Apache-2.0
// Reads what dl_iterate_phdr tells of each module and sorts the modules into kinds.
#include "checker/runtime/modules.h"

#include <link.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <string_view>

#include "checker/runtime/modules_elf.h"
#include "checker/runtime/thread_slots_fs.h"

namespace heddle::runtime {
namespace {

constexpr std::size_t kMaxModules = 4096;
constexpr std::size_t kMaxNameBytes = std::size_t{1} << 22;

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// "libc" matches libc.so.6 and libc-2.31.so, not libcrypto.so.
bool is_library(std::string_view file, std::string_view stem) {
  return file.starts_with(stem) && file.size() > stem.size() &&
         (file[stem.size()] == '.' || file[stem.size()] == '-');
}

void classify(Module& module, bool uses_tsan) {
  const std::string_view file = file_name(module.name);
  for (std::string_view stem : {"libc", "libpthread", "libm", "libdl", "librt", "ld", "ld-linux",
                                "ld-linux-x86-64", "linux-vdso", "libresolv", "libatomic"}) {
    module.is_libc |= !module.is_main && is_library(file, stem);
  }
  module.is_libstdcxx =
      !module.is_main && (is_library(file, "libstdc++") || is_library(file, "libgcc_s"));
  module.is_heddle =
      module.image.holds(reinterpret_cast<std::uintptr_t>(&classify)) && !module.is_main;
  module.is_instrumented = uses_tsan;
  module.is_explored =
      module.is_main || (uses_tsan && !module.is_libc && !module.is_libstdcxx && !module.is_heddle);
}

void add_text(Module& module, AddressRange range) {
  HEDDLE_CHECK(module.text_count < Module::kMaxSegments);
  module.text[module.text_count++] = range;
}

/// The pages of a writable segment, less those that become read-only after relocation.
void add_data(Module& module, AddressRange segment, AddressRange relro) {
  AddressRange pages{round_down(segment.begin, kPageSize), round_up(segment.end, kPageSize)};
  // The dynamic linker protects whole pages within the range only.
  const AddressRange fixed{round_down(relro.begin, kPageSize), round_down(relro.end, kPageSize)};
  const AddressRange parts[] = {{pages.begin, std::min(pages.end, fixed.begin)},
                                {std::max(pages.begin, fixed.end), pages.end}};
  if (fixed.begin >= fixed.end || fixed.end <= pages.begin || fixed.begin >= pages.end) {
    HEDDLE_CHECK(module.data_count < Module::kMaxSegments);
    module.data[module.data_count++] = pages;
    return;
  }
  for (const AddressRange& part : parts) {
    if (part.begin < part.end) {
      HEDDLE_CHECK(module.data_count < Module::kMaxSegments);
      module.data[module.data_count++] = part;
    }
  }
}

AddressRange range_of(const dl_phdr_info& info, const ElfW(Phdr) & header) {
  const std::uintptr_t begin = info.dlpi_addr + header.p_vaddr;
  return {begin, begin + header.p_memsz};
}

/// Static storage lies just below the control block, at the same distance in each thread (which
/// ThreadSlots checks); storage that is allocated on first use lies anywhere, or nowhere yet.
void add_tls(Module& module, const dl_phdr_info& info, std::size_t size) {
  module.has_tls = true;
  module.tls_size = size;
  const auto block = reinterpret_cast<std::uintptr_t>(info.dlpi_tls_data);
  if (block == 0) {
    return;
  }
  module.tls = {block, block + size};
  constexpr std::uintptr_t kFarthest = std::uintptr_t{1} << 26;
  module.has_static_tls = fs_base() - block < kFarthest;
}

void add_segments(Module& module, const dl_phdr_info& info) {
  AddressRange relro;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    if (info.dlpi_phdr[i].p_type == PT_GNU_RELRO) {
      relro = range_of(info, info.dlpi_phdr[i]);
    }
  }
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info.dlpi_phdr[i];
    if (header.p_type != PT_LOAD) {
      continue;
    }
    const AddressRange range = range_of(info, header);
    module.image.begin =
        module.image.end == 0 ? range.begin : std::min(module.image.begin, range.begin);
    module.image.end = std::max(module.image.end, range.end);
    if ((header.p_flags & PF_X) != 0) {
      add_text(module, range);
    }
    if ((header.p_flags & PF_W) != 0) {
      add_data(module, range, relro);
    }
  }
  module.image = {round_down(module.image.begin, kPageSize), round_up(module.image.end, kPageSize)};
}

}  // namespace

const char* Modules::keep_name(const char* name) {
  const std::size_t start = names_.size();
  if (*name == 0 && modules_.empty()) {
    char path[kPageSize];
    const long length = raw_syscall(SYS_readlink, reinterpret_cast<long>("/proc/self/exe"),
                                    reinterpret_cast<long>(path), sizeof path);
    for (long i = 0; i < length; ++i) {
      names_.push_back(path[i]);
    }
  }
  for (; *name != 0; ++name) {
    names_.push_back(*name);
  }
  names_.push_back(0);
  return names_.data() + start;
}

void Modules::add(const dl_phdr_info& info) {
  Module module;
  module.is_main = modules_.empty();
  module.name = keep_name(info.dlpi_name);
  module.base = info.dlpi_addr;
  add_segments(module, info);
  const ElfDynamic dynamic(info);
  classify(module, dynamic.refers_to("__tsan_func_entry") || dynamic.refers_to("__tsan_init"));
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    if (info.dlpi_phdr[i].p_type == PT_TLS) {
      add_tls(module, info, info.dlpi_phdr[i].p_memsz);
    }
  }
  if (module.is_explored) {
    module.build_hash = build_hash(info, module);
  }
  modules_.push_back(module);
}

void Modules::load() {
  if (modules_.data() == nullptr) {
    modules_.reserve(kMaxModules);
    spans_.reserve(kMaxModules);
    names_.reserve(kMaxNameBytes);
  }
  modules_.clear();
  spans_.clear();
  names_.clear();
  last_ = nullptr;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* self) {
        static_cast<Modules*>(self)->add(*info);
        return 0;
      },
      this);
  sort_spans();
  program_hash_ = 0;
  for (const Module& module : modules_) {
    if (module.is_explored) {
      program_hash_ = (program_hash_ ^ module.build_hash) * 0x9e3779b97f4a7c15ULL;
    }
  }
}

void Modules::sort_spans() {
  for (const Module& module : modules_) {
    if (!module.image.empty()) {
      spans_.push_back({module.image, &module});
    }
  }
  std::sort(spans_.begin(), spans_.end(),
            [](const Span& a, const Span& b) { return a.image.begin < b.image.begin; });
}

const Module* Modules::lookup(std::uintptr_t address) const {
  if (last_ != nullptr && last_->image.holds(address)) {
    return last_;
  }
  std::size_t low = 0;
  std::size_t high = spans_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (spans_[middle].image.end <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == spans_.size() || !spans_[low].image.holds(address)) {
    return nullptr;
  }
  last_ = spans_[low].module;
  return last_;
}

}  // namespace heddle::runtime
