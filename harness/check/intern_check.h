/* intern_check.h: decides in linear time whether what threads did to an interning map is
 * linearizable. No log and no sort of operations: each thread keeps 64 bytes a key, and these merge
 * in any order.
 *
 * The rule. Ids must differ between keys; that does not depend on order. For one key between two
 * resets: all ids returned are equal, at most one put says `added`, and with
 *   lo = the later of the adder's call and the last call of a lookup that missed,
 *   hi = the earlier of the adder's return and the first return of an operation that found it
 * the key's operations are linearizable if and only if lo <= hi: the adder takes effect at a moment
 * in [lo, hi], the misses before it, the finds after it. (Times that are equal count as concurrent,
 * which is why lo may equal hi.) When no put that returned says `added`, nobody may have found the
 * key, or a put that never returned did it: the one that was called first has the widest interval,
 * [its call, forever]. A put that was refused for want of memory, id 0, says nothing.
 *
 * A reset is quiescent: it separates epochs, each of which is judged alone. An operation that
 * overlaps a reset is an error of the harness, and reported as such.
 *
 * Keys are numbers that the harness gives them, below `keys`. Threads record into their own summary
 * without any synchronisation; merging happens when they have stopped (joined or behind a barrier).
 */
#ifndef TMB_INTERN_CHECK_H
#define TMB_INTERN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum intern_promise {
  INTERN_DENSE_IDS = 1u << 0, /* the ids drawn in an epoch are exactly 1 … their number */
  INTERN_ORDERED_IDS =
      1u << 1, /* an add that returned before another was called has a smaller id */
};

enum intern_op_kind {
  INTERN_ADDED,    /* a put that added */
  INTERN_FOUND,    /* a put or lookup that found it */
  INTERN_MISSED,   /* a lookup that found nothing */
  INTERN_OPEN_PUT, /* a put that never returned */
  INTERN_STOLE,    /* a steal_id */
  INTERN_WAS_RESET,
  INTERN_OTHER /* what it was is not kept; only its times are known */
};

/* An operation of a certificate. */
struct intern_op {
  enum intern_op_kind kind;
  uint32_t key;    /* not of INTERN_STOLE, INTERN_WAS_RESET, INTERN_OTHER */
  uint32_t thread; /* not of a reset */
  uint64_t id;     /* 0 where it has none */
  int64_t call, end;
};

enum intern_verdict {
  INTERN_LINEARIZABLE,
  INTERN_TWO_IDS,          /* equal bytes got different ids */
  INTERN_ADDED_TWICE,      /* two puts of equal bytes say added */
  INTERN_ZERO_ID,          /* added, or stolen, with the id 0 */
  INTERN_FOUND_TOO_EARLY,  /* found before any put that can have added it was called */
  INTERN_NEVER_ADDED,      /* found, and no put can have added it */
  INTERN_MISSED_TOO_LATE,  /* missed after it had been added */
  INTERN_LOST,             /* missed after it had been found */
  INTERN_SHARED_ID,        /* one id for two keys, or stolen and given to a key, or stolen twice */
  INTERN_GAP_IN_IDS,       /* breaks INTERN_DENSE_IDS */
  INTERN_IDS_OUT_OF_ORDER, /* breaks INTERN_ORDERED_IDS */
  INTERN_RESET_OVERLAPPED, /* harness error: an operation overlaps a reset */
  INTERN_ENDS_BEFORE_ITS_CALL /* harness error: a clock that runs backwards */
};

/* A verdict and the two or three operations that prove it. */
struct intern_certificate {
  enum intern_verdict verdict;
  uint32_t op_count;
  uint64_t epoch; /* from 0 */
  struct intern_op ops[3];
};

/* What a thread saw of one key: the extremes, and with each the other end of its operation so that
 * a violation can name it. One cache line, all that recording an operation touches. */
struct intern_key {
  uint64_t id; /* 0: neither added nor found */
  int64_t add_call, add_end;
  int64_t miss_call, miss_end; /* the miss called last */
  int64_t find_call, find_end; /* the find that returned first */
  int64_t open_call;           /* the open put called first */
};

struct intern_steal {
  uint64_t id;
  int64_t call, end;
};

struct intern_summary {
  struct intern_key *keys;
  uint32_t key_count, thread;
  int64_t first_call, last_end; /* of all operations that returned */
  int64_t first_open_call;
  struct intern_steal *steals;
  size_t steal_count, steal_room;
  uint64_t open_steals;
  struct intern_certificate
      conflict; /* the first contradiction between two of its own operations */
};

#define INTERN_NEVER INT64_MIN   /* no call so far */
#define INTERN_FOREVER INT64_MAX /* no return so far */

void intern_summary_init(struct intern_summary *summary, uint32_t keys, uint32_t thread);
void intern_summary_fini(struct intern_summary *summary);

