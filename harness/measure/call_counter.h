/* call_counter.h: counts the instructions and the locked instructions of calls, by single-stepping
 * them in a child process. What a processor's counters would say, where there are none; and unlike
 * times, the counts are the same on every run and do not depend on the neighbours.
 *
 * A call is counted from the first instruction of a function to its return, with all that it calls.
 * A locked instruction has a lock prefix, or is an xchg with memory. Calls are made for several
 * seats in turn; a locked instruction is shared when another seat's calls locked the same cache
 * line too: that is what makes more threads wait for each other.
 *
 * One thread makes all calls, so nothing contends and no retry is counted. Another one sleeps
 * beside it, so that libraries do not leave their locks out.
 *
 * x86-64 under Linux only; call_counter_run() says so elsewhere, and where tracing is forbidden.
 */
#ifndef TMB_CALL_COUNTER_H
#define TMB_CALL_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_COUNTER_ERROR_BYTES 512
#define CALL_COUNTER_FUNCTIONS 4
#define CALL_COUNTER_SEATS_MOST 64

typedef void counted_function(void);

struct call_counter_task {
  /* A call of any of these is counted; ended by NULL when there are fewer. A call that one makes to
   * another is part of the outer one. */
  counted_function *function[CALL_COUNTER_FUNCTIONS];
  /* Run in the child, whose memory is a copy of the caller's: makes the calls before the ones that
   * count, at full speed; NULL: none. */
  void (*warm_up)(void *arg);
  /* Run in the child, step by step: makes the calls, the k-th for seat k % seats. */
  void (*play)(void *arg);
  void *arg;
  unsigned seats;      /* 1 to CALL_COUNTER_SEATS_MOST */
  uint64_t calls_most; /* so many calls are counted, then the child is ended */
};

struct call_counts {
  uint64_t calls;
  uint64_t instructions, locked;
  uint64_t shared_locked; /* of the locked ones; 0 with one seat */
  unsigned seats;         /* as asked for */
};

/* False with a sentence in error[CALL_COUNTER_ERROR_BYTES]. Not thread-safe; other threads of the
 * process must hold no lock that play() takes. */
bool call_counter_run(const struct call_counter_task *, struct call_counts *, char *error);

#endif
