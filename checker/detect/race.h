// SPDX-License-Identifier: Apache-2.0
// Which plain accesses of one execution race: a shadow of memory in the manner of FastTrack.
//
// Every granule of eight bytes has a cell with the accesses that may still conflict with a later
// one: thread, epoch, bytes, kind and code position. The caller hands each access in an order that
// extends happens-before, with the thread's happens-before clock; clocks count events, and an
// access carries as its epoch the number of events its thread had executed. An earlier access by
// `u` with epoch `k` is ordered before an access with clock `c` iff `c[u] > k`, or if the thread is
// the same. Two accesses to a common byte conflict unless both read, or both are atomic. A free
// conflicts with everything, ordered or not: an access after it is a use after free.
//
// Why this way: an exploration repeats millions of short executions, so nothing may be cleared or
// allocated between them. A cell carries the number of the execution that wrote it last and counts
// as empty in every other one; entries beyond three go to a pool that is rewound. Unlike FastTrack,
// each thread's latest reads are kept one by one, since the report wants both positions.
//
// Entry point: begin_execution(), then access() for every access. A caller that can list the atomic
// accesses of a location by itself may leave them out of the shadow: check() compares an atomic
// access with what is in it, and the caller compares each plain one with the atomic ones.
// Invariants: an entry is dropped only when a newer one, ordered after it, covers its bytes and
// conflicts with at least as much; so if a location has a race, one of its races is reported.
// Flanagan, Freund: "FastTrack: Efficient and Precise Dynamic Race Detection", PLDI 2009.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "checker/base/ids.h"
#include "checker/base/mutant.h"

namespace heddle::detect {

enum class AccessKind : std::uint8_t {
  kRead,
  kWrite,
  kAtomicRead,
  kAtomicWrite,
  kFree,   ///< Acts as a write; every later access is `after_free`.
  kAlloc,  ///< The bytes begin a new life: earlier accesses are forgotten. Never conflicts.
};

/// "reads", "atomically writes", "frees": the third person of what an access does.
std::string_view verb(AccessKind kind);

/// One of the two accesses of a conflict.
struct ConflictSite {
  base::ThreadId thread = 0;
  std::uint32_t epoch = 0;  ///< Events its thread had executed before it.
  AccessKind kind = AccessKind::kRead;
  std::uintptr_t site = 0;     ///< Program counter given with the access.
  std::uint8_t byte_mask = 0;  ///< Bytes accessed of the granule that holds `Conflict::address`.
};

struct Conflict {
  bool race = false;        ///< The two accesses are unordered.
  bool after_free = false;  ///< One of them is a free. With `race` false: a plain use after free.
  std::uintptr_t address = 0;  ///< First common byte.
  ConflictSite earlier;        ///< In the order of the calls; neither is first when they race.
  ConflictSite later;          ///< The access just made.
};

/// Shadow memory of one exploration. Not thread-safe. Takes its memory from mmap only, so that it
/// can be called from inside an interposed allocator.
class RaceShadow {
 public:
  RaceShadow();
  ~RaceShadow();
  RaceShadow(const RaceShadow&) = delete;
  RaceShadow& operator=(const RaceShadow&) = delete;

  /// Forgets every access. Constant time.
  void begin_execution();

  /// What has been recorded so far in an execution.
  class Snapshot;
  /// Copies it. False if it is too much to be kept (more than kMostKept granules); `*out` is then
  /// void. O(granules accessed).
  bool save(Snapshot* out) const;
  /// Begins an execution in which that much has been recorded already. O(granules).
  void begin_execution(const Snapshot& snapshot);

  /// Records an access of `size` bytes at `address` (any size; zero does nothing) by `thread` and
  /// tells whether it conflicts with an earlier one; then `*out` holds a race, or if there is none
  /// an ordered use after free. `clock` is the thread's happens-before clock now, indexed by
  /// thread; `now` is the number of events the thread has executed. The access is recorded also
  /// when it conflicts.
  bool access(base::ThreadId thread, const std::uint32_t* clock, std::uint32_t now,
              std::uintptr_t address, std::size_t size, AccessKind kind, std::uintptr_t site,
              Conflict* out) {
    return !record(thread, clock, now, address, size, kind, site) &&
           access_slow({thread, clock, now, site, kind}, address, size, out);
  }
  /// Records an access in the common cases, in which it does not conflict. False if access() must
  /// be called; then nothing has changed.
  [[gnu::always_inline]] bool record(base::ThreadId thread, const std::uint32_t* clock,
                                     std::uint32_t now, std::uintptr_t address, std::size_t size,
                                     AccessKind kind, std::uintptr_t site) {
    const std::size_t offset = address & (kGranule - 1);
    if (size - 1 >= kGranule - offset || kind >= AccessKind::kFree) [[unlikely]] {
      return false;
    }
    const auto mask = static_cast<std::uint8_t>((0xffu >> (kGranule - size)) << offset);
    Cell* cell = find(address);
    return cell != nullptr && update(*cell, {thread, clock, now, site, kind}, address, mask);
  }

