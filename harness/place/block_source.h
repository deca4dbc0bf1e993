/* block_source.h: where regions get their blocks from in a run.
 *
 * One source serves one map. Two kinds:
 *   cold: each block is a fresh mapping, and is unmapped when it comes back, so the first touch of
 *         each page faults inside the clock.
 *   warm: blocks are cut from one reservation whose pages stay once they were touched; rewind()
 *         between trials hands the same pages out again.
 *
 * Huge pages are asked for with MADV_HUGEPAGE on one aligned reservation, as a block is smaller
 * than such a page; cold then means that rewind() maps the reservation afresh. The kernel may give
 * fewer: page_source_huge_bytes() says how many there are.
 *
 * take and give_back are thread-safe and async-signal-safe (atomics and mmap only). The other calls
 * are not: no take may run.
 */
#ifndef TMB_BLOCK_SOURCE_H
#define TMB_BLOCK_SOURCE_H

#include "api/region.h"

enum block_pages { PAGES_COLD = 0, PAGES_WARM = 1 };

/* What a source is to be like. A policy of placement, such as a NUMA node, is one member more. */
struct page_source_config {
  enum block_pages pages;
  bool huge;            /* ask for huge pages; huge_pages_offered() says whether that makes sense */
  size_t reserve_bytes; /* of address space, not memory: all that warm or huge blocks ever take
                           between two rewinds */
};

struct page_source {
  struct block_source source; /* first: what regions see */
  struct page_source_config config;
  unsigned char *mapping; /* warm or huge; NULL: each block is a mapping of its own */
  size_t mapping_bytes;
  unsigned char *reservation; /* the aligned part of the mapping, touched as needed */
  size_t reservation_bytes;
  _Atomic size_t taken_bytes;  /* from the reservation since the last rewind */
  _Atomic uint64_t held_bytes; /* by regions now */
  _Atomic int64_t blocks_left; /* takes that still succeed; negative once they fail */
};

/* 0 or -errno. The config is copied. */
int page_source_init(struct page_source *, const struct page_source_config *);
/* Everything must have been given back. */
void page_source_fini(struct page_source *);

/* Warm: starts over with the same pages. Cold: with fresh ones. All blocks must have been given
 * back. */
void page_source_rewind(struct page_source *);

/* Warm: touches the first `bytes` of the reservation, so that they do not fault inside the clock.
 */
void page_source_touch(struct page_source *, size_t bytes);

/* From now on the first `blocks` takes succeed and all later ones fail. INT64_MAX: never fail. */
void page_source_limit(struct page_source *, int64_t blocks);

/* Bytes of the reservation that lie in huge pages now. Reads /proc: slow. */
uint64_t page_source_huge_bytes(const struct page_source *);

/* Bytes that regions hold now: 0 after a drop, or something leaked. */
uint64_t page_source_held_bytes(const struct page_source *);

#endif
