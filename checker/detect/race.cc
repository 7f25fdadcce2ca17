// SPDX-License-Identifier: Apache-2.0
// The shadow's slow path: comparing an access with the entries of each granule it touches.
#include "checker/detect/race.h"

#include <sys/mman.h>

#include <algorithm>

#include "checker/base/check.h"
#include "checker/base/mutant.h"

namespace heddle::detect {
namespace {

constexpr std::size_t kMaxNodes = std::size_t{1} << 26;

void* reserve(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HEDDLE_CHECK(memory != MAP_FAILED);
  return memory;
}

/// Bytes of the granule of `address` that lie in [address, end).
std::uint8_t bytes_of(std::uintptr_t address, std::uintptr_t end) {
  const std::uintptr_t offset = address & 7;
  const std::uintptr_t size = end - address < 8 - offset ? end - address : 8 - offset;
  return static_cast<std::uint8_t>((0xffu >> (8 - size)) << offset);
}

}  // namespace

std::string_view verb(AccessKind kind) {
  switch (kind) {
    case AccessKind::kRead:
      return "reads";
    case AccessKind::kWrite:
      return "writes";
    case AccessKind::kAtomicRead:
      return "atomically reads";
    case AccessKind::kAtomicWrite:
      return "atomically writes";
    case AccessKind::kFree:
      return "frees";
    case AccessKind::kAlloc:
      return "allocates";
  }
  return "accesses";
}

/// The cells of one region of the address space; the header leads to the next region's.
struct RaceShadow::Region {
  static constexpr std::size_t kCells = (std::size_t{1} << kRegionBits) / kGranule;
  static constexpr std::size_t kSize = sizeof(Cell) * (kCells + 1);

  Region* next;
  std::uintptr_t number;

