/* region.h: a region allocator as a plug-in.
 *
 * A region hands out small pieces of large blocks and gives everything back at once. A map creates
 * its own region from what its map_config names, so any map runs with any region.
 */
#ifndef TMB_REGION_H
#define TMB_REGION_H

#include <string.h>

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

enum region_promise {
  REGION_LOCK_FREE = 1u << 0,         /* alloc never waits for another thread */
  REGION_ASYNC_SIGNAL_SAFE = 1u << 1, /* alloc may interrupt alloc on the same seat */
};

/* Where blocks come from: the operating system, or a harness that counts, places or withholds them.
 * All calls are thread-safe and async-signal-safe. */
struct block_source {
  /* A block of `bytes` bytes, aligned to 4096, contents unspecified; NULL: none to be had. */
  void *(*take)(struct block_source *, size_t bytes);
  /* Returns what take() gave, with the same size. */
  void (*give_back)(struct block_source *, void *block, size_t bytes);
  /* Optional. As take(), with zeros for contents. Fresh pages of the operating system are not
   * touched for that, so each faults where it is first used and not all of them here. */
  void *(*take_zeroed)(struct block_source *, size_t bytes);
};

/* By whichever call the source has. */
static inline void *block_source_take_zeroed(struct block_source *source, size_t bytes)
{
  if (source->take_zeroed)
    return source->take_zeroed(source, bytes);
  void *block = source->take(source, bytes);
  return block ? memset(block, 0, bytes) : NULL;
}

#define REGION_BLOCK_BYTES ((size_t)64 * 1024) /* the original's block size */

struct region_config {
  size_t block_bytes;          /* power of two >= 4096, header included */
  struct block_source *source; /* outlives the region; not owned */
  unsigned threads;            /* how many seats will be taken at a time, at most */
  bool caller_serialises;      /* no two calls will ever overlap: no lock is needed inside */
};

struct region_stats {
  uint64_t blocks;       /* held now */
  uint64_t mapped_bytes; /* of these blocks, headers included */
  uint64_t used_bytes;   /* handed out, rounding included */
};

struct region_plugin {
  struct plugin head;

  /* Mandatory. 0 and *region, or -errno. Not thread-safe against other calls on that region. */
  int (*create)(const struct region_config *, void **region);
  /* Mandatory. Gives all blocks back first. No other call may run. */
  void (*destroy)(void *region);

  /* Optional, both or neither: a thread takes a seat before its first alloc and leaves it after its
   * last. 0 and *seat, or -errno. Thread-safe. Where absent, a NULL seat is passed to alloc. */
  int (*enter)(void *region, const struct seat_place *, void **seat);
  void (*leave)(void *region, void *seat);

  /* Mandatory. `bytes` > 0 bytes, aligned to 8, contents unspecified, valid until drop. NULL when
   * the request is larger than a block holds or the source has no block; the region stays usable.
   * Thread-safe (one thread a seat), unless the config said that the caller serialises. */
  void *(*alloc)(void *region, void *seat, size_t bytes);

  /* Mandatory. Gives every block back; the region is then as new, its seats stay taken. No alloc
   * may run. */
  void (*drop)(void *region);

  /* Mandatory. Exact when no alloc runs. */
  void (*stats)(const void *region, struct region_stats *);

  /* Optional. As drop, in steps of at most `blocks` blocks. True once every block is given back;
   * until then no alloc may run. */
  bool (*drop_step)(void *region, unsigned blocks);
};

#ifdef __cplusplus
}
#endif
#endif
