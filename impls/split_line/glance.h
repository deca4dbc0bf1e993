/* glance.h: put and lookup: a first look, which finds nearly every string that is there, and the
 * whole way (search.h) where it finds nothing. Included once for each width, with WIDTH(name), the
 * name with the width behind it, and TARGET, an attribute of the functions. A width has
 *
 *   beyond(n, wide_most)          true: of no use for this string, the portable width must do it
 *   struct wanted                 a string that is looked for
 *   want(bytes, n)
 *   wanted_hash(wanted, hash)
 *   wanted_in(wanted, record)     what the record says of the string (struct found)
 *   struct look                   the eight slots of a line, each read whole, once
 *   look(line)                    takes the look
 *   look_matches(look, tag)       bit i: slot i names a record with that tag
 *   look_slot(look, matches)      what the lowest of these slots held
 *   look_room(look)               which slot a new string may take; LINE_SLOTS: look closely
 *
 * Two things are concluded from the first look. That the string is there: a record that holds it
 * proves itself, wherever it was found. And that it is not, where the line was filled and has room:
 * split_line.h says why (7).
 */

/* What a look says of a string. */
TARGET static inline struct found WIDTH(look_for)(struct WIDTH(look) look, uint64_t tag,
                                                  struct WIDTH(wanted) wanted)
{
  for (unsigned matches = WIDTH(look_matches)(look, tag); matches; matches &= matches - 1) {
    const struct found found =
        WIDTH(wanted_in)(wanted, slot_record(WIDTH(look_slot)(look, matches)));
    if (found.id || found.undecided)
      return found;
  }
  return (struct found){0};
}

/* Where the first look has found no id. `slot` is the first empty one of the string's line, in
 * which the string is not; NULL: look closely. The line is no overflow line, so the address tells
 * which slot of it this is. */
TARGET static __attribute__((noinline)) struct map_put
WIDTH(put_missed)(struct split_line *m, struct split_seat *seat, const void *bytes, size_t n,
                  line_slot *slot, uint64_t tag)
{
  if (slot && n && ids_next(&m->ids)) {
    struct record *record = record_memory(m, seat, record_size(false, n));
    if (!record)
      return (struct map_put){0};
    const uint64_t id = ids_draw(&m->ids, &seat->ids);
    if (id <= UINT32_MAX) {
      uint64_t held = ((uintptr_t)slot & (LINE_BYTES - 1)) == 7 * sizeof *slot ? SLOT_FILLED : 0;
      WIDTH(record_write)(record, id, bytes, n);
      /* The publish: as in put_closely(). */
      if (cas_publish(slot, &held, slot_naming(record, tag)))
        return (struct map_put){.id = ids_settle(&m->ids, record), .added = true};
      /* Another put, or a seal, was faster. */
      fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
      stand_back();
    }
  }
  return put_closely(m, seat, bytes, n, key_hash(&m->hash, bytes, n));
}

/* What put sees at its first look: the string's id; 0: none, and *slot is where the string may go,
 * as put_missed() wants it. */
TARGET static inline __attribute__((always_inline)) uint64_t
WIDTH(glance_at)(line_slot *line, uint64_t tag, struct WIDTH(wanted) wanted, line_slot **slot)
{
  *slot = NULL;
  if (!line)
    return 0;
  const struct WIDTH(look) look = WIDTH(look)(line);
  const struct found found = WIDTH(look_for)(look, tag, wanted);
  if (found.id || found.undecided)
    return found.id;
  const unsigned room = WIDTH(look_room)(look);
  if (room != LINE_SLOTS)
    *slot = &line[room];
  return 0;
}

/* put_missed() is called by jumping to it where put itself does it: then a hit saves no registers
 * and aligns no stack for it. */
TARGET static struct map_put WIDTH(put)(void *map, void *seat, const void *bytes, size_t n)
{
  struct split_line *m = map;
  if (WIDTH(beyond)(n, m->wide_most))
    return put_portable(map, seat, bytes, n);
  const struct WIDTH(wanted) wanted = WIDTH(want)(bytes, n);
  uint64_t tag;
  line_slot *line = newest_line(&m->index, WIDTH(wanted_hash)(wanted, &m->hash), &tag), *slot;
  const uint64_t id = WIDTH(glance_at)(line, tag, wanted, &slot);
  if (id)
    return (struct map_put){.id = id};
  return WIDTH(put_missed)(m, seat, bytes, n, slot, tag);
}

