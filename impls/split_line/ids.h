/* ids.h: which number a string gets. A plug-in chooses SPLIT_LINE_IDS:
 *
 *   IDS_IN_ORDER   drawn from one counter before the record is published. A put that returned has
 *                  drawn before a later one. A put that loses a race burns its id.
 *   IDS_IN_BLOCKS  a seat draws sixteen at a time, so threads seldom meet at the counter. In no
 *                  order between threads; what a seat has left is lost when it is left.
 *   IDS_DENSE      given when the record is published: 1 to their number, in order. At most 2^32 -
 *                  2^20 of them (a record has 32 bits for an id that is not known when it is made);
 *                  then puts are refused, as for want of memory.
 *
 * Dense ids: `newest` names the record whose turn it is, `given` counts the ids that are given. A
 * record takes its turn by one compare-and-swap of `newest`, and only when the record there has its
 * id, which whoever comes gives it: given + 1. Whoever sees a record without an id gives it one, or
 * helps the one whose turn it is, so nobody waits.
 *
 *   A record has at most one turn. A thread reads `newest`, sees to its id, and only then sees that
 *   its own record has none. Had that record had its turn before, its id would be seen: it was
 * given before the next turn began. If it has it afterwards, `newest` has changed for good. No id
 * is given twice. Before a turn begins the one before has its id and is counted, so who sees the
 * turn sees at least that count; it is higher only if this turn's id has been given, and then the
 * compare-and-swap of the id fails.
 *
 * All kinds are lock-free, and may be interrupted by a handler that draws on the same seat.
 */
#ifndef SPLIT_LINE_IDS_H
#define SPLIT_LINE_IDS_H

#include <stdalign.h>

#include "common/atomics.h"
#include "split_line/record.h"

#define IDS_IN_ORDER 1
#define IDS_IN_BLOCKS 2
#define IDS_DENSE 3

#ifndef SPLIT_LINE_IDS
#define SPLIT_LINE_IDS IDS_IN_ORDER
#endif

#define IDS_BLOCK 16u
#define IDS_LEFT_BITS 5u /* of a seat's word: how many it has left; above them the next */
#define IDS_DENSE_MOST                                                                             \
  (UINT32_MAX - (UINT32_C(1) << 20)) /* threads that pass it together fit in                       \
                                      */

struct id_source {
  alignas(64) _Atomic uint64_t given;
  _Atomic(struct record *) newest; /* IDS_DENSE */
};

struct id_seat {
  _Atomic uint64_t block; /* IDS_IN_BLOCKS; written by the seat's thread and its handlers */
};

static inline void ids_clear(struct id_source *ids)
{
  store_relaxed(&ids->given, 0); /* nothing else runs */
  store_relaxed(&ids->newest, NULL);
}

/* A seat forgets what it has drawn and not used. */
static inline void ids_leave(struct id_seat *seat)
{
  store_relaxed(&seat->block, 0); /* nothing else runs */
}

/* About what the next id is; 0: there are no more. */
static inline uint64_t ids_next(const struct id_source *ids)
{
  const uint64_t next = load_relaxed(&ids->given) + 1; /* a guess */
  return SPLIT_LINE_IDS == IDS_DENSE && next > IDS_DENSE_MOST ? 0 : next;
}

static inline uint64_t ids_of_block(struct id_source *ids, struct id_seat *seat)
{
  uint64_t block = load_relaxed(&seat->block); /* checked by the exchange */
  for (;;) {
    const uint64_t left = block & ((1u << IDS_LEFT_BITS) - 1);
    uint64_t id = block >> IDS_LEFT_BITS, rest = block - 1 + (UINT64_C(1) << IDS_LEFT_BITS);
    if (!left) {
      id = fetch_add_relaxed(&ids->given, IDS_BLOCK) + 1;
      rest = (id + 1) << IDS_LEFT_BITS | (IDS_BLOCK - 1);
    }
    /* relaxed: one thread's own. Fails when a handler has drawn meanwhile. */
    if (atomic_compare_exchange_strong_explicit(&seat->block, &block, rest, memory_order_relaxed,
                                                memory_order_relaxed))
      return id;
  }
}

/* For a record that is not published yet. 0: it gets one when it is. */
static inline uint64_t ids_draw(struct id_source *ids, struct id_seat *seat)
{
  if (SPLIT_LINE_IDS == IDS_DENSE)
    return 0;
  if (SPLIT_LINE_IDS == IDS_IN_BLOCKS)
    return ids_of_block(ids, seat);
  /* relaxed: only uniqueness matters. A put that returned has drawn its id before a later one. */
  return fetch_add_relaxed(&ids->given, 1) + 1;
}

/* Sees to it that the record whose turn it is has its id and is counted. */
static inline void ids_end_turn(struct id_source *ids, struct record *record)
{
  /* Acquire: pairs with the count below. */
  uint64_t id = record_give_id(record, load_acquire(&ids->given) + 1), before = id - 1;
  /* The count: pairs with the load above. Fails when another thread has counted. */
  cas_publish(&ids->given, &before, id);
}

/* The id of a published record. */
static inline uint64_t ids_settle(struct id_source *ids, struct record *record)
{
  uint64_t id = record_id(record);
  while (!id) {                                         /* dense */
    struct record *newest = load_acquire(&ids->newest); /* pairs with the turn below */
    if (newest)
      ids_end_turn(ids, newest);
    id = record_id(record);
    /* The turn: pairs with the load above. */
    if (!id && cas_publish(&ids->newest, &newest, record))
      ids_end_turn(ids, record);
  }
  return id;
}

#endif
