// SPDX-License-Identifier: Apache-2.0
// Clearing the stack below the stack pointer, without using it.
#include "checker/intercept/residue.h"

// `rsp` points to the return address; everything below it is free. rcx, rdi, rax, xmm0: scratch.
#define HEDDLE_CLEAR(name, bytes)          \
  asm(".pushsection .text\n"               \
      ".p2align 4\n"                       \
      ".globl " #name                      \
      "\n"                                 \
      ".hidden " #name                     \
      "\n"                                 \
      ".type " #name ", @function\n" #name \
      ":\n"                                \
      "  .cfi_startproc\n"                 \
      "  pxor %xmm0, %xmm0\n"              \
      "  leaq -" #bytes                    \
      "(%rsp), %rdi\n"                     \
      "1:\n"                               \
      "  movups %xmm0, (%rdi)\n"           \
      "  movups %xmm0, 16(%rdi)\n"         \
      "  movups %xmm0, 32(%rdi)\n"         \
      "  movups %xmm0, 48(%rdi)\n"         \
      "  addq $64, %rdi\n"                 \
      "  cmpq %rsp, %rdi\n"                \
      "  jb 1b\n"                          \
      "  ret\n"                            \
      "  .cfi_endproc\n"                   \
      ".size " #name ", . - " #name        \
      "\n"                                 \
      ".popsection\n")

HEDDLE_CLEAR(heddle_clear_shallow, 768);
HEDDLE_CLEAR(heddle_clear_deep, 1536);
