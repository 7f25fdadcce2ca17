// SPDX-License-Identifier: Apache-2.0
// Types of variables, and the member or element at an offset in them. Descends into the program's
// own types, not into those of namespace std ("counter", not "counter._M_i").
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::report {

/// The type of a variable or member, without typedefs and qualifiers.
std::optional<Dwarf_Die> type_of(Dwarf_Die* die);

/// In bytes; 0 if it is not known.
std::uint64_t size_of(Dwarf_Die& type);

/// Whether the type is a member of namespace std, or of one inside it.
bool is_of_library(Dwarf_Die& type);

/// Types of this name and size in the compilation unit, in namespaces, types and functions of the
/// program's own. `name` is the last part only. Linear in the unit.
std::vector<Dwarf_Die> types_named(Dwarf_Die* unit, const std::string& name, std::uint64_t size);

/// ".member", "[2].member", ...: what lies at `offset` in the type. Empty: the whole.
std::string path_in(Dwarf_Die& type, std::uint64_t offset);

}  // namespace heddle::report
