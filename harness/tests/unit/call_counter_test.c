/* call_counter_test.c: functions of a known length, and instructions of a known kind. */
#include "measure/call_counter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/locked_instruction.h"
#include "tests/contract/cmocka_includes.h"

static void locked_instructions_are_known(void **state)
{
  (void)state;
  const struct instruction_registers r = {
      .general = {[1] = 3, [6] = 0x6000, [7] = 0x7000, [12] = 0xc000}, .fs_base = 0xf0000};
  static const struct {
    unsigned char bytes[12];
    size_t n;
    uint64_t address; /* 0: not locked */
    bool repeats;
  } known[] = {
      {{0xf0, 0x48, 0x0f, 0xc1, 0x07}, 5, 0x7000, false},         /* lock xadd %rax,(%rdi) */
      {{0xf0, 0x48, 0xff, 0x05, 0x10}, 8, 0x1018, false},         /* lock incq 16(%rip) */
      {{0xf0, 0x48, 0x83, 0x05, 0x10, 0, 0, 0, 1}, 9, 0x1019, 0}, /* lock addq $1,16(%rip) */
      {{0xf0, 0x66, 0x81, 0x05, 0, 0, 0, 0, 1}, 10, 0x100a, 0},   /* lock addw $1,(%rip) */
      {{0xf0, 0x83, 0x44, 0x8e, 0xf0, 1},
       6,
       0x6000 + 12 - 16,
       0},                                                       /* lock addl $1,-16(%rsi,%rcx,4) */
      {{0xf0, 0x4d, 0x0f, 0xb1, 0x2c, 0x24}, 6, 0xc000, false},  /* lock cmpxchg %r13,(%r12) */
      {{0x64, 0xf0, 0xff, 0x04, 0x25, 0x20}, 9, 0xf0020, false}, /* lock incl %fs:32 */
      {{0x87, 0x07}, 2, 0x7000, false},                          /* xchg %eax,(%rdi) */
      {{0x87, 0xc7}, 2, 0, false},                               /* xchg %eax,%edi */
      {{0xb8, 0xf0, 0x48, 0x0f, 0xc1}, 5, 0, false},             /* mov $…,%eax: f0 is data */
      {{0x48, 0x01, 0x07}, 3, 0, false},                         /* add %rax,(%rdi) */
      {{0xf3, 0x90}, 2, 0, true},                                /* pause */
      {{0xf3, 0xa4}, 2, 0, true},                                /* rep movsb */
      {{0xf0, 0x48}, 2, 0, false},                               /* cut off */
      {{0xf0, 0x48, 0xff, 0x05, 0x10}, 5, 0, false},             /* the same */
      {{0}, 0, 0, false},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct instruction got = instruction_decode(known[i].bytes, known[i].n, 0x1000, &r);
    if (got.address != known[i].address || got.locked != (known[i].address != 0) ||
        got.repeats != known[i].repeats)
      fail_msg("case %zu: locked %d at %llx, repeats %d", i, got.locked,
               (unsigned long long)got.address, got.repeats);
  }
}

#ifdef __x86_64__

/* Five instructions, two of them locked: one on the first argument's line, one on the second's. */
void locks_two(uint64_t *own, uint64_t *common);
/* One. */
void locks_none(uint64_t *own, uint64_t *common);
/* Three, however much it copies. */
void copies(void *to, const void *from, uint64_t bytes);
__asm__(".text\n"
        "locks_two:\n"
        "  mov $1, %eax\n"
        "  lock xadd %rax, (%rdi)\n"
        "  nop\n"
        "  xchg %rax, (%rsi)\n"
        "  ret\n"
        "locks_none:\n"
        "  ret\n"
        "copies:\n"
        "  mov %rdx, %rcx\n"
        "  rep movsb\n"
        "  ret\n");

static struct {
  _Alignas(64) uint64_t word;
} line[8];

enum { PLAYS = 40 };

static void play_apart(void *arg)
{
  (void)arg;
  for (int i = 0; i < PLAYS; i++)
    locks_two(&line[i % 2].word, &line[2].word);
}

