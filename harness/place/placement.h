/* placement.h: which thread runs on which PU, how it gets there, and the proof that it is there.
 * The worker team binds and verifies; `tmb topology` prints the orders.
 *
 * compact: topology order. The siblings of a core stand together, then the cores of a cache, of a
 *     node, of a package: each thread is as near to the one before as can be.
 * scatter: one PU of every core first, then the second ones, and so on. Within such a round
 * children take turns at every level of the tree: thread i and i + 1 are on different packages if
 * there are two, on different nodes of a package, on different caches of a node. none: no binding;
 * the kernel places the threads. As many threads as PUs at most, all the same.
 */
#ifndef TMB_PLACEMENT_H
#define TMB_PLACEMENT_H

#include "api/plugin.h"
#include "place/topology.h"

enum placement_kind { PLACE_COMPACT, PLACE_SCATTER, PLACE_NONE, PLACE_KINDS };

/* The name on the command line and in results: "compact". */
const char *placement_kind_name(enum placement_kind kind);
/* False: no kind has that name. */
bool placement_kind_parse(const char *name, enum placement_kind *kind);

struct placement;

/* Plans for that many threads. The topology outlives the placement. 0 and *placement, or -errno
 * with a sentence in error[TOPOLOGY_ERROR_BYTES]; -ERANGE: more threads than PUs. A topology that
 * is not this system may be planned for, not bound on. */
int placement_create(const struct topology *topology, enum placement_kind kind, unsigned threads,
                     struct placement **placement, char *error);
void placement_destroy(struct placement *placement);

enum placement_kind placement_kind(const struct placement *placement);
unsigned placement_threads(const struct placement *placement);

/* Where thread i is to stand: what a map's enter() is told. thread < placement_threads(). */
struct seat_place placement_seat(const struct placement *placement, unsigned thread);

/* Binds the calling thread to its PU; with PLACE_NONE does nothing. 0, or -errno with a sentence.
 * A thread stays bound until it ends. Thread-safe. */
int placement_bind(const struct placement *placement, unsigned thread, char *error);

enum placement_verdict {
  PLACEMENT_HELD,   /* bound to its PU and no other, and last ran there */
  PLACEMENT_BROKEN, /* not so; the proof says what was found */
  PLACEMENT_FREE,   /* PLACE_NONE: nothing was asked for */
};

struct placement_proof {
  enum placement_verdict verdict;
  int last_cpu;     /* OS index of the PU that the thread last ran on; -1: not known */
  char reason[160]; /* a sentence when broken, else empty */
};

/* Looks where the calling thread is now. Call before and after what is timed: a placement counts as
 * held when both say so. Thread-safe. */
void placement_verify(const struct placement *placement, unsigned thread,
                      struct placement_proof *proof);

/* "held", "broken", "free". */
const char *placement_verdict_name(enum placement_verdict verdict);

#endif
