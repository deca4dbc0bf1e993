/* intern_map.h: an interning map as a plug-in.
 *
 * An interning map turns byte strings into small numbers. It only grows: there is no delete, and
 * nothing is ever moved. Semantics follow the trace map of the Go runtime's execution tracer
 * (Go commit 5bba5b25, March 2024).
 *
 * Progress, ordering and id promises are claims that the suite tests.
 */
#ifndef TMB_INTERN_MAP_H
#define TMB_INTERN_MAP_H

#include "plugin.h"
#include "region.h"

#ifdef __cplusplus
extern "C" {
#endif

enum map_promise {
  /* put and lookup take no lock of the map's own. Whole only with a REGION_LOCK_FREE region: where
   * the region takes a lock, put may wait for a thread that fetches a block. */
  MAP_LOCK_FREE = 1u << 0,
  /* The ids drawn since the last reset, stolen ones included, are exactly 1 … their number. Without
   * it a put that loses a race may burn an id. */
  MAP_DENSE_IDS = 1u << 1,
  /* When a put that added returned before another put that added was called, its id is smaller. */
  MAP_ORDERED_IDS = 1u << 2,
  /* put and lookup may run in a signal handler that interrupted any call of the same map on the
   * same seat. Whole only with a REGION_ASYNC_SIGNAL_SAFE region. */
  MAP_ASYNC_SIGNAL_SAFE = 1u << 3,
  /* Keys and nodes live in the region that the config names. */
  MAP_USES_REGION = 1u << 4,
  /* Interns nothing: measures what the harness or the machine takes, a floor under the maps'
   * figures. Excused from the contract, and from every check of it. */
  MAP_IS_BASELINE = 1u << 5,
  /* visit_step and reset_step do a bounded piece of work a call, whatever the map holds. Whole only
   * with a region that has drop_step. */
  MAP_INCREMENTAL = 1u << 6,
  /* After a reset the map holds no more memory than when it was created, tables included. */
  MAP_RESET_GIVES_BACK = 1u << 7,
};

/* A 64-bit hash of n bytes. Pure and thread-safe. */
typedef uint64_t map_hash(const void *bytes, size_t n, uint64_t seed);

struct map_config {
  map_hash *hash;                     /* NULL: the map's own choice, with hash_seed */
  uint64_t hash_seed;                 /* passed to the hash */
  const struct region_plugin *region; /* never NULL; the map creates its own region from it */
  struct region_config region_config; /* ready to pass on; a map that calls its region under a lock
                                         sets caller_serialises in its copy */
  uint64_t expected_keys;             /* a hint; 0: not known */
  unsigned threads;                   /* how many seats will be taken at a time, at most */
};

struct map_put {
  uint64_t id; /* 1 to 2^63-1; 0: n was 0, or refused for want of memory */
  bool added;  /* true for exactly one of all puts of that string since the last reset */
};

/* Return false to end the visit. bytes are valid until the next reset. */
typedef bool map_visitor(void *arg, uint64_t id, const void *bytes, size_t n);

/* Where a visit in steps stands; what is in it is the map's own affair. Zeroed: at the start. */
struct map_cursor {
  uintptr_t word[128];
};

/* A string of a call that takes several. */
struct map_key {
  const void *bytes;
  size_t n;
};

#define MAP_DEPTHS 64

struct map_stats {
  uint64_t keys;                    /* strings interned now */
  uint64_t lost_races;              /* puts since the last reset that built a node and lost it */
  uint64_t table_bytes;             /* held outside the region: bucket arrays, index */
  struct region_stats region;       /* zero when the map uses none */
  uint64_t depth_count[MAP_DEPTHS]; /* [d]: keys that are found by the (d+1)-th node or slot looked
                                       at; the last entry counts all deeper ones */
  uint64_t depth_max;               /* nodes looked at for the deepest key */
};

struct map_plugin {
  struct plugin head;

  /* Name of the region plug-in that this map is measured with unless a run asks for another. NULL:
   * region_shared. */
  const char *usual_region;

  /* Mandatory. 0 and *map, or -errno. The config is read during the call only; what it points to
   * outlives the map. */
  int (*create)(const struct map_config *, void **map);
  /* Mandatory. Gives all memory back. No other call may run; all seats have been left. */
  void (*destroy)(void *map);

  /* Optional, both or neither. A thread takes a seat before its first put, lookup or steal_id and
   * leaves it after its last; a seat serves one thread at a time. 0 and *seat, or -errno. Seats
   * outlast a reset. Thread-safe. Where absent, a NULL seat is passed. */
  int (*enter)(void *map, const struct seat_place *, void **seat);
  void (*leave)(void *map, void *seat);

  /* Mandatory. Interns a copy of the n bytes. Linearizable. n == 0 gives (0, false). (0, false) for
   * n > 0: no memory, and the map is unchanged. Thread-safe. */
  struct map_put (*put)(void *map, void *seat, const void *bytes, size_t n);
  /* Optional. The string's id, 0 when it is not interned. Linearizable, thread-safe. */
  uint64_t (*lookup)(void *map, void *seat, const void *bytes, size_t n);
  /* Optional. Draws an id that no string will get until the next reset; 0: no memory, where the map
   * needs some for that. Thread-safe. */
  uint64_t (*steal_id)(void *map, void *seat);

  /* Optional. Forgets all strings, gives the region's blocks back; ids start at 1 again. 0 or
   * -errno. No other call may run on that map. */
  int (*reset)(void *map);
  /* Optional. Shows each string once, in any order. 0, or -ECANCELED when the visitor ended it. No
   * put or reset may run on that map. */
  int (*visit)(void *map, map_visitor *, void *arg);
  /* Optional. Fills a zeroed struct. No put or reset may run on that map. */
  void (*stats)(void *map, struct map_stats *);

  /* Optional. As visit, in steps of at most `keys` strings; a zeroed cursor begins. 1: there are
   * more, 0: all were shown, -ECANCELED. Between steps other maps may do anything, this one
   * nothing. */
  int (*visit_step)(void *map, struct map_cursor *, unsigned keys, map_visitor *, void *arg);
  /* Optional. As reset, in steps that give back at most `blocks` blocks. 1: there are more, 0: the
   * map is as new. Between steps this map may do nothing. */
  int (*reset_step)(void *map, unsigned blocks);

  /* Name and version of the library that the map is made of, as it was built: "liburcu 0.13.2".
   * NULL: none. */
  const char *library;

  /* Optional, each. As `count` calls of put or lookup, made in any order; results[i] is what the
   * one for keys[i] returned. So of equal strings in one call at most one is added. Lets a map
   * overlap the cache misses of several strings. Thread-safe; not atomic as a whole. */
  void (*put_many)(void *map, void *seat, const struct map_key *keys, size_t count,
                   struct map_put *results);
  void (*lookup_many)(void *map, void *seat, const struct map_key *keys, size_t count,
                      uint64_t *results);
};

/* So that every map can be asked. The second needs lookup. */
static inline void map_put_many(const struct map_plugin *calls, void *map, void *seat,
                                const struct map_key *keys, size_t count, struct map_put *results)
{
  if (calls->put_many) {
    calls->put_many(map, seat, keys, count, results);
    return;
  }
  for (size_t i = 0; i < count; i++)
    results[i] = calls->put(map, seat, keys[i].bytes, keys[i].n);
}

static inline void map_lookup_many(const struct map_plugin *calls, void *map, void *seat,
                                   const struct map_key *keys, size_t count, uint64_t *results)
{
  if (calls->lookup_many) {
    calls->lookup_many(map, seat, keys, count, results);
    return;
  }
  for (size_t i = 0; i < count; i++)
    results[i] = calls->lookup(map, seat, keys[i].bytes, keys[i].n);
}

#ifdef __cplusplus
}
#endif
#endif
