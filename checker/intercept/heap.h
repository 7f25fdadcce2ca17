// SPDX-License-Identifier: Apache-2.0
// Allocation for doors: from the model's arenas or from libc, by who asks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/runtime/model.h"

namespace heddle::intercept {

/// What malloc does for the code at `site`; sets errno if there is no memory.
void* allocate_block(std::size_t size, std::uintptr_t site);
/// What operator new does, but for throwing. `alignment` 0 is the usual one.
void* allocate_object(std::size_t size, std::size_t alignment, runtime::AllocationKind kind,
                      std::uintptr_t site);
void free_block(void* block, runtime::AllocationKind kind, std::uintptr_t site);

/// Looks up libstdc++'s functions that allocate the contents of std::string: these belong to the
/// strings' owners, although the caller is libstdc++. Outside the model.
void find_string_storage();

}  // namespace heddle::intercept
