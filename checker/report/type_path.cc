// SPDX-License-Identifier: Apache-2.0
// The descent into types of the debug information.
#include "checker/report/type_path.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

namespace heddle::report {
namespace {

constexpr int kMaxDepth = 16;

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

std::string path_below(Dwarf_Die& type, std::uint64_t offset, int depth);

/// A member whose type is only declared, as clang leaves it for types of other libraries, ends
/// where the next one begins.
std::string path_in_struct(Dwarf_Die& type, std::uint64_t offset, int depth) {
  Dwarf_Die child;
  if (dwarf_child(&type, &child) != 0) {
    return {};
  }
  std::uint64_t last = 0;
  std::string declared;
  do {
    const int tag = dwarf_tag(&child);
    if (tag != DW_TAG_member && tag != DW_TAG_inheritance) {
      continue;
    }
    const auto begin = member_offset(&child);
    auto member_type = type_of(&child);
    if (!begin || !member_type || offset < *begin) {
      continue;
    }
    const char* name = tag == DW_TAG_member ? dwarf_diename(&child) : nullptr;
    const std::string own = name != nullptr ? fmt::format(".{}", name) : "";
    const std::uint64_t size = size_of(*member_type);
    if (offset - *begin < size) {
      return own + path_below(*member_type, offset - *begin, depth + 1);
    }
    if (*begin >= last) {
      last = *begin;
      declared = size == 0 ? own : "";
    }
  } while (dwarf_siblingof(&child, &child) == 0);
  return declared;
}

std::string path_in_array(Dwarf_Die& type, std::uint64_t offset, int depth) {
  auto element = type_of(&type);
  const std::uint64_t size = element ? size_of(*element) : 0;
  if (size == 0) {
    return {};
  }
  return fmt::format("[{}]{}", offset / size, path_below(*element, offset % size, depth + 1));
}

std::string path_below(Dwarf_Die& type, std::uint64_t offset, int depth) {
  if (depth > kMaxDepth) {
    return {};
  }
  if (dwarf_tag(&type) == DW_TAG_array_type) {
    return path_in_array(type, offset, depth);
  }
  if (auto array = as_plain_array(type)) {
    return path_below(*array, offset, depth + 1);
  }
  return is_struct(type) && !is_of_library(type) ? path_in_struct(type, offset, depth) : "";
}

void add_types(Dwarf_Die* scope, const std::string& name, std::uint64_t size,
               std::vector<Dwarf_Die>& found) {
  Dwarf_Die child;
  if (dwarf_child(scope, &child) != 0) {
    return;
  }
  do {
    const int tag = dwarf_tag(&child);
    const char* child_name = dwarf_diename(&child);
    if (is_struct(child) && child_name != nullptr && name == child_name && size_of(child) == size) {
      found.push_back(child);
    }
    const bool is_std =
        tag == DW_TAG_namespace && child_name != nullptr &&
        (std::strcmp(child_name, "std") == 0 || std::strcmp(child_name, "__gnu_cxx") == 0);
    if (is_struct(child) || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
        (tag == DW_TAG_namespace && !is_std)) {
      add_types(&child, name, size, found);
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

}  // namespace

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

std::vector<Dwarf_Die> types_named(Dwarf_Die* unit, const std::string& name, std::uint64_t size) {
  std::vector<Dwarf_Die> found;
  add_types(unit, name, size, found);
  return found;
}

std::string path_in(Dwarf_Die& type, std::uint64_t offset) { return path_below(type, offset, 0); }

}  // namespace heddle::report
