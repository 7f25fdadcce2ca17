// SPDX-License-Identifier: Apache-2.0
// Bump allocation with tables beside it.
#include "checker/runtime/arena.h"

#include <emmintrin.h>

#include "checker/base/check.h"
#include "checker/base/mutant.h"

namespace heddle::runtime {
namespace {

constexpr std::size_t kGranule = 16;
constexpr std::size_t kMaxAlignment = std::size_t{1} << 24;
constexpr std::size_t kChunk = std::size_t{1} << 20;      ///< Arenas become writable in such steps.
constexpr std::size_t kMaxBlocks = std::size_t{1} << 23;  ///< Of one thread in one execution.

/// The index: 4 bytes for each granule of the arenas, at addresses of its own.
constexpr std::uintptr_t kIndexBase = 0x1100'0000'0000;
constexpr std::size_t kArenaBytes = std::size_t{1} << Arena::kThreadBits;
constexpr std::size_t kIndexBytes = kArenaBytes / kGranule * sizeof(std::uint32_t);

/// `to` is aligned to 16 and `size` is rounded up to 16: the caller's padding takes the rest.
void fill(std::uintptr_t to, std::uint8_t value, std::size_t size) {
  if (size >= 1024) {
    raw_fill(reinterpret_cast<void*>(to), value, size);
    return;
  }
  const __m128i pattern = _mm_set1_epi8(static_cast<char>(value));
  for (std::size_t i = 0; i < size; i += kGranule) {
    _mm_store_si128(reinterpret_cast<__m128i*>(to + i), pattern);
    asm volatile("" ::: "memory");  // Or the compiler makes it a call of memset.
  }
}

/// The padding starts within the block's last granule.
void fill_padding(const BlockInfo& block, std::uintptr_t end) {
  for (std::uintptr_t at = block.end(); at < end; ++at) {
    *reinterpret_cast<volatile std::uint8_t*>(at) = Arena::kPaddingPattern;
  }
}

std::uintptr_t first_other_than(std::uint8_t pattern, std::uintptr_t begin, std::uintptr_t end) {
  for (std::uintptr_t at = begin; at < end; ++at) {
    if (*reinterpret_cast<const std::uint8_t*>(at) != pattern) {
      return at;
    }
  }
  return 0;
}

/// At least one whole granule after the block's last byte.
std::uintptr_t padding_end(std::uintptr_t address, std::size_t size) {
  return round_up(address + size, kGranule) + kGranule;
}

}  // namespace

bool Arena::start(std::size_t byte_budget) {
  budget_ = byte_budget;
  if (started_) {
    return true;
  }
  // One mapping for all: nothing else can come to lie between the arenas.
  void* whole = raw_map(kArenaBytes * base::kMaxThreads, kBase, Access::kNone);
  if (whole == nullptr) {
    return false;
  }
  if (raw_map(kIndexBytes * base::kMaxThreads, kIndexBase, Access::kNone) == nullptr) {
    raw_unmap(whole, kArenaBytes * base::kMaxThreads);
    return false;
  }
  for (base::ThreadId thread = 0; thread < base::kMaxThreads; ++thread) {
    threads_[thread].bump = threads_[thread].mapped = base_of(thread);
  }
  started_ = true;
  return true;
}

std::uint32_t& Arena::index_of(std::uintptr_t address) {
  return reinterpret_cast<std::uint32_t*>(kIndexBase)[(address - kBase) / kGranule];
}

bool Arena::grow(PerThread& arena, base::ThreadId thread, std::uintptr_t end) {
  const std::uintptr_t limit = base_of(thread) + kArenaBytes;
  if (end > limit) {
    return false;
  }
  if (arena.blocks.data() == nullptr) {
    arena.blocks.reserve(kMaxBlocks);
  }
  // Twice as much each time, so that a large heap takes few system calls.
  const std::uintptr_t used = arena.mapped - base_of(thread);
  std::uintptr_t to = round_up(end, kChunk);
  to = to < arena.mapped + used ? arena.mapped + used : to;
  to = to > limit ? limit : to;
  const std::size_t size = to - arena.mapped;
  if (!raw_protect(reinterpret_cast<void*>(arena.mapped), size, Access::kReadWrite) ||
      !raw_protect(&index_of(arena.mapped), size / kGranule * sizeof(std::uint32_t),
                   Access::kReadWrite)) {
    return false;
  }
  arena.mapped = to;
  return true;
}

void Arena::set_index(std::uintptr_t begin, std::uintptr_t end, std::uint32_t block) {
  std::uint32_t* entry = &index_of(begin);
  for (std::uint32_t* last = &index_of(end); entry != last; ++entry) {
    *entry = block;
  }
}

/// Enters the block with this index, and what its alignment skipped from `begin` on, which belongs
/// to the block before. Returns the end of its padding.
std::uintptr_t Arena::index_block(std::uintptr_t begin, const BlockInfo& block,
                                  std::uint32_t index) {
  const std::uintptr_t end = padding_end(block.address, block.size);
  set_index(begin, block.address, index == 0 ? 0 : index - 1);
  set_index(block.address, end, index);
  return end;
}

/// O(blocks of the thread).
BlockInfo* Arena::find_freed(base::ThreadId thread, std::size_t size, std::size_t alignment) {
  for (BlockInfo& block : threads_[thread].blocks) {
    if (block.state == BlockState::kFreed && block.size == size && block.address % alignment == 0) {
      return &block;
    }
  }
  return nullptr;
}

void* Arena::allocate(base::ThreadId thread, std::size_t size, std::size_t alignment,
                      AllocationKind kind, bool zero, std::uintptr_t site) {
  PerThread& arena = threads_[thread];
  alignment = alignment < kGranule ? kGranule : alignment;
  if (!started_ || size > budget_ || alignment > kMaxAlignment || footprint_ > budget_) {
    return nullptr;
  }
  if (reuse_) {
    if (BlockInfo* block = find_freed(thread, size, alignment); block != nullptr) {
      block->state = BlockState::kLive;
      block->kind = kind;
      block->site = site;
      ++live_blocks_;
      fill(block->address, zero ? 0 : kNewPattern, size);
      return reinterpret_cast<void*>(block->address);
    }
  }
  const std::uintptr_t address = round_up(arena.bump, alignment);
  const std::uintptr_t end = padding_end(address, size);
  const std::size_t footprint = end - arena.bump;
  if (footprint > budget_ - footprint_ || arena.blocks.size() == kMaxBlocks ||
      (end > arena.mapped && !grow(arena, thread, end))) {
    return nullptr;
  }
  const auto index = static_cast<std::uint32_t>(arena.blocks.size());
  BlockInfo& block = arena.blocks.push_back({.address = address,
                                             .size = size,
                                             .site = site,
                                             .thread = thread,
                                             .ordinal = index,
                                             .kind = kind});
  if (address != arena.bump) {  // What alignment skipped is padding of the block before, if any.
    fill(arena.bump, kPaddingPattern, address - arena.bump);
  }
  index_block(arena.bump, block, index);
  fill(address, zero ? 0 : kNewPattern, size);
  fill_padding(block, end);
  arena.bump = end;
  footprint_ += footprint;
  ++live_blocks_;
  used_threads_ = thread < used_threads_ ? used_threads_ : thread + 1;
  return reinterpret_cast<void*>(address);
}

Found Arena::find(std::uintptr_t address) {
  if (!started_ || !owns(address)) {
    return {};
  }
  PerThread& arena = threads_[(address - kBase) >> kThreadBits];
  if (address >= arena.bump) {
    return {};
  }
  BlockInfo& block = arena.blocks[index_of(address)];
  if (address < block.address) {
    return {};  // Skipped for the alignment of the very first block.
  }
  if (address >= block.end()) {
    return {Place::kPadding, &block};
  }
  return {block.state == BlockState::kLive ? Place::kLive : Place::kFreed, &block};
}

bool Arena::is_live(std::uintptr_t address, std::size_t size) {
  const Found found = find(address);
  return found.place == Place::kLive && size <= found.block->end() - address;
}

Released Arena::release(base::ThreadId thread, void* pointer, AllocationKind kind,
                        std::uintptr_t site) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const Found found = find(address);
  if (found.block == nullptr || found.block->address != address) {
    return {ReleaseResult::kNotABlock, found.block};
  }
  BlockInfo& block = *found.block;
  if (block.state == BlockState::kFreed) {
    return {ReleaseResult::kDoubleFree, &block};
  }
  block.state = BlockState::kFreed;
  block.free_site = site;
  block.free_thread = thread;
  --live_blocks_;
  fill(address, kFreedPattern, block.size);
  fill_padding(block, round_up(block.end(), kGranule));
  const bool matches = kind == block.kind || !HEDDLE_CLAUSE("heap.matching_release");
  return {matches ? ReleaseResult::kReleased : ReleaseResult::kMismatched, &block};
}

