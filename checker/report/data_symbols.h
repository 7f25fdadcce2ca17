// SPDX-License-Identifier: Apache-2.0
// Names of global data in one module: the ELF symbol that covers an address and, where DWARF knows
// the variable's type, the member or element at that offset. Descends into the program's own
// types, not into those of namespace std ("counter", not "counter._M_i").
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <map>
#include <string>

namespace heddle::report {

class DataSymbols {
 public:
  /// Name of the data at `address` in `module` (always the same one); empty if no symbol covers it.
  std::string name(Dwfl_Module* module, std::uint64_t address);

 private:
  struct Variable {
    Dwarf_Die die;
    std::uint64_t size = 0;
  };
  void index(Dwfl_Module* module);
  void index_scope(Dwarf_Die* scope, Dwarf_Addr bias);
  void index_variable(Dwarf_Die* die, Dwarf_Addr bias);

  bool indexed_ = false;
  std::map<std::uint64_t, Variable> variables_;  ///< By run-time address.
};

}  // namespace heddle::report