/* put, when the string's line is known. */
TARGET static inline __attribute__((always_inline)) struct map_put
WIDTH(put_at)(struct split_line *m, struct split_seat *seat, const void *bytes, size_t n,
              line_slot *line, uint64_t tag, struct WIDTH(wanted) wanted)
{
  line_slot *slot;
  const uint64_t id = WIDTH(glance_at)(line, tag, wanted, &slot);
  return id ? (struct map_put){.id = id} : WIDTH(put_missed)(m, seat, bytes, n, slot, tag);
}

TARGET static inline __attribute__((always_inline)) uint64_t
WIDTH(lookup_at)(struct split_line *m, struct split_seat *seat, const void *bytes, size_t n,
                 uint64_t hash, line_slot *line, uint64_t tag, struct WIDTH(wanted) wanted)
{
  const struct found found =
      line ? WIDTH(look_for)(WIDTH(look)(line), tag, wanted) : (struct found){0};
  if (found.id)
    return found.id;
  return lookup_closely(m, seat, bytes, n, hash);
}

TARGET static uint64_t WIDTH(lookup)(void *map, void *seat, const void *bytes, size_t n)
{
  struct split_line *m = map;
  if (WIDTH(beyond)(n, m->wide_most))
    return lookup_portable(map, seat, bytes, n);
  const struct WIDTH(wanted) wanted = WIDTH(want)(bytes, n);
  const uint64_t hash = WIDTH(wanted_hash)(wanted, &m->hash);
  uint64_t tag;
  line_slot *line = newest_line(&m->index, hash, &tag);
  return WIDTH(lookup_at)(m, seat, bytes, n, hash, line, tag, wanted);
}

/* ---- several at once ---- */

/* What is known of a string of a group on its way. */
struct WIDTH(glanced) {
  uint64_t hash, tag;
  line_slot *line;
};

/* The misses of a group overlap: first those of all lines, then those of all records that a tag
 * names. */
TARGET static inline void WIDTH(glance_ahead)(const struct split_line *m,
                                              const struct map_key *keys, size_t count,
                                              struct WIDTH(glanced) * glanced)
{
  for (size_t i = 0; i < count; i++) {
    const struct map_key key = keys[i];
    if (WIDTH(beyond)(key.n, m->wide_most)) {
      glanced[i].hash = key_hash(&m->hash, key.bytes, key.n);
    } else {
      const struct WIDTH(wanted) wanted = WIDTH(want)(key.bytes, key.n);
      glanced[i].hash = WIDTH(wanted_hash)(wanted, &m->hash);
    }
    glanced[i].line = newest_line(&m->index, glanced[i].hash, &glanced[i].tag);
    __builtin_prefetch((void *)glanced[i].line);
  }
  for (size_t i = 0; i < count; i++) {
    if (!glanced[i].line)
      continue;
    const struct WIDTH(look) look = WIDTH(look)(glanced[i].line);
    const unsigned matches = WIDTH(look_matches)(look, glanced[i].tag);
    if (!matches)
      continue;
    const char *record = slot_address(WIDTH(look_slot)(look, matches)); /* a guess */
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
      const struct map_key key = keys[i];
      const struct WIDTH(glanced) to = glanced[i];
      results[i] = WIDTH(beyond)(key.n, m->wide_most)
                       ? put_at_portable(m, seat, key.bytes, key.n, to.line, to.tag,
                                         want_portable(key.bytes, key.n))
                       : WIDTH(put_at)(m, seat, key.bytes, key.n, to.line, to.tag,
                                       WIDTH(want)(key.bytes, key.n));
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
      const struct map_key key = keys[i];
      const struct WIDTH(glanced) to = glanced[i];
      results[i] = WIDTH(beyond)(key.n, m->wide_most)
                       ? lookup_at_portable(m, seat, key.bytes, key.n, to.hash, to.line, to.tag,
                                            want_portable(key.bytes, key.n))
                       : WIDTH(lookup_at)(m, seat, key.bytes, key.n, to.hash, to.line, to.tag,
                                          WIDTH(want)(key.bytes, key.n));
    }
  }
}

#undef WIDTH
#undef TARGET
