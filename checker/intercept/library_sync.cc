// SPDX-License-Identifier: Apache-2.0
// Finds libstdc++'s waiter pool by its symbol: a unique global that is often in the executable's
// full symbol table only, which the dynamic linker does not load.
#include "checker/intercept/library_sync.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "checker/base/mutant.h"
#include "checker/intercept/requests.h"

namespace heddle::intercept {
namespace {

/// The table `__w` local to std::__detail::__waiter_pool_base::_S_for(void const*), or to
/// _S_impl_for as other versions call it.
bool is_pool_symbol(std::string_view name) {
  return name.starts_with("_ZZNSt8__detail18__waiter_pool_base") && name.ends_with("EPKvE3__w");
}

struct Range {
  std::uintptr_t begin;
  std::size_t size;
};
constexpr std::size_t kMaxPools = 16;
Range pools[kMaxPools];
std::size_t pool_count = 0;
unsigned long long modules_seen = ~0ULL;

/// A file's contents, mapped while the object lives.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file >= 0 && ::fstat(file, &status) == 0 && status.st_size > 0) {
      size_ = static_cast<std::size_t>(status.st_size);
      void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
      data_ = data == MAP_FAILED ? nullptr : static_cast<const char*>(data);
    }
    if (file >= 0) {
      ::close(file);
    }
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (data_ != nullptr) {
      ::munmap(const_cast<char*>(data_), size_);
    }
  }
  /// `count` objects at `offset`, or null if they are not wholly inside the file.
  template <class T>
  const T* at(std::uint64_t offset, std::uint64_t count = 1) const {
    if (data_ == nullptr || offset > size_ || count > (size_ - offset) / sizeof(T)) {
      return nullptr;
    }
    return reinterpret_cast<const T*>(data_ + offset);
  }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

void add_pool(std::uintptr_t begin, std::size_t size) {
  for (std::size_t i = 0; i < pool_count; ++i) {
    if (pools[i].begin == begin) {
      return;
    }
  }
  if (pool_count < kMaxPools) {
    pools[pool_count++] = {begin, size};
  }
}

void search_symbols(const MappedFile& file, const Elf64_Shdr& table, const Elf64_Shdr& names,
                    std::uintptr_t base) {
  const std::uint64_t count = table.sh_size / sizeof(Elf64_Sym);
  const auto* symbols = file.at<Elf64_Sym>(table.sh_offset, count);
  const char* text = file.at<char>(names.sh_offset, names.sh_size);
  if (symbols == nullptr || text == nullptr || names.sh_size == 0 || text[names.sh_size - 1] != 0) {
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const Elf64_Sym& symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT && symbol.st_shndx != SHN_UNDEF &&
        symbol.st_name < names.sh_size && is_pool_symbol(text + symbol.st_name)) {
      add_pool(base + symbol.st_value, symbol.st_size);
    }
  }
}

int search_module(dl_phdr_info* info, std::size_t, void*) {
  const bool is_main = info->dlpi_name == nullptr || info->dlpi_name[0] == 0;
  const MappedFile file(is_main ? "/proc/self/exe" : info->dlpi_name);
  const auto* header = file.at<Elf64_Ehdr>(0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    return 0;
  }
  const auto* sections = file.at<Elf64_Shdr>(header->e_shoff, header->e_shnum);
  for (unsigned i = 0; sections != nullptr && i < header->e_shnum; ++i) {
    const bool has_symbols = sections[i].sh_type == SHT_SYMTAB || sections[i].sh_type == SHT_DYNSYM;
    if (has_symbols && sections[i].sh_link < header->e_shnum) {
      search_symbols(file, sections[i], sections[sections[i].sh_link], info->dlpi_addr);
    }
  }
  return 0;
}

PoolSpan span_of_pools() {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  for (std::size_t i = 0; i < pool_count; ++i) {
    const std::uintptr_t pool_end = pools[i].begin + pools[i].size;
    begin = i == 0 || pools[i].begin < begin ? pools[i].begin : begin;
    end = pool_end > end ? pool_end : end;
  }
  return {begin, end - begin};
}

bool is_waiter_pool(const volatile void* address) {
  for (std::size_t i = 0; i < pool_count; ++i) {
    if (reinterpret_cast<std::uintptr_t>(address) - pools[i].begin < pools[i].size) {
      return true;
    }
  }
  return false;
}

int count_loads(dl_phdr_info* info, std::size_t, void* count) {
  *static_cast<unsigned long long*>(count) = info->dlpi_adds;
  return 1;
}

}  // namespace

PoolSpan pool_span;

void find_library_sync() {
  unsigned long long loads = 0;
  dl_iterate_phdr(&count_loads, &loads);
  if (loads != modules_seen) {
    modules_seen = loads;
    pool_count = 0;
    dl_iterate_phdr(&search_module, nullptr);
    pool_span = span_of_pools();
  }
}

void fence_pool_access(const volatile void* address, std::uintptr_t site) {
  if (is_waiter_pool(address) && HEDDLE_CLAUSE("library.pool_fences")) {
    const runtime::DoorState door = runtime::heddle_door;
    perform_fence(MemoryOrder::kSeqCst, site, "fence of atomic wait and notify");
    runtime::heddle_door = door;  // Other threads may have come through doors meanwhile.
  }
}

}  // namespace heddle::intercept
