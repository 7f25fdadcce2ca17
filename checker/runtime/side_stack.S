// SPDX-License-Identifier: Apache-2.0
// Calls on a stack beside the running fiber's: see side_stack.h.

    .bss
    .globl  heddle_side_stack
    .hidden heddle_side_stack
    .type   heddle_side_stack, @object
    .size   heddle_side_stack, 8
    .p2align 3
heddle_side_stack:
    .zero   8

    .text
// std::uint64_t heddle_call_aside(function, a, b, c, d, e)
    .globl  heddle_call_aside
    .hidden heddle_call_aside
    .type   heddle_call_aside, @function
    .p2align 4
heddle_call_aside:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    movq    heddle_side_stack(%rip), %rsp
    movq    %rbp, (%rsp)        // Where the program's stack ends: see side_stack.h.
    movq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    movq    %r8, %rcx
    movq    %r9, %r8
    callq   *%rax
    // What the caller takes for rubbish may yet be spilled (an argument that is not there, of a
    // variadic function; the upper part of a register that gets a bool): it shall be the same each
    // time, or states would differ.
    xorl    %ecx, %ecx
    xorl    %edx, %edx
    xorl    %esi, %esi
    xorl    %edi, %edi
    xorl    %r8d, %r8d
    xorl    %r9d, %r9d
    xorl    %r10d, %r10d
    xorl    %r11d, %r11d
    leave
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret
    .cfi_endproc
    .size   heddle_call_aside, .-heddle_call_aside

// void heddle_call_back(function): to a debugger it is called where heddle_call_aside was.
    .globl  heddle_call_back
    .hidden heddle_call_back
    .type   heddle_call_back, @function
    .p2align 4
heddle_call_back:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    movq    %rsp, %rbx
    .cfi_remember_state
    movq    heddle_side_stack(%rip), %rax
    movq    (%rax), %rbp
    leaq    -256(%rbp), %rsp
    andq    $-16, %rsp
    .cfi_def_cfa %rbp, 16
    .cfi_offset %rbp, -16
    callq   *%rdi
    movq    %rbx, %rsp
    .cfi_restore_state
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    ret
    .cfi_endproc
    .size   heddle_call_back, .-heddle_call_back

    .section .note.GNU-stack,"",@progbits
