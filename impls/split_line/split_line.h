/* split_line.h: the calls of the split_line maps. A plug-in defines SPLIT_LINE_NAME and
 * SPLIT_LINE_SUMMARY and, where it wants them, SPLIT_LINE_IDS (ids.h) and SPLIT_LINE_MOST_BYTES,
 * and includes this.
 *
 * A string is copied once into a record {id, length, bytes} (record.h). Which records there are is
 * written down in lines of eight slots (line.h), a cache line each; a hit costs two dependent
 * misses, line and record. Lines split as strings become more (index.h, split.h). A put looks once
 * at its line (glance.h), with wide registers where there are some; where that decides nothing it
 * goes the whole way (search.h), which is C11 everywhere.
 *
 * Why it is right
 *
 * 1. A record is written before a slot names it, by a release, and never after (but for an id
 *    that is given later: ids.h). Whoever follows a slot has loaded it with acquire. So what
 *    is compared is what was put.
 *
 * 2. The slots of a chain (a line and its overflow lines) are taken in order: a slot changes
 *    from empty only by a compare-and-swap, and only a put that saw all slots before it taken,
 *    or a seal, makes one. So when a slot is empty, all behind it are. A taken slot names the
 *    same record for ever, but for the eighth of a line, whose record may move to the first
 *    slot of an overflow line; it is there before the link that replaces it is.
 *
 * 3. A string is at most once in a chain. Two puts of it both look at every taken slot before
 *    the first empty one and then try to take that very slot, from one look. Only one gets it;
 *    the other looks again and finds the string. (This fails with two looks: see mutant
 *    split_two_looks.)
 *
 * 4. A sealed chain never changes: its one slot that a put could take is taken by SEALED, or
 *    its last record has SLOT_LAST, which makes the compare-and-swap of chain_on() fail. A
 *    seal is for ever.
 *
 * 5. A child line is filled from its sealed parent alone. By 4 its contents and their order
 *    are the same whoever computes them and whenever. Fillers write the same words to the same
 *    slots; the first to finish takes the child's eighth slot from 0, and only then may puts
 *    take the slots behind. A late filler writes words that stand there already, none behind
 *    them, and its finish fails. So filling needs no claim, and a filler that stops stops
 *    nobody.
 *
 * 6. At any time a string's line is the youngest filled one on the path from level 0 to the
 *    newest level, and the string is in it or in none: levels above are sealed and wholly
 *    copied below (5), levels below are not filled, and nobody puts into a line that is not
 *    filled. locate() finds that line, or fills until it is the newest. A put that still works
 *    on an older line, because it loaded newest[] before the growth or had no memory to fill,
 *    either takes a slot before that line's seal, and then the fill copies it, or meets the
 *    seal and starts over.
 *
 * 7. The first look may be at a line that is not filled, and need not be of one moment. A find
 *    needs neither: the record holds the string, and no string has two. The slot that is looked
 *    into may be read again: the eighth may name a line by then, which its flag tells, and the
 *    string is looked for closely. Room is found only where the look saw the eighth slot set, so
 *    the line was filled before the compare-and-swap. What the look saw in a slot before is what
 *    stands there for ever, and the swap succeeds only if its slot is empty then; by 2 so are all
 *    behind it. So the string is not in the line at that moment, and 3 holds. A lookup makes no
 *    swap. It may say that the string is not there where the look saw room in a line that was
 *    filled before: at the load of the first empty slot it was not (2), and no seal had taken
 *    that slot (6). A slot before that one which is looked at later can only show more.
 *
 * 8. So put is linearizable: one that adds, at its compare-and-swap; one that finds, at the
 *    load of the slot. lookup that finds, the same. lookup that does not find, in a chain not
 *    sealed: at the load of the first empty slot (or of the last, full one). In a sealed chain
 *    whose child could not be filled for want of memory: when locate() saw that the child was
 *    not filled.
 *
 * 9. Progress: a compare-and-swap fails only because another one succeeded, and a seal is met
 *    again only when a younger level was published since: lock-free, as far as the region is.
 *    Nothing is ever waited for (who lost a race stands back for a moment, whatever others
 *    do), and all that a call keeps in its seat is a word that it exchanges, so a handler may
 *    interrupt any call and make any other: async-signal-safe, where the region is. It is
 *    measured with region_per_thread, which is not; region_sharded is. The source of blocks
 *    always is. The lock is for entering and leaving.
 *
 * 10. Memory: a refused put has changed nothing that can be seen. A growth that gets no memory
 *     is not begun; chains get longer instead. A child that gets no memory for its overflow
 *     lines stays unfilled; its parent is sealed and still read; puts of its new strings are
 *     refused until there is memory. A tag is a hint: colliding tags, and colliding hashes,
 *     cost comparisons, close looks and chains.
 *
 * 11. Levels, and what lost a race, are given back by reset() only: a reader may be there.
 */
