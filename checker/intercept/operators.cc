// SPDX-License-Identifier: Apache-2.0
// operator new and operator delete in all their forms, by their mangled names.
#include "checker/intercept/door.h"
#include "checker/intercept/heap.h"

#include <new>

namespace heddle::intercept {
namespace {

using runtime::AllocationKind;

/// The standard's loop: ask the new-handler for memory until there is none installed.
void* allocate_or_throw(std::size_t size, std::size_t alignment, AllocationKind kind,
                        std::uintptr_t site) {
  for (;;) {
    void* block = allocate_object(size, alignment, kind, site);
    if (block != nullptr) {
      return block;
    }
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) {
      throw std::bad_alloc();
    }
    handler();
  }
}

void* allocate_or_null(std::size_t size, std::size_t alignment, AllocationKind kind,
                       std::uintptr_t site) {
  try {
    return allocate_or_throw(size, alignment, kind, site);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
using heddle::runtime::AllocationKind;
}  // namespace

#define HEDDLE_NEW(letter, kind)                                                                 \
  HEDDLE_EXPORT(void*, _Zn##letter##m, std::size_t size) {                                       \
    return allocate_or_throw(size, 0, kind, HEDDLE_SITE());                                      \
  }                                                                                              \
  HEDDLE_EXPORT(void*, _Zn##letter##mRKSt9nothrow_t, std::size_t size, const void*) {            \
    return allocate_or_null(size, 0, kind, HEDDLE_SITE());                                       \
  }                                                                                              \
  HEDDLE_EXPORT(void*, _Zn##letter##mSt11align_val_t, std::size_t size, std::size_t alignment) { \
    return allocate_or_throw(size, alignment, kind, HEDDLE_SITE());                              \
  }                                                                                              \
  HEDDLE_EXPORT(void*, _Zn##letter##mSt11align_val_tRKSt9nothrow_t, std::size_t size,            \
                std::size_t alignment, const void*) {                                            \
    return allocate_or_null(size, alignment, kind, HEDDLE_SITE());                               \
  }
HEDDLE_NEW(w, AllocationKind::kNew)
HEDDLE_NEW(a, AllocationKind::kNewArray)

// Size, alignment and nothrow tag say nothing that the block does not know.
#define HEDDLE_DELETE_FORM(name, kind) \
  HEDDLE_EXPORT(void, name, void* block) { free_block(block, kind, HEDDLE_SITE()); }
#define HEDDLE_DELETE(letter, kind)                         \
  HEDDLE_DELETE_FORM(_Zd##letter##Pv, kind)                 \
  HEDDLE_DELETE_FORM(_Zd##letter##Pvm, kind)                \
  HEDDLE_DELETE_FORM(_Zd##letter##PvRKSt9nothrow_t, kind)   \
  HEDDLE_DELETE_FORM(_Zd##letter##PvSt11align_val_t, kind)  \
  HEDDLE_DELETE_FORM(_Zd##letter##PvmSt11align_val_t, kind) \
  HEDDLE_DELETE_FORM(_Zd##letter##PvSt11align_val_tRKSt9nothrow_t, kind)
HEDDLE_DELETE(l, AllocationKind::kNew)
HEDDLE_DELETE(a, AllocationKind::kNewArray)
