/* look.h: what a line holds, read once, and the first look in C11, for any processor; half_look.h
 * and wide_look.h take that one with wide registers. */
#ifndef SPLIT_LINE_LOOK_H
#define SPLIT_LINE_LOOK_H

#include "common/hash.h"
#include "split_line/line.h"

struct look {
  uint64_t slot[LINE_SLOTS];
};

static inline struct look look_at(line_slot *line)
{
  struct look look;
#pragma GCC unroll 8
  for (unsigned i = 0; i < LINE_SLOTS; i++)
    /* Pairs with the publishes in put_closely() and with the finish in child_finish(). */
    look.slot[i] = load_acquire(&line[i]);
  return look;
}

/* Bit i: slot i names a record with that tag. */
static inline unsigned look_matches(const struct look *look, uint64_t tag)
{
  unsigned matches = 0;
#pragma GCC unroll 8
  for (unsigned i = LINE_SLOTS; i-- > 0;)
    matches = matches + matches + slot_has_tag(look->slot[i], tag);
  return matches;
}

/* Bit i: slot i names nothing. */
static inline unsigned look_empty(const struct look *look)
{
  unsigned empty = 0;
#pragma GCC unroll 8
  for (unsigned i = LINE_SLOTS; i-- > 0;)
    empty = empty + empty + slot_names_nothing(look->slot[i]);
  return empty;
}

/* ---- the first look, as glance.h wants it ---- */

/* What a first look says of a string: its id; or that it is not there; or neither. */
struct found {
  uint64_t id;    /* 0: none was found */
  bool undecided; /* it may be there, or is there and has no id yet: look closely */
};

struct wanted_portable {
  const void *bytes;
  size_t n;
};

struct look_portable {
  line_slot *line;
};

/* True for the strings and maps that this width leaves to the next one. */
static inline bool beyond_portable(size_t n, size_t wide_most)
{
  (void)n, (void)wide_most;
  return false;
}

static inline struct wanted_portable want_portable(const void *bytes, size_t n)
{
  return (struct wanted_portable){bytes, n};
}

static inline uint64_t wanted_hash_portable(struct wanted_portable wanted,
                                            const struct key_hash *hash)
{
  return key_hash(hash, wanted.bytes, wanted.n);
}

static inline struct look_portable look_portable(line_slot *line)
{
  return (struct look_portable){line};
}

static inline unsigned look_matches_portable(struct look_portable look, uint64_t tag)
{
  const struct look held = look_at(look.line);
  return look_matches(&held, tag);
}

static inline uint64_t look_slot_portable(struct look_portable look, unsigned matches)
{
  return load_acquire(&look.line[__builtin_ctz(matches)]); /* as in look_at() */
}

static inline void record_write_portable(struct record *record, uint64_t id, const void *bytes,
                                         size_t n)
{
  record_write(record, false, id, bytes, n);
}

/* Two looks it would take. */
static inline unsigned look_room_portable(struct look_portable look)
{
  (void)look;
  return LINE_SLOTS;
}

static inline uint64_t wanted_id_portable(struct wanted_portable wanted,
                                          const struct record *record)
{
  return record_holds(record, wanted.bytes, wanted.n) ? record_id(record) : 0;
}

#endif
