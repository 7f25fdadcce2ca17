// SPDX-License-Identifier: Apache-2.0
// Names of variables on a stack: the variables of the function at a program counter, and where its
// frame holds them, by DWARF (DW_AT_frame_base and DW_AT_location).
//
// Only what lies in memory relative to the frame has a name here; that is every variable whose
// address another thread can know.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "checker/report/symbols.h"

namespace heddle::report {

class LocalSymbols {
 public:
  /// The variable of `frame` that holds `address`, with its member or element; empty if none does.
  /// `unit` and `bias` belong to the frame's program counter.
  std::string name(Dwarf_Die* unit, Dwarf_Addr bias, const UnwoundFrame& frame,
                   std::uint64_t address);

 private:
  enum class Base : std::uint8_t { kCanonicalFrame, kStackPointer, kFramePointer };
  struct Place {
    Base base = Base::kCanonicalFrame;
    std::int64_t offset = 0;
  };
  struct Variable {
    Dwarf_Die die;
    Place place;
    std::uint64_t size = 0;
  };
  static bool place_of(const Dwarf_Op* operations, std::size_t count, const Place* frame_base,
                       Place& place);
  static bool find_place(Dwarf_Die* die, unsigned attribute, Dwarf_Addr pc, const Place* frame_base,
                         Place& place);
  static void add_scope(Dwarf_Die* scope, Dwarf_Addr pc, const Place* frame_base,
                        std::vector<Variable>& variables);
  static std::vector<Variable> variables_at(Dwarf_Die* unit, Dwarf_Addr pc);

  std::unordered_map<std::uint64_t, std::vector<Variable>> variables_;  ///< By program counter.
};

}  // namespace heddle::report