#ifndef SPLIT_LINE_H
#define SPLIT_LINE_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "api/intern_map.h"
#include "split_line/ids.h"
#include "split_line/split.h"
/* SPLIT_LINE_MOST_BYTES: of the largest registers that a plug-in may use; 0: C11 alone. */
#ifndef SPLIT_LINE_MOST_BYTES
#define SPLIT_LINE_MOST_BYTES 64
#endif
#if defined(WIDE_TARGET) && SPLIT_LINE_MOST_BYTES >= 32
#define SPLIT_LINE_HALF 1
#include "split_line/half_look.h"
#endif
#if defined(WIDE_TARGET) && SPLIT_LINE_MOST_BYTES >= 64
#define SPLIT_LINE_WIDE 1
#include "split_line/wide_look.h"
#endif

struct split_line {
  struct key_hash hash;
  size_t wide_most; /* bytes of the longest string for a look; 0: the map has another hash */
  struct block_source *source;
  size_t block_bytes;
  struct owned_region region;
  struct id_source ids;
  alignas(64) _Atomic uint64_t lost_races;
  pthread_mutex_t lock;     /* of threads that enter and leave */
  struct split_seat *seats; /* under lock */
  struct line_index index;
};

struct split_seat {
  alignas(64) void *region;
  struct id_seat ids;
  struct split_seat *next; /* of the map's seats, under its lock */
};

/* A NULL seat can find lines, but make none. */
static struct index_user user_of(struct split_line *m, const struct split_seat *seat)
{
  return (struct index_user){.index = &m->index,
                             .region = &m->region,
                             .region_seat = seat ? seat->region : NULL,
                             .source = m->source,
                             .block_bytes = m->block_bytes,
                             .hash = &m->hash};
}

static int create(const struct map_config *config, void **map)
{
  struct split_line *m = aligned_alloc(64, sizeof *m);
  if (!m)
    return -ENOMEM;
  memset(m, 0, sizeof *m);
  m->hash = key_hash_of(config);
#ifdef SPLIT_LINE_HALF
  const bool is_usual = m->hash.function == hash_wide || m->hash.function == hash_half;
  m->wide_most = is_usual ? WIDE_BYTES : 0;
#endif
  m->source = config->region_config.source;
  m->block_bytes = config->region_config.block_bytes;
  int error = owned_region_create(&m->region, config, CALLERS_OVERLAP);
  if (error) {
    free(m);
    return error;
  }
  pthread_mutex_init(&m->lock, NULL);
  index_clear(&m->index);
  *map = m;
  return 0;
}

static int enter(void *map, const struct seat_place *place, void **out)
{
  struct split_line *m = map;
  struct split_seat *seat = aligned_alloc(64, sizeof *seat);
  if (!seat)
    return -ENOMEM;
  *seat = (struct split_seat){0};
  int error = owned_region_enter(&m->region, place, &seat->region);
  if (error) {
    free(seat);
    return error;
  }
  pthread_mutex_lock(&m->lock);
  seat->next = m->seats;
  m->seats = seat;
  pthread_mutex_unlock(&m->lock);
  *out = seat;
  return 0;
}

static void leave(void *map, void *opaque_seat)
{
  struct split_line *m = map;
  struct split_seat *seat = opaque_seat;
  pthread_mutex_lock(&m->lock);
  struct split_seat **link = &m->seats;
  while (*link != seat)
    link = &(*link)->next;
  *link = seat->next;
  pthread_mutex_unlock(&m->lock);
  owned_region_leave(&m->region, seat->region);
  free(seat);
}

