// SPDX-License-Identifier: Apache-2.0
// 16-byte values travel through the graph as ids: the graph's values are 64 bits wide.
#pragma once

#include <cstdint>

namespace heddle::runtime {

/// The id of the 16 bytes; equal bytes have equal ids for the life of the process. Not thread-safe.
std::uint64_t intern_wide_value(const void* sixteen_bytes);
/// How many there are: ids are below it.
std::uint64_t wide_value_count();
/// Writes the 16 bytes that `id` stands for.
void wide_value_of(std::uint64_t id, void* sixteen_bytes);

}  // namespace heddle::runtime
