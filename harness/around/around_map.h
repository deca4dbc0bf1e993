/* around_map.h: what a map around another map starts with: the sampling map and the recording map.
 *
 * A watcher is itself a map: it has a table of calls, sees those that it cares about, and passes
 * the rest on. Workloads never know who watches, and where nobody does, nothing is paid.
 */
#ifndef TMB_AROUND_MAP_H
#define TMB_AROUND_MAP_H

#include "api/intern_map.h"

/* The first member of a watcher, so that a watcher's calls and those of this file take the same
 * `map`. */
struct around_map {
  struct map_plugin inner; /* a copy: one indirection less on a timed path */
  void *inner_map;         /* not owned */
  struct map_plugin calls; /* what the watcher is called with */
};

/* Makes the table: of the calls that the inner map has, the watcher's own where it has them, else
 * ones that pass on. `own` must have put, lookup, enter, leave and steal_id: seats are the
 * watcher's, and the inner map must not meet one. A watcher with a reset of its own wants to see
 * them whole: then there is no reset_step. The head is the inner map's, less the promises that the
 * table cannot keep.
 */
void around_map_init(struct around_map *, const struct map_plugin *inner, void *inner_map,
                     const struct map_plugin *own);

#endif