/* ---- put and lookup ---- */

static inline void *record_memory(struct split_line *m, const struct split_seat *seat, size_t size)
{
  void *record = size ? owned_region_alloc(&m->region, seat->region, size) : NULL;
  return record && slot_can_name(record) ? record : NULL;
}

/* NULL: no memory, or no more ids, and none was drawn. */
static struct record *build(struct split_line *m, struct split_seat *seat, const void *bytes,
                            size_t n)
{
  for (uint64_t id = ids_next(&m->ids); id;) { /* about the one that it will be */
    const bool is_long = record_is_long(id, n);
    struct record *record = record_memory(m, seat, record_size(is_long, n));
    if (!record)
      return NULL;
    id = ids_draw(&m->ids, &seat->ids);
    if (record_is_long(id, n) > is_long)
      continue; /* others have drawn the last short one since */
    record_write(record, is_long, id, bytes, n);
    return record;
  }
  return NULL;
}

static inline struct located locate(struct split_line *m, const struct split_seat *seat,
                                    struct coordinates at)
{
  /* Pairs with the publish in index_grow(). */
  const uint64_t newest = load_acquire(&m->index.newest[at.shard]);
  line_slot *line = line_on(newest, at.fraction);
  if (line && line_is_filled(line))
    return (struct located){line, newest_level(newest), true};
  const struct index_user user = user_of(m, seat);
  return locate_and_fill(&user, at, newest_level(newest));
}

static line_slot *fresh_overflow_line(struct split_line *m, const struct split_seat *seat)
{
  const struct index_user user = user_of(m, seat);
  return overflow_line(&user);
}

/* Adds an overflow line behind a chain's last slot, with the record that stands there and a new
 * one. False: the slot has changed. */
static bool chain_on(struct split_line *m, const struct split_seat *seat, unsigned shard,
                     struct located where, line_slot *last, uint64_t held, line_slot *overflow,
                     uint64_t added)
{
  store_relaxed(&overflow[0], held); /* nobody else sees this line yet */
  store_relaxed(&overflow[1], added);
  /* Publishes both: pairs with the loads of slots in search() and in line.h. */
  if (!cas_publish(last, &held, slot_linking(overflow)))
    return false;
  const struct index_user user = user_of(m, seat);
  if (last == &where.line[7])
    index_count_overflow(&user, shard, where.level);
  return true;
}

#define MANY 16u /* strings of put_many and lookup_many whose misses overlap */

#include "split_line/search.h"

#define WIDTH(name) name##_portable
#define LOOK(name) name##_portable
#define WANTED(name) name##_portable
#define BEYOND(name) name##_portable
#define TARGET
#include "split_line/glance.h"
#include "split_line/glance_many.h"
#include "split_line/no_width.h"

#ifdef SPLIT_LINE_HALF
#define WIDTH(name) name##_half_long
#define LOOK(name) name##_half
#define WANTED(name) name##_half_long
#define BEYOND(name) name##_portable
#define TARGET HALF_TARGET
#include "split_line/glance.h"
#include "split_line/no_width.h"

#define WIDTH(name) name##_half
#define LOOK(name) name##_half
#define WANTED(name) name##_half
#define BEYOND(name) name##_half_long
#define TARGET HALF_TARGET
#include "split_line/glance.h"
#include "split_line/glance_many.h"
#include "split_line/no_width.h"
#endif

#ifdef SPLIT_LINE_WIDE
#define WIDTH(name) name##_long
#define LOOK(name) name##_wide
#define WANTED(name) name##_long
#define BEYOND(name) name##_portable
#define TARGET WIDE_TARGET
#include "split_line/glance.h"
#include "split_line/no_width.h"

#define WIDTH(name) name##_wide
#define LOOK(name) name##_wide
#define WANTED(name) name##_wide
#define BEYOND(name) name##_long
#define TARGET WIDE_TARGET
#include "split_line/glance.h"
#include "split_line/glance_many.h"
#include "split_line/no_width.h"
#endif

