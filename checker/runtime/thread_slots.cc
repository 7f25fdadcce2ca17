// SPDX-License-Identifier: Apache-2.0
// Stacks at fixed addresses, parked OS threads, and the thread-local storage borrowed from them.
#include "checker/runtime/thread_slots.h"

#include <link.h>
#include <sys/auxv.h>
#include <cerrno>

#include "checker/runtime/modules.h"
#include "checker/runtime/thread_slots_real_thread.h"

namespace heddle::runtime {
namespace {

/// Of AT_HWCAP2: the kernel lets user code use the FS base instructions.
constexpr unsigned long kHwcap2Fsgsbase = 2;
/// Distance from the start of a slot's addresses to the parked thread's stack.
constexpr std::size_t kParkedOffset = ThreadSlots::kSpacing / 2;
/// What a parked thread needs beside its thread-local storage.
constexpr std::size_t kParkedStack = std::size_t{128} * 1024;

struct Parking {
  volatile std::uint32_t ready = 0;
  std::uintptr_t fs_base = 0;
  std::int32_t os_thread = 0;
};

/// Never woken; the process's exit ends it.
void* park(void* argument) {
  auto& parking = *static_cast<Parking*>(argument);
  parking.fs_base = fs_base();
  parking.os_thread = static_cast<std::int32_t>(raw_syscall(SYS_gettid));
  __atomic_store_n(&parking.ready, 1, __ATOMIC_RELEASE);
  futex_wake(&parking.ready);
  static const volatile std::uint32_t kNever = 0;
  while (true) {
    futex_wait(&kNever, 0);
  }
}

/// What a second thread says of the places that the first one's storage suggests.
struct OffsetCheck {
  TlsBlock* blocks;
  std::size_t count;
  std::uint32_t module = 0;
};

int check_module(dl_phdr_info* info, std::size_t, void* argument) {
  auto& check = *static_cast<OffsetCheck*>(argument);
  for (std::size_t i = 0; i < check.count; ++i) {
    TlsBlock& block = check.blocks[i];
    if (block.module == check.module &&
        reinterpret_cast<std::uintptr_t>(info->dlpi_tls_data) != fs_base() + block.offset) {
      block.size = 0;
    }
  }
  ++check.module;
  return 0;
}

void* check_offsets(void* argument) {
  dl_iterate_phdr(check_module, argument);
  return nullptr;
}

}  // namespace

const bool kHasFsgsbase = (getauxval(AT_HWCAP2) & kHwcap2Fsgsbase) != 0;

void ThreadSlots::start(const Modules& modules, std::size_t stack_size) {
  HEDDLE_CHECK(stack_size >= 4 * kPageSize && stack_size % kPageSize == 0);
  HEDDLE_CHECK(stack_size + kGuardSize <= kParkedOffset);
  stack_size_ = stack_size;
  for (std::uint32_t k = 0; k < base::kMaxThreads; ++k) {
    if (is_ready(k)) {
      restore_tls(k);  // Slots of an earlier exploration are new again.
    }
  }
  find_blocks(modules);
  drop_wrong_blocks();
  for (ThreadSlot& slot : slots_) {
    if (slot.fs_base != 0) {
      keep_pristine(slot);
    }
  }
}

void ThreadSlots::find_blocks(const Modules& modules) {
  const std::uintptr_t here = fs_base();
  errno_offset_ = static_cast<std::ptrdiff_t>(reinterpret_cast<std::uintptr_t>(&errno) - here);
  block_count_ = unrestored_ = static_tls_bytes_ = 0;
  for (const Module& module : modules) {
    if (!module.has_tls) {
      continue;
    }
    static_tls_bytes_ += round_up(module.tls_size, 64) + 64;
    if ((!module.is_explored && !module.is_libstdcxx) || module.tls_size == 0) {
      continue;
    }
    if (!module.has_static_tls || block_count_ == kMaxBlocks) {
      ++unrestored_;
      continue;
    }
    blocks_[block_count_++] = {static_cast<std::ptrdiff_t>(module.tls.begin - here),
                               module.tls_size,
                               static_cast<std::uint32_t>(&module - modules.begin())};
  }
}

void ThreadSlots::drop_wrong_blocks() {
  OffsetCheck check{blocks_, block_count_};
  std::uint64_t handle = 0;
  if (block_count_ != 0) {
    HEDDLE_CHECK(create_real_thread(check_offsets, &check, {}, &handle));
    join_real_thread(handle);
  }
  std::size_t kept = 0;
  tls_bytes_ = 0;
  for (std::size_t i = 0; i < block_count_; ++i) {
    if (blocks_[i].size == 0) {
      ++unrestored_;
    } else {
      tls_bytes_ += blocks_[i].size;
      blocks_[kept++] = blocks_[i];
    }
  }
  block_count_ = kept;
}

SlotError ThreadSlots::prepare(std::uint32_t k) {
  HEDDLE_CHECK(k < base::kMaxThreads && stack_size_ != 0);
  ThreadSlot& slot = slots_[k];
  if (slot.fiber.stack_size != stack_size_ && !map_stack(slot, k)) {
    return SlotError::kNoMemory;
  }
  if (slot.side_stack == 0 && !map_side_stack(slot, k)) {
    return SlotError::kNoMemory;
  }
  if (slot.fs_base == 0) {
    if (!park_thread(slot, k)) {
      return SlotError::kNoThread;
    }
    keep_pristine(slot);
  }
  return SlotError::kNone;
}

bool ThreadSlots::map_stack(ThreadSlot& slot, std::uint32_t k) {
  if (slot.fiber.stack_low != nullptr) {  // Another size than in the last exploration.
    raw_unmap(static_cast<std::byte*>(slot.fiber.stack_low) - kGuardSize,
              kGuardSize + slot.fiber.stack_size);
    slot.fiber = {};
  }
  // The top of the stack is at the same place whatever its size.
  const std::uintptr_t top = kBase + k * kSpacing + kParkedOffset;
  const std::uintptr_t low = top - stack_size_;
  void* whole = raw_map(kGuardSize + stack_size_, low - kGuardSize, Access::kNone);
  if (whole == nullptr) {
    return false;
  }
  slot.fiber.stack_low = reinterpret_cast<void*>(low);
  slot.fiber.stack_size = stack_size_;
  return raw_protect(slot.fiber.stack_low, stack_size_, Access::kReadWrite);
}

/// At the end of the slot's addresses.
bool ThreadSlots::map_side_stack(ThreadSlot& slot, std::uint32_t k) {
  const std::uintptr_t low = kBase + (k + 1) * kSpacing - kSideStackSize;
  if (raw_map(kGuardSize + kSideStackSize, low - kGuardSize, Access::kNone) == nullptr ||
      !raw_protect(reinterpret_cast<void*>(low), kSideStackSize, Access::kReadWrite)) {
    return false;
  }
  slot.side_stack = low + kSideStackSize;
  return true;
}

bool ThreadSlots::park_thread(ThreadSlot& slot, std::uint32_t k) {
  const std::size_t size = round_up(kParkedStack + static_tls_bytes_, kPageSize);
  const std::uintptr_t guard = kBase + k * kSpacing + kParkedOffset;
  HEDDLE_CHECK(2 * kGuardSize + size + kSideStackSize <= kSpacing - kParkedOffset);
  void* stack = raw_map(size, guard + kGuardSize);
  if (stack == nullptr) {
    return false;
  }
  Parking parking;
  if (!create_real_thread(park, &parking, {stack, size}, &slot.handle)) {
    raw_unmap(stack, size);
    return false;
  }
  while (__atomic_load_n(&parking.ready, __ATOMIC_ACQUIRE) == 0) {
    futex_wait(&parking.ready, 0);
  }
  slot.fs_base = parking.fs_base;
  slot.os_thread = parking.os_thread;
  return true;
}

void ThreadSlots::keep_pristine(ThreadSlot& slot) {
  if (slot.pristine != nullptr) {
    raw_unmap(slot.pristine, slot.pristine_bytes);
  }
  slot.pristine = nullptr;
  slot.pristine_bytes = tls_bytes_;
  if (tls_bytes_ == 0) {
    return;
  }
  slot.pristine = static_cast<std::byte*>(raw_map(tls_bytes_));
  HEDDLE_CHECK(slot.pristine != nullptr);
  copy_tls_from(slot, slot.pristine);
}

void ThreadSlots::copy_tls_from(const ThreadSlot& slot, std::byte* to) const {
  for (std::size_t i = 0; i < block_count_; ++i) {
    raw_copy_words(to, reinterpret_cast<void*>(slot.fs_base + blocks_[i].offset), blocks_[i].size);
    to += blocks_[i].size;
  }
}

void ThreadSlots::copy_tls_to(const ThreadSlot& slot, const std::byte* from) {
  for (std::size_t i = 0; i < block_count_; ++i) {
    raw_copy_words(reinterpret_cast<void*>(slot.fs_base + blocks_[i].offset), from,
                   blocks_[i].size);
    from += blocks_[i].size;
  }
}

void ThreadSlots::restore_tls(std::uint32_t k) {
  copy_tls_to(slots_[k], slots_[k].pristine);
  errno_of(slots_[k]) = 0;
}

void ThreadSlots::save_tls(std::uint32_t k, std::byte* image) const {
  copy_tls_from(slots_[k], image);
  raw_copy_words(image + tls_bytes_, &errno_of(slots_[k]), sizeof(int));
}

void ThreadSlots::restore_tls(std::uint32_t k, const std::byte* image) {
  copy_tls_to(slots_[k], image);
  raw_copy_words(&errno_of(slots_[k]), image + tls_bytes_, sizeof(int));
}

std::uint32_t ThreadSlots::find_handle(std::uint64_t handle) const {
  for (std::uint32_t k = 0; k < base::kMaxThreads; ++k) {
    if (slots_[k].fs_base != 0 && slots_[k].handle == handle) {
      return k;
    }
  }
  return base::kMaxThreads;
}

std::uint32_t ThreadSlots::find_stack(std::uintptr_t address) const {
  const std::uintptr_t k = (address - kBase) / kSpacing;
  return k < base::kMaxThreads && slots_[k].fiber.holds(address) ? static_cast<std::uint32_t>(k)
                                                                 : base::kMaxThreads;
}

std::uint32_t ThreadSlots::find_guard(std::uintptr_t address) const {
  const std::uintptr_t k = (address - kBase) / kSpacing;
  if (k >= base::kMaxThreads || slots_[k].fiber.stack_low == nullptr) {
    return base::kMaxThreads;
  }
  const auto low = reinterpret_cast<std::uintptr_t>(slots_[k].fiber.stack_low);
  // A large frame may step over the guard pages; everything below is free up to the next slot.
  return address < low ? static_cast<std::uint32_t>(k) : base::kMaxThreads;
}

}  // namespace heddle::runtime
