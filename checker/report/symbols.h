// SPDX-License-Identifier: Apache-2.0
// Code and data addresses as a person knows them: functions with what was inlined into them, files,
// lines, and names of variables and their members. By libdwfl, from DWARF and ELF symbols.
//
// Lazy: modules are read when first asked for, and answers are kept, so only what a report shows
// costs anything. Nothing throws for what is unknown: parts stay empty or zero.
// Entry points: frames(), data_name(), local_name(). Uses the ordinary heap; not thread-safe.
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

/// One frame of an unwound stack; what its variables are addressed by. 0: unknown.
struct UnwoundFrame {
  std::uint64_t pc = 0;                 ///< Return address.
  std::uint64_t stack_pointer = 0;      ///< While the callee runs.
  std::uint64_t frame_pointer = 0;      ///< The register, whatever it is used for.
  std::uint64_t canonical_address = 0;  ///< Stack pointer before the call of this function.
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
  /// "module+0x4028" of what data_name() has no name for; empty if it is in no module.
  std::string data_place(std::uint64_t address);
  /// The local variable at `address` of a frame of this stack, innermost first: "hits",
  /// "account.balance". Empty if there is none. Linear in the stack's depth.
  std::string local_name(std::span<const UnwoundFrame> stack, std::uint64_t address);
  /// ".next": the member at `offset` of the type `type` ("Node", "list::Node") of `size` bytes, as
  /// the code at `pc` knows it. Empty if there is no such type, or several that disagree.
  std::string member_name(std::uint64_t pc, const std::string& type, std::uint64_t size,
                          std::uint64_t offset);

 private:
  class Implementation;
  Implementation& use();

  std::unique_ptr<Implementation> implementation_;
};

/// Demangles a C++ symbol ("_Z..."); returns anything else unchanged.
std::string demangle(const char* symbol);

}  // namespace heddle::report