  /// The same for a free of any size.
  bool record_free(base::ThreadId thread, const std::uint32_t* clock, std::uint32_t now,
                   std::uintptr_t address, std::size_t size, std::uintptr_t site);

  /// Compares an access with those recorded, like access(), and does not record it.
  bool check(base::ThreadId thread, const std::uint32_t* clock, std::uint32_t now,
             std::uintptr_t address, std::size_t size, AccessKind kind, std::uintptr_t site,
             Conflict* out) {
    const std::size_t offset = address & (kGranule - 1);
    if (size - 1 < kGranule - offset) [[likely]] {
      const Cell* cell = find(address);
      if (cell == nullptr || cell->execution != execution_) {
        return false;
      }
      const Entry& entry = cell->entries[0];
      if (cell->count == 1 && cell->inline_count == 1 && entry.kind != AccessKind::kFree &&
          (entry.thread == thread || clock[entry.thread] > entry.epoch)) [[likely]] {
        return false;
      }
    }
    return check_slow({thread, clock, now, site, kind}, address, size, out);
  }
  /// Whether check() need not be asked about an atomic access: everything recorded of its granule
  /// is ordered before it. Quick; errs on the side of false.
  [[gnu::always_inline]] bool permits_atomic(base::ThreadId thread, const std::uint32_t* clock,
                                             std::uintptr_t address, std::size_t size) const {
    if (size - 1 >= kGranule - (address & (kGranule - 1))) [[unlikely]] {
      return false;
    }
    const Cell* cell = find(address);
    if (cell == nullptr || cell->execution != execution_ || !HEDDLE_CLAUSE("race.permits_atomic")) {
      return true;
    }
    if (cell->count != cell->inline_count) [[unlikely]] {
      return false;
    }
    for (std::uint32_t i = 0; i < cell->inline_count; ++i) {
      const Entry& entry = cell->entries[i];
      if (entry.kind == AccessKind::kFree ||
          (entry.thread != thread && clock[entry.thread] <= entry.epoch)) [[unlikely]] {
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kGranule = 8;
  static constexpr unsigned kAddressBits = 47;
  static constexpr unsigned kRegionBits = 22;
  static constexpr unsigned kInlineEntries = 3;
  static constexpr std::uint32_t kMostKept = 1 << 16;

  struct Entry {
    std::uint64_t site : 48;
    std::uint64_t thread : 8;
    std::uint64_t mask : 8;
    std::uint32_t epoch;
    AccessKind kind;

    bool is_same(base::ThreadId t, std::uint32_t now, std::uint8_t bytes, AccessKind k) const {
      return thread == t && epoch == now && mask == bytes && kind == k;
    }
  };
  /// One granule. `count` entries in all; those that found no place inline are in a chain of nodes.
  struct alignas(64) Cell {
    std::uint32_t execution;
    std::uint32_t count;
    std::uint32_t overflow;  ///< First node, 0 for none.
    std::uint32_t inline_count;
    Entry entries[kInlineEntries];
  };
  struct Node {
    std::uint32_t next;
    std::uint32_t unused;
    Entry entry;
  };
  struct Region;
  struct Access {
    base::ThreadId thread;
    const std::uint32_t* clock;
    std::uint32_t now;
    std::uintptr_t site;
    AccessKind kind;
  };

  /// Whether whatever conflicts with `older` also conflicts with `newer`.
  static bool covers(AccessKind newer, AccessKind older) {
    constexpr auto kBit = [](AccessKind kind) { return 1u << static_cast<unsigned>(kind); };
    constexpr unsigned kAtomics = kBit(AccessKind::kAtomicRead) | kBit(AccessKind::kAtomicWrite);
    constexpr unsigned kReads = kBit(AccessKind::kRead) | kBit(AccessKind::kAtomicRead);
    constexpr unsigned kCovered[] = {kReads,
                                     kBit(AccessKind::kWrite) | kReads | kAtomics,
                                     kBit(AccessKind::kAtomicRead),
                                     kAtomics,
                                     ~0u,
                                     ~0u};
    return (kCovered[static_cast<unsigned>(newer)] >> static_cast<unsigned>(older) & 1) != 0 ||
           !HEDDLE_CLAUSE("race.covers");
  }
  static Entry make_entry(base::ThreadId thread, std::uint32_t now, std::uint8_t mask,
                          AccessKind kind, std::uintptr_t site) {
    Entry entry;
    entry.site = site;
    entry.thread = thread;
    entry.mask = mask;
    entry.epoch = now;
    entry.kind = kind;
    return entry;
  }
  Cell* find(std::uintptr_t address) const {
    if (address >> kAddressBits != 0) [[unlikely]] {
      return nullptr;
    }
    Cell* region = regions_[address >> kRegionBits];
    return region == nullptr
               ? nullptr
               : region + ((address & ((std::uintptr_t{1} << kRegionBits) - 1)) / kGranule);
  }
  static bool is_conflict(AccessKind a, AccessKind b) {
    constexpr auto kBit = [](AccessKind kind) { return 1u << static_cast<unsigned>(kind); };
    constexpr unsigned kReads = kBit(AccessKind::kRead) | kBit(AccessKind::kAtomicRead);
    constexpr unsigned kAtomics = kBit(AccessKind::kAtomicRead) | kBit(AccessKind::kAtomicWrite);
    const unsigned both = kBit(a) | kBit(b);
    return ((both & ~kReads) != 0 || !HEDDLE_CLAUSE("race.reads_do_not")) &&
           ((both & ~kAtomics) != 0 || !HEDDLE_CLAUSE("race.atomics_do_not"));
  }
  /// The common cases of recording an access of one granule: no conflict, and no entry of which
  /// only some bytes are covered. False if access_slow() must do it; then nothing has changed.
  [[gnu::always_inline]] bool update(Cell& cell, const Access& access, std::uintptr_t address,
                                     std::uint8_t mask) {
    const Entry entry = make_entry(access.thread, access.now, mask, access.kind, access.site);
    if (cell.execution != execution_) {
      enter(cell, address);
      cell.count = cell.inline_count = 1;
      cell.overflow = 0;
      cell.entries[0] = entry;
      return true;
    }
    const std::uint32_t count = cell.inline_count;
    if (cell.count != count) [[unlikely]] {
      return false;
    }
    std::uint32_t place = count;
    for (std::uint32_t i = 0; i < count; ++i) {
      const Entry& older = cell.entries[i];
      if ((older.mask & mask) == 0) {
        continue;
      }
      if (!is_ordered(access, older)) {
        if (is_conflict(older.kind, access.kind) && HEDDLE_CLAUSE("race.quick")) [[unlikely]] {
          return false;
        }
        continue;
      }
      if (older.kind == AccessKind::kFree && HEDDLE_CLAUSE("race.quick_after_free")) [[unlikely]] {
        return false;
      }
      if (covers(access.kind, older.kind)) {
        if ((older.mask & ~mask) != 0 || place != count) [[unlikely]] {
          return false;
        }
        place = i;
      }
    }
    if (place == kInlineEntries) [[unlikely]] {
      return false;
    }
    cell.entries[place] = entry;
    cell.count = cell.inline_count = place == count ? count + 1 : count;
    return true;
  }
  bool access_slow(const Access& access, std::uintptr_t address, std::size_t size, Conflict* out);
  bool check_slow(const Access& access, std::uintptr_t address, std::size_t size,
                  Conflict* out) const;
  bool access_cell(const Access& access, Cell& cell, std::uintptr_t granule, std::uint8_t mask,
                   Conflict* out);
  static bool compare(const Access& access, const Entry& entry, std::uintptr_t granule,
                      std::uint8_t mask, Conflict* out);
  /// Makes the cell of `address` one of this execution.
  void enter(Cell& cell, std::uintptr_t address) {
    cell.execution = execution_;
    if (touched_count_ < kMostKept) [[likely]] {
      touched_[touched_count_] = address;
    }
    ++touched_count_;
  }
  static bool is_ordered(const Access& access, const Entry& entry) {
    return entry.thread == access.thread ||
           (access.clock[entry.thread] > entry.epoch && HEDDLE_CLAUSE("race.order"));
  }
  static void take_covered(const Access& access, Entry& entry, std::uint8_t mask) {
    if (is_ordered(access, entry) && covers(access.kind, entry.kind)) {
      entry.mask &= static_cast<std::uint8_t>(~mask);
    }
  }
  bool walk_overflow(const Access& access, Cell& cell, std::uintptr_t granule, std::uint8_t mask,
                     Conflict* out);
  void forget(std::uintptr_t address, std::size_t size);
  void forget_bytes(Cell& cell, std::uint8_t mask);
  void insert(Cell& cell, const Access& access, std::uint8_t mask);
  Cell* cell_of(std::uintptr_t address);
  void release_regions();

  Cell** regions_ = nullptr;
  Region* first_region_ = nullptr;
  Node* nodes_ = nullptr;
  std::uint32_t node_count_ = 1;
  std::uint32_t free_node_ = 0;
  std::uint32_t execution_ = 0;
  /// An address in each granule of this execution, the first kMostKept; a granule may be there
  /// twice.
  std::uintptr_t* touched_ = nullptr;
  std::uint32_t touched_count_ = 0;
};

class RaceShadow::Snapshot {
 public:
  std::size_t bytes() const { return cells_.size() * sizeof(Cell) + nodes_.size() * sizeof(Node); }

 private:
  friend class RaceShadow;
  std::vector<std::uintptr_t> addresses_;
  std::vector<Cell> cells_;
  std::vector<Node> nodes_;  ///< From the first on.
  std::uint32_t free_node_ = 0;
};

}  // namespace heddle::detect
