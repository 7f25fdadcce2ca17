// SPDX-License-Identifier: Apache-2.0
// Pages of explored globals: read-only until first written, put back after each execution.
#include "checker/runtime/globals.h"

#include "checker/base/check.h"

namespace heddle::runtime {
namespace {

constexpr std::size_t kMaxRanges = 4096;
constexpr std::uint8_t kDirty = 1;

std::byte* bytes_at(std::uintptr_t address) { return reinterpret_cast<std::byte*>(address); }

/// Copies to `kept` every byte of `now` that is not as it was in `before`. True if there is one.
bool keep_changes(const std::byte* now, const std::byte* before, std::byte* kept) {
  using Word [[gnu::may_alias]] = std::uint64_t;
  bool changed = false;
  for (std::size_t i = 0; i < kPageSize; i += sizeof(Word)) {
    if (*reinterpret_cast<const Word*>(now + i) == *reinterpret_cast<const Word*>(before + i)) {
      continue;
    }
    for (std::size_t j = i; j < i + sizeof(Word); ++j) {
      if (now[j] != before[j]) {
        kept[j] = now[j];
        changed = true;
      }
    }
  }
  return changed;
}

}  // namespace

void Globals::start(const Modules& modules, AddressRange more) {
  HEDDLE_CHECK(!started_);
  if (ranges_.data() == nullptr) {
    ranges_.reserve(kMaxRanges);
  }
  page_total_ = 0;
  for (const Module& module : modules) {
    for (std::uint32_t i = 0; module.is_explored && i < module.data_count; ++i) {
      ranges_.push_back({module.data[i], nullptr});
      page_total_ += module.data[i].size() / kPageSize;
    }
  }
  if (!more.empty()) {
    ranges_.push_back({more, nullptr});
    page_total_ += more.size() / kPageSize;
  }
  // Address space only: pages are touched as globals become dirty.
  states_ = static_cast<std::uint8_t*>(raw_map(page_total_ + 1));
  dirty_ = static_cast<DirtyPage*>(raw_map((page_total_ + 1) * sizeof(DirtyPage)));
  copies_ = static_cast<std::byte*>(raw_map((page_total_ + 1) * kPageSize));
  outside_ = static_cast<std::byte*>(raw_map((page_total_ + 1) * kPageSize));
  HEDDLE_CHECK(states_ != nullptr && dirty_ != nullptr && copies_ != nullptr &&
               outside_ != nullptr);
  dirty_count_.store(0, std::memory_order_relaxed);
  started_ = true;
  std::uint8_t* state = states_;
  for (Range& range : ranges_) {
    range.state = state;
    state += range.pages.size() / kPageSize;
    HEDDLE_CHECK(raw_protect(bytes_at(range.pages.begin), range.pages.size(), Access::kRead));
  }
}

void Globals::restore() {
  const std::size_t count = dirty_pages();
  for (std::size_t i = 0; i < count; ++i) {
    raw_copy(bytes_at(dirty_[i].page), dirty_[i].copy, kPageSize);
  }
}

std::size_t Globals::save(ByteLog* copies) const {
  const std::size_t count = dirty_pages();
  for (std::size_t i = 0; i < count; ++i) {
    copies->append(bytes_at(dirty_[i].page), kPageSize);
  }
  return count;
}

void Globals::restore(const std::byte* copies, std::size_t count) {
  for (std::size_t i = 0; i < dirty_pages(); ++i) {
    raw_copy(bytes_at(dirty_[i].page), i < count ? copies + i * kPageSize : dirty_[i].copy,
             kPageSize);
  }
}

void Globals::stop(bool keep_last) {
  if (!started_) {
    return;
  }
  if (!keep_last) {
    restore();
  }
  lock();
  started_ = false;
  for (const Range& range : ranges_) {
    HEDDLE_CHECK(raw_protect(bytes_at(range.pages.begin), range.pages.size(), Access::kReadWrite));
  }
  ranges_.clear();
  raw_unmap(states_, page_total_ + 1);
  raw_unmap(dirty_, (page_total_ + 1) * sizeof(DirtyPage));
  raw_unmap(copies_, (page_total_ + 1) * kPageSize);
  raw_unmap(outside_, (page_total_ + 1) * kPageSize);
  dirty_count_.store(0, std::memory_order_relaxed);
  unlock();
}

const Globals::Range* Globals::find(std::uintptr_t address) const {
  for (const Range& range : ranges_) {
    if (range.pages.holds(address)) {
      return &range;
    }
  }
  return nullptr;
}

bool Globals::contains(std::uintptr_t address) const { return find(address) != nullptr; }

bool Globals::on_fault(std::uintptr_t address) {
  lock();
  const Range* range = find(address);
  const bool ours = range != nullptr && make_dirty(*range, round_down(address, kPageSize));
  unlock();
  return ours;
}

void Globals::prepare_write(std::uintptr_t address, std::size_t size) {
  if (size == 0) {
    return;
  }
  for (std::uintptr_t page = round_down(address, kPageSize); page < address + size;
       page += kPageSize) {
    on_fault(page);
  }
}

bool Globals::make_dirty(const Range& range, std::uintptr_t page) {
  std::uint8_t& state = range.state[(page - range.pages.begin) / kPageSize];
  if (state == kDirty) {
    return true;  // Another thread was first; its fault and ours are both done with.
  }
  const std::size_t index = dirty_pages();
  std::byte* copy = copies_ + index * kPageSize;
  raw_copy(copy, bytes_at(page), kPageSize);
  if (!raw_protect(bytes_at(page), kPageSize, Access::kReadWrite)) {
    return false;
  }
  dirty_[index] = {page, copy};
  state = kDirty;
  dirty_count_.store(index + 1, std::memory_order_release);
  return true;
}

void Globals::begin_outside() {
  outside_count_ = dirty_pages();
  for (std::size_t i = 0; i < outside_count_; ++i) {
    raw_copy(outside_ + i * kPageSize, bytes_at(dirty_[i].page), kPageSize);
  }
}

void Globals::end_outside() {
  const std::size_t count = dirty_pages();
  for (std::size_t i = 0; i < count; ++i) {
    // A page that became dirty outside was as its kept copy when the outside code began.
    const std::byte* now = bytes_at(dirty_[i].page);
    if (i >= outside_count_) {
      raw_copy(dirty_[i].copy, now, kPageSize);
      ++outside_changes_;
    } else if (keep_changes(now, outside_ + i * kPageSize, dirty_[i].copy)) {
      ++outside_changes_;
    }
  }
}

void Globals::lock() {
  while (busy_.exchange(true, std::memory_order_acquire)) {
    __builtin_ia32_pause();
  }
}

}  // namespace heddle::runtime