  Cell* cells() { return reinterpret_cast<Cell*>(this) + 1; }
};

namespace {
constexpr std::size_t region_table_bytes(unsigned address_bits, unsigned region_bits) {
  return (std::size_t{1} << (address_bits - region_bits)) * sizeof(void*);
}
}  // namespace

RaceShadow::RaceShadow()
    : regions_(static_cast<Cell**>(reserve(region_table_bytes(kAddressBits, kRegionBits)))),
      nodes_(static_cast<Node*>(reserve(kMaxNodes * sizeof(Node)))),
      touched_(static_cast<std::uintptr_t*>(reserve(kMostKept * sizeof(std::uintptr_t)))) {
  static_assert(sizeof(Entry) == 16 && sizeof(Cell) == 64 && sizeof(Region) <= sizeof(Cell));
  begin_execution();
}

RaceShadow::~RaceShadow() {
  release_regions();
  munmap(regions_, region_table_bytes(kAddressBits, kRegionBits));
  munmap(nodes_, kMaxNodes * sizeof(Node));
  munmap(touched_, kMostKept * sizeof(std::uintptr_t));
}

void RaceShadow::release_regions() {
  while (first_region_ != nullptr) {
    Region* region = first_region_;
    first_region_ = region->next;
    regions_[region->number] = nullptr;
    munmap(region, Region::kSize);
  }
}

void RaceShadow::begin_execution() {
  execution_ += HEDDLE_CLAUSE("race.forgets_executions") || execution_ == 0 ? 1 : 0;
  if (execution_ == 0) [[unlikely]] {
    release_regions();
    execution_ = 1;
  }
  node_count_ = 1;
  free_node_ = 0;
  touched_count_ = 0;
}

bool RaceShadow::save(Snapshot* out) const {
  out->addresses_.clear();
  out->cells_.clear();
  if (touched_count_ > kMostKept) {
    return false;
  }
  out->nodes_.assign(nodes_ + 1, nodes_ + node_count_);
  out->free_node_ = free_node_;
  for (std::uint32_t i = 0; i < touched_count_; ++i) {
    const Cell& cell = *find(touched_[i]);
    if (cell.execution == execution_) {  // Not of forgotten bytes.
      out->addresses_.push_back(touched_[i]);
      out->cells_.push_back(cell);
    }
  }
  return true;
}

void RaceShadow::begin_execution(const Snapshot& snapshot) {
  begin_execution();
  std::copy(snapshot.nodes_.begin(), snapshot.nodes_.end(), nodes_ + 1);
  node_count_ = static_cast<std::uint32_t>(snapshot.nodes_.size()) + 1;
  free_node_ = snapshot.free_node_;
  for (std::size_t i = 0; i < snapshot.cells_.size(); ++i) {
    Cell& cell = *cell_of(snapshot.addresses_[i]);
    cell = snapshot.cells_[i];
    enter(cell, snapshot.addresses_[i]);
  }
}

RaceShadow::Cell* RaceShadow::cell_of(std::uintptr_t address) {
  const std::uintptr_t number = address >> kRegionBits;
  if (regions_[number] == nullptr) {
    auto* region = static_cast<Region*>(reserve(Region::kSize));
    region->next = first_region_;
    region->number = number;
    first_region_ = region;
    regions_[number] = region->cells();
  }
  return find(address);
}

void RaceShadow::forget_bytes(Cell& cell, std::uint8_t mask) {
  const auto kept = static_cast<std::uint8_t>(~mask);
  if (kept == 0) {
    cell.execution = 0;
    return;
  }
  for (std::uint32_t i = 0; i < cell.inline_count; ++i) {
    cell.entries[i].mask &= kept;
  }
  for (std::uint32_t node = cell.overflow; node != 0; node = nodes_[node].next) {
    nodes_[node].entry.mask &= kept;
  }
}

void RaceShadow::forget(std::uintptr_t address, std::size_t size) {
  const std::uintptr_t end = address + size;
  while (address < end) {
    const std::uintptr_t granule = address & ~std::uintptr_t{kGranule - 1};
    Cell* cell = find(address);
    if (cell == nullptr) {
      address = ((address >> kRegionBits) + 1) << kRegionBits;
      continue;
    }
    if (cell->execution == execution_) {
      forget_bytes(*cell, bytes_of(address, end));
    }
    address = granule + kGranule;
  }
}

bool RaceShadow::record_free(base::ThreadId thread, const std::uint32_t* clock, std::uint32_t now,
                             std::uintptr_t address, std::size_t size, std::uintptr_t site) {
  constexpr std::size_t kLargest = 256;
  const std::uintptr_t end = address + size;
  if (address % kGranule != 0 || size - 1 >= kLargest || find(address) == nullptr ||
      address >> kRegionBits != (end - 1) >> kRegionBits) {
    return false;
  }
  Cell* const first = find(address);
  Cell* const last = find(end - 1);
  const std::uint8_t last_mask = bytes_of((end - 1) & ~std::uintptr_t{kGranule - 1}, end);
  for (const Cell* cell = first; cell <= last; ++cell) {
    if (cell->execution != execution_) {
      continue;
    }
    if (cell->count != cell->inline_count) {
      return false;
    }
    const unsigned kept = cell == last ? 0xffu & ~last_mask : 0;
    for (std::uint32_t i = 0; i < cell->inline_count; ++i) {
      const Entry& entry = cell->entries[i];
      const bool ordered = entry.thread == thread || clock[entry.thread] > entry.epoch;
      if ((!ordered && HEDDLE_CLAUSE("race.quick_free")) || entry.kind == AccessKind::kFree ||
          (entry.mask & kept) != 0) {
        return false;
      }
    }
  }
  for (Cell* cell = first; cell <= last; ++cell, address += kGranule) {
    if (cell->execution != execution_) {
      enter(*cell, address);
    }
    cell->count = cell->inline_count = 1;
    cell->overflow = 0;
    cell->entries[0] =
        make_entry(thread, now, cell == last ? last_mask : 0xff, AccessKind::kFree, site);
  }
  return true;
}

bool RaceShadow::access_slow(const Access& access, std::uintptr_t address, std::size_t size,
                             Conflict* out) {
  constexpr std::uintptr_t kEnd = std::uintptr_t{1} << kAddressBits;
  if (size == 0 || address >= kEnd || size > kEnd - address) {
    return false;
  }
  if (access.kind == AccessKind::kAlloc) {
    if (HEDDLE_CLAUSE("race.allocation_forgets")) {
      forget(address, size);
    }
    return false;
  }
  Conflict best;
  bool found = false;
  const std::uintptr_t end = address + size;
  while (address < end) {
    const std::uintptr_t granule = address & ~std::uintptr_t{kGranule - 1};
    found |= access_cell(access, *cell_of(address), granule, bytes_of(address, end), &best);
    address = granule + kGranule;
  }
  if (found) {
    *out = best;
  }
  return found;
}

bool RaceShadow::check_slow(const Access& access, std::uintptr_t address, std::size_t size,
                            Conflict* out) const {
  constexpr std::uintptr_t kEnd = std::uintptr_t{1} << kAddressBits;
  if (size == 0 || address >= kEnd || size > kEnd - address) {
    return false;
  }
  Conflict best;
  bool found = false;
  const std::uintptr_t end = address + size;
  for (std::uintptr_t granule = address & ~std::uintptr_t{kGranule - 1}; granule < end;
       granule += kGranule) {
    const Cell* cell = find(granule);
    if (cell == nullptr || cell->execution != execution_) {
      continue;
    }
    const std::uint8_t mask = bytes_of(address > granule ? address : granule, end);
    for (std::uint32_t i = 0; i < cell->inline_count; ++i) {
      found |= compare(access, cell->entries[i], granule, mask, &best);
    }
    for (std::uint32_t node = cell->overflow; node != 0; node = nodes_[node].next) {
      found |= compare(access, nodes_[node].entry, granule, mask, &best);
    }
  }
  if (found) {
    *out = best;
  }
  return found;
}

/// Compares with one earlier entry: fills `out` if they conflict and it holds no race yet.
bool RaceShadow::compare(const Access& access, const Entry& entry, std::uintptr_t granule,
                         std::uint8_t mask, Conflict* out) {
  const auto common = static_cast<std::uint8_t>(entry.mask & mask);
  if (common == 0 && HEDDLE_CLAUSE("race.bytes")) {
    return false;
  }
  const bool freed = entry.kind == AccessKind::kFree && HEDDLE_CLAUSE("race.use_after_free");
  const bool race = !is_ordered(access, entry) && is_conflict(entry.kind, access.kind) &&
                    HEDDLE_CLAUSE("race.unordered");
  if (!race && !freed) {
    return false;
  }
  if ((race && !out->race && HEDDLE_CLAUSE("race.before_use_after_free")) || out->address == 0) {
    out->race = race;
    out->after_free = freed || access.kind == AccessKind::kFree;
    out->address = granule + static_cast<unsigned>(__builtin_ctz(common));
    out->earlier = {static_cast<base::ThreadId>(entry.thread), entry.epoch, entry.kind,
                    static_cast<std::uintptr_t>(entry.site), static_cast<std::uint8_t>(entry.mask)};
    out->later = {access.thread, access.now, access.kind, access.site, mask};
  }
  return true;
}

bool RaceShadow::walk_overflow(const Access& access, Cell& cell, std::uintptr_t granule,
                               std::uint8_t mask, Conflict* out) {
  bool found = false;
  std::uint32_t* link = &cell.overflow;
  while (*link != 0) {
    Node& node = nodes_[*link];
    found |= compare(access, node.entry, granule, mask, out);
    take_covered(access, node.entry, mask);
    if (node.entry.mask != 0) {
      link = &node.next;
      continue;
    }
    const std::uint32_t dead = *link;
    *link = node.next;
    node.next = free_node_;
    free_node_ = dead;
    --cell.count;
  }
  return found;
}

bool RaceShadow::access_cell(const Access& access, Cell& cell, std::uintptr_t granule,
                             std::uint8_t mask, Conflict* out) {
  if (cell.execution != execution_) {
    enter(cell, granule);
    cell.count = cell.inline_count = cell.overflow = 0;
    insert(cell, access, mask);
    return false;
  }
  bool found = false;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < cell.inline_count; ++i) {
    found |= compare(access, cell.entries[i], granule, mask, out);
    take_covered(access, cell.entries[i], mask);
    if (cell.entries[i].mask != 0) {
      cell.entries[kept++] = cell.entries[i];
    }
  }
  cell.count -= cell.inline_count - kept;
  cell.inline_count = kept;
  if (cell.overflow != 0) {
    found |= walk_overflow(access, cell, granule, mask, out);
  }
  insert(cell, access, mask);
  return found;
}

/// Adds the access to the cell, to an entry of its own or to one that differs in the bytes only.
void RaceShadow::insert(Cell& cell, const Access& access, std::uint8_t mask) {
  const Entry entry = make_entry(access.thread, access.now, mask, access.kind, access.site);
  for (std::uint32_t i = 0; i < cell.inline_count; ++i) {
    Entry& other = cell.entries[i];
    if (other.thread == entry.thread && other.epoch == entry.epoch && other.kind == entry.kind &&
        other.site == entry.site) {
      other.mask |= mask;
      return;
    }
  }
  ++cell.count;
  if (cell.inline_count < kInlineEntries) {
    cell.entries[cell.inline_count++] = entry;
    return;
  }
  std::uint32_t node = free_node_;
  if (node != 0) {
    free_node_ = nodes_[node].next;
  } else {
    HEDDLE_CHECK(node_count_ < kMaxNodes);
    node = node_count_++;
  }
  nodes_[node].entry = entry;
  nodes_[node].next = cell.overflow;
  cell.overflow = node;
}

}  // namespace heddle::detect
