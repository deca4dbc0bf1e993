/* poison_source.h: a block source for tests: blocks are full of 0xa5 when they are taken, unless
 * zeros were asked for, and of 0x5a when they come back, so neither zeroes nor old contents can be
 * relied on; it fails on command; it aborts when it is given what it did not give.
 *
 * Each block is an allocation of its own, so AddressSanitizer sees a step beyond its end.
 * Thread-safe, but not in a signal handler. */
#ifndef TMB_POISON_SOURCE_H
#define TMB_POISON_SOURCE_H

#include <pthread.h>

#include "api/region.h"

struct poison_source {
  struct block_source source; /* first: what regions see */
  pthread_mutex_t lock;
  struct poison_block *blocks; /* all of them, under lock */
  uint64_t held_blocks, held_bytes;
  uint64_t takes;      /* since init, failed ones included */
  int64_t blocks_left; /* takes that still succeed */
};

void poison_source_init(struct poison_source *);
/* Frees what was not given back. */
void poison_source_fini(struct poison_source *);

/* The next `blocks` takes succeed, all later ones fail. INT64_MAX: never. */
void poison_source_limit(struct poison_source *, int64_t blocks);

uint64_t poison_source_held_bytes(struct poison_source *);

/* Whether these bytes lie within one block that is held. */
bool poison_source_covers(struct poison_source *, const void *bytes, size_t n);

#endif
