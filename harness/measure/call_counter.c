/* call_counter.c: see call_counter.h. The caller's child plays; the caller steps it. */
#include "measure/call_counter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static bool refuse(char *error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, CALL_COUNTER_ERROR_BYTES, format, arguments);
  va_end(arguments);
  return false;
}

#if defined(__linux__) && defined(__x86_64__)

#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/locked_instruction.h"

/* ---- the child ---- */

static void *sleep_on(void *arg)
{
  for (;;)
    pause();
  return arg;
}

#define NOT_TRACED 100 /* exit status: the kernel forbids it */
#define NO_THREAD 101

_Noreturn static void play_in_child(const struct call_counter_task *task)
{
  pthread_t sleeper;
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
    _exit(NOT_TRACED);
  if (pthread_create(&sleeper, NULL, sleep_on, NULL) != 0)
    _exit(NO_THREAD);
  if (task->warm_up)
    task->warm_up(task->arg);
  raise(SIGSTOP);
  task->play(task->arg);
  _exit(0);
}

/* ---- lines that were locked, and by whom ---- */

struct locked_line {
  uint64_t line, count, seats; /* seats: a bit each; 0: a free entry */
};

struct locked_lines {
  struct locked_line *entry;
  size_t capacity, count; /* a power of two */
};

static struct locked_line *find_line(const struct locked_lines *lines, uint64_t line)
{
  size_t i = (size_t)(line * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (lines->capacity - 1);
  while (lines->entry[i].seats && lines->entry[i].line != line)
    i = (i + 1) & (lines->capacity - 1);
  return &lines->entry[i];
}

static bool grow(struct locked_lines *lines)
{
  struct locked_lines wider = {.capacity = lines->capacity ? 2 * lines->capacity : 1024,
                               .count = lines->count};
  wider.entry = calloc(wider.capacity, sizeof *wider.entry);
  if (!wider.entry)
    return false;
  for (size_t i = 0; i < lines->capacity; i++)
    if (lines->entry[i].seats)
      *find_line(&wider, lines->entry[i].line) = lines->entry[i];
  free(lines->entry);
  *lines = wider;
  return true;
}

static bool note_locked(struct locked_lines *lines, uint64_t address, unsigned seat)
{
  if (2 * lines->count >= lines->capacity && !grow(lines))
    return false;
  struct locked_line *line = find_line(lines, address / 64);
  lines->count += line->seats == 0;
  line->line = address / 64;
  line->seats |= UINT64_C(1) << seat;
  line->count++;
  return true;
}

static uint64_t count_shared(const struct locked_lines *lines)
{
  uint64_t shared = 0;
  for (size_t i = 0; i < lines->capacity; i++)
    if (lines->entry[i].seats & (lines->entry[i].seats - 1))
      shared += lines->entry[i].count;
  return shared;
}

/* ---- stepping ---- */

struct stepper {
  const struct call_counter_task *task;
  pid_t child;
  struct call_counts counts;
  struct locked_lines lines;
  bool inside;
  uint64_t return_to, return_stack; /* of the call that is being counted */
  uint64_t last_at;
  char *error;
};

static bool is_counted(const struct call_counter_task *task, uint64_t at)
{
  for (int i = 0; i < CALL_COUNTER_FUNCTIONS && task->function[i]; i++)
    if ((uint64_t)(uintptr_t)task->function[i] == at)
      return true;
  return false;
}

static size_t read_child(const struct stepper *s, uint64_t from, void *to, size_t bytes)
{
  struct iovec mine = {.iov_base = to, .iov_len = bytes};
  struct iovec other = {.iov_base = (void *)(uintptr_t)from, .iov_len = bytes};
  ssize_t n = process_vm_readv(s->child, &mine, 1, &other, 1, 0);
  if (n <= 0 && from % 4096 + bytes > 4096) { /* the next page is not there */
    other.iov_len = 4096 - from % 4096;
    n = process_vm_readv(s->child, &mine, 1, &other, 1, 0);
  }
  return n < 0 ? 0 : (size_t)n;
}

static struct instruction_registers registers_of(const struct user_regs_struct *r)
{
  return (struct instruction_registers){.general = {r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp,
                                                    r->rsi, r->rdi, r->r8, r->r9, r->r10, r->r11,
                                                    r->r12, r->r13, r->r14, r->r15},
                                        .fs_base = r->fs_base,
                                        .gs_base = r->gs_base};
}

/* Looks at the instruction that the next step will execute. */
static bool count_instruction(struct stepper *s, const struct user_regs_struct *regs)
{
  unsigned char bytes[INSTRUCTION_BYTES_MOST];
  size_t n = read_child(s, regs->rip, bytes, sizeof bytes);
  if (n == 0)
    return refuse(s->error, "the traced process's instructions cannot be read: %s",
                  strerror(errno));
  struct instruction_registers registers = registers_of(regs);
  struct instruction instruction = instruction_decode(bytes, n, regs->rip, &registers);
  if (instruction.repeats && regs->rip == s->last_at)
    return true; /* still the same one */
  s->last_at = regs->rip;
  s->counts.instructions++;
  if (!instruction.locked)
    return true;
  s->counts.locked++;
  return note_locked(&s->lines, instruction.address,
                     (unsigned)(s->counts.calls % s->task->seats)) ||
         refuse(s->error, "no memory to count in");
}

/* One stop of the child. False: an error. */
static bool look(struct stepper *s)
{
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, s->child, NULL, &regs) != 0)
    return refuse(s->error, "the traced process's registers cannot be read: %s", strerror(errno));
  if (s->inside && regs.rip == s->return_to && regs.rsp == s->return_stack) {
    s->inside = false;
    s->counts.calls++;
  }
  if (!s->inside && is_counted(s->task, regs.rip) && s->counts.calls < s->task->calls_most) {
    if (read_child(s, regs.rsp, &s->return_to, sizeof s->return_to) != sizeof s->return_to)
      return refuse(s->error, "the traced process's stack cannot be read: %s", strerror(errno));
    s->return_stack = regs.rsp + sizeof s->return_to;
    s->inside = true;
    s->last_at = 0;
  }
  return !s->inside || count_instruction(s, &regs);
}

