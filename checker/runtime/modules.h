// SPDX-License-Identifier: Apache-2.0
// The loaded modules (executable and shared libraries), and what Heddle thinks of each.
//
// Which code is model code, whose allocations go to the model's heap and whose globals are restored
// is decided by module: explored modules are the main executable and every library that contains
// instrumented code, recognised by an undefined dynamic symbol of the ThreadSanitizer interface.
// libheddle.so, libc, libstdc++ and the dynamic linker never are.
//
// Entry point: load(), again after a dlopen. lookup() is a cached binary search, fit for use at
// every allocation. Reads ELF headers and the dynamic section in memory only: no file is opened.
//
// Invariants: module 0 is the main executable. Nothing is allocated; load() must not be called on a
// fiber (it takes the dynamic linker's lock). lookup() may be called anywhere.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>

#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;  ///< One past the last byte.
  bool holds(std::uintptr_t address) const { return address - begin < end - begin; }
  std::size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
};

struct Module {
  static constexpr std::size_t kMaxSegments = 8;

  const char* name = "";    ///< Path as the dynamic linker knows it; of the main executable too.
  std::uintptr_t base = 0;  ///< Load bias: run-time address minus address in the file.
  AddressRange image;       ///< All segments.
  AddressRange text[kMaxSegments] = {};  ///< Executable segments.
  AddressRange data[kMaxSegments] =
      {};  ///< Writable pages, without those protected after relocation.
  std::uint32_t text_count = 0;
  std::uint32_t data_count = 0;
  AddressRange tls;  ///< Calling thread's block at load(); empty if none or unallocated.
  bool has_tls = false;
  bool has_static_tls = false;  ///< As far as the calling thread shows.
  std::size_t tls_size = 0;
  std::uint64_t build_hash = 0;  ///< Of the build id, or of the text if there is none.
  bool is_main = false;
  bool is_instrumented = false;  ///< Refers to __tsan_init or __tsan_func_entry.
  bool is_explored = false;
  bool is_heddle = false;
  bool is_libc = false;  ///< libc, its companions (libpthread, libm, libdl, librt), ld.so, vdso.
  bool is_libstdcxx = false;  ///< libstdc++ or libgcc_s.
};

class Modules {
 public:
  /// Reads the table anew. Pointers to modules stay valid, their contents change.
  void load();

  std::size_t size() const { return modules_.size(); }
  const Module& operator[](std::size_t index) const { return modules_[index]; }
  const Module* begin() const { return modules_.begin(); }
  const Module* end() const { return modules_.end(); }

  /// The module whose image holds `address` (code or data), or null. O(log n), O(1) for a repeated
  /// module.
  const Module* lookup(std::uintptr_t address) const;

  /// Hash of the explored modules' build: the same in each run of the same binaries, wherever they
  /// are loaded.
  std::uint64_t program_hash() const { return program_hash_; }

 private:
  struct Span {
    AddressRange image;
    const Module* module;
  };
  void add(const dl_phdr_info& info);
  const char* keep_name(const char* name);
  void sort_spans();

  RawArray<Module> modules_;
  RawArray<Span> spans_;
  RawArray<char> names_;
  mutable const Module* last_ = nullptr;
  std::uint64_t program_hash_ = 0;
};

}  // namespace heddle::runtime
