// SPDX-License-Identifier: Apache-2.0
// Memory that forked processes share: mmap with MAP_SHARED | MAP_ANONYMOUS by model code.
//
// A mapping's address depends on which thread asks and on how much it had mapped before, and on
// nothing else. All of it is gone, and zero again, when the next execution begins. Unmapping does
// nothing: another process may use the memory still.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/base/ids.h"

namespace heddle::runtime {

class SharedMemory {
 public:
  static constexpr std::uintptr_t kBase = 0x0e00'0000'0000;
  static constexpr std::size_t kBytesPerThread = std::size_t{1} << 28;

  /// Zeroed memory, page-aligned. Null if there is none left. Reserves the addresses when it is
  /// first called. O(bytes).
  void* map(base::ThreadId thread, std::size_t size);
  /// Forgets all mappings. O(bytes mapped).
  void reset();
  static bool contains(std::uintptr_t address) {
    return address - kBase < base::kMaxThreads * kBytesPerThread;
  }
  /// Bytes that `thread` has mapped, from base_of(thread) on.
  std::size_t used(base::ThreadId thread) const { return used_[thread]; }
  static std::uintptr_t base_of(base::ThreadId thread) {
    return kBase + std::uintptr_t{thread} * kBytesPerThread;
  }

 private:
  bool reserved_ = false;
  bool any_ = false;
  std::size_t used_[base::kMaxThreads] = {};
  std::size_t writable_[base::kMaxThreads] = {};
};

}  // namespace heddle::runtime
