/* client_history.h: histories as clients of a real system leave them, with a verdict known by
 * construction: a few clients at a time, some of which never hear back and come back as a new
 * process, and compare-and-sets that mostly fail. For tests and rate programs. */
#ifndef TMB_CLIENT_HISTORY_H
#define TMB_CLIENT_HISTORY_H

#include "permutations.h"

/* 5 clients of a register, initially null. Linearizable unless `stale`: then a read in the middle
 * returns what was never written. At most `open_max` operations stay open. */
struct history *client_register(struct chance *chance, unsigned ops, unsigned open_max, bool stale);

/* `clients` clients get, put and append texts on `keys` keys. If `stale`, a get in the middle
 * returns the text before the last append. */
struct history *client_kv(struct chance *chance, unsigned ops, unsigned clients, unsigned keys,
                          bool stale);

#endif
