/* rig.h: one map under stress: the map, its region seen through a watcher, its blocks from a source
 * that can be told to fail.
 *
 * The watcher marks on the board who is inside the region's alloc, so that a stall or a signal that
 * lands there is not blamed on the map. One rig at a time in a process.
 */
#ifndef TMB_RIG_H
#define TMB_RIG_H

#include "place/block_source.h"
#include "stress/board.h"
#include "stress/epoch.h"

/* A map with a region: what is put under stress. The names are those to call it by. */
struct subject {
  const struct map_plugin *map;
  const struct region_plugin *region;
  const char *map_name, *region_name;
};

/* A block source that refuses takes number first … first + count - 1, counted from 0. Its blocks
 * are dirty. */
struct failing_source {
  struct block_source source; /* first: what regions see */
  struct page_source pages;
  _Atomic uint64_t takes;
  uint64_t first_refused, refused_count; /* set while no take runs */
  _Atomic uint64_t refusals;
};

struct rig {
  const struct subject *subject;
  struct region_plugin region; /* the subject's, its alloc watched */
  struct failing_source blocks;
  void *map;
};

/* Makes the source ready; no map yet. 0 or -errno. */
int rig_init(struct rig *, const struct subject *);
/* Creates the map as the shape says. 0 or -errno. */
int rig_create_map(struct rig *, const struct epoch_shape *);
void rig_destroy_map(struct rig *);
/* Destroys the map if there is one. */
void rig_fini(struct rig *);

/* From now on: takes number first … first + count - 1 are refused, counting from 0 here. */
void rig_refuse_blocks(struct rig *, uint64_t first, uint64_t count);

/* Bytes that the region holds now. */
uint64_t rig_held_bytes(const struct rig *);

/* Some alloc of the region gave memory that is not aligned to 8. */
bool rig_saw_misaligned(void);

/* Names the calling thread's seat on the board to the watcher; NULL: none. */
void rig_set_here(struct board_seat *);

#endif
