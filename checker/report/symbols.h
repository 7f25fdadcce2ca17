// SPDX-License-Identifier: Apache-2.0
// Code and data addresses as a person knows them: functions with what was inlined into them, files,
// lines, and names of global variables and their members. By libdwfl, from DWARF and ELF symbols.
//
// Lazy: modules are read when first asked for, and answers are kept, so only what a report shows
// costs anything. Nothing throws for what is unknown: parts stay empty or zero.
// Entry points: frames(), data_name(). Uses the ordinary heap; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "heddle/report.h"

namespace heddle::report {

/// A module that is not taken from this process, and the bias between its file and its addresses.
struct LoadedModule {
  std::string path;
  std::uint64_t base = 0;  ///< Where its file address 0 is loaded.
};

enum class PcKind : std::uint8_t {
  kReturnAddress,  ///< The call is the instruction before.
  kExact,
};

class Symbolizer {
 public:
  /// Of the modules loaded in this process.
  Symbolizer();
  explicit Symbolizer(std::span<const LoadedModule> modules);
  ~Symbolizer();
  Symbolizer(Symbolizer&&) noexcept;
  Symbolizer& operator=(Symbolizer&&) noexcept;

  /// The frames at `pc`, innermost inlined function first; always at least one, which has `pc`.
  const std::vector<Frame>& frames(std::uint64_t pc, PcKind kind = PcKind::kReturnAddress);
  /// The frames of a stack of program counters, innermost first.
  std::vector<Frame> stack(std::span<const std::uint64_t> pcs,
                           PcKind kind = PcKind::kReturnAddress);
  /// "counter", "account.balance", "table[3].next", "symbol+16"; empty if no symbol covers it.
  const std::string& data_name(std::uint64_t address);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Demangles a C++ symbol; returns it unchanged if it is none.
std::string demangle(const char* symbol);

}  // namespace heddle::report
