// SPDX-License-Identifier: Apache-2.0
// malloc and its kin. Blocks for model code come from the model's arenas, all others from libc,
// through its __libc_* names: they need no look-up, so nothing here can be called too early.
#include "checker/intercept/heap.h"

#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>

#include <cerrno>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace heddle::intercept {
namespace {

using runtime::AllocationKind;

HEDDLE_REAL(malloc_usable_size);

constexpr std::size_t kPageSize = 4096;

struct CodeRange {
  std::uintptr_t begin = 0;
  std::size_t size = 0;
};

/// basic_string<char>::_M_create and basic_string<wchar_t>::_M_create.
constexpr const char* kStringStorage[] = {
    "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_createERmm",
    "_ZNSt7__cxx1112basic_stringIwSt11char_traitsIwESaIwEE9_M_createERmm",
};
CodeRange string_storage[2];

bool allocates_string(std::uintptr_t site) {
  return site - string_storage[0].begin < string_storage[0].size ||
         site - string_storage[1].begin < string_storage[1].size;
}

bool in_model(std::uintptr_t site) {
  if (!modelling()) {
    return false;
  }
  if (runtime::allocates_in_model(site) || allocates_string(site)) {
    return true;
  }
  runtime::note_lasting_effect();
  return false;
}

void* or_no_memory(void* block) {
  if (block == nullptr) {
    errno = ENOMEM;
  }
  return block;
}

void* resize_model_block(void* block, std::size_t size, std::uintptr_t site) {
  void* moved = allocate_block(size, site);
  if (moved == nullptr) {
    return nullptr;
  }
  const std::size_t old_size = runtime::block_size(block);
  const std::size_t kept = old_size < size ? old_size : size;
  if (modelling() && kept != 0) {
    runtime::plain_read(block, kept, site);
  }
  __builtin_memcpy(moved, block, kept);
  runtime::release(block, AllocationKind::kMalloc, site);
  return moved;
}

/// What is older than the execution must be there again for the next one: it is copied, not moved.
void* copy_older_block(const void* block, std::size_t size, std::uintptr_t site) {
  void* copy = allocate_block(size, site);
  const std::size_t old_size = malloc_usable_size(const_cast<void*>(block));
  if (copy != nullptr) {
    __builtin_memcpy(copy, block, old_size < size ? old_size : size);
  }
  return copy;
}

void* resize(void* block, std::size_t size, std::uintptr_t site) {
  if (block == nullptr) {
    return allocate_block(size, site);
  }
  if (!runtime::in_model_heap(block)) {
    return in_model(site) ? copy_older_block(block, size, site) : __libc_realloc(block, size);
  }
  if (size == 0) {
    runtime::release(block, AllocationKind::kMalloc, site);
    return nullptr;
  }
  return resize_model_block(block, size, site);
}

void* allocate_aligned(std::size_t alignment, std::size_t size, std::uintptr_t site) {
  return in_model(site) ? or_no_memory(runtime::allocate(size, alignment, AllocationKind::kMalloc,
                                                         false, site))
                        : __libc_memalign(alignment, size);
}

bool is_power_of_two(std::size_t value) { return value != 0 && (value & (value - 1)) == 0; }

}  // namespace

void find_string_storage() {
  for (int i = 0; i < 2; ++i) {
    Dl_info info;
    void* symbol = nullptr;
    void* found = dlsym(RTLD_NEXT, kStringStorage[i]);
    if (found != nullptr && dladdr1(found, &info, &symbol, RTLD_DL_SYMENT) != 0 &&
        symbol != nullptr) {
      string_storage[i] = {reinterpret_cast<std::uintptr_t>(found),
                           static_cast<const Elf64_Sym*>(symbol)->st_size};
    }
  }
}

void* allocate_block(std::size_t size, std::uintptr_t site) {
  return in_model(site)
             ? or_no_memory(runtime::allocate(size, 0, AllocationKind::kMalloc, false, site))
             : __libc_malloc(size);
}

void* allocate_object(std::size_t size, std::size_t alignment, AllocationKind kind,
                      std::uintptr_t site) {
  if (in_model(site)) {
    return runtime::allocate(size, alignment, kind, false, site);
  }
  const std::size_t wanted = size == 0 ? 1 : size;
  return alignment == 0 ? __libc_malloc(wanted) : __libc_memalign(alignment, wanted);
}

void free_block(void* block, AllocationKind kind, std::uintptr_t site) {
  if (block == nullptr) {
    return;
  }
  if (runtime::in_model_heap(block)) {
    runtime::release(block, kind, site);
  } else if (!in_model(site)) {
    __libc_free(block);
  }
  // Model code releases a block that is older than the execution: the next execution, which finds
  // its globals as they were, will do so again.
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
using heddle::runtime::AllocationKind;
}  // namespace

HEDDLE_EXPORT(void*, malloc, std::size_t size) { return allocate_block(size, HEDDLE_SITE()); }

HEDDLE_EXPORT(void, free, void* block) {
  free_block(block, AllocationKind::kMalloc, HEDDLE_SITE());
}

HEDDLE_EXPORT(void*, calloc, std::size_t count, std::size_t size) {
  if (!in_model(HEDDLE_SITE())) {
    return __libc_calloc(count, size);
  }
  std::size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    return or_no_memory(nullptr);
  }
  return or_no_memory(
      heddle::runtime::allocate(bytes, 0, AllocationKind::kMalloc, true, HEDDLE_SITE()));
}

HEDDLE_EXPORT(void*, realloc, void* block, std::size_t size) {
  return resize(block, size, HEDDLE_SITE());
}

HEDDLE_EXPORT(void*, reallocarray, void* block, std::size_t count, std::size_t size) {
  std::size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    return or_no_memory(nullptr);
  }
  return resize(block, bytes, HEDDLE_SITE());
}

HEDDLE_EXPORT(void*, aligned_alloc, std::size_t alignment, std::size_t size) {
  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return allocate_aligned(alignment, size, HEDDLE_SITE());
}

HEDDLE_EXPORT(void*, memalign, std::size_t alignment, std::size_t size) {
  std::size_t power = 16;
  while (power < alignment && power <= ~std::size_t{0} / 2) {
    power *= 2;
  }
  return allocate_aligned(power, size, HEDDLE_SITE());
}

HEDDLE_EXPORT(int, posix_memalign, void** result, std::size_t alignment, std::size_t size) {
  if (!is_power_of_two(alignment) || alignment % sizeof(void*) != 0) {
    return EINVAL;
  }
  void* block = allocate_aligned(alignment, size, HEDDLE_SITE());
  if (block == nullptr) {
    return ENOMEM;
  }
  if (modelling()) {
    heddle::runtime::plain_write(result, sizeof *result, HEDDLE_SITE());
  }
  *result = block;
  return 0;
}

HEDDLE_EXPORT(void*, valloc, std::size_t size) {
  return allocate_aligned(kPageSize, size, HEDDLE_SITE());
}

HEDDLE_EXPORT(void*, pvalloc, std::size_t size) {
  return allocate_aligned(kPageSize, (size + kPageSize - 1) / kPageSize * kPageSize, HEDDLE_SITE());
}

HEDDLE_EXPORT(std::size_t, malloc_usable_size, void* block) {
  return block != nullptr && heddle::runtime::in_model_heap(block)
             ? heddle::runtime::block_size(block)
             : real_malloc_usable_size(block);
}