static bool wait_for(const struct stepper *s, int *status)
{
  pid_t got;
  do
    got = waitpid(s->child, status, 0);
  while (got < 0 && errno == EINTR);
  return got == s->child || refuse(s->error, "the traced process is lost: %s", strerror(errno));
}

/* How the child ended before or without what was wanted of it. */
static bool ended(const struct stepper *s, int status)
{
  if (WIFSIGNALED(status))
    return refuse(s->error, "the traced process was ended by signal %d: %s", WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
  if (WEXITSTATUS(status) == NOT_TRACED)
    return refuse(s->error, "this system forbids tracing a process of one's own (ptrace): allow "
                            "it in the container's profile, or set kernel.yama.ptrace_scope to at "
                            "most 2");
  if (WEXITSTATUS(status) == NO_THREAD)
    return refuse(s->error, "no thread to be had in the traced process");
  if (s->counts.calls == 0)
    return refuse(s->error, "the traced process made none of the calls that were to be counted");
  return true;
}

/* Leaves *running false once the child has ended. */
static bool step_to_the_end(struct stepper *s, bool *running)
{
  int status, pass_on = 0;
  if (!wait_for(s, &status))
    return false;
  if (WIFSTOPPED(status) && ptrace(PTRACE_SETOPTIONS, s->child, NULL, PTRACE_O_EXITKILL) != 0)
    return refuse(s->error, "tracing a process of one's own fails: %s", strerror(errno));
  while (WIFSTOPPED(status) && s->counts.calls < s->task->calls_most) {
    int stopped_by = WSTOPSIG(status);
    pass_on = stopped_by == SIGTRAP || stopped_by == SIGSTOP ? 0 : stopped_by;
    if (!look(s))
      return false;
    if (ptrace(PTRACE_SINGLESTEP, s->child, NULL, (void *)(intptr_t)pass_on) != 0)
      return refuse(s->error, "stepping a process of one's own fails: %s", strerror(errno));
    if (!wait_for(s, &status))
      return false;
  }
  *running = WIFSTOPPED(status);
  return *running || ended(s, status);
}

bool call_counter_run(const struct call_counter_task *task, struct call_counts *counts, char *error)
{
  struct stepper s = {.task = task, .error = error};
  *counts = (struct call_counts){0};
  fflush(NULL); /* else the child might write it out again */
  s.child = fork();
  if (s.child < 0)
    return refuse(error, "no process to count in: %s", strerror(errno));
  if (s.child == 0)
    play_in_child(task);
  bool running = true, good = step_to_the_end(&s, &running);
  if (running) {
    int status;
    kill(s.child, SIGKILL);
    while (waitpid(s.child, &status, 0) == s.child && WIFSTOPPED(status))
      ;
  }
  *counts = s.counts;
  counts->seats = task->seats;
  counts->shared_locked = count_shared(&s.lines);
  free(s.lines.entry);
  return good;
}

#else

bool call_counter_run(const struct call_counter_task *task, struct call_counts *counts, char *error)
{
  (void)task;
  *counts = (struct call_counts){0};
  return refuse(error, "instructions are counted on x86-64 under Linux only");
}

#endif
