/* recording_map.h: a map around a map that writes down every operation: what was asked, what was
 * answered, and when. Whoever uses it sees a map; a run that records nothing uses the inner map
 * itself and pays nothing.
 *
 * Each seat writes a tape of its own, without any synchronisation. Times are readings of the tape
 * clock, not widened yet. An operation is on the tape from its call on, so one that never returns
 * stays there, open.
 *
 * A share of less than 1 records the operations on that share of the keys, chosen by a hash of the
 * key's bytes, and no others: leaving out single operations would lose the one that added a key and
 * accuse a map that is right. What is said of a recorded key is then as true as with all recorded;
 * ids are compared among the recorded keys only. Stolen ids and resets are always recorded.
 *
 * The tapes point to the keys' bytes where the caller has them: they must stay until the tapes have
 * been read. Calls that the inner map lacks are NULL in the table, and so are visits and resets in
 * steps. enter and leave are always there; create and destroy are NULL, as both maps belong to
 * whoever made them.
 *
 *   recording_map_create(plugin, map, &options, &recording);
 *   worker.calls = recording_map_calls(recording), worker.map = recording;
 *   … enter, run, leave …
 *   recording_check(recording, …);  (check/recording_check.h), or recording_history(recording, …)
 *   recording_map_destroy(recording);
 *
 * Progress: put, lookup and steal_id add no lock to the inner map's, but may allocate. enter, leave
 * and reset take a mutex. Memory that runs out ends the process (record/allocate.h).
 */
#ifndef TMB_RECORDING_MAP_H
#define TMB_RECORDING_MAP_H

#include "api/intern_map.h"
#include "record/history.h"

struct recording_map;

struct recording_options {
  double share;                /* of the keys, above 0 and at most 1 */
  uint64_t seed;               /* chooses them */
  uint64_t operations;         /* expected of each seat: room whose pages are touched beforehand */
  struct block_source *source; /* of the tapes' memory, taken by the thread that enters; outlives
                                  the recording. NULL: the heap */
};

/* Wraps inner_map, which stays the caller's and outlives the wrapper. Never NULL. */
struct recording_map *recording_map_create(const struct map_plugin *inner, void *inner_map,
                                           const struct recording_options *);
/* All seats have been left, or their threads will never return. Does not touch the inner map. */
void recording_map_destroy(struct recording_map *);

/* The table to call, with the struct recording_map as the map. Lives as long as that. It does not
 * promise MAP_ASYNC_SIGNAL_SAFE, whatever the inner map does: a tape may not be interrupted by
 * itself. */
const struct map_plugin *recording_map_calls(const struct recording_map *);

/* What the inner map promises. */
uint32_t recording_map_promises(const struct recording_map *);
/* All keys are recorded. */
bool recording_map_is_whole(const struct recording_map *);

/* ---- reading: when nothing is being recorded ---- */

enum recorded_function { RECORDED_PUT, RECORDED_LOOKUP, RECORDED_STEAL };

struct recorded_op {
  int64_t call, end; /* end INT64_MAX: it has not returned */
  const void *bytes; /* of the key; NULL: a steal_id */
  uint64_t id;
  uint32_t n;
  uint32_t key; /* its number, from recording_map_keys() on */
  uint8_t function;
  bool added;
};

/* A seat's operations in their order. */
struct recorded_tape {
  struct recorded_op *ops;
  size_t count, room;
};

/* Ordered by the threads' numbers in their team, so that tape i is thread i's where each thread
 * took one seat at a time. NULL behind the last. */
const struct recorded_tape *recording_map_tape(const struct recording_map *, size_t index);

/* Of all tapes. */
uint64_t recording_map_operations(const struct recording_map *);

struct recorded_reset {
  int64_t call, end;
};
const struct recorded_reset *recording_map_resets(const struct recording_map *, size_t *count);

struct recorded_key {
  const void *bytes;
  size_t n;
};

/* Numbers the keys by their bytes, in every operation's `key`, and returns them in that order. The
 * array lives until the next call or the recording's end. */
const struct recorded_key *recording_map_keys(struct recording_map *, uint32_t *count);

/* As a history of the model `intern` (record/history.h), every interval widened by error_ns at both
 * ends and every reset narrowed by as much: a reset is ordered by the program, not by the clock. A
 * thread's neighbouring operations may overlap then, so it writes in lanes: processes 0, 1, 2 … are
 * the first lanes of the threads, "0b", "0c" … further ones of thread 0. */
struct history *recording_history(const struct recording_map *, int64_t error_ns, const char *name);

#endif