/* Slow paths of the calls below. */
void intern_summary_first_id(struct intern_summary *summary, uint32_t key, uint64_t id,
                             enum intern_op_kind kind, int64_t call, int64_t end);
void intern_summary_second_add(struct intern_summary *summary, uint32_t key, uint64_t id,
                               int64_t call, int64_t end);
void intern_summary_bad_interval(struct intern_summary *summary, const struct intern_op *op);

static inline void intern_summary_span(struct intern_summary *summary, int64_t call, int64_t end)
{
  if (call < summary->first_call)
    summary->first_call = call;
  if (end > summary->last_end)
    summary->last_end = end;
}

static inline void intern_summary_found(struct intern_summary *summary, uint32_t key, uint64_t id,
                                        int64_t call, int64_t end)
{
  struct intern_key *seen = &summary->keys[key];
  if (__builtin_expect(seen->id != id, 0))
    intern_summary_first_id(summary, key, id, INTERN_FOUND, call, end);
  if (end < seen->find_end) {
    seen->find_end = end;
    seen->find_call = call;
  }
}

static inline void intern_summary_added(struct intern_summary *summary, uint32_t key, uint64_t id,
                                        int64_t call, int64_t end)
{
  struct intern_key *seen = &summary->keys[key];
  if (seen->id != id || id == 0)
    intern_summary_first_id(summary, key, id, INTERN_ADDED, call, end);
  if (seen->add_call <= seen->add_end)
    intern_summary_second_add(summary, key, id, call, end);
  seen->add_call = call;
  seen->add_end = end;
}

static inline void intern_summary_missed(struct intern_summary *summary, uint32_t key, int64_t call,
                                         int64_t end)
{
  struct intern_key *seen = &summary->keys[key];
  if (call > seen->miss_call) {
    seen->miss_call = call;
    seen->miss_end = end;
  }
}

/* A put that returned (id, added); (0, false) was refused. */
static inline void intern_summary_put(struct intern_summary *summary, uint32_t key, uint64_t id,
                                      bool added, int64_t call, int64_t end)
{
  if (__builtin_expect(call > end, 0))
    intern_summary_bad_interval(summary, &(struct intern_op){added ? INTERN_ADDED : INTERN_FOUND,
                                                             key, summary->thread, id, call, end});
  intern_summary_span(summary, call, end);
  if (added)
    intern_summary_added(summary, key, id, call, end);
  else if (id != 0)
    intern_summary_found(summary, key, id, call, end);
}

/* A lookup that returned id; 0: it found nothing. */
static inline void intern_summary_lookup(struct intern_summary *summary, uint32_t key, uint64_t id,
                                         int64_t call, int64_t end)
{
  if (__builtin_expect(call > end, 0))
    intern_summary_bad_interval(summary, &(struct intern_op){id ? INTERN_FOUND : INTERN_MISSED, key,
                                                             summary->thread, id, call, end});
  intern_summary_span(summary, call, end);
  if (id != 0)
    intern_summary_found(summary, key, id, call, end);
  else
    intern_summary_missed(summary, key, call, end);
}

/* A put that never returned. One that may yet return is not to be recorded. */
void intern_summary_open_put(struct intern_summary *summary, uint32_t key, int64_t call);
/* Keeps 24 bytes for each until the epoch's end. */
void intern_summary_steal(struct intern_summary *summary, uint64_t id, int64_t call, int64_t end);
void intern_summary_open_steal(struct intern_summary *summary, int64_t call);

struct intern_check;

/* promises: enum intern_promise. */
struct intern_check *intern_check_create(uint32_t keys, unsigned promises);
void intern_check_destroy(struct intern_check *check);

/* Takes a thread's summary of the epoch in hand into account and empties it for the next. */
void intern_check_merge(struct intern_check *check, struct intern_summary *summary);

/* A reset took place in [call, end] after the operations merged so far and before all that follow.
 * Pass a call no earlier than the latest return recorded: where intervals were widened by a clock's
 * error, widen it as well. */
void intern_check_reset(struct intern_check *check, int64_t call, int64_t end);

/* After the last merge: the verdict over all epochs, with the certificate of the first epoch that
 * has one. An error of the harness goes before all else, since it makes other verdicts void.
 * Whether there is a violation does not depend on the order of merging; which of several is shown
 * may. */
struct intern_certificate intern_check_finish(struct intern_check *check);

/* The verdict is about the harness, not the map. */
bool intern_verdict_blames_harness(enum intern_verdict verdict);
/* A sentence for the verdict. */
const char *intern_verdict_text(enum intern_verdict verdict);
/* Verdict and operations as text of several lines into text[size]; `key_name` may be NULL: numbers.
 */
void intern_certificate_print(const struct intern_certificate *certificate,
                              const char *(*key_name)(void *arg, uint32_t key), void *arg,
                              char *text, size_t size);

#endif
