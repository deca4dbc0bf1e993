/* board.h: what a scenario's process shows to the process that watches it: who is where, how far
 * everyone is, and what was found. It lies in memory that both share, so it outlives a crash.
 *
 * The watched process writes, the watcher reads. `pulse`, `done` and `where` tell of progress only
 * and order nothing: relaxed, no partners. The rest is read after the process has ended, or is a
 * count.
 */
#ifndef TMB_BOARD_H
#define TMB_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One line of the final table each. */
enum stress_promise {
  PROMISE_INTERNING,   /* of every map: the oracle and the interning check */
  PROMISE_REFUSAL,     /* of every map: without memory a put is refused and nothing else changes */
  PROMISE_DENSE_IDS,   /* MAP_DENSE_IDS */
  PROMISE_ORDERED_IDS, /* MAP_ORDERED_IDS */
  PROMISE_LOCK_FREE,   /* MAP_LOCK_FREE, REGION_LOCK_FREE */
  PROMISE_SIGNAL_SAFE, /* MAP_ASYNC_SIGNAL_SAFE with REGION_ASYNC_SIGNAL_SAFE */
  STRESS_PROMISES
};

enum board_count {
  COUNT_EPOCHS,
  COUNT_OPERATIONS,
  COUNT_SIGNALS,          /* that reached a thread which plays */
  COUNT_HANDLER_CALLS,    /* puts and lookups made by handlers */
  COUNT_HANDLER_IN_PUT,   /* of these: inside a put of the same thread */
  COUNT_HANDLER_IN_ALLOC, /* of these: inside that put's region */
  COUNT_PARKS,            /* threads parked inside a put, outside of the region's alloc */
  COUNT_PARKS_IN_ALLOC,   /* threads parked inside the region's alloc */
  COUNT_WAITS_IN_ALLOC,   /* of these: the others had to wait */
  COUNT_REFUSALS,         /* puts refused for want of memory */
  COUNT_BLOCKS_MOST,      /* largest n at which the n-th block was refused */
  BOARD_COUNTS
};

enum board_where {
  WHERE_PUT = 1u << 0,         /* inside a put of its tape */
  WHERE_ALLOC = 1u << 1,       /* inside the region's alloc */
  WHERE_HANDLER_PUT = 1u << 2, /* inside a call made by its signal handler */
  WHERE_PARKED = 1u << 3,      /* held in its signal handler */
};

struct board_seat {
  _Alignas(64) _Atomic uint64_t done; /* calls that returned */
  _Atomic uint32_t where;             /* enum board_where */
  _Atomic int32_t tid;                /* 0: no thread */
};

struct board_refutation {
  bool refuted;
  uint64_t epoch;
  double after_s; /* since the scenario began */
  char how[640];
};

#define BOARD_SEATS 256

struct board {
  uint64_t start_ns;
  _Atomic uint64_t pulse; /* steps of the work between plays */
  _Atomic uint64_t epoch;
  _Atomic uint64_t count[BOARD_COUNTS];
  _Atomic bool finished; /* the scenario came to its end */
  bool tested[STRESS_PROMISES];
  struct board_refutation refutation[STRESS_PROMISES];
  char untested[256]; /* why the scenario can show nothing here */
  char error[256];    /* the harness failed: no memory, no thread */
  struct board_seat seat[BOARD_SEATS];
};

/* Memory for a board that a forked child shares. NULL: none. */
struct board *board_create(void);
void board_destroy(struct board *);

static inline void board_beat(struct board *board)
{
  atomic_fetch_add_explicit(&board->pulse, 1, memory_order_relaxed);
}

static inline void board_add(struct board *board, enum board_count which, uint64_t n)
{
  atomic_fetch_add_explicit(&board->count[which], n, memory_order_relaxed);
}

static inline uint64_t board_count(const struct board *board, enum board_count which)
{
  return atomic_load_explicit(&board->count[which], memory_order_relaxed);
}

static inline void board_enter(struct board_seat *seat, uint32_t where)
{
  atomic_fetch_or_explicit(&seat->where, where, memory_order_relaxed);
}

static inline void board_leave(struct board_seat *seat, uint32_t where)
{
  atomic_fetch_and_explicit(&seat->where, ~where, memory_order_relaxed);
}

static inline uint32_t board_where(const struct board_seat *seat)
{
  return atomic_load_explicit(&seat->where, memory_order_relaxed);
}

static inline uint64_t board_done(const struct board_seat *seat)
{
  return atomic_load_explicit(&seat->done, memory_order_relaxed);
}

/* Sum of everything that grows while anybody gets on. */
uint64_t board_progress(const struct board *);

double board_elapsed_s(const struct board *);

/* Keeps the first refutation of a promise. */
__attribute__((format(printf, 3, 4))) void board_refute(struct board *, enum stress_promise,
                                                        const char *format, ...);

/* Says that the harness itself failed. Keeps the first. */
__attribute__((format(printf, 2, 3))) void board_fail(struct board *, const char *format, ...);

/* A contradiction was found: no use in going on. */
bool board_has_refutation(const struct board *);

#endif
