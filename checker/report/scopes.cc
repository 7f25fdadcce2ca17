// SPDX-License-Identifier: Apache-2.0
// Descends from a compilation unit to a program counter.
#include "checker/report/scopes.h"

#include <dwarf.h>

#include <algorithm>

namespace heddle::report {
namespace {

bool is_function(Dwarf_Die* die) {
  const int tag = dwarf_tag(die);
  return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

/// Whether functions may lie in the scope although it has no program counters of its own.
bool may_hold_functions(Dwarf_Die* die, bool in_functions) {
  switch (dwarf_tag(die)) {
    case DW_TAG_namespace:
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
      return true;
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
      return in_functions;
    default:
      return false;
  }
}

/// Appends the functions below `scope` that hold `pc`, outermost first. Tells whether any does.
bool descend(Dwarf_Die* scope, Dwarf_Addr pc, bool in_functions, std::vector<Dwarf_Die>& found) {
  Dwarf_Die child;
  if (dwarf_child(scope, &child) != 0) {
    return false;
  }
  do {
    const bool holds = (is_function(&child) || dwarf_tag(&child) == DW_TAG_lexical_block) &&
                       dwarf_haspc(&child, pc) > 0;
    if (holds) {
      const std::size_t before = found.size();
      if (is_function(&child)) {
        found.push_back(child);
      }
      descend(&child, pc, in_functions, found);
      if (found.size() > before) {
        return true;
      }
    } else if (may_hold_functions(&child, in_functions) &&
               descend(&child, pc, in_functions, found)) {
      return true;
    }
  } while (dwarf_siblingof(&child, &child) == 0);
  return false;
}

}  // namespace

std::vector<Dwarf_Die> functions_at(Dwarf_Die* unit, Dwarf_Addr pc) {
  std::vector<Dwarf_Die> found;
  if (!descend(unit, pc, false, found)) {
    descend(unit, pc, true, found);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Dwarf_Die* unit_of(Dwfl_Module* module, std::uint64_t address, Dwarf_Addr* bias) {
  // libdwfl does not check where a range ends: where some units have a range table (g++'s) and
  // others do not (clang's), it takes the unit before.
  Dwarf_Die* unit = dwfl_module_addrdie(module, address, bias);
  if (unit != nullptr && dwarf_haspc(unit, address - *bias) > 0) {
    return unit;
  }
  unit = nullptr;
  while ((unit = dwfl_module_nextcu(module, unit, bias)) != nullptr) {
    if (dwarf_haspc(unit, address - *bias) > 0) {
      break;
    }
  }
  return unit;
}

}  // namespace heddle::report
