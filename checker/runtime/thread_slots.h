// SPDX-License-Identifier: Apache-2.0
// Slots: where a model thread lives. Slot k is a stack for its fiber and the thread-local storage
// of a real, parked OS thread.
//
// Compiled code finds thread_local variables, errno, the C++ exception state and pthread_self
// through the FS base. A model thread borrows those of the slot's parked OS thread by setting the
// FS base to it; the parked one never runs anything but a futex wait. So all of them are right
// without a model of libc's internals.
//
// Both the stack and the parked thread's stack (at whose top glibc puts the thread-local storage)
// lie at addresses that are a function of k alone: pthread_self and the addresses of locals are the
// same in every execution and every process, as libstdc++ hashes them.
//
// Entry point: prepare(k) once, then per execution restore_tls(k) and reset_fiber(slot(k).fiber).
//
// Invariants: prepare() is called on the explorer's own FS base. Slots are never destroyed: the
// process's exit takes the parked threads along. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/base/ids.h"
#include "checker/runtime/fiber.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/thread_slots_fs.h"

namespace heddle::runtime {

class Modules;

struct ThreadSlot {
  Fiber fiber;                    ///< Its stack is set by prepare().
  std::uintptr_t side_stack = 0;  ///< Top of the stack for the model's own calls; see side_stack.h.
  std::uintptr_t fs_base = 0;     ///< Of the parked thread; 0 before prepare().
  std::uint64_t handle = 0;       ///< pthread_t of the parked thread.
  std::int32_t os_thread = 0;     ///< Its kernel thread id.
  std::byte* pristine = nullptr;  ///< Copies of the restored thread-local blocks.
  std::size_t pristine_bytes = 0;
};

/// One restored piece of thread-local storage, at the same offset from every FS base.
struct TlsBlock {
  std::ptrdiff_t offset;
  std::size_t size;
  std::uint32_t module;  ///< Index in Modules.
};

/// Why a slot cannot be had.
enum class SlotError : std::uint8_t { kNone, kNoMemory, kNoThread };

class ThreadSlots {
 public:
  static constexpr std::uintptr_t kBase = 0x0f00'0000'0000;  ///< Of slot 0, if it is free.
  static constexpr std::size_t kSpacing = std::size_t{1} << 28;
  static constexpr std::size_t kGuardSize = 16 * kPageSize;
  static constexpr std::size_t kSideStackSize = std::size_t{256} * 1024;

  /// Chooses what of the thread-local storage is restored: that of explored modules and of
  /// libstdc++; libc's, ld.so's and Heddle's stay as they are. `stack_size` is a multiple of the
  /// page size. May be called again, between explorations. Starts and joins one OS thread.
  void start(const Modules& modules, std::size_t stack_size = std::size_t{256} * 1024);

  /// Makes slot k usable: maps its stack, parks its OS thread, saves its thread-local storage.
  /// Later calls do nothing. About 30 microseconds.
  SlotError prepare(std::uint32_t k);

  ThreadSlot& slot(std::uint32_t k) { return slots_[k]; }
  const ThreadSlot& slot(std::uint32_t k) const { return slots_[k]; }
  bool is_ready(std::uint32_t k) const { return slots_[k].fs_base != 0; }

  /// True if prepare() would do nothing.
  bool is_prepared(std::uint32_t k) const {
    return is_ready(k) && slots_[k].fiber.stack_size == stack_size_;
  }

  /// Puts the slot's restored thread-local blocks back to what they were when the thread was new,
  /// and its errno to 0. tls_bytes() bytes are copied.
  void restore_tls(std::uint32_t k);
  /// Copies what restore_tls() would overwrite, and the same from a copy. `image` has
  /// tls_image_bytes() bytes.
  void save_tls(std::uint32_t k, std::byte* image) const;
  void restore_tls(std::uint32_t k, const std::byte* image);
  std::size_t tls_image_bytes() const { return tls_bytes_ + sizeof(int); }
  std::size_t tls_bytes() const { return tls_bytes_; }
  const TlsBlock* tls_blocks() const { return blocks_; }
  std::size_t tls_block_count() const { return block_count_; }
  /// Modules whose thread-local storage ought to be restored and cannot be (dlopen'ed, allocated
  /// on first use).
  std::size_t unrestored_tls_modules() const { return unrestored_; }

  int errno_value(std::uint32_t k) const { return errno_of(slots_[k]); }

  /// The slot whose handle it is, or kMaxThreads.
  std::uint32_t find_handle(std::uint64_t handle) const;
  /// The slot in whose stack `address` lies, or kMaxThreads. O(1).
  std::uint32_t find_stack(std::uintptr_t address) const;
  /// The slot in whose guard pages, or the free addresses below them, `address` lies, or
  /// kMaxThreads. O(1).
  std::uint32_t find_guard(std::uintptr_t address) const;

 private:
  static constexpr std::size_t kMaxBlocks = 32;

  void find_blocks(const Modules& modules);
  void drop_wrong_blocks();
  bool map_stack(ThreadSlot& slot, std::uint32_t k);
  static bool map_side_stack(ThreadSlot& slot, std::uint32_t k);
  bool park_thread(ThreadSlot& slot, std::uint32_t k);
  void copy_tls_from(const ThreadSlot& slot, std::byte* to) const;
  void copy_tls_to(const ThreadSlot& slot, const std::byte* from);
  int& errno_of(const ThreadSlot& slot) const {
    return *reinterpret_cast<int*>(slot.fs_base + errno_offset_);
  }
  void keep_pristine(ThreadSlot& slot);

  ThreadSlot slots_[base::kMaxThreads] = {};
  TlsBlock blocks_[kMaxBlocks] = {};
  std::size_t block_count_ = 0;
  std::size_t tls_bytes_ = 0;
  std::size_t unrestored_ = 0;
  std::size_t static_tls_bytes_ = 0;
  std::size_t stack_size_ = 0;
  std::ptrdiff_t errno_offset_ = 0;
};

}  // namespace heddle::runtime
