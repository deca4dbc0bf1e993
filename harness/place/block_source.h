/* block_source.h: where regions get their blocks from in a run.
 *
 * One source serves one map. Two kinds:
 *   cold: each block is a fresh mapping, and is unmapped when it comes back, so the first touch of
 *         each page faults inside the clock.
 *   warm: blocks are cut from one reservation whose pages stay once they were touched; rewind()
 *         between trials hands the same pages out again.
 *
 * A memory policy that tells nodes apart (local, per-node, interleave@BYTES) makes the source one
 * of several areas, one a node, each with that node's pages; a block comes from the area of the
 * node that the caller's CPU is on, or whose turn it is. A source with any policy binds each area,
 * or each cold block as it is mapped: one system call a block, inside the clock.
 *
 * Huge pages are asked for with MADV_HUGEPAGE on one aligned reservation, as a block is smaller
 * than such a page; cold then means that rewind() maps the reservation afresh. The kernel may give
 * fewer: page_source_huge_bytes() says how many there are.
 *
 * take, take_zeroed and give_back are thread-safe and async-signal-safe (atomics, mmap, mbind and
 * getcpu only). The other calls are not: no take may run.
 */
#ifndef TMB_BLOCK_SOURCE_H
#define TMB_BLOCK_SOURCE_H

#include "api/region.h"
#include "place/memory_policy.h"

enum block_pages { PAGES_COLD = 0, PAGES_WARM = 1 };

/* What a source is to be like. Zeroed: cold, as the kernel likes. */
struct page_source_config {
  enum block_pages pages;
  bool huge;            /* ask for huge pages; huge_pages_offered() says whether that makes sense */
  bool logged;          /* remember cold blocks for page_source_each() */
  size_t reserve_bytes; /* of address space, not memory: all that warm or huge blocks, or logged
                           ones, ever take between two rewinds; of each area */
  struct memory_plan memory;
};

/* Blocks with the same page properties. */
struct page_area {
  struct block_source source; /* first: this area's blocks only, for a region of one node */
  struct page_source *owner;
  struct page_properties properties;
  int node;               /* OS index; -1: not of one node alone */
  unsigned char *mapping; /* warm or huge; NULL: each block is a mapping of its own */
  size_t mapping_bytes;
  unsigned char *reservation; /* the aligned part of the mapping, touched as needed */
  size_t reservation_bytes;
  size_t touched_bytes;
  size_t most_bytes;          /* what its node has room for; SIZE_MAX: no limit */
  _Atomic size_t taken_bytes; /* since the last rewind; counted when reserved or limited */
};

struct page_source {
  struct block_source source; /* first: what regions see */
  struct page_source_config config;
  struct page_area *area;
  unsigned areas;
  _Atomic uint64_t turn_bytes; /* interleave@BYTES: taken so far */
  _Atomic uint64_t held_bytes; /* by regions now */
  _Atomic int64_t blocks_left; /* takes that still succeed; negative once they fail */
  struct logged_block *log;    /* NULL: none is kept */
  size_t log_room;
  _Atomic size_t log_count;
};

/* 0 or -errno. The config is copied. */
int page_source_init(struct page_source *, const struct page_source_config *);
/* Everything must have been given back. */
void page_source_fini(struct page_source *);

/* Warm: starts over with the same pages. Cold: with fresh ones. All blocks must have been given
 * back. */
void page_source_rewind(struct page_source *);

/* Warm: touches the first `bytes` of an area's reservation, so that they do not fault inside the
 * clock. */
void page_source_touch(struct page_source *, unsigned area, size_t bytes);

/* From now on the first `blocks` takes succeed and all later ones fail. INT64_MAX: never fail. */
void page_source_limit(struct page_source *, int64_t blocks);

/* Bytes of the reservations that lie in huge pages now. Reads /proc: slow. */
uint64_t page_source_huge_bytes(const struct page_source *);

/* Bytes that regions hold now: 0 after a drop, or something leaked. */
uint64_t page_source_held_bytes(const struct page_source *);

/* Shows the memory of all blocks taken since the last rewind, or, when none was, of what was
 * touched. Cold blocks when they are logged only; a block that was given back long after it was
 * taken, while others stay, may be shown too. */
typedef void page_source_visitor(void *arg, const struct page_area *, const void *memory,
                                 size_t bytes);
void page_source_each(const struct page_source *, page_source_visitor *, void *arg);

#endif
