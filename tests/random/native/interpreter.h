// SPDX-License-Identifier: Apache-2.0
// The explored code that random programs run in, seen from the code that explores it.
#pragma once

#include "tests/support/native_program.h"

namespace heddle::test {

using NativeRegisters = std::array<std::array<std::uint64_t, kNativeRegisters>, kNativeThreads>;

/// Makes ready what the program needs before its exploration: cells and locks. Not explored.
void prepare_native(const NativeProgram& program);
/// The body to explore: the main thread, thread 0 of the program.
void run_native();
/// The registers of the threads that ended in the last execution; void when the next one begins.
const NativeRegisters& native_registers();
/// Whether the thread was in an await when it ended.
bool native_awaits(std::size_t thread);

}  // namespace heddle::test
