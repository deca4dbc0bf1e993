/* tape_clock.h: the clock of recorded operations: readings that nothing of the operation moves
 * across, and a bound on how far the readings of two processors may lie apart.
 *
 * CLOCK_MONOTONIC, as everywhere in the harness. The kernel promises that it never runs backwards,
 * not that two processors read the same moment as the same number; a history orders operations of
 * different threads by it, so the difference is measured. Two threads, bound to the reference
 * processor and to another one, pass a token to and fro: a reading of the other one that lies
 * between two of the reference bounds its offset from both sides, and all rounds together bound it
 * ever more narrowly (Cristian's algorithm, kept as an interval). Offsets that contradict each
 * other mean that the clock is unstable, and nothing may be ordered by it.
 *
 * Every interval of a history is widened by the bound at both ends, so two operations are ordered
 * only when they are so by any reading of the clocks.
 *
 * What order is meant: `before` is read before the operation's first access, `after` when its last
 * store is visible to all. On x86-64 that takes an lfence and an mfence, elsewhere a full fence.
 */
#ifndef TMB_TAPE_CLOCK_H
#define TMB_TAPE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

static inline int64_t tape_clock_read_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: the clock is mandatory on Linux */
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The last thing before an operation. */
static inline int64_t tape_clock_before_ns(void)
{
  int64_t now_ns = tape_clock_read_ns();
#if defined(__x86_64__)
  __asm__ volatile("lfence" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
  return now_ns;
}

/* The first thing after it. */
static inline int64_t tape_clock_after_ns(void)
{
#if defined(__x86_64__)
  __asm__ volatile("mfence" ::: "memory"); /* the reading itself waits for what stands before it */
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
  return tape_clock_read_ns();
}

/* By how much a processor's clock is ahead of the reference: at least low, at most high. */
struct clock_offset {
  int64_t low_ns, high_ns;
};

#define CLOCK_OFFSET_UNKNOWN ((struct clock_offset){INT64_MIN, INT64_MAX})

/* The reference read `sent_ns`, then the other processor `seen_ns`, then the reference
 * `answered_ns`. */
static inline void clock_offset_narrow(struct clock_offset *offset, int64_t sent_ns,
                                       int64_t seen_ns, int64_t answered_ns)
{
  if (seen_ns - answered_ns > offset->low_ns)
    offset->low_ns = seen_ns - answered_ns;
  if (seen_ns - sent_ns < offset->high_ns)
    offset->high_ns = seen_ns - sent_ns;
}

/* False: no offset explains all that was read. */
static inline bool clock_offset_stable(const struct clock_offset *offset)
{
  return offset->low_ns <= offset->high_ns;
}

static inline int64_t clock_offset_error_ns(const struct clock_offset *offset)
{
  return -offset->low_ns > offset->high_ns ? -offset->low_ns : offset->high_ns;
}

struct tape_clock;

#define TAPE_CLOCK_ERROR_BYTES 256

/* For all processors that the calling thread may run on, the first of them the reference. Never
 * NULL. */
struct tape_clock *tape_clock_create(void);
void tape_clock_destroy(struct tape_clock *);

/* Measures all offsets, and narrows what earlier calls found: call it before and after what is
 * recorded, so that a clock that drifts in between is found out. Takes about a millisecond a
 * processor on a quiet machine. False with a sentence in error[TAPE_CLOCK_ERROR_BYTES]: the clock
 * is unstable, or threads cannot be bound. */
bool tape_clock_calibrate(struct tape_clock *, char *error);

/* No reading of any processor is farther than this from the reference. After a calibration. */
int64_t tape_clock_error_ns(const struct tape_clock *);

#endif
