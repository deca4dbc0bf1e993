/* rate_search.h: looks for the highest rate that passes: doubles the rate until one fails (halves
 * it when the first one does), then halves the gap between the highest that passed and the lowest
 * that failed, on a logarithmic scale, until they are close. Called by rate_sweep.c; pure. It
 * believes what it is told: a rate that passes says the same of all below it.
 */
#ifndef TMB_RATE_SEARCH_H
#define TMB_RATE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_SEARCH_HALVINGS 4 /* below a first rate that fails; then nothing passes */

struct rate_search {
  uint64_t first;
  double precision;        /* over when failed <= passed * (1 + precision) */
  uint64_t passed, failed; /* highest that did, lowest that did; 0: none yet */
  unsigned halvings;
};

/* first: from 1 to ARRIVALS_RATE_MOST; precision above 0. */
void rate_search_init(struct rate_search *, uint64_t first, double precision);

/* The rate to try next; 0: the search is over. */
uint64_t rate_search_next(const struct rate_search *);

/* What became of rate_search_next(). */
void rate_search_tell(struct rate_search *, uint64_t rate, bool passed);

/* No lower rate will pass either: when none has passed yet, the search is over. */
void rate_search_give_up(struct rate_search *);

/* To three digits, at least 1: rates that a reader can remember. */
uint64_t rate_search_round(double rate);

#endif
