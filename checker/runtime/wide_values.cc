// SPDX-License-Identifier: Apache-2.0
// The table of 16-byte values.
#include "checker/runtime/wide_values.h"

#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "checker/base/check.h"

namespace heddle::runtime {
namespace {

using Wide = std::pair<std::uint64_t, std::uint64_t>;

struct Table {
  std::map<Wide, std::uint64_t> ids;
  std::vector<Wide> values;
};

Table& table() {
  static Table* instance = new Table;
  return *instance;
}

}  // namespace

std::uint64_t intern_wide_value(const void* sixteen_bytes) {
  Wide wide;
  __builtin_memcpy(&wide.first, sixteen_bytes, 8);
  __builtin_memcpy(&wide.second, static_cast<const char*>(sixteen_bytes) + 8, 8);
  Table& all = table();
  auto [found, inserted] = all.ids.try_emplace(wide, all.values.size());
  if (inserted) {
    all.values.push_back(wide);
  }
  return found->second;
}

std::uint64_t wide_value_count() { return table().values.size(); }

void wide_value_of(std::uint64_t id, void* sixteen_bytes) {
  const Table& all = table();
  HEDDLE_CHECK(id < all.values.size());
  __builtin_memcpy(sixteen_bytes, &all.values[id].first, 8);
  __builtin_memcpy(static_cast<char*>(sixteen_bytes) + 8, &all.values[id].second, 8);
}

}  // namespace heddle::runtime
