// SPDX-License-Identifier: Apache-2.0
// What a debugger finds in a program that is replayed for it (heddle replay --gdb).
//
// At each finding of the replayed run heddle_debug_stop() is called, on the stack of the model
// thread that made it, so that a breakpoint there shows how it came to that. Before, the table is
// filled: for every other thread, the registers with which it would go on in the program's code.
// tools/gdb/heddle.py reads it by name and offset, without debug information.
#pragma once

#include <cstdint>

extern "C" {

/// 16 words each.
struct HeddleDebugThread {
  const char* name;          ///< "T1"; null: no such thread.
  const char* state;         ///< "runs", "waits in pthread_join", "ended".
  std::uint64_t is_current;  ///< Its registers are those of the stop.
  std::uint64_t rip, rsp, rbp, rbx, r12, r13, r14, r15;  ///< All 0: there is no stack any more.
  std::uint64_t unused[5];
};

extern HeddleDebugThread heddle_debug_threads[64];
extern const char* heddle_debug_message;  ///< "data race: T1 writes hits while T2 reads it".

/// Does nothing: for a breakpoint.
void heddle_debug_stop();
}
