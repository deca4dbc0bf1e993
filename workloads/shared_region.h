/* shared_region.h: one region for several maps, so that one thread's blocks serve the string table
 * and the stack table of a generation together. For workloads that run more than one map.
 *
 * A map creates its own region from what its map_config names. shared_region_lend() puts a stand-in
 * there: each map that is created from that config gets a reference to one and the same region.
 *
 *   seats:   the first map that a thread enters takes the thread's seat in the region, further maps
 *            share it. seat_place.thread tells threads apart: two threads that hold seats at the
 *            same time must have different numbers. All seats of one number are used by one thread.
 *   drop:    the blocks go back when the last of the maps drops its reference; until then a drop
 *            only marks it, and alloc through a marked reference is refused (NULL). So a map that
 *            was reset takes strings again when all maps of the region were reset.
 *            A map that is destroyed counts as one that dropped.
 *   drop_step: as drop; the last map's steps give back the blocks, the others are done at once.
 *   stats:   of the whole region, shown by the map that was created first and is still there; the
 *            others show none, so that sums come out right.
 *
 * alloc takes no lock and writes nothing of its own: it is as lock-free and as safe in signal
 * handlers as the region's own. create, destroy, enter, leave, drop and stats take a lock.
 */
#ifndef TMB_SHARED_REGION_H
#define TMB_SHARED_REGION_H

#include <pthread.h>

#include "api/intern_map.h"

struct shared_region {
  struct block_source source;  /* first: by its address a stand-in knows the region it stands for */
  struct region_plugin calls;  /* the stand-in's */
  struct region_plugin inner;  /* the region's own */
  struct region_config config; /* of the region; source and all */
  void *region;                /* NULL while no map has a reference */
  pthread_mutex_t lock;
  struct region_reference *references; /* under lock, oldest first */
  struct region_seat *seats;           /* under lock */
};

/* The plug-in must outlive the maps; its config is copied. config->threads is how many threads hold
 * seats at a time, at most. */
void shared_region_init(struct shared_region *, const struct region_plugin *,
                        const struct region_config *);
/* All maps must have been destroyed. */
void shared_region_fini(struct shared_region *);

/* From now on maps that are created from this config share the region, whose own create() runs with
 * the first of them. */
void shared_region_lend(struct shared_region *, struct map_config *);

#endif
