// SPDX-License-Identifier: Apache-2.0
// Names for atomic locations and synchronisation objects that do not depend on the schedule.
//
// A location is an address and a life. The first life of an address is 0; a plain write to a former
// atomic, ordered after all its accesses, begins another one, named by the thread that wrote and
// the number of its events then. Equal histories therefore give equal names, and an id, once given
// to an (address, life) pair, is never given to another: the tables only grow. What holds for one
// run only (the value found in memory at the first access, the newest write replayed so far)
// carries the run's number and counts as absent in every other run, so that starting a run costs
// nothing.
//
// Entry points: begin_run(), resolve() for a new operation, touch() for a replayed one.
// Not thread-safe. Expected constant time each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checker/base/ids.h"

namespace heddle::runtime {

/// Addresses with this bit set name pure synchronisation objects (a futex queue), not memory.
inline constexpr std::uintptr_t kObjectBit = std::uintptr_t{1} << 63;
/// What is left of such an address without the bits that tell objects of one word apart.
inline constexpr std::uintptr_t kAddressMask = (std::uintptr_t{1} << 47) - 1;

class Locations {
 public:
  /// What a run knows about a location.
  struct Run {
    std::uint32_t run = 0;
    std::uint64_t initial = 0;  ///< Memory at the first access in this run.
    std::uint64_t newest_label =
        0;  ///< Modification-order label of the newest write replayed so far.
    std::uint64_t newest_value = 0;
    base::LocationId older = base::kNoLocation;  ///< The life before, at the address in this run.
  };
  struct Location {
    std::uintptr_t address = 0;
    std::uint64_t life = 0;
    std::uint8_t size = 0;  ///< 0: a synchronisation object.
  };

  Locations();
  void begin_run() {
    ++run_;
    entered_.clear();
    begun_.clear();
  }

  /// What a run knows at one moment.
  class Snapshot;
  void save(Snapshot* out) const;
  /// Begins a run that knows that much; `newest_label(id)` is the label, by now, of the write
  /// whose value is the location's newest. O(locations).
  template <class NewestLabel>
  void begin_run(const Snapshot& snapshot, NewestLabel newest_label);

  /// The location that lives at `address` now; begins its record in this run if need be.
  base::LocationId resolve(std::uintptr_t address, std::uint8_t size);
  /// Makes `id` the location that lives at its address in this run.
  Run& touch(base::LocationId id) {
    Run& run = runs_[id];
    if (run.run != run_) [[unlikely]] {
      begin(id);
    }
    return run;
  }
  /// Gives the next id to a location that a copy of this table has met.
  void add(const Location& location);
  bool touched(base::LocationId id) const { return runs_[id].run == run_; }
  const Location& at(base::LocationId id) const { return locations_[id]; }
  std::size_t count() const { return locations_.size(); }

  /// Calls `visit(id, address)` for each object (not memory) that lives in this run.
  template <class Visit>
  void for_each_object(Visit visit) const;

  /// The same for each atomic, wherever it lies.
  template <class Visit>
  void for_each_atomic(Visit visit) const;

  /// True if some location of this run may overlap the bytes. Cheap; errs on the side of true.
  bool may_overlap(std::uintptr_t address, std::size_t size) const {
    if (size > kFilterSpan) {
      return true;
    }
    const std::uintptr_t last = (address + size - 1) >> 3;
    std::uintptr_t granule = address >> 3;
    do {
      if (filter_[granule & (kFilterSize - 1)] == run_) {
        return true;
      }
    } while (++granule <= last);
    return false;
  }
  /// The same for an access that stays within eight aligned bytes.
  bool may_overlap_granule(std::uintptr_t address) const {
    return filter_[address >> 3 & (kFilterSize - 1)] == run_;
  }
  /// Calls `visit(id)` for each location of this run (not an object) that overlaps the bytes. A
  /// table look-up for each byte, or for each address of this run if those are fewer.
  template <class Visit>
  void overlapping(std::uintptr_t address, std::size_t size, Visit visit) const;
  /// Calls `visit(id)` for each location of this run (not an object) that overlaps the bytes, those
  /// whose life is over included; perhaps more than once. O(size / 8), and a table look-up for each
  /// byte near a location.
  template <class Visit>
  void accessed(std::uintptr_t address, std::size_t size, Visit visit) const;
  /// The life of the location at `address` is over; the next access begins the life named `life`.
  void end_life(std::uintptr_t address, std::uint64_t life);

 private:
  template <class Visit>
  void for_each_of(bool objects, Visit visit) const;
  static constexpr std::size_t kFilterSize = 1 << 14;
  static constexpr std::size_t kFilterSpan = 4096;
  static constexpr std::uintptr_t kLargestSize = 16;

  /// Per address, over all runs; `life` and `location` hold in run `run` only.
  struct Entry {
    std::uintptr_t address = 0;
    std::uint32_t run = 0;
    base::LocationId location = base::kNoLocation;
    base::LocationId first = base::kNoLocation;   ///< The location with life 0.
    base::LocationId newest = base::kNoLocation;  ///< The last that began in run `run`.
    std::uint64_t life = 0;
  };
  struct Key {
    std::uintptr_t address;
    std::uint64_t life;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return (key.address ^ key.life * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL >> 17;
    }
  };