void Arena::reset() {
  for (base::ThreadId thread = 0; thread < used_threads_; ++thread) {
    threads_[thread].bump = base_of(thread);
    threads_[thread].blocks.clear();
  }
  used_threads_ = 0;
  live_blocks_ = 0;
  footprint_ = 0;
}

void Arena::save(Snapshot* out) const {
  out->threads_.clear();
  out->blocks_.clear();
  out->bytes_.clear();
  for (base::ThreadId thread = 0; thread < used_threads_; ++thread) {
    const PerThread& arena = threads_[thread];
    out->threads_.push_back({arena.bump, arena.blocks.size()});
    out->blocks_.insert(out->blocks_.end(), arena.blocks.begin(), arena.blocks.end());
    const auto* bytes = reinterpret_cast<const std::byte*>(base_of(thread));
    out->bytes_.insert(out->bytes_.end(), bytes, bytes + (arena.bump - base_of(thread)));
  }
  out->live_blocks_ = live_blocks_;
  out->footprint_ = footprint_;
}

void Arena::restore(const Snapshot& snapshot) {
  reset();
  const BlockInfo* block = snapshot.blocks_.data();
  const std::byte* bytes = snapshot.bytes_.data();
  for (base::ThreadId thread = 0; thread < snapshot.threads_.size(); ++thread) {
    const Snapshot::Used& used = snapshot.threads_[thread];
    PerThread& arena = threads_[thread];
    arena.bump = used.bump;
    std::uintptr_t at = base_of(thread);
    for (std::uint32_t i = 0; i < used.blocks; ++i, ++block) {
      arena.blocks.push_back(*block);
      at = index_block(at, *block, i);
    }
    const std::size_t size = used.bump - base_of(thread);
    raw_copy_words(reinterpret_cast<void*>(base_of(thread)), bytes, size);
    bytes += size;
  }
  used_threads_ = static_cast<base::ThreadId>(snapshot.threads_.size());
  live_blocks_ = snapshot.live_blocks_;
  footprint_ = snapshot.footprint_;
}

AddressRange Arena::used(base::ThreadId thread) const {
  return {base_of(thread), started_ ? threads_[thread].bump : base_of(thread)};
}

std::uintptr_t Arena::first_damage(const BlockInfo& block) {
  if (block.state == BlockState::kFreed) {
    const std::uintptr_t inside = first_other_than(kFreedPattern, block.address, block.end());
    if (inside != 0) {
      return inside;
    }
  }
  return first_other_than(kPaddingPattern, block.end(), padding_end(block.address, block.size));
}

}  // namespace heddle::runtime
