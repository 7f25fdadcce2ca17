// SPDX-License-Identifier: Apache-2.0
// Read-only pages of libraries, until one of them is written.
#include "checker/runtime/library_watch.h"

#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

void LibraryWatch::arm(const Modules& modules) {
  if (armed()) {
    return;
  }
  count_ = 0;
  for (const Module& module : modules) {
    for (std::uint32_t i = 0; module.is_libstdcxx && i < module.data_count; ++i) {
      if (count_ == kMostRanges) {
        return;  // Never armed, then.
      }
      ranges_[count_++] = module.data[i];
    }
  }
  suspended_.store(false, std::memory_order_release);
  armed_.store(true, std::memory_order_release);
  for (std::size_t i = 0; i < count_; ++i) {
    HEDDLE_CHECK(
        raw_protect(reinterpret_cast<void*>(ranges_[i].begin), ranges_[i].size(), Access::kRead));
  }
}

void LibraryWatch::disarm() {
  if (!armed()) {
    return;
  }
  for (std::size_t i = 0; i < count_; ++i) {
    raw_protect(reinterpret_cast<void*>(ranges_[i].begin), ranges_[i].size(), Access::kReadWrite);
  }
  armed_.store(false, std::memory_order_release);
}

bool LibraryWatch::on_fault(std::uintptr_t address, bool between_runs) {
  for (std::size_t i = 0; i < count_; ++i) {
    if (ranges_[i].holds(address)) {
      const bool watched = armed();
      disarm();
      suspended_.store(watched && between_runs, std::memory_order_release);
      // Another OS thread may have been first: then the page is writable by now. But once only.
      return last_fault_.exchange(address) != address || watched;
    }
  }
  return false;
}

}  // namespace heddle::runtime
