/* search.h: put and lookup. Included once for each way to look at a line, with WIDTH(name), the
 * name with the width behind it, and TARGET, an attribute of the functions. A width has
 *
 *   struct look_<width>                   the eight slots of a line, each read whole, once
 *   look_<width>(line)                    takes the look
 *   look_matches_<width>(look, tag)       bit i: slot i names a record with that tag
 *   look_empty_<width>(look)              bit i: slot i names nothing: no tag, and no link
 *
 * All that is concluded about a line comes from ONE look, taken after the line was seen filled.
 * With a second look for "is there room", a string that was added between the two would be added
 * again. That the eight words are not read at one moment does no harm: what stands before the first
 * empty slot never changes, and the slot itself is taken only if it is empty still.
 */

enum WIDTH(found) {
  WIDTH(FOUND),  /* *slot names the record */
  WIDTH(ROOM),   /* *at is the first empty slot, *slot what it holds: 0 or SLOT_FILLED */
  WIDTH(FULL),   /* *at is the last slot of the chain, *slot the record in it */
  WIDTH(SEALED), /* the string is not here and will not be */
};

/* Looks for a string in a filled line and its overflow lines. */
TARGET static inline enum WIDTH(found)
    WIDTH(search)(line_slot *line, uint64_t tag, const void *bytes, size_t n, line_slot **at,
                  uint64_t *slot)
{
  for (;;) {
    const struct WIDTH(look) look = WIDTH(look)(line);
    for (unsigned matches = WIDTH(look_matches)(&look, tag); matches; matches &= matches - 1) {
      /* Names what the look saw there; acquire: pairs with the publishes in put_closely() and
       * child_finish(), for the record's contents. */
      *slot = load_acquire(&line[__builtin_ctz(matches)]);
      if (slot_is_record(*slot) && record_holds(slot_record(*slot), bytes, n))
        return WIDTH(FOUND);
    }
    const unsigned empty = WIDTH(look_empty)(&look);
    const unsigned first = empty ? (unsigned)__builtin_ctz(empty) : 7;
    *at = &line[first];
    *slot = load_acquire(*at); /* the same */
    if (slot_is_link(*slot))
      line = slot_line(*slot); /* what stood in the eighth slot is there now */
    else if (*slot == SLOT_SEALED)
      return WIDTH(SEALED);
    else if (!slot_is_record(*slot))
      return WIDTH(ROOM);
    else if (!empty)
      return *slot & SLOT_LAST ? WIDTH(SEALED) : WIDTH(FULL);
    /* Else the slot has been taken since: look again. */
  }
}

/* The newest line that may have a string, filled or not; NULL: not there yet. */
static inline line_slot *WIDTH(glance_line)(const struct split_line *m, struct coordinates at,
                                            uint64_t *tag)
{
  /* Pairs with the publish in index_grow(). */
  const uint64_t newest = load_acquire(&m->index.newest[at.shard]);
  *tag = coordinates_tag(at.fraction, newest_level(newest));
  return newest_line(newest, at.fraction);
}

/* The first look, which finds nearly every string that is there: into one line only. A record that
 * holds the string proves itself, wherever it was found. NULL: look closely. */
TARGET static inline const struct record *WIDTH(glance)(line_slot *line, uint64_t tag,
                                                        const void *bytes, size_t n)
{
  if (!line)
    return NULL;
  const struct WIDTH(look) look = WIDTH(look)(line);
  for (unsigned matches = WIDTH(look_matches)(&look, tag); matches; matches &= matches - 1) {
    const uint64_t slot = load_acquire(&line[__builtin_ctz(matches)]); /* as in search() */
    if (slot_is_record(slot) && record_holds(slot_record(slot), bytes, n))
      return slot_record(slot);
  }
  return NULL;
}

TARGET static __attribute__((noinline)) struct map_put
WIDTH(put_closely)(struct split_line *m, void *seat, struct coordinates at, const void *bytes,
                   size_t n)
{
  struct record *built = NULL; /* at most once a put */
  line_slot *overflow = NULL;  /* the same */
  for (;;) {
    const struct located where = locate(m, seat, at);
    const uint64_t tag = coordinates_tag(at.fraction, where.level);
    line_slot *slot;
    uint64_t held;
    switch (WIDTH(search)(where.line, tag, bytes, n, &slot, &held)) {
    case WIDTH(FOUND):
      if (built)
        fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
      return (struct map_put){.id = record_id(slot_record(held))};
    case WIDTH(ROOM):
      if (!built && !(built = build(m, seat, bytes, n)))
        return (struct map_put){0};
      /* The publish: pairs with the loads of slots in search() and in line.h. */
      if (cas_publish(slot, &held, slot_naming(built, tag)))
        return (struct map_put){.id = record_id(built), .added = true};
      continue;
    case WIDTH(FULL):
      if (!overflow && !(overflow = fresh_overflow_line(m, seat)))
        return (struct map_put){0};
      if (!built && !(built = build(m, seat, bytes, n))) /* last, as it draws an id */
        return (struct map_put){0};
      if (chain_on(m, seat, at.shard, where, slot, held, overflow, slot_naming(built, tag)))
        return (struct map_put){.id = record_id(built), .added = true};
      continue;
    case WIDTH(SEALED):
      if (!where.is_newest) /* and there was no memory for a younger one */
        return (struct map_put){0};
      continue; /* a younger level has been published */
    }
  }
}

