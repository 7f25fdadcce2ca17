// SPDX-License-Identifier: Apache-2.0
// Variables by their place in a frame.
#include "checker/report/local_symbols.h"

#include <dwarf.h>

#include <algorithm>

#include "checker/report/scopes.h"
#include "checker/report/type_path.h"

namespace heddle::report {
namespace {

constexpr int kFramePointerRegister = 6;
constexpr int kStackPointerRegister = 7;

}  // namespace

/// Understands the locations that compilers give to variables in memory: one operation.
bool LocalSymbols::place_of(const Dwarf_Op* operations, std::size_t count, const Place* frame_base,
                            Place& place) {
  if (count != 1) {
    return false;
  }
  const auto offset = static_cast<std::int64_t>(operations[0].number);
  switch (operations[0].atom) {
    case DW_OP_fbreg:
      if (frame_base != nullptr) {
        place = {frame_base->base, frame_base->offset + offset};
      }
      return frame_base != nullptr;
    case DW_OP_call_frame_cfa:
      place = {Base::kCanonicalFrame, 0};
      return true;
    case DW_OP_breg0 + kFramePointerRegister:
      place = {Base::kFramePointer, offset};
      return true;
    case DW_OP_breg0 + kStackPointerRegister:
      place = {Base::kStackPointer, offset};
      return true;
    case DW_OP_reg0 + kFramePointerRegister:  // As a frame base: the register's value.
      place = {Base::kFramePointer, 0};
      return frame_base == nullptr;
    case DW_OP_reg0 + kStackPointerRegister:
      place = {Base::kStackPointer, 0};
      return frame_base == nullptr;
    default:
      return false;
  }
}

/// The place at `pc`. A variable that is in memory elsewhere is so here, too, if another thread may
/// use it, also where the compiler says that a register has its value.
bool LocalSymbols::find_place(Dwarf_Die* die, unsigned attribute, Dwarf_Addr pc,
                              const Place* frame_base, Place& place) {
  Dwarf_Attribute location;
  if (dwarf_attr_integrate(die, attribute, &location) == nullptr) {
    return false;
  }
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_getlocation_addr(&location, pc, &operations, &count, 1) == 1 &&
      place_of(operations, count, frame_base, place)) {
    return true;
  }
  Dwarf_Addr base = 0;
  Dwarf_Addr begin = 0;
  Dwarf_Addr end = 0;
  std::ptrdiff_t offset = 0;
  while ((offset = dwarf_getlocations(&location, offset, &base, &begin, &end, &operations,
                                      &count)) > 0) {
    if (place_of(operations, count, frame_base, place)) {
      return true;
    }
  }
  return false;
}

/// Inner scopes come first, as their names hide those of the outer ones.
void LocalSymbols::add_scope(Dwarf_Die* scope, Dwarf_Addr pc, const Place* frame_base,
                             std::vector<Variable>& variables) {
  Dwarf_Die child;
  if (dwarf_child(scope, &child) != 0) {
    return;
  }
  std::vector<Variable> own;
  do {
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) {
      if (dwarf_haspc(&child, pc) > 0) {
        add_scope(&child, pc, frame_base, variables);
      }
    } else if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) {
      Variable variable{child, {}, 0};
      if (dwarf_diename(&child) != nullptr &&
          find_place(&child, DW_AT_location, pc, frame_base, variable.place)) {
        auto type = type_of(&child);
        variable.size = std::max<std::uint64_t>(type ? size_of(*type) : 0, 1);
        own.push_back(variable);
      }
    }
  } while (dwarf_siblingof(&child, &child) == 0);
  variables.insert(variables.end(), own.begin(), own.end());
}

std::vector<LocalSymbols::Variable> LocalSymbols::variables_at(Dwarf_Die* unit, Dwarf_Addr pc) {
  std::vector<Variable> variables;
  std::vector<Dwarf_Die> functions = functions_at(unit, pc);
  Place frame_base;
  if (!functions.empty() && dwarf_tag(&functions.back()) == DW_TAG_subprogram) {
    const bool known = find_place(&functions.back(), DW_AT_frame_base, pc, nullptr, frame_base);
    add_scope(&functions.back(), pc, known ? &frame_base : nullptr, variables);
  }
  return variables;
}

std::string LocalSymbols::name(Dwarf_Die* unit, Dwarf_Addr bias, const UnwoundFrame& frame,
                               std::uint64_t address) {
  const auto [entry, is_new] = variables_.try_emplace(frame.pc);
  if (is_new) {
    entry->second = variables_at(unit, frame.pc - 1 - bias);
  }
  for (Variable& variable : entry->second) {
    const Base base = variable.place.base;
    const std::uint64_t origin = base == Base::kCanonicalFrame ? frame.canonical_address
                                 : base == Base::kStackPointer ? frame.stack_pointer
                                                               : frame.frame_pointer;
    const std::uint64_t begin = origin + static_cast<std::uint64_t>(variable.place.offset);
    if (origin == 0 || address < begin || address - begin >= variable.size) {
      continue;
    }
    auto type = type_of(&variable.die);
    return dwarf_diename(&variable.die) + (type ? path_in(*type, address - begin) : "");
  }
  return {};
}

}  // namespace heddle::report
