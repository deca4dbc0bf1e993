/* replay.h: checks a linearization without trusting whoever found it: the order is complete, it
 * respects time, and the operations done one after the other give the results recorded. Shares no
 * code with the search or its models; works on the whole history, not on parts.
 *
 * Called by linearize.c on every witness. Thread-safe.
 */
#ifndef TMB_REPLAY_H
#define TMB_REPLAY_H

#include "record/history.h"

/* `order` holds indexes of operations. NULL when it is right; else what is wrong, a constant. */
const char *replay(const struct history *history, const uint32_t *order, size_t count);

#endif
