/* permutations.h: the definition of linearizability, tried out: every order of a history's
 * operations that respects time, every subset of the open ones, every id that a put whose id nobody
 * saw can have drawn. For histories of about ten operations; written apart from the checkers, for
 * the tests to compare them with. */
#ifndef TMB_PERMUTATIONS_H
#define TMB_PERMUTATIONS_H

#include "record/history.h"

bool permutations_linearizable(const struct history *history);

/* A source of random histories, the same for the same seed. */
struct chance {
  uint64_t state;
};

uint64_t chance_below(struct chance *chance, uint64_t limit);

struct random_shape {
  enum history_model model;
  unsigned ops_max, keys, values;
  bool quiet_resets; /* intern: resets that nothing overlaps, and every result known */
  bool often_open;   /* every second operation never returns, not every fifth */
};

/* About half are linearizable: done in some order, and then, often, one thing is changed. */
struct history *random_history(struct chance *chance, struct random_shape shape);

#endif
