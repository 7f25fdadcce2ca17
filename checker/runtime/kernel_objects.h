// SPDX-License-Identifier: Apache-2.0
// What the kernel keeps and threads of any process meet at: pipes, pending signals, the file
// system. It lies nowhere in a program's memory. What stands for it are addresses at which there
// never is any: above the offsets of members behind a null pointer, below all programs.
#pragma once

#include <cstdint>

namespace heddle::runtime {

/// Descriptors of pipes begin here. The reading end is even, the writing end is the next number.
inline constexpr int kFirstPipeEnd = 4096;
/// The pipe with this reading end.
constexpr std::uintptr_t pipe_address(int reading_end) {
  return static_cast<std::uintptr_t>(reading_end) * 16;
}
constexpr int reading_end_of(std::uintptr_t pipe) { return static_cast<int>(pipe / 16); }

/// The pending signals of the process. No pipe has a greater address.
inline constexpr std::uintptr_t kSignalsAddress = 0x200000;
/// The directories that mkdtemp has made.
inline constexpr std::uintptr_t kFilesAddress = kSignalsAddress + 64;
/// All of them lie below.
inline constexpr std::uintptr_t kKernelObjectsEnd = 0x400000;

}  // namespace heddle::runtime
