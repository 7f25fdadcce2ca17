// SPDX-License-Identifier: Apache-2.0
// The name somebody probably meant: smallest edit distance, for "did you mean".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
/// Time and memory: O(|a| * |b|).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, the first of equals; nothing when all are so far away that it
/// would be a guess (more than a third of the longer name's letters, at least two).
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates);

}  // namespace heddle
