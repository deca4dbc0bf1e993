/* glance_many.h: put_many and lookup_many, whose strings' misses overlap. Included for a width
 * behind glance.h, with the same macros.
 */

#define AHEAD_BYTES 256u

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
    if (WANTED(beyond)(key.n, m->wide_most)) {
      glanced[i].hash = key_hash(&m->hash, key.bytes, key.n);
    } else {
      const struct WANTED(wanted) wanted = WANTED(want)(key.bytes, key.n);
      glanced[i].hash = WANTED(wanted_hash)(wanted, &m->hash);
    }
    glanced[i].line = newest_line(&m->index, glanced[i].hash, &glanced[i].tag);
    __builtin_prefetch((void *)glanced[i].line);
  }
  for (size_t i = 0; i < count; i++) {
    if (!glanced[i].line)
      continue;
    const struct LOOK(look) look = LOOK(look)(glanced[i].line);
    const unsigned matches = LOOK(look_matches)(look, glanced[i].tag);
    if (!matches)
      continue;
    const uint64_t slot = LOOK(look_slot)(look, matches);
    if (!slot_is_record(slot))
      continue;
    const char *record = (const char *)slot_record(slot); /* a guess */
    const size_t bytes = keys[i].n < AHEAD_BYTES ? keys[i].n : AHEAD_BYTES;
    for (size_t at = 0; at < bytes; at += LINE_BYTES)
      __builtin_prefetch(record + at);
    __builtin_prefetch(record + RECORD_HEAD_BYTES + bytes - 1);
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
      results[i] = WIDTH(put_at)(m, seat, key.bytes, key.n, to.line, to.tag);
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
      results[i] = WIDTH(lookup_at)(m, seat, key.bytes, key.n, to.hash, to.line, to.tag);
    }
  }
}
