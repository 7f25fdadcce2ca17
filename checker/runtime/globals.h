// SPDX-License-Identifier: Apache-2.0
// Restores the global variables of explored modules between executions.
//
// While exploring, their writable pages are read-only until first written. The first write to a
// page in the whole exploration faults; on_fault() keeps a copy of the page as it was and lets the
// write go on. From then on each restore() copies that page back, and its writes cost nothing. An
// execution's reset is so proportional to the pages that any execution ever wrote, usually two or
// three, not to the program's size.
//
// Entry point: start(), then restore() after each execution, then stop().
//
// What outside code (heddle::outside, callbacks of the explorer) writes is to last:
// begin_outside() and end_outside() around it put what it changed into the kept copies.
//
// Invariants: a page is either read-only and pristine, or writable and listed. on_fault() is
// async-signal-safe and calls nothing interposed; it may run on any OS thread. A page that the
// kernel writes for a system call (read into a global buffer) does not fault but makes the call
// fail: doors of such calls use prepare_write().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "checker/runtime/modules.h"
#include "checker/runtime/raw_memory.h"

namespace heddle::runtime {

class Globals {
 public:
  /// Takes the present contents of the explored modules' writable pages as the initial ones, and
  /// those of `more`, whole pages, or empty. One mprotect a segment.
  void start(const Modules& modules, AddressRange more = {});
  /// Puts every written page back. O(dirty pages), about 100 ns each.
  void restore();
  /// Appends a copy of every written page as it is now and returns their number; restore() with
  /// the copies puts those back, and pages written later as restore() does. O(dirty pages).
  std::size_t save(ByteLog* copies) const;
  void restore(const std::byte* copies, std::size_t count);
  /// Makes all pages writable again. `keep_last`: as the last execution left them; otherwise as at
  /// start(). No-op if not started.
  void stop(bool keep_last = false);
  bool is_started() const { return started_; }

  /// Called by the SIGSEGV handler: true if `address` lies in a page that was read-only because of
  /// start(); the faulting instruction may then be executed again.
  bool on_fault(std::uintptr_t address);
  /// Makes [address, address + size) writable without a fault. For ranges elsewhere: no effect.
  void prepare_write(std::uintptr_t address, std::size_t size);

  /// Around code whose writes survive restore(). Not nested. Copies each dirty page once.
  void begin_outside();
  void end_outside();
  /// Grows when outside code has changed something that is to last: copies taken before then lack
  /// it.
  std::uint64_t outside_changes() const { return outside_changes_; }

  /// Whether `address` is in a restored page, dirty or not.
  bool contains(std::uintptr_t address) const;
  std::size_t dirty_pages() const { return dirty_count_.load(std::memory_order_relaxed); }
  /// Address of the i-th dirty page, and its initial contents (kPageSize bytes each).
  std::uintptr_t dirty_page(std::size_t i) const { return dirty_[i].page; }
  const std::byte* pristine_copy(std::size_t i) const { return dirty_[i].copy; }
  std::size_t range_count() const { return ranges_.size(); }
  AddressRange range(std::size_t i) const { return ranges_[i].pages; }

 private:
  struct Range {
    AddressRange pages;
    std::uint8_t* state;  ///< One byte a page: 0 read-only, 1 dirty.
  };
  struct DirtyPage {
    std::uintptr_t page;
    std::byte* copy;
  };
  const Range* find(std::uintptr_t address) const;
  bool make_dirty(const Range& range, std::uintptr_t page);
  void lock();
  void unlock() { busy_.store(false, std::memory_order_release); }

  RawArray<Range> ranges_;
  DirtyPage* dirty_ = nullptr;
  std::uint8_t* states_ = nullptr;
  std::byte* copies_ = nullptr;   ///< Room for a copy of every page.
  std::byte* outside_ = nullptr;  ///< The dirty pages as begin_outside() met them.
  std::size_t page_total_ = 0;
  std::size_t outside_count_ = 0;
  std::uint64_t outside_changes_ = 0;
  std::atomic<std::size_t> dirty_count_ = 0;
  std::atomic<bool> busy_ = false;
  bool started_ = false;
};

}  // namespace heddle::runtime
