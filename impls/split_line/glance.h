/* glance.h: put and lookup: a first look, which decides about nearly every string, and the whole
 * way (search.h) where it does not. Included once for each width, with
 *
 *   WIDTH(name)    the name with the width behind it
 *   LOOK(name)     the same for how a line is looked at
 *   WANTED(name)   and for how a string is compared
 *   BEYOND(name)   and for the width that takes what is of no use for this one
 *   TARGET         an attribute of the functions
 *
 *   WANTED(beyond)(n, wide_most)        true: of no use for this string
 *   struct WANTED(wanted)               a string that is looked for
 *   WANTED(want)(bytes, n)
 *   WANTED(wanted_hash)(wanted, hash)
 *   WANTED(wanted_id)(wanted, record)   the record's id; 0: another string's, or none yet
 *
 *   struct LOOK(look)                   a line's eight slots, each read whole, at once or later
 *   LOOK(look)(line)
 *   LOOK(look_matches)(look, tag)       bit i: slot i has that tag, or names no record
 *   LOOK(look_slot)(look, matches)      what the lowest of these slots held, or holds now
 *   LOOK(look_room)(look)               which slot a new string may take; LINE_SLOTS: look closely
 *
 * Two things are concluded from the first look. That the string is there: a record that holds it
 * proves itself, wherever it was found. And that it is not, where no slot has its tag, and the line
 * was filled and has room: split_line.h says why (7).
 */

/* What a look says of a string. Of several slots with its tag only the lowest is looked into: where
 * strings are spread evenly that is the string's but, at worst, for one in hundreds, and a loop
 * would cost them all. */
TARGET static inline struct found WIDTH(look_for)(struct LOOK(look) look, uint64_t tag,
                                                  struct WANTED(wanted) wanted)
{
  const unsigned matches = LOOK(look_matches)(look, tag);
  if (!matches)
    return (struct found){0};
  const uint64_t slot = LOOK(look_slot)(look, matches);
  /* Else it names nothing, or a line, which may read as a tag of zeros; or it is the eighth, read
   * again, whose record has moved. */
  const uint64_t id = slot_is_record(slot) ? WANTED(wanted_id)(wanted, slot_record(slot)) : 0;
  return (struct found){.id = id, .undecided = !id};
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
      WANTED(record_write)(record, id, bytes, n);
      /* The publish: as in put_closely(). */
      if (cas_publish(slot, &held, slot_naming(record, tag)))
        return (struct map_put){.id = ids_settle(&m->ids, record), .added = true};
      /* Another put, or a seal, was faster. */
      fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
      const struct map_put put = put_closely(m, seat, bytes, n, key_hash(&m->hash, bytes, n));
      if (!put.added)
        stand_back();
      return put;
    }
  }
  return put_closely(m, seat, bytes, n, key_hash(&m->hash, bytes, n));
}

/* What put sees at its first look: the string's id; 0: none, and *slot is where the string may go,
 * as put_missed() wants it. */
TARGET static inline __attribute__((always_inline)) uint64_t
WIDTH(glance_at)(line_slot *line, uint64_t tag, struct WANTED(wanted) wanted, line_slot **slot)
{
  *slot = NULL;
  if (!line)
    return 0;
  const struct LOOK(look) look = LOOK(look)(line);
  const struct found found = WIDTH(look_for)(look, tag, wanted);
  if (found.id || found.undecided)
    return found.id;
  const unsigned room = LOOK(look_room)(look);
  if (room != LINE_SLOTS)
    *slot = &line[room];
  return 0;
}

/* put_missed() and the put of the next width are called by jumping to them: so a hit saves no
 * registers and aligns no stack for them. That is why they are not inlined. */
TARGET static __attribute__((noinline)) struct map_put WIDTH(put)(void *map, void *seat,
                                                                  const void *bytes, size_t n)
{
  struct split_line *m = map;
  if (WANTED(beyond)(n, m->wide_most))
    return BEYOND(put)(map, seat, bytes, n);
  const struct WANTED(wanted) wanted = WANTED(want)(bytes, n);
  uint64_t tag;
  line_slot *line = newest_line(&m->index, WANTED(wanted_hash)(wanted, &m->hash), &tag), *slot;
  const uint64_t id = WIDTH(glance_at)(line, tag, wanted, &slot);
  if (id)
    return (struct map_put){.id = id};
  return WIDTH(put_missed)(m, seat, bytes, n, slot, tag);
}

/* put, when the string's line is known. */
TARGET static inline struct map_put WIDTH(put_at)(struct split_line *m, struct split_seat *seat,
                                                  const void *bytes, size_t n, line_slot *line,
                                                  uint64_t tag)
{
  if (WANTED(beyond)(n, m->wide_most))
    return BEYOND(put_at)(m, seat, bytes, n, line, tag);
  line_slot *slot;
  const uint64_t id = WIDTH(glance_at)(line, tag, WANTED(want)(bytes, n), &slot);
  return id ? (struct map_put){.id = id} : WIDTH(put_missed)(m, seat, bytes, n, slot, tag);
}

/* What lookup sees at its first look: the string's id; or whether it is not there. */
TARGET static inline __attribute__((always_inline)) struct found
WIDTH(glance_for)(line_slot *line, uint64_t tag, struct WANTED(wanted) wanted)
{
  /* Before the look, so that what is empty in it is not what the filling has not come to. */
  if (!line || !line_is_filled(line))
    return (struct found){.undecided = true};
  const struct LOOK(look) look = LOOK(look)(line);
  struct found found = WIDTH(look_for)(look, tag, wanted);
  if (!found.id && LOOK(look_room)(look) == LINE_SLOTS)
    found.undecided = true;
  return found;
}

/* lookup, when the string's line is known. */
TARGET static inline uint64_t WIDTH(lookup_at)(struct split_line *m, struct split_seat *seat,
                                               const void *bytes, size_t n, uint64_t hash,
                                               line_slot *line, uint64_t tag)
{
  if (WANTED(beyond)(n, m->wide_most))
    return BEYOND(lookup_at)(m, seat, bytes, n, hash, line, tag);
  const struct found found = WIDTH(glance_for)(line, tag, WANTED(want)(bytes, n));
  return found.undecided ? lookup_closely(m, seat, bytes, n, hash) : found.id;
}

TARGET static __attribute__((noinline)) uint64_t WIDTH(lookup)(void *map, void *seat,
                                                               const void *bytes, size_t n)
{
  struct split_line *m = map;
  if (WANTED(beyond)(n, m->wide_most))
    return BEYOND(lookup)(map, seat, bytes, n);
  const struct WANTED(wanted) wanted = WANTED(want)(bytes, n);
  const uint64_t hash = WANTED(wanted_hash)(wanted, &m->hash);
  uint64_t tag;
  line_slot *line = newest_line(&m->index, hash, &tag);
  const struct found found = WIDTH(glance_for)(line, tag, wanted);
  return found.undecided ? lookup_closely(m, seat, bytes, n, hash) : found.id;
}
