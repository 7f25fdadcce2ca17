// SPDX-License-Identifier: Apache-2.0
// Which locations a range of bytes touches: few bytes are looked up one by one, in many bytes the
// locations of the run are.
#include "checker/runtime/locations.h"

#include <gtest/gtest.h>

#include <set>

namespace heddle::runtime {
namespace {

using Ids = std::set<base::LocationId>;

class LocationsTest : public ::testing::Test {
 protected:
  LocationsTest() { locations_.begin_run(); }

  base::LocationId at(std::size_t offset, std::uint8_t size) {
    return locations_.resolve(address(offset), size);
  }
  std::uintptr_t address(std::size_t offset) const {
    return reinterpret_cast<std::uintptr_t>(memory_) + offset;
  }
  Ids overlapping(std::size_t offset, std::size_t size) const {
    Ids found;
    locations_.overlapping(address(offset), size, [&](base::LocationId id) { found.insert(id); });
    return found;
  }

  alignas(16) char memory_[65536] = {};
  Locations locations_;
};

TEST_F(LocationsTest, ManyBytesTouchWhatEachOfThemTouches) {
  const base::LocationId before = at(96, 4);
  const base::LocationId reaches_in = at(1016, 16);
  const base::LocationId lock = at(1040, 0);
  const base::LocationId inside = at(4096, 8);
  const base::LocationId last = at(60000, 1);
  const base::LocationId behind = at(60008, 8);
  EXPECT_EQ(overlapping(1024, 60004 - 1024), (Ids{reaches_in, lock, inside, last}));
  EXPECT_EQ(overlapping(100, 60009 - 100), (Ids{reaches_in, lock, inside, last, behind}));
  EXPECT_EQ(overlapping(99, 3), (Ids{before}));
  EXPECT_EQ(overlapping(1039, 1), (Ids{}));
  Ids of_each_byte;
  for (std::size_t offset = 1024; offset < 60004; ++offset) {
    of_each_byte.merge(overlapping(offset, 1));
  }
  EXPECT_EQ(overlapping(1024, 60004 - 1024), of_each_byte);
}

TEST_F(LocationsTest, ManyBytesTouchNothingOfAnEarlierRun) {
  at(4096, 8);
  locations_.begin_run();
  EXPECT_EQ(overlapping(0, sizeof memory_), (Ids{}));
  const base::LocationId later = at(8192, 4);
  locations_.end_life(address(8192), 7);
  EXPECT_EQ(overlapping(0, sizeof memory_), (Ids{}));
  EXPECT_NE(at(8192, 4), later);
}

}  // namespace
}  // namespace heddle::runtime