  Entry& entry(std::uintptr_t address);
  void enter(Entry& here);
  const Entry* find(std::uintptr_t address) const;
  void grow();
  base::LocationId intern(Entry& entry, std::uint8_t size);
  void begin(base::LocationId id);
  void filter(const Location& location);

  std::uint32_t run_ = 0;
  std::vector<Location> locations_;
  std::vector<Run> runs_;
  std::vector<Entry> entries_;  ///< Open addressing, a power of two.
  std::size_t used_ = 0;
  std::unordered_map<Key, base::LocationId, KeyHash> later_lives_;
  std::vector<std::uint32_t> filter_;
  std::vector<std::uintptr_t> entered_;  ///< Addresses of the entries of this run.
  std::vector<base::LocationId> begun_;  ///< The locations of this run, in order.
};

class Locations::Snapshot {
 private:
  friend class Locations;
  std::vector<Entry> entries_;
  std::vector<std::pair<base::LocationId, Run>> runs_;
};

template <class NewestLabel>
void Locations::begin_run(const Snapshot& snapshot, NewestLabel newest_label) {
  begin_run();
  for (const Entry& kept : snapshot.entries_) {
    Entry& here = entry(kept.address);
    enter(here);
    here.life = kept.life;
    here.location = kept.location;
    here.newest = kept.newest;
  }
  for (const auto& [id, kept] : snapshot.runs_) {
    Run& run = runs_[id];
    run = kept;
    run.run = run_;
    run.newest_label = newest_label(id);
    begun_.push_back(id);
    filter(locations_[id]);
  }
}

template <class Visit>
void Locations::for_each_of(bool objects, Visit visit) const {
  for (const std::uintptr_t address : entered_) {
    const Entry* found = find(address);
    if (found != nullptr && found->run == run_ && found->location != base::kNoLocation &&
        (locations_[found->location].size == 0) == objects) {
      visit(found->location, address);
    }
  }
}

template <class Visit>
void Locations::for_each_object(Visit visit) const {
  for_each_of(true, visit);
}

template <class Visit>
void Locations::for_each_atomic(Visit visit) const {
  for_each_of(false, visit);
}

template <class Visit>
void Locations::overlapping(std::uintptr_t address, std::size_t size, Visit visit) const {
  const std::uintptr_t first = address - (kLargestSize - 1);
  const auto visit_at = [&](std::uintptr_t at) {
    const Entry* found = find(at);
    if (found == nullptr || found->run != run_ || found->location == base::kNoLocation) {
      return;
    }
    const Location& location = locations_[found->location];
    if (location.size != 0 ? at + location.size > address : at >= address) {
      visit(found->location);
    }
  };
  if (size > entered_.size()) {
    for (const std::uintptr_t at : entered_) {
      if (at >= first && at < address + size) {
        visit_at(at);
      }
    }
    return;
  }
  for (std::uintptr_t at = first; at < address + size; ++at) {
    visit_at(at);
  }
}

template <class Visit>
void Locations::accessed(std::uintptr_t address, std::size_t size, Visit visit) const {
  const std::uintptr_t end = address + size;
  for (std::uintptr_t granule = address >> 3; granule <= (end - 1) >> 3; ++granule) {
    if (filter_[granule & (kFilterSize - 1)] != run_) {
      continue;
    }
    const std::uintptr_t base = granule << 3;
    for (std::uintptr_t at = base - (kLargestSize - 1); at < base + 8; ++at) {
      const Entry* found = find(at);
      if (found == nullptr || found->run != run_) {
        continue;
      }
      for (base::LocationId id = found->newest; id != base::kNoLocation; id = runs_[id].older) {
        const std::size_t bytes = locations_[id].size;
        if (bytes != 0 && at < end && at + bytes > address && at + bytes > base) {
          visit(id);
        }
      }
    }
  }
}

/// Value of `size` (1, 2, 4, 8) bytes at `address`, and its inverse.
inline std::uint64_t load_memory(std::uintptr_t address, unsigned size) {
  switch (size) {
    case 1:
      return *reinterpret_cast<const volatile std::uint8_t*>(address);
    case 2:
      return *reinterpret_cast<const volatile std::uint16_t*>(address);
    case 4:
      return *reinterpret_cast<const volatile std::uint32_t*>(address);
    default:
      return *reinterpret_cast<const volatile std::uint64_t*>(address);
  }
}
inline void store_memory(std::uintptr_t address, unsigned size, std::uint64_t value) {
  switch (size) {
    case 1:
      *reinterpret_cast<volatile std::uint8_t*>(address) = static_cast<std::uint8_t>(value);
      break;
    case 2:
      *reinterpret_cast<volatile std::uint16_t*>(address) = static_cast<std::uint16_t>(value);
      break;
    case 4:
      *reinterpret_cast<volatile std::uint32_t*>(address) = static_cast<std::uint32_t>(value);
      break;
    default:
      *reinterpret_cast<volatile std::uint64_t*>(address) = value;
      break;
  }
}

}  // namespace heddle::runtime
