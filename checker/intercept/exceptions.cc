// SPDX-License-Identifier: Apache-2.0
// Storage of thrown objects: explored code constructs them, so in the model they lie in its heap.
//
// The block begins with the C++ ABI's header, zeroed; its size is part of the ABI between libstdc++
// and the compilers' generated code (unwind headers at its end).
#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

namespace heddle::intercept {
namespace {

using runtime::AllocationKind;

HEDDLE_REAL_AS(__cxa_allocate_exception, void*(std::size_t));
HEDDLE_REAL_AS(__cxa_free_exception, void(void*));

constexpr std::size_t kHeaderSize = 128;  ///< sizeof(__cxa_refcounted_exception) on x86-64.

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(void*, __cxa_allocate_exception, std::size_t size) {
  if (!modelling() || !runtime::allocates_in_model(HEDDLE_SITE())) {
    return real___cxa_allocate_exception(size);
  }
  void* block =
      runtime::allocate(size + kHeaderSize, 16, AllocationKind::kMalloc, true, HEDDLE_SITE());
  return block != nullptr ? static_cast<char*>(block) + kHeaderSize
                          : real___cxa_allocate_exception(size);
}

HEDDLE_EXPORT(void, __cxa_free_exception, void* object) {
  void* block = static_cast<char*>(object) - kHeaderSize;
  if (runtime::in_model_heap(block)) {
    runtime::release(block, AllocationKind::kMalloc, HEDDLE_SITE());
  } else {
    real___cxa_free_exception(object);
  }
}
