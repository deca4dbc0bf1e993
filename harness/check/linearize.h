/* linearize.h: is a history linearizable? The general checker, for every model of record/history.h.
 *
 * The answer can be checked by whoever doubts it: a linearizable history comes with an order of its
 * operations that was replayed by separate code, a violation with the few operations that prove it,
 * and where the search would take too long the answer is that it is not known.
 *
 * Called by `tmb check`, by stress runs and by the explorer. Threads may check different histories.
 */
#ifndef TMB_LINEARIZE_H
#define TMB_LINEARIZE_H

#include "record/history.h"

struct linearize_budget {
  uint64_t steps; /* a problem (a key, mostly): times that an operation is tried */
  size_t bytes;   /* a problem */
};

#define LINEARIZE_STEPS ((uint64_t)20 * 1000 * 1000)
#define LINEARIZE_BYTES ((size_t)1024 * 1024 * 1024)

enum linearize_verdict { LINEARIZABLE, VIOLATION, UNKNOWN };

struct linearize_result {
  enum linearize_verdict verdict;
  /* Why it is unknown; of a violation, the contradiction; else "". A constant. */
  const char *reason;
  /* Not NULL: the checker contradicts itself, and no verdict is to be trusted. A constant. */
  const char *defect;
  uint64_t steps;  /* spent */
  size_t problems; /* keys, or keys and epochs, that were searched */
  /* Indexes of operations. Linearizable: `order` is a linearization of all operations that
   * returned, with some of the open ones. Violation: `core` are the operations that prove it, by
   * time of call: alone they are a violation, and whatever became of the others on that key.
   * `order` is the order of them that comes farthest, with those of the others that it needs;
   * `stuck`, of the core, cannot come next in it, UINT32_MAX when there is no such order. */
  uint32_t *order, *core;
  size_t order_count, core_count;
  /* Violation: core and order together, by time of call: what to show. */
  uint32_t *shown;
  size_t shown_count;
  uint32_t stuck;
};

struct linearize_result linearize(const struct history *history, struct linearize_budget budget);
void linearize_result_fini(struct linearize_result *result);

#endif
