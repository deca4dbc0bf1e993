/* placement.h: which thread runs on which CPU, how it gets there, and the proof that it is there.
 * The worker team binds and verifies; `tmb topology` prints the orders.
 *
 * A placement is spelled as on the command line, in point names and in results:
 *
 *   compact      topology order. The siblings of a core stand together, then the cores of a cache,
 *                of a node, of a package: each thread is as near to the one before as can be.
 *   cores-first  as near, but one CPU of every core before the second of any.
 *   scatter      one CPU of every core before the second of any, and children take turns at every
 *                level of the tree: threads i and i + 1 are on different packages if there are two,
 *                on different nodes of a package, on different caches of a node.
 *   smt-first    as far, but core by core: the siblings of a core stand together, and the cores
 *                take turns.
 *   node:N       the CPUs of the node with that OS index, one of every core before the second of
 *                any.
 *   cpus:LIST    these CPUs, in this order: cpus:0,4,8-11.
 *   none         no binding; the kernel places the threads. As many threads as CPUs at most, all
 *                the same.
 *
 * node:N and cpus:LIST can be joined with '+', a part a role: "node:0+node:1" puts the first half
 * of the threads (the larger one, when they are odd) on node 0 and the second on node 1. A part
 * takes the first CPUs of its order that no part before took, so "node:0+node:0" is one node for
 * both.
 */
#ifndef TMB_PLACEMENT_H
#define TMB_PLACEMENT_H

#include "api/plugin.h"
#include "place/topology.h"

#define PLACEMENT_SPELLINGS "compact, scatter, cores-first, smt-first, node:N, cpus:LIST and none"

enum { PLACEMENT_TEXT_BYTES = 257 }; /* of a spelling, the zero included */

struct placement;

/* Plans for that many threads. The topology outlives the placement. 0 and *placement, or -errno
 * with a sentence in error[TOPOLOGY_ERROR_BYTES]; -ERANGE: more threads than fit; -EINVAL: no such
 * placement, node or CPU. A topology that is not this system may be planned for, not bound on. */
int placement_create(const struct topology *topology, const char *place, unsigned threads,
                     struct placement **placement, char *error);
void placement_destroy(struct placement *placement);

/* Whether it is well spelled; what is on a machine only placement_create() can tell. False with a
 * sentence in error[TOPOLOGY_ERROR_BYTES]. */
bool placement_is_spelled(const char *place, char *error);

/* How many threads fit at most; 0 with a sentence where none can. */
unsigned placement_room(const struct topology *topology, const char *place, char *error);

unsigned placement_threads(const struct placement *placement);
/* Whether it is "none". */
bool placement_is_free(const struct placement *placement);

/* Where thread i is to stand: what a map's enter() is told. thread < placement_threads(). */
struct seat_place placement_seat(const struct placement *placement, unsigned thread);

/* Binds the calling thread to its PU; with none does nothing. 0, or -errno with a sentence.
 * A thread stays bound until it ends. Thread-safe. */
int placement_bind(const struct placement *placement, unsigned thread, char *error);

enum placement_verdict {
  PLACEMENT_HELD,   /* bound to its PU and no other, and last ran there */
  PLACEMENT_BROKEN, /* not so; the proof says what was found */
  PLACEMENT_FREE,   /* none: nothing was asked for */
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
