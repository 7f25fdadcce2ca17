// SPDX-License-Identifier: Apache-2.0
// The index of a module's variables.
#include "checker/report/data_symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fmt/format.h>

#include <string_view>

#include "checker/report/symbols.h"
#include "checker/report/type_path.h"

namespace heddle::report {
void DataSymbols::index_variable(Dwarf_Die* die, Dwarf_Addr bias) {
  Dwarf_Attribute attribute;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  Dwarf_Addr address = 0;
  if (dwarf_attr(die, DW_AT_location, &attribute) == nullptr ||
      dwarf_getlocation(&attribute, &operations, &count) != 0 || count == 0) {
    return;
  }
  if (count != 1 || (operations[0].atom != DW_OP_addr && operations[0].atom != DW_OP_addrx)) {
    return;
  }
  if (operations[0].atom == DW_OP_addr) {
    address = operations[0].number;
  } else {
    Dwarf_Attribute result;
    if (dwarf_getlocation_attr(&attribute, operations, &result) != 0 ||
        dwarf_formaddr(&result, &address) != 0) {
      return;
    }
  }
  auto type = type_of(die);
  const std::uint64_t size = type ? size_of(*type) : 0;
  if (size != 0) {
    variables_.try_emplace(address + bias, Variable{*die, size});
  }
}

/// Variables of the scope and of the scopes in it: namespaces, and functions for their statics.
void DataSymbols::index_scope(Dwarf_Die* scope, Dwarf_Addr bias) {
  Dwarf_Die child;
  if (dwarf_child(scope, &child) != 0) {
    return;
  }
  do {
    switch (dwarf_tag(&child)) {
      case DW_TAG_variable:
        index_variable(&child, bias);
        break;
      case DW_TAG_namespace:
      case DW_TAG_subprogram:
      case DW_TAG_lexical_block:
        index_scope(&child, bias);
        break;
      default:
        break;
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

void DataSymbols::index(Dwfl_Module* module) {
  indexed_ = true;
  Dwarf_Addr bias = 0;
  Dwarf_Die* cu = nullptr;
  while ((cu = dwfl_module_nextcu(module, cu, &bias)) != nullptr) {
    index_scope(cu, bias);
  }
}

std::string DataSymbols::name(Dwfl_Module* module, std::uint64_t address) {
  GElf_Off offset = 0;
  GElf_Sym symbol;
  const char* mangled =
      dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (mangled == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT ||
      offset >= symbol.st_size) {
    return {};
  }
  std::string name = demangle(mangled);
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = name.find(kUnnamed, at)) != std::string::npos;) {
    name.erase(at, kUnnamed.size());
  }
  if (!indexed_) {
    index(module);
  }
  const auto variable = variables_.find(address - offset);
  if (variable != variables_.end()) {
    auto type = type_of(&variable->second.die);
    const std::string path = type ? path_in(*type, offset) : "";
    if (!path.empty() || (type && offset < variable->second.size && is_of_library(*type))) {
      return name + path;
    }
  }
  return offset == 0 ? name : fmt::format("{}+{}", name, offset);
}

}  // namespace heddle::report
