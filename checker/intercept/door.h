// SPDX-License-Identifier: Apache-2.0
// How a door is defined: a public symbol of foreign name, and a body under a name of our own.
//
// The public symbols (memcpy, pthread_mutex_lock, __atomic_load_16) are made by the assembler and
// never declared to the compiler. So no header's prototype, attribute or built-in knowledge of the
// name gets in the way, both compilers accept names that they reserve, and a body that is compiled
// into a call of memcpy reaches the public one like anybody else's.
//
//   HEDDLE_EXPORT(int, sem_post, sem_t* semaphore) { ... }   an alias of the body
//   HEDDLE_DOOR(int, sem_wait, sem_t* semaphore) { ... }     saves the caller's registers first
//
// HEDDLE_DOOR enters through a few instructions which store rsp and the callee-saved registers, as
// the caller had them, in `heddle_door`, and then jump to the body: the return address and the
// arguments stay where they were, so in both forms `__builtin_return_address(0)` is the caller's
// and arguments on the stack are found. It is for operations that may stand in a spin loop; see
// runtime/spin.h. The store costs about a nanosecond, also when nothing is explored.
//
// Invariants: a door is a leaf in its file: no other code calls a body by its own name.
#pragma once

#include <cstddef>
#include <cstdint>

/// Offset of a register in runtime::DoorState.
#define HEDDLE_DOOR_SAVE(index, reg) "  movq %" reg ", heddle_door+8*" #index "(%rip)\n"

#define HEDDLE_DOOR_ENTRY(name)                                                                   \
  asm(".pushsection .text\n"                                                                      \
      ".p2align 4\n"                                                                              \
      ".globl " #name                                                                             \
      "\n"                                                                                        \
      ".type " #name ", @function\n" #name                                                        \
      ":\n"                                                                                       \
      "  .cfi_startproc\n" HEDDLE_DOOR_SAVE(0, "rsp") HEDDLE_DOOR_SAVE(1, "rbx")                  \
          HEDDLE_DOOR_SAVE(2, "rbp") HEDDLE_DOOR_SAVE(3, "r12") HEDDLE_DOOR_SAVE(4, "r13")        \
              HEDDLE_DOOR_SAVE(5, "r14") HEDDLE_DOOR_SAVE(6, "r15") "  jmp heddle_body_" #name    \
                                                                    "\n"                          \
                                                                    "  .cfi_endproc\n"            \
                                                                    ".size " #name ", . - " #name \
                                                                    "\n"                          \
                                                                    ".popsection\n")

#define HEDDLE_ALIAS_ENTRY(name) \
  asm(".globl " #name            \
      "\n"                       \
      ".type " #name             \
      ", @function\n"            \
      ".set " #name ", heddle_body_" #name "\n")

#define HEDDLE_BODY(result, name, ...) \
  extern "C" [[gnu::used, gnu::visibility("hidden")]] result heddle_body_##name(__VA_ARGS__)

#define HEDDLE_DOOR(result, name, ...) \
  HEDDLE_DOOR_ENTRY(name);             \
  HEDDLE_BODY(result, name, __VA_ARGS__)

#define HEDDLE_EXPORT(result, name, ...) \
  HEDDLE_ALIAS_ENTRY(name);              \
  HEDDLE_BODY(result, name, __VA_ARGS__)

/// The caller's address, in a body.
#define HEDDLE_SITE() reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))
