/* memory_proof.h: whether pages are where a memory policy wants them: a verdict on a census.
 *
 * bind, local and per-node hold when no page is elsewhere. interleave holds when, besides, no node
 * has more than its share by a stripe and a tenth. Interleaving over one node is binding to it, and
 * holds as that. run/ asks before and after what is timed.
 */
#ifndef TMB_MEMORY_PROOF_H
#define TMB_MEMORY_PROOF_H

#include "place/page_census.h"

enum memory_verdict {
  MEMORY_FREE,    /* first-touch: nothing was asked for */
  MEMORY_HELD,    /* every page that is there is where the policy wants it */
  MEMORY_UNKNOWN, /* the kernel did not tell, or no page was there */
  MEMORY_BROKEN,  /* not so; the reason says what was found */
};

/* "free", "held", "unknown", "broken". */
const char *memory_verdict_name(enum memory_verdict);

enum { MEMORY_REASON_BYTES = 240 };

struct memory_proof {
  enum memory_verdict verdict;
  char reason[MEMORY_REASON_BYTES]; /* a sentence when unknown or broken */
};

/* Judges the pages of `what` ("region", "keys") and keeps the worse of that and what the proof says
 * already; a zeroed proof says free. huge: huge pages were asked for, so a stripe may be 2 MiB. An
 * area with no page there yet says nothing. */
void memory_proof_add(struct memory_proof *, const struct memory_plan *, const char *what,
                      const struct page_census *, bool huge);

#endif