static uint64_t steal_id(void *map, void *opaque_seat)
{
  struct split_line *m = map;
  struct split_seat *seat = opaque_seat;
  const uint64_t id = ids_draw(&m->ids, &seat->ids);
  if (id)
    return id;
  /* Dense ids are for records: one of no string. */
  struct record *nobody = ids_next(&m->ids) ? record_memory(m, seat, record_size(false, 0)) : NULL;
  if (!nobody)
    return 0;
  record_write(nobody, false, 0, "", 0);
  return ids_settle(&m->ids, nobody);
}

/* ---- all strings ---- */

/* Where a visit stands. */
struct line_cursor {
  uint64_t shard, line;
  bool in_shard, in_line;
  unsigned newest; /* the shard's newest level when the visit came to it */
  unsigned level; /* of the line that is being walked: an ancestor where the newest is not filled */
  struct line_walk walk;
};
_Static_assert(sizeof(struct line_cursor) <= sizeof(struct map_cursor), "it fits");

static void cursor_enter_line(const struct index_user *user, struct line_cursor *cursor)
{
  const unsigned shard = (unsigned)cursor->shard;
  line_slot *line;
  cursor->level = cursor->newest + 1;
  do {
    cursor->level--;
    line = level_line(user, shard, cursor->level, cursor->line >> (cursor->newest - cursor->level),
                      false);
  } while (!line || !line_is_filled(line));
  cursor->walk = (struct line_walk){.line = line};
}

/* The next record; looks into `*lines` lines at most and counts them off. NULL: no more lines may
 * be looked into, or all shards are done. */
static const struct record *cursor_next(const struct index_user *user, struct line_cursor *cursor,
                                        uint64_t *lines)
{
  for (; cursor->shard < SHARDS; cursor->shard++, cursor->line = 0, cursor->in_shard = false) {
    if (!cursor->in_shard) /* pairs with the publish in index_grow(); lookups may make it grow */
      cursor->newest = newest_level(load_acquire(&user->index->newest[cursor->shard]));
    cursor->in_shard = true;
    const uint64_t end = (uint64_t)first_lines[cursor->shard] << cursor->newest;
    for (; cursor->line < end; cursor->line++, cursor->in_line = false) {
      if (!cursor->in_line) {
        if (*lines == 0)
          return NULL;
        --*lines;
        cursor_enter_line(user, cursor);
        cursor->in_line = true;
      }
      uint64_t slot;
      while ((slot = line_next(&cursor->walk))) {
        const struct record *record = slot_record(slot);
        /* An ancestor holds the strings of all its children. */
        if (cursor->level == cursor->newest ||
            coordinates_line(fraction_of_record(user, record), cursor->newest) == cursor->line)
          return record;
      }
    }
  }
  return NULL;
}

static bool show(map_visitor *visitor, void *arg, const struct record *record)
{
  size_t n;
  const unsigned char *bytes = record_bytes(record, &n);
  return visitor(arg, record_id(record), bytes, n);
}

static int visit_step(void *map, struct map_cursor *at, unsigned keys, map_visitor *visitor,
                      void *arg)
{
  struct split_line *m = map;
  const struct index_user user = user_of(m, NULL);
  struct line_cursor cursor;
  memcpy(&cursor, at, sizeof cursor);
  uint64_t lines = (uint64_t)keys + 1; /* empty ones cost time too */
  const struct record *record;
  bool go_on = true;
  for (; go_on && keys && (record = cursor_next(&user, &cursor, &lines)); keys--)
    go_on = show(visitor, arg, record);
  memcpy(at, &cursor, sizeof cursor);
  return go_on ? cursor.shard < SHARDS : -ECANCELED;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct split_line *m = map;
  const struct index_user user = user_of(m, NULL);
  struct line_cursor cursor = {0};
  uint64_t lines = UINT64_MAX;
  const struct record *record;
  while ((record = cursor_next(&user, &cursor, &lines)))
    if (!show(visitor, arg, record))
      return -ECANCELED;
  return 0;
}

