// SPDX-License-Identifier: Apache-2.0
// The context switch. A suspended fiber's stack pointer points at (see SavedFrame in fiber.cc):
//     0  mxcsr (4 bytes), x87 control word (2), unused (2)
//     8  r15   16 r14   24 r13   32 r12   40 rbx   48 rbp   56 return address
    .text

// void heddle_fiber_switch(void** save, void* load)
    .globl  heddle_fiber_switch
    .protected heddle_fiber_switch
    .type   heddle_fiber_switch, @function
    .p2align 4
heddle_fiber_switch:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    // Loading a control word is slow, and the other fiber's is nearly always the same.
    movl    (%rsp), %eax
    movzwl  4(%rsp), %ecx
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    // From here on it is the other fiber's frame, of the same shape.
    cmpl    (%rsp), %eax
    jne     2f
1:  cmpw    4(%rsp), %cx
    jne     3f
    .cfi_remember_state
4:  addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq    %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq    %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq    %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq    %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    // Not ret: the processor predicts that it goes back to the caller, and it never does. 4 ns.
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmpq    *%rcx
    .cfi_restore_state
2:  ldmxcsr (%rsp)
    jmp     1b
3:  fldcw   4(%rsp)
    jmp     4b
    .cfi_endproc
    .size   heddle_fiber_switch, .-heddle_fiber_switch

// [[noreturn]] void heddle_fiber_resume(void* load)
    .globl  heddle_fiber_resume
    .protected heddle_fiber_resume
    .type   heddle_fiber_resume, @function
    .p2align 4
heddle_fiber_resume:
    .cfi_startproc
    .cfi_undefined %rip
    movq    %rdi, %rsp
    ldmxcsr (%rsp)
    // A crash may leave values on the x87 stack or MMX in use; the ABI wants both empty.
    fninit
    fldcw   4(%rsp)
    addq    $8, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    cld
    ret
    .cfi_endproc
    .size   heddle_fiber_resume, .-heddle_fiber_resume

// The base of every fiber: reset_fiber() leaves its address as the first return address, the entry
// function in r12 and its argument in r13. There is no caller, which is what the undefined return
// address says to unwinders.
    .globl  heddle_fiber_base
    .hidden heddle_fiber_base
    .type   heddle_fiber_base, @function
    .p2align 4
    .cfi_startproc
    .cfi_undefined %rip
    nop                 // Unwinders look up the instruction before a return address.
heddle_fiber_base:
    xorl    %ebp, %ebp
    movq    %r13, %rdi
    callq   *%r12
    ud2                 // An entry function never returns.
    .cfi_endproc
    .size   heddle_fiber_base, .-heddle_fiber_base

// void* heddle_call_clean(void* (*function)(void*), void* argument, std::uintptr_t* stack_top)
    .globl  heddle_call_clean
    .hidden heddle_call_clean
    .type   heddle_call_clean, @function
    .p2align 4
heddle_call_clean:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq   %rbx
    .cfi_offset %rbx, -24
    pushq   %r12
    .cfi_offset %r12, -32
    pushq   %r13
    .cfi_offset %r13, -40
    pushq   %r14
    .cfi_offset %r14, -48
    pushq   %r15
    .cfi_offset %r15, -56
    subq    $8, %rsp
    movq    %rsp, (%rdx)
    movq    %rdi, %rax
    movq    %rsi, %rdi
    xorl    %ebx, %ebx
    xorl    %r12d, %r12d
    xorl    %r13d, %r13d
    xorl    %r14d, %r14d
    xorl    %r15d, %r15d
    callq   *%rax
    addq    $8, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    leave
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size   heddle_call_clean, .-heddle_call_clean

    .section .note.GNU-stack,"",@progbits
