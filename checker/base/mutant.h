// SPDX-License-Identifier: Apache-2.0
// Clauses of the checker that a test build can switch off, one at a time.
//
// HEDDLE_CLAUSE("coherence.read_read") stands for "this clause is in force": the constant true in
// ordinary builds, which compilers fold away. With the CMake option HEDDLE_MUTANTS it is false for
// the one clause that the environment variable HEDDLE_MUTANT names. A clause that demands
// something is joined to its condition by `&&`, one that withholds something is `&& !` or `||`; so
// switching it off makes the checker forget an axiom, a condition, an edge or a detector, or give
// an edge too many.
//
// For each clause a test must fail without it. Tables say which: those of graph/ stand in
// checker/graph/README.md, all others in tests/mutation/README.md; tests/mutation/run tries each
// clause against the tests of its row, and refuses a name that the tables or the code lack.
#pragma once

#ifdef HEDDLE_MUTANTS

#include <cstdint>
#include <string_view>

namespace heddle::base {

/// FNV-1a: names are compared as numbers, since clauses stand where no library may be called.
constexpr std::uint64_t clause_id(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

/// The clause that is switched off; 0 if none is.
extern std::uint64_t g_switched_off;

}  // namespace heddle::base

#define HEDDLE_CLAUSE(name) (::heddle::base::g_switched_off != ::heddle::base::clause_id(name))

#else

#define HEDDLE_CLAUSE(name) true

#endif