static void stats(void *map, struct map_stats *stats)
{
  struct split_line *m = map;
  const struct index_user user = user_of(m, NULL);
  stats->table_bytes = sizeof *m;
  stats->lost_races = load_relaxed(&m->lost_races);
  owned_region_stats(&m->region, &stats->region);
  /* Pairs with the push in large_piece_note(). */
  for (const struct large_piece *large = load_acquire(&m->index.large); large;
       large = large->next) {
    stats->region.blocks++;
    stats->region.mapped_bytes += large->bytes;
    stats->region.used_bytes += large->bytes;
  }
  const struct large_piece *spare = load_acquire(&m->index.spare); /* the same */
  if (spare) {
    stats->region.blocks++;
    stats->region.mapped_bytes += spare->bytes;
  }
  struct line_cursor cursor = {0};
  uint64_t lines = UINT64_MAX;
  while (cursor_next(&user, &cursor, &lines)) {
    const unsigned depth = cursor.walk.depth;
    stats->keys++;
    stats->depth_count[depth < MAP_DEPTHS ? depth : MAP_DEPTHS - 1]++;
    if (depth + 1 > stats->depth_max)
      stats->depth_max = depth + 1;
  }
}

/* ---- from full to empty ---- */

static int reset_step(void *map, unsigned blocks)
{
  struct split_line *m = map;
  /* Nothing else runs; the acquires pair with the releases of the puts before. */
  struct large_piece *spare = atomic_exchange_explicit(&m->index.spare, NULL, memory_order_acquire);
  if (spare)
    large_piece_note(&m->index, spare);
  struct large_piece *large = load_acquire(&m->index.large); /* lies in the region itself */
  for (; large && blocks; blocks--, large = large->next)
    m->source->give_back(m->source, large->memory, large->bytes);
  store_relaxed(&m->index.large, large); /* nothing else runs */
  if (large || !owned_region_drop_step(&m->region, blocks))
    return 1;
  index_clear(&m->index);
  ids_clear(&m->ids);
  for (struct split_seat *seat = m->seats; seat; seat = seat->next)
    ids_leave(&seat->ids);
  store_relaxed(&m->lost_races, 0);
  return 0;
}

static int reset(void *map)
{
  return reset_step(map, UINT_MAX);
}

static void destroy(void *map)
{
  struct split_line *m = map;
  reset(m);
  owned_region_destroy(&m->region);
  pthread_mutex_destroy(&m->lock);
  free(m);
}

#define IDS_PROMISES                                                                               \
  (SPLIT_LINE_IDS == IDS_IN_BLOCKS ? 0u                                                            \
   : SPLIT_LINE_IDS == IDS_DENSE   ? MAP_ORDERED_IDS | MAP_DENSE_IDS                               \
                                   : MAP_ORDERED_IDS)

#define SPLIT_LINE_PLUGIN(width)                                                                   \
  {                                                                                                \
    .head = {.kind = PLUGIN_MAP,                                                                   \
             .abi_major = TMB_ABI_MAJOR,                                                           \
             .size = sizeof(struct map_plugin),                                                    \
             .promises = MAP_LOCK_FREE | IDS_PROMISES | MAP_ASYNC_SIGNAL_SAFE | MAP_USES_REGION |  \
                         MAP_INCREMENTAL | MAP_RESET_GIVES_BACK,                                   \
             .name = SPLIT_LINE_NAME,                                                              \
             .summary = SPLIT_LINE_SUMMARY},                                                       \
    .usual_region = "region_per_thread", .create = create, .destroy = destroy, .enter = enter,     \
    .leave = leave, .put = put_##width, .lookup = lookup_##width, .steal_id = steal_id,            \
    .reset = reset, .visit = visit, .stats = stats, .visit_step = visit_step,                      \
    .reset_step = reset_step, .put_many = put_many_##width, .lookup_many = lookup_many_##width     \
  }

const struct plugin *tmb_plugin(void)
{
#ifdef SPLIT_LINE_WIDE
  static const struct map_plugin wide = SPLIT_LINE_PLUGIN(wide);
  if (wide_is_there())
    return &wide.head;
#endif
#ifdef SPLIT_LINE_HALF
  static const struct map_plugin half = SPLIT_LINE_PLUGIN(half);
  if (half_is_there())
    return &half.head;
#endif
  static const struct map_plugin portable = SPLIT_LINE_PLUGIN(portable);
  return &portable.head;
}

#endif
