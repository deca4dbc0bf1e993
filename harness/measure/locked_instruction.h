/* locked_instruction.h: finds the locked instructions of x86-64 and the memory they lock. Used by
 * call_counter.c. Pure. */
#ifndef TMB_LOCKED_INSTRUCTION_H
#define TMB_LOCKED_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_BYTES_MOST 15

/* Registers by their number in an instruction: rax rcx rdx rbx rsp rbp rsi rdi r8 … r15. */
struct instruction_registers {
  uint64_t general[16], fs_base, gs_base;
};

struct instruction {
  bool repeats;     /* a rep prefix: one instruction may be many steps at one address */
  bool locked;      /* a lock prefix, or an xchg with memory */
  uint64_t address; /* of the locked memory; 0 when not locked */
};

/* The instruction at `at`, of which up to 15 bytes are given. */
struct instruction instruction_decode(const unsigned char *bytes, size_t n, uint64_t at,
                                      const struct instruction_registers *);

#endif