static void play_mixed(void *arg)
{
  (void)arg;
  char to[300], from[300] = {0};
  for (int i = 0; i < PLAYS; i++) {
    locks_none(NULL, NULL);
    locks_two(&line[0].word, &line[0].word);
    copies(to, from, sizeof to);
  }
}

static void play_nothing(void *arg)
{
  (void)arg;
}

static void play_crash(void *arg)
{
  (void)arg;
  abort();
}

static void count(struct call_counter_task task, struct call_counts *counts)
{
  char error[CALL_COUNTER_ERROR_BYTES] = "";
  if (!call_counter_run(&task, counts, error)) {
    print_message("%s\n", error);
    if (strstr(error, "ptrace"))
      skip();
    fail_msg("%s", error);
  }
}

static void known_functions_give_known_counts(void **state)
{
  (void)state;
  struct call_counts counts;
  struct call_counter_task task = {.function = {(counted_function *)locks_two},
                                   .play = play_apart,
                                   .seats = 2,
                                   .calls_most = UINT64_MAX};
  count(task, &counts);
  assert_int_equal(counts.calls, PLAYS);
  assert_int_equal(counts.instructions, 5 * PLAYS);
  assert_int_equal(counts.locked, 2 * PLAYS);
  assert_int_equal(counts.shared_locked, PLAYS); /* the common line, not each seat's own */
  task.seats = 1;
  count(task, &counts);
  assert_int_equal(counts.shared_locked, 0);
  task.calls_most = 7;
  count(task, &counts);
  assert_int_equal(counts.calls, 7);
  assert_int_equal(counts.instructions, 5 * 7);
  /* Several functions, and a repeated instruction is one. */
  task = (struct call_counter_task){
      .function = {(counted_function *)locks_none, (counted_function *)copies},
      .warm_up = play_apart,
      .play = play_mixed,
      .seats = 2,
      .calls_most = UINT64_MAX};
  count(task, &counts);
  assert_int_equal(counts.calls, 2 * PLAYS);
  assert_int_equal(counts.instructions, (1 + 3) * PLAYS);
  assert_int_equal(counts.locked, 0);
}

static void what_cannot_be_counted_is_said(void **state)
{
  (void)state;
  char error[CALL_COUNTER_ERROR_BYTES];
  struct call_counts counts;
  struct call_counter_task task = {.function = {(counted_function *)locks_two},
                                   .play = play_nothing,
                                   .seats = 1,
                                   .calls_most = 10};
  assert_false(call_counter_run(&task, &counts, error));
  if (strstr(error, "ptrace"))
    skip();
  assert_non_null(strstr(error, "made none of the calls"));
  task.play = play_crash;
  assert_false(call_counter_run(&task, &counts, error));
  assert_non_null(strstr(error, "ended by signal 6"));
}

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* From here on ptrace is answered with EPERM, as by a container's profile. */
static bool forbid_tracing(void)
{
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void where_tracing_is_forbidden_it_says_so(void **state)
{
  (void)state;
  pid_t child = fork(); /* the filter cannot be taken off again */
  assert_true(child >= 0);
  if (child == 0) {
    char error[CALL_COUNTER_ERROR_BYTES] = "";
    struct call_counts counts;
    struct call_counter_task task = {.function = {(counted_function *)locks_two},
                                     .play = play_apart,
                                     .seats = 1,
                                     .calls_most = 10};
    if (!forbid_tracing())
      _exit(77);
    bool counted = call_counter_run(&task, &counts, error);
    _exit(!counted && strstr(error, "forbids") ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    skip();
  assert_int_equal(WEXITSTATUS(status), 0);
}

#else

static void known_functions_give_known_counts(void **state)
{
  (void)state;
  char error[CALL_COUNTER_ERROR_BYTES] = "";
  struct call_counts counts;
  struct call_counter_task task = {.seats = 1};
  assert_false(call_counter_run(&task, &counts, error));
  assert_non_null(strstr(error, "x86-64"));
}

#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(locked_instructions_are_known),
      cmocka_unit_test(known_functions_give_known_counts),
#ifdef __x86_64__
      cmocka_unit_test(what_cannot_be_counted_is_said),
      cmocka_unit_test(where_tracing_is_forbidden_it_says_so),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
