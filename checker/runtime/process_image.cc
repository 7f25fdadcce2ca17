// SPDX-License-Identifier: Apache-2.0
// Copies of memory, out and in.
#include "checker/runtime/process_image.h"

#include <algorithm>

#include "checker/runtime/checkpoint.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/raw_memory.h"
#include "checker/runtime/side_stack.h"

namespace heddle::runtime {
namespace {

/// Below its stack pointer a function may use so many bytes.
constexpr std::uintptr_t kRedZone = 128;

void put(std::uintptr_t begin, const std::vector<std::byte>& bytes) {
  raw_copy(reinterpret_cast<void*>(begin), bytes.data(), bytes.size());
}

}  // namespace

ProcessImage::Bytes ProcessImage::copy(std::uintptr_t begin, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(begin);
  return {bytes, bytes + size};
}

void ProcessImage::add(std::uintptr_t begin, std::size_t size) {
  ranges_[begin] = copy(begin, size);
}

void ProcessImage::keep(std::uintptr_t begin, std::uintptr_t end) {
  if (begin < end) {
    stacks_.emplace_back(begin, copy(begin, end - begin));
  }
}

void ProcessImage::save(const std::vector<ModelThread*>& threads) {
  ProcessState& process = process_state();
  for (auto& [begin, bytes] : ranges_) {
    bytes = copy(begin, bytes.size());
  }
  for (std::size_t i = 0; i < process.globals.dirty_pages(); ++i) {
    const std::uintptr_t page = process.globals.dirty_page(i);
    globals_[page] = copy(page, kPageSize);
  }
  stacks_.clear();
  for (const ModelThread* thread : threads) {
    Bytes& locals = thread_locals_[thread->slot];
    locals.resize(process.slots.tls_image_bytes());
    process.slots.save_tls(thread->slot, locals.data());
    if (thread->state == ThreadState::kEnded) {
      continue;
    }
    const std::uintptr_t side_top = process.slots.slot(thread->slot).side_stack;
    const auto suspended = reinterpret_cast<std::uintptr_t>(thread->fiber.stack_pointer);
    const auto low = reinterpret_cast<std::uintptr_t>(thread->fiber.stack_low);
    const std::uintptr_t program = program_stack_pointer(*thread, side_top);
    keep(std::max(program - kRedZone, low), thread->fiber.stack_high());
    if (!thread->fiber.holds(suspended)) {
      keep(suspended - kRedZone, side_top);
    }
  }
}

void ProcessImage::load() const {
  ProcessState& process = process_state();
  for (const auto& [begin, bytes] : ranges_) {
    put(begin, bytes);
  }
  for (std::size_t i = 0; i < process.globals.dirty_pages(); ++i) {
    const std::uintptr_t page = process.globals.dirty_page(i);
    const auto found = globals_.find(page);
    // Pages that another process was the first to write are here as they were.
    const std::byte* const bytes =
        found != globals_.end() ? found->second.data() : process.globals.pristine_copy(i);
    raw_copy(reinterpret_cast<void*>(page), bytes, kPageSize);
  }
  for (const auto& [begin, bytes] : stacks_) {
    put(begin, bytes);
  }
  for (const auto& [slot, bytes] : thread_locals_) {
    process.slots.restore_tls(slot, bytes.data());
  }
}

}  // namespace heddle::runtime
