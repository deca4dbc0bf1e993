/* epoch.h: the keys and tapes of one epoch of stress, made in memory from a seed.
 *
 * Keys are distinct by construction: each ends in (or begins with) its own number, or each is the
 * one before it and a byte more. All else is drawn so that keys are alike where a careless
 * comparison would stop looking: same length, same prefix, one a prefix of the other.
 */
#ifndef TMB_EPOCH_H
#define TMB_EPOCH_H

#include "run/plan_memory.h"
#include "stress/draw.h"

struct epoch_shape {
  unsigned threads;
  unsigned rounds;              /* plays on the same map, a reset between them */
  uint32_t keys;                /* distinct, all threads together */
  uint32_t steps;               /* a thread and round */
  uint32_t key_least, key_most; /* bytes */
  bool nested;             /* key i is the first i + 1 of the same bytes; no number, no limits */
  bool alike;              /* the bytes that do not number a key are all the same */
  bool number_last;        /* the number stands at the key's end, else at its beginning */
  unsigned shared_percent; /* steps on keys that all threads use, in one order */
  unsigned lookup_percent; /* steps that look up instead of putting */
  unsigned steals;         /* of all threads together, a round; at most 64 */
  size_t block_bytes;      /* of the region */
  map_hash *hash;          /* NULL: the usual one */
  uint64_t hash_seed;
};

/* The shape that scenarios start from: a mix drawn at random. threads_most >= 1. */
struct epoch_shape epoch_shape_draw(struct draw *, unsigned threads_most);

struct epoch {
  struct epoch_shape shape;
  struct plan_memory memory; /* memory.plan: key_set, and timed[round * threads + thread] */
};

/* False: no memory. */
bool epoch_init(struct epoch *, const struct epoch_shape *, struct draw *);
void epoch_fini(struct epoch *);

const struct tape *epoch_tape(const struct epoch *, unsigned round, unsigned thread);

#endif
