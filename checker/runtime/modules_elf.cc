// SPDX-License-Identifier: Apache-2.0
// Dynamic symbols and notes of a loaded ELF file.
#include "checker/runtime/modules_elf.h"

#include <elf.h>

#include "checker/runtime/modules.h"

namespace heddle::runtime {
namespace {

/// glibc relocates the addresses in the dynamic section in place; the kernel's vdso keeps offsets.
std::uintptr_t absolute(const dl_phdr_info& info, std::uintptr_t pointer) {
  return pointer < info.dlpi_addr ? info.dlpi_addr + pointer : pointer;
}

/// End of the symbol table by the GNU hash table: the longest chain's end.
std::size_t gnu_symbol_count(const std::uint32_t* table) {
  const std::uint32_t buckets = table[0];
  const std::uint32_t first = table[1];
  const std::uint32_t bloom_words = table[2];
  const std::uint32_t* bucket = table + 4 + std::size_t{bloom_words} * 2;
  const std::uint32_t* chain = bucket + buckets;
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < buckets; ++i) {
    last = bucket[i] > last ? bucket[i] : last;
  }
  if (last < first) {
    return first;
  }
  while ((chain[last - first] & 1) == 0) {
    ++last;
  }
  return last + 1;
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}

std::uint64_t hash_bytes(std::uint64_t hash, std::uintptr_t address, std::size_t size) {
  if (address == 0) {
    return hash;
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(address);
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    std::uint64_t word;
    __builtin_memcpy(&word, bytes + i, 8);
    hash = mix(hash, word);
  }
  for (std::size_t i = size & ~std::size_t{7}; i < size; ++i) {
    hash = mix(hash, bytes[i]);
  }
  return mix(hash, size);
}

/// The build id among the notes of one segment; empty if it is not there.
AddressRange find_build_id(std::uintptr_t notes, std::size_t size) {
  std::uintptr_t at = notes;
  while (at + sizeof(ElfW(Nhdr)) <= notes + size) {
    const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
    const std::uintptr_t name = at + sizeof *note;
    const std::uintptr_t content = name + round_up(note->n_namesz, 4);
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
        std::string_view(reinterpret_cast<const char*>(name), 3) == "GNU") {
      return {content, content + note->n_descsz};
    }
    at = content + round_up(note->n_descsz, 4);
  }
  return {};
}

}  // namespace

ElfDynamic::ElfDynamic(const dl_phdr_info& info) {
  std::uintptr_t dynamic = 0;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    if (info.dlpi_phdr[i].p_type == PT_DYNAMIC) {
      dynamic = info.dlpi_addr + info.dlpi_phdr[i].p_vaddr;
    }
  }
  if (dynamic == 0) {
    return;
  }
  dynamic_ = reinterpret_cast<const ElfW(Dyn)*>(dynamic);
  for (const auto* entry = dynamic_; entry->d_tag != DT_NULL; ++entry) {
    const std::uintptr_t pointer = absolute(info, entry->d_un.d_ptr);
    switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols_ = reinterpret_cast<const ElfW(Sym)*>(pointer);
        break;
      case DT_STRTAB:
        strings_ = reinterpret_cast<const char*>(pointer);
        break;
      case DT_GNU_HASH:
        gnu_hash_ = reinterpret_cast<const std::uint32_t*>(pointer);
        break;
      case DT_HASH:
        hash_ = reinterpret_cast<const std::uint32_t*>(pointer);
        break;
      default:
        break;
    }
  }
}

std::size_t ElfDynamic::symbol_count() const {
  if (hash_ != nullptr) {
    return hash_[1];
  }
  const std::size_t count = gnu_hash_ != nullptr ? gnu_symbol_count(gnu_hash_) : 0;
  const auto symbols = reinterpret_cast<std::uintptr_t>(symbols_);
  const auto strings = reinterpret_cast<std::uintptr_t>(strings_);
  if (count <= 1 && strings > symbols) {
    // GNU ld's table of a module that exports nothing says nothing of imports; with it, the names
    // follow the symbols.
    return (strings - symbols) / sizeof(ElfW(Sym));
  }
  return count;
}

bool ElfDynamic::refers_to(std::string_view name) const {
  if (symbols_ == nullptr || strings_ == nullptr) {
    return false;
  }
  const std::size_t count = symbol_count();
  for (std::size_t i = 1; i < count; ++i) {
    if (symbols_[i].st_shndx == SHN_UNDEF && name == strings_ + symbols_[i].st_name) {
      return true;
    }
  }
  return false;
}

std::uint64_t build_hash(const dl_phdr_info& info, const Module& module) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info.dlpi_phdr[i];
    if (header.p_type != PT_NOTE) {
      continue;
    }
    const AddressRange id = find_build_id(info.dlpi_addr + header.p_vaddr, header.p_memsz);
    if (!id.empty()) {
      return hash_bytes(0, id.begin, id.size());
    }
  }
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < module.text_count; ++i) {
    hash = hash_bytes(hash, module.text[i].begin, module.text[i].size());
  }
  return hash;
}

}  // namespace heddle::runtime
