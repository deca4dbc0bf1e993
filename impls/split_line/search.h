/* search.h: a string's whole way: what put and lookup do where the first look (glance.h) decides
 * nothing.
 *
 * All that is concluded about a line comes from ONE look, taken after the line was seen filled.
 * With a second look for "is there room", a string that was added between the two would be added
 * again. That the eight words are not read at one moment does no harm: what stands before the first
 * empty slot never changes, and the slot itself is taken only if it is empty still.
 */
#ifndef SPLIT_LINE_SEARCH_H
#define SPLIT_LINE_SEARCH_H

#include "split_line/look.h"

/* Looks for a string in a filled line and its overflow lines. */
static inline enum line_end search(line_slot *line, uint64_t tag, const void *bytes, size_t n,
                                   line_slot **at, uint64_t *slot)
{
  for (;;) {
    const struct look look = look_at(line);
    for (unsigned matches = look_matches(&look, tag); matches; matches &= matches - 1) {
      *slot = look.slot[__builtin_ctz(matches)];
      if (record_holds(slot_record(*slot), bytes, n))
        return LINE_FOUND;
    }
    const unsigned empty = look_empty(&look);
    const unsigned end = empty ? (unsigned)__builtin_ctz(empty) : 7;
    *at = &line[end];
    *slot = look.slot[end];
    if (*slot == SLOT_SEALED)
      return LINE_SEALED;
    if (slot_is_record(*slot))
      return *slot & SLOT_LAST ? LINE_SEALED : LINE_FULL;
    if (!slot_is_link(*slot))
      return LINE_ROOM;
    line = slot_line(*slot); /* what stood in the eighth slot is there now */
  }
}

#define STAND_BACK_PAUSES 1500u /* some 30 us, where a pause was measured: dozens of puts */

/* After a race for the same string that was lost. Threads that add the same strings in the same
 * order meet at each of them, and every meeting moves the line, the counter of ids and the record
 * between their caches. The one that stands back falls behind, and from then on finds what the
 * other has added. It waits for nothing. */
static inline void stand_back(void)
{
  for (unsigned i = 0; i < STAND_BACK_PAUSES; i++)
    cpu_pause();
}

static __attribute__((noinline)) struct map_put put_closely(struct split_line *m,
                                                            struct split_seat *seat,
                                                            const void *bytes, size_t n,
                                                            uint64_t hash)
{
  if (n == 0)
    return (struct map_put){0};
  const struct coordinates at = coordinates_of(hash);
  struct record *built = NULL; /* at most once a put */
  line_slot *overflow = NULL;  /* the same */
  for (;;) {
    const struct located where = locate(m, seat, at);
    const uint64_t tag = coordinates_tag(at.fraction, where.level);
    line_slot *slot;
    uint64_t held;
    switch (search(where.line, tag, bytes, n, &slot, &held)) {
    case LINE_FOUND:
      if (built) {
        fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
        stand_back();
      }
      return (struct map_put){.id = ids_settle(&m->ids, slot_record(held))};
    case LINE_ROOM:
      if (!built && !(built = build(m, seat, bytes, n)))
        return (struct map_put){0};
      /* The publish: pairs with the loads of slots in search() and in line.h. */
      if (cas_publish(slot, &held, slot_naming(built, tag)))
        return (struct map_put){.id = ids_settle(&m->ids, built), .added = true};
      continue;
    case LINE_FULL:
      if (!overflow && !(overflow = fresh_overflow_line(m, seat)))
        return (struct map_put){0};
      if (!built && !(built = build(m, seat, bytes, n))) /* last, as it draws an id */
        return (struct map_put){0};
      if (chain_on(m, seat, at.shard, where, slot, held, overflow, slot_naming(built, tag)))
        return (struct map_put){.id = ids_settle(&m->ids, built), .added = true};
      continue;
    case LINE_SEALED:
      if (!where.is_newest) /* and there was no memory for a younger one */
        return (struct map_put){0};
      continue; /* a younger level has been published */
    }
  }
}

static __attribute__((noinline)) uint64_t lookup_closely(struct split_line *m,
                                                         struct split_seat *seat, const void *bytes,
                                                         size_t n, uint64_t hash)
{
  if (n == 0)
    return 0;
  const struct coordinates at = coordinates_of(hash);
  for (;;) {
    const struct located where = locate(m, seat, at);
    line_slot *slot;
    uint64_t held;
    switch (search(where.line, coordinates_tag(at.fraction, where.level), bytes, n, &slot, &held)) {
    case LINE_FOUND:
      return ids_settle(&m->ids, slot_record(held));
    case LINE_SEALED:
      if (where.is_newest)
        continue; /* a younger level has been published */
      return 0;   /* what is younger was not filled when locate() looked, after this call began */
    case LINE_ROOM:
    case LINE_FULL:
      return 0;
    }
  }
}

#endif
