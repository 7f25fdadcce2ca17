// SPDX-License-Identifier: Apache-2.0
// The parts of a loaded ELF file that modules.cc asks for, read from memory.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heddle::runtime {

struct Module;

/// The dynamic section of a loaded module.
class ElfDynamic {
 public:
  explicit ElfDynamic(const dl_phdr_info& info);

  /// Whether the module has an undefined dynamic symbol of this name. O(undefined symbols).
  bool refers_to(std::string_view name) const;

  /// Calls `visit(name)` with each library that the module names itself.
  template <class Visit>
  void for_each_library(Visit visit) const {
    for (const auto* entry = dynamic_; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_NEEDED && strings_ != nullptr) {
        visit(strings_ + entry->d_un.d_val);
      }
    }
  }

  /// Calls `visit(name, symbol)` with each dynamic symbol: what the module imports, what it
  /// exports, and its copies of variables of libraries.
  template <class Visit>
  void for_each_symbol(Visit visit) const {
    const std::size_t count = symbols_ == nullptr || strings_ == nullptr ? 0 : symbol_count();
    for (std::size_t i = 1; i < count; ++i) {
      visit(strings_ + symbols_[i].st_name, symbols_[i]);
    }
  }

  /// Calls `visit(name, type)` with each undefined dynamic symbol and its STT_ type.
  template <class Visit>
  void for_each_import(Visit visit) const {
    for_each_symbol([&](const char* name, const ElfW(Sym) & symbol) {
      if (symbol.st_shndx == SHN_UNDEF) {
        visit(name, ELF64_ST_TYPE(symbol.st_info));
      }
    });
  }

 private:
  std::size_t symbol_count() const;

  const ElfW(Dyn) * dynamic_ = nullptr;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
  const std::uint32_t* gnu_hash_ = nullptr;
  const std::uint32_t* hash_ = nullptr;
};

/// Hash of the module's build id, or of its executable segments if it has none.
std::uint64_t build_hash(const dl_phdr_info& info, const Module& module);

}  // namespace heddle::runtime
