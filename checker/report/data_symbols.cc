// SPDX-License-Identifier: Apache-2.0
// The index of a module's variables and the descent into their types.
#include "checker/report/data_symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include "checker/report/symbols.h"

namespace heddle::report {
namespace {

constexpr int kMaxDepth = 16;

std::optional<Dwarf_Die> type_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type) == nullptr) {
    return std::nullopt;
  }
  Dwarf_Die plain;
  return dwarf_peel_type(&type, &plain) == 0 ? plain : type;
}

std::uint64_t size_of(Dwarf_Die& type) {
  Dwarf_Word size = 0;
  return dwarf_aggregate_size(&type, &size) == 0 ? size : 0;
}

std::optional<std::uint64_t> member_offset(Dwarf_Die* member) {
  Dwarf_Attribute attribute;
  Dwarf_Word offset = 0;
  if (dwarf_attr_integrate(member, DW_AT_data_member_location, &attribute) == nullptr) {
    return std::nullopt;
  }
  if (dwarf_formudata(&attribute, &offset) != 0) {
    return std::nullopt;
  }
  return offset;
}

bool is_struct(Dwarf_Die& type) {
  const int tag = dwarf_tag(&type);
  return tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

/// Whether the type is a member of namespace std, or of one inside it.
bool is_of_library(Dwarf_Die& type) {
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes_die(&type, &scopes);
  bool result = false;
  for (int i = 0; i < count; ++i) {
    const char* name = dwarf_diename(&scopes[i]);
    result |= dwarf_tag(&scopes[i]) == DW_TAG_namespace && name != nullptr &&
              (std::strcmp(name, "std") == 0 || std::strcmp(name, "__gnu_cxx") == 0);
  }
  if (count > 0) {
    std::free(scopes);
  }
  return result;
}

/// std::array<T, n> is shown like T[n].
std::optional<Dwarf_Die> as_plain_array(Dwarf_Die& type) {
  const char* name = is_struct(type) ? dwarf_diename(&type) : nullptr;
  Dwarf_Die child;
  if (name == nullptr || std::strncmp(name, "array<", 6) != 0 || !is_of_library(type) ||
      dwarf_child(&type, &child) != 0) {
    return std::nullopt;
  }
  do {
    if (dwarf_tag(&child) == DW_TAG_member) {
      return type_of(&child);
    }
  } while (dwarf_siblingof(&child, &child) == 0);
  return std::nullopt;
}

std::string path_in(Dwarf_Die& type, std::uint64_t offset, int depth);

std::string path_in_struct(Dwarf_Die& type, std::uint64_t offset, int depth) {
  Dwarf_Die child;
  if (dwarf_child(&type, &child) != 0) {
    return {};
  }
  do {
    const int tag = dwarf_tag(&child);
    if (tag != DW_TAG_member && tag != DW_TAG_inheritance) {
      continue;
    }
    const auto begin = member_offset(&child);
    auto member_type = type_of(&child);
    if (!begin || !member_type || offset < *begin || offset - *begin >= size_of(*member_type)) {
      continue;
    }
    const std::string rest = path_in(*member_type, offset - *begin, depth + 1);
    const char* name = dwarf_diename(&child);
    return tag == DW_TAG_member && name != nullptr ? fmt::format(".{}{}", name, rest) : rest;
  } while (dwarf_siblingof(&child, &child) == 0);
  return {};
}

std::string path_in_array(Dwarf_Die& type, std::uint64_t offset, int depth) {
  auto element = type_of(&type);
  const std::uint64_t size = element ? size_of(*element) : 0;
  if (size == 0) {
    return {};
  }
  return fmt::format("[{}]{}", offset / size, path_in(*element, offset % size, depth + 1));
}

/// ".member", "[2].member", ...: what lies at `offset` in the type. Empty: the whole.
std::string path_in(Dwarf_Die& type, std::uint64_t offset, int depth) {
  if (depth > kMaxDepth) {
    return {};
  }
  if (dwarf_tag(&type) == DW_TAG_array_type) {
    return path_in_array(type, offset, depth);
  }
  if (auto array = as_plain_array(type)) {
    return path_in(*array, offset, depth + 1);
  }
  return is_struct(type) && !is_of_library(type) ? path_in_struct(type, offset, depth) : "";
}

}  // namespace

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
  const std::string name = demangle(mangled);
  if (!indexed_) {
    index(module);
  }
  const auto variable = variables_.find(address - offset);
  if (variable != variables_.end()) {
    auto type = type_of(&variable->second.die);
    const std::string path = type ? path_in(*type, offset, 0) : "";
    if (!path.empty() || (type && offset < variable->second.size && is_of_library(*type))) {
      return name + path;
    }
  }
  return offset == 0 ? name : fmt::format("{}+{}", name, offset);
}

}  // namespace heddle::report