TARGET static __attribute__((noinline)) uint64_t WIDTH(lookup_closely)(struct split_line *m,
                                                                       void *seat,
                                                                       struct coordinates at,
                                                                       const void *bytes, size_t n)
{
  for (;;) {
    const struct located where = locate(m, seat, at);
    line_slot *slot;
    uint64_t held;
    switch (WIDTH(search)(where.line, coordinates_tag(at.fraction, where.level), bytes, n, &slot,
                          &held)) {
    case WIDTH(FOUND):
      return record_id(slot_record(held));
    case WIDTH(SEALED):
      if (where.is_newest)
        continue; /* a younger level has been published */
      return 0;   /* what is younger was not filled when locate() looked, after this call began */
    case WIDTH(ROOM):
    case WIDTH(FULL):
      return 0;
    }
  }
}

TARGET static struct map_put WIDTH(put)(void *map, void *seat, const void *bytes, size_t n)
{
  struct split_line *m = map;
  if (n == 0)
    return (struct map_put){0};
  const struct coordinates at = coordinates_of(key_hash(&m->hash, bytes, n));
  uint64_t tag;
  line_slot *line = WIDTH(glance_line)(m, at, &tag);
  const struct record *record = WIDTH(glance)(line, tag, bytes, n);
  return record ? (struct map_put){.id = record_id(record)}
                : WIDTH(put_closely)(m, seat, at, bytes, n);
}

TARGET static uint64_t WIDTH(lookup)(void *map, void *seat, const void *bytes, size_t n)
{
  struct split_line *m = map;
  if (n == 0)
    return 0;
  const struct coordinates at = coordinates_of(key_hash(&m->hash, bytes, n));
  uint64_t tag;
  line_slot *line = WIDTH(glance_line)(m, at, &tag);
  const struct record *record = WIDTH(glance)(line, tag, bytes, n);
  return record ? record_id(record) : WIDTH(lookup_closely)(m, seat, at, bytes, n);
}

/* ---- several at once ---- */

/* What is known of a string of a group on its way. */
struct WIDTH(glanced) {
  struct coordinates at;
  line_slot *line;
  uint64_t tag;
};

/* The misses of a group overlap: first those of all lines, then those of all records that a tag
 * names. */
TARGET static inline void WIDTH(glance_ahead)(const struct split_line *m,
                                              const struct map_key *keys, size_t count,
                                              struct WIDTH(glanced) * glanced)
{
  for (size_t i = 0; i < count; i++) {
    glanced[i].at = coordinates_of(key_hash(&m->hash, keys[i].bytes, keys[i].n));
    glanced[i].line = WIDTH(glance_line)(m, glanced[i].at, &glanced[i].tag);
    __builtin_prefetch((void *)glanced[i].line);
  }
  for (size_t i = 0; i < count; i++) {
    if (!glanced[i].line)
      continue;
    const struct WIDTH(look) look = WIDTH(look)(glanced[i].line);
    const unsigned matches = WIDTH(look_matches)(&look, glanced[i].tag);
    if (!matches)
      continue;
    const uint64_t slot = load_relaxed(&glanced[i].line[__builtin_ctz(matches)]); /* a guess */
    const char *record = slot_address(slot);
    __builtin_prefetch(record);
    __builtin_prefetch(record + RECORD_HEAD_BYTES + keys[i].n - 1);
  }
}

TARGET static void WIDTH(put_many)(void *map, void *seat, const struct map_key *keys, size_t count,
                                   struct map_put *results)
{
  struct split_line *m = map;
  struct WIDTH(glanced) glanced[MANY];
  for (size_t group; count; keys += group, results += group, count -= group) {
    group = count < MANY ? count : MANY;
    WIDTH(glance_ahead)(m, keys, group, glanced);
    for (size_t i = 0; i < group; i++) {
      const void *bytes = keys[i].bytes;
      const size_t n = keys[i].n;
      const struct record *record = WIDTH(glance)(glanced[i].line, glanced[i].tag, bytes, n);
      results[i] = record   ? (struct map_put){.id = record_id(record)}
                   : n == 0 ? (struct map_put){0}
                            : WIDTH(put_closely)(m, seat, glanced[i].at, bytes, n);
    }
  }
}

TARGET static void WIDTH(lookup_many)(void *map, void *seat, const struct map_key *keys,
                                      size_t count, uint64_t *results)
{
  struct split_line *m = map;
  struct WIDTH(glanced) glanced[MANY];
  for (size_t group; count; keys += group, results += group, count -= group) {
    group = count < MANY ? count : MANY;
    WIDTH(glance_ahead)(m, keys, group, glanced);
    for (size_t i = 0; i < group; i++) {
      const void *bytes = keys[i].bytes;
      const size_t n = keys[i].n;
      const struct record *record = WIDTH(glance)(glanced[i].line, glanced[i].tag, bytes, n);
      results[i] = record   ? record_id(record)
                   : n == 0 ? 0
                            : WIDTH(lookup_closely)(m, seat, glanced[i].at, bytes, n);
    }
  }
}

#undef WIDTH
#undef TARGET
