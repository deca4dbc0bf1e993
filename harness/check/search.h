/* search.h: finds an order of a problem's steps that respects time and the model, or that there is
 * none.
 *
 * Wing and Gong's depth-first search, as Lowe, and Horn and Kroening (arXiv 1504.00204) made it
 * fast: the calls and returns stand in a doubly linked list, a step that is tried is lifted out of
 * it and put back on return, and no configuration (set of steps taken, state) is entered twice.
 * What is added to that, each cut proved by the fuzz test against all permutations:
 *   - a passive step that fits is taken at once and never taken back: it changes nothing, so it
 *     only becomes free earlier;
 *   - an open step is tried only where another step can use the state that it leaves; of open steps
 *     with one and the same effect the one called first is taken first, and a cas before a write
 * that would do the same;
 *   - of texts that grow, those that nobody got are all one (texts.h), and a text is given up when
 *     one that somebody gets next can no more come of it;
 *   - the search ends when all steps that returned are taken: open ones need not be, and a
 *     configuration that has spent more of them than one that failed is not entered.
 *
 * Called by linearize.c and shrink.c. Not thread-safe where problems share texts.
 */
#ifndef TMB_SEARCH_H
#define TMB_SEARCH_H

#include "check/models.h"

struct search_budget {
  uint64_t steps; /* times that a step is tried */
  size_t bytes;   /* of the cache and texts */
};

enum search_outcome { SEARCH_FOUND, SEARCH_NONE, SEARCH_OUT_OF_STEPS, SEARCH_OUT_OF_BYTES };

struct search_result {
  enum search_outcome outcome;
  uint64_t steps;  /* spent */
  uint32_t *order; /* indexes of steps: the order found, else the one that came farthest in time */
  size_t order_count;
  /* SEARCH_NONE: a step whose return that order could not get past, nor could any other. */
  uint32_t stuck;
};

struct search_result search_run(const struct problem *problem, struct search_budget budget);
void search_result_fini(struct search_result *result);

#endif
