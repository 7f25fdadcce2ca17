// SPDX-License-Identifier: Apache-2.0
// Tables of locations: by address, by life, and what the current run knows of each.
#include "checker/runtime/locations.h"

#include "checker/base/check.h"
#include "checker/runtime/wide_values.h"

namespace heddle::runtime {
namespace {

std::size_t hash_address(std::uintptr_t address) {
  return static_cast<std::size_t>(address * 0x9e3779b97f4a7c15ULL >> 20);
}

}  // namespace

Locations::Locations() : entries_(1024), filter_(kFilterSize) {}

const Locations::Entry* Locations::find(std::uintptr_t address) const {
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t i = hash_address(address) & mask; entries_[i].address != 0; i = (i + 1) & mask) {
    if (entries_[i].address == address) {
      return &entries_[i];
    }
  }
  return nullptr;
}

Locations::Entry& Locations::entry(std::uintptr_t address) {
  HEDDLE_CHECK(address != 0);
  if (used_ * 2 >= entries_.size()) {
    grow();
  }
  const std::size_t mask = entries_.size() - 1;
  std::size_t i = hash_address(address) & mask;
  while (entries_[i].address != 0 && entries_[i].address != address) {
    i = (i + 1) & mask;
  }
  if (entries_[i].address == 0) {
    entries_[i].address = address;
    ++used_;
  }
  return entries_[i];
}

void Locations::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  const std::size_t mask = entries_.size() - 1;
  for (const Entry& moved : old) {
    if (moved.address == 0) {
      continue;
    }
    std::size_t i = hash_address(moved.address) & mask;
    while (entries_[i].address != 0) {
      i = (i + 1) & mask;
    }
    entries_[i] = moved;
  }
}

base::LocationId Locations::intern(Entry& entry, std::uint8_t size) {
  auto create = [&] {
    locations_.push_back({entry.address, entry.life, size});
    runs_.emplace_back();
    return static_cast<base::LocationId>(locations_.size() - 1);
  };
  if (entry.life == 0) {
    if (entry.first == base::kNoLocation) {
      entry.first = create();
    }
    return entry.first;
  }
  auto [found, inserted] = later_lives_.try_emplace({entry.address, entry.life}, 0);
  if (inserted) {
    found->second = create();
  }
  return found->second;
}

void Locations::add(const Location& location) {
  Entry& here = entry(location.address);
  const auto id = static_cast<base::LocationId>(locations_.size());
  locations_.push_back(location);
  runs_.emplace_back();
  if (location.life == 0) {
    here.first = id;
  } else {
    later_lives_[{location.address, location.life}] = id;
  }
}

/// Makes the entry one of this run.
void Locations::enter(Entry& here) {
  if (here.run != run_) {
    entered_.push_back(here.address);
    here.run = run_;
    here.life = 0;
    here.location = here.newest = base::kNoLocation;
  }
}

base::LocationId Locations::resolve(std::uintptr_t address, std::uint8_t size) {
  Entry& here = entry(address);
  enter(here);
  if (here.location == base::kNoLocation) {
    here.location = intern(here, size);
  }
  const base::LocationId id = here.location;
  touch(id);
  return id;
}

void Locations::begin(base::LocationId id) {
  const Location& location = locations_[id];
  Entry& here = entry(location.address);
  enter(here);
  Run& run = runs_[id];
  run.run = run_;
  run.older = here.newest;
  here.life = location.life;
  here.location = here.newest = id;
  run.newest_label = 0;
  run.initial = 0;
  if (location.size == 16) {
    run.initial = intern_wide_value(reinterpret_cast<const void*>(location.address));
  } else if (location.size != 0) {
    run.initial = load_memory(location.address, location.size);
  }
  run.newest_value = run.initial;
  begun_.push_back(id);
  filter(location);
}

/// From now on may_overlap() holds for the location's bytes.
void Locations::filter(const Location& location) {
  if ((location.address & kObjectBit) == 0) {
    filter_[location.address >> 3 & (kFilterSize - 1)] = run_;
    const std::uintptr_t last = location.address + (location.size == 0 ? 1 : location.size) - 1;
    filter_[last >> 3 & (kFilterSize - 1)] = run_;
  }
}

void Locations::save(Snapshot* out) const {
  out->entries_.clear();
  out->runs_.clear();
  for (const std::uintptr_t address : entered_) {
    out->entries_.push_back(*find(address));
  }
  for (const base::LocationId id : begun_) {
    out->runs_.emplace_back(id, runs_[id]);
  }
}

void Locations::end_life(std::uintptr_t address, std::uint64_t life) {
  Entry& here = entry(address);
  enter(here);
  here.life = life;
  here.location = base::kNoLocation;
}

}  // namespace heddle::runtime
