// SPDX-License-Identifier: Apache-2.0
// The functions around a program counter, inlined ones included.
#pragma once

#include <elfutils/libdw.h>

#include <vector>

namespace heddle::report {

/// DIEs of the functions that hold `pc` (relative to the module) in the compilation unit: the
/// innermost inlined one first, the function itself last. Empty if none is known.
///
/// dwarf_getscopes() is not used: it does not enter namespaces, into which clang puts definitions.
std::vector<Dwarf_Die> functions_at(Dwarf_Die* unit, Dwarf_Addr pc);

}  // namespace heddle::report
