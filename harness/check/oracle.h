/* oracle.h: what interning promises, checked over all tapes and results, and in the map itself.
 *
 *   oracle_begin()                   the map is empty
 *   oracle_tape() for each worker    a phase: fill tapes, or timed tapes
 *   oracle_settle()                  the phase is over; all that was put is in the map from now on
 *   … further phases …
 *   oracle_map()                     the map itself: ids, visit, counts
 *
 * It finds: a string with two ids, added twice or never, two strings with one id, id 0, a put
 * refused or a lookup that misses a settled string, a string lost, invented or changed, a stolen id
 * that comes back, and ids with gaps where the map promises none. It orders nothing in time: that
 * is the interning check's work.
 *
 * Linear in the operations; random access to 8 bytes a key. One thread at a time.
 */
#ifndef TMB_ORACLE_H
#define TMB_ORACLE_H

#include "api/workload.h"

struct oracle;

/* For the key set of a prepared plan, which must outlive it. NULL: no memory. */
struct oracle *oracle_create(const struct workload_plan *);
void oracle_destroy(struct oracle *);

void oracle_begin(struct oracle *);

/* Takes in one worker's tape and its results, a word a step. False at a contradiction. */
bool oracle_tape(struct oracle *, const struct tape *, const uint64_t *results, unsigned worker);
void oracle_settle(struct oracle *);

/* An id that steal_id() gave since oracle_begin(). At most 64. */
void oracle_stolen(struct oracle *, uint64_t id);

/* Checks the map against all that was taken in. Needs no call of the map but what it offers:
 * without visit the bytes go unchecked. False at a contradiction. */
bool oracle_map(struct oracle *, const struct map_plugin *, void *map);

/* The first contradiction, a sentence; "" when there is none. Stays until oracle_begin(). */
const char *oracle_contradiction(const struct oracle *);

#endif
