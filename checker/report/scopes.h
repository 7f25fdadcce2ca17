// SPDX-License-Identifier: Apache-2.0
// The functions around a program counter, inlined ones included.
#pragma once

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <cstdint>
#include <vector>

namespace heddle::report {

/// DIEs of the functions that hold `pc` (relative to the module) in the compilation unit: the
/// innermost inlined one first, the function itself last. Empty if none is known.
///
/// dwarf_getscopes() is not used: it does not enter namespaces, into which clang puts definitions.
std::vector<Dwarf_Die> functions_at(Dwarf_Die* unit, Dwarf_Addr pc);

/// The compilation unit of the address. The table of address ranges, which libdwfl asks, is left
/// out by clang; then the units are asked one by one.
/// Null if there is none; `bias` is set otherwise.
Dwarf_Die* unit_of(Dwfl_Module* module, std::uint64_t address, Dwarf_Addr* bias);

}  // namespace heddle::report
