/* shrink.h: makes a violation small: deletes operations as long as what is left is a violation.
 *
 * Deleting a write would turn every read of its value into a violation of its own, so a deleted
 * operation that can change the state is not simply gone: for the search it may or may not have
 * happened, at any time from its call on, any number of times. What is left therefore proves that
 * the whole history is a violation, whatever the deleted operations did; and it is a violation when
 * looked at alone.
 *
 * Called by linearize.c. Not thread-safe.
 */
#ifndef TMB_SHRINK_H
#define TMB_SHRINK_H

#include "check/search.h"

struct shrunk {
  uint8_t *roles;  /* of each step of the problem: ROLE_KEPT or ROLE_GONE */
  uint32_t *order; /* steps: the order that comes farthest; of the deleted, those that it needs */
  size_t order_count;
  uint32_t stuck; /* the step that cannot come next in it */
};

/* `problem` is a violation, on which the search got stuck there. Greedy, within `steps` tries of
 * steps in all. */
struct shrunk shrink(const struct problem *problem, uint32_t stuck, uint64_t steps);
void shrunk_fini(struct shrunk *shrunk);

#endif
