/* split.h: how lines become more: a line that is full enough is sealed and splits in two, when one
 * of its children is wanted.
 */
#ifndef SPLIT_LINE_SPLIT_H
#define SPLIT_LINE_SPLIT_H

#include "split_line/index.h"
#include "split_line/look.h"

/* One overflow line, empty; NULL: no memory. */
static line_slot *overflow_line(const struct index_user *user)
{
  /* Aligned to 8 only: in most of them the few slots in use still share a cache line. */
  line_slot *line = owned_region_alloc(user->region, user->region_seat, LINE_BYTES);
  if (!line || !slot_can_name(line))
    return NULL;
  for (unsigned i = 0; i < LINE_SLOTS; i++)
    atomic_init(&line[i], i == 7 ? SLOT_FILLED : 0);
  return line;
}

static inline uint64_t fraction_of_record(const struct index_user *user, const struct record *r)
{
  size_t n;
  const unsigned char *bytes = record_bytes(r, &n);
  return coordinates_of(key_hash(user->hash, bytes, n)).fraction;
}

/* ---- what a sealed line holds, for its children ---- */

#define SHARE_MOST 24u /* slots of a child that are gathered at once; most have fewer */

/* A child's share of its parent's records, in the parent's order. */
struct share {
  uint64_t slot[SHARE_MOST + LINE_SLOTS];
  unsigned count;
};

/* What the record in a slot of level - 1 is on `level`: its slot there; *child: in which child.
 * Where the tag's bits are used up they are taken from the string's hash again. */
static inline uint64_t slot_on_level(const struct index_user *user, uint64_t slot, unsigned level,
                                     unsigned *child)
{
  if (level % TAG_STEP) {
    *child = slot >> (64 - level % TAG_STEP) & 1;
    return slot;
  }
  uint64_t fraction = fraction_of_record(user, slot_record(slot));
  *child = coordinates_line(fraction, level) & 1;
  return slot_naming(slot_record(slot), coordinates_tag(fraction, level));
}

/* Deals a line's records to the children; what follows it in its chain, NULL: nothing. */
static inline line_slot *deal_line(const struct index_user *user, line_slot *line, unsigned level,
                                   struct share share[2])
{
  const struct look look = look_at(line);
  for (unsigned i = 0; i < LINE_SLOTS; i++) {
    if (slot_is_link(look.slot[i]))
      return slot_line(look.slot[i]);
    if (!slot_is_record(look.slot[i]))
      return NULL;
    unsigned child;
    const uint64_t slot = slot_on_level(user, look.slot[i] & ~SLOT_LAST, level, &child);
    share[child].slot[share[child].count++] = slot; /* no branch on a random bit */
  }
  return NULL;
}

/* ---- filling a child ---- */

/* Writes a child line, and overflow lines where its eight slots are too few. */
struct child_writer {
  const struct index_user *user;
  line_slot *child, *line, *first_overflow;
  unsigned used;   /* slots of `line` */
  uint64_t eighth; /* of `line`, kept back: it decides what becomes of the eighth slot */
};

/* False: no memory. */
static inline bool child_add(struct child_writer *w, uint64_t slot)
{
  if (w->used < 7) {
    /* Release, as a first look may find it before the finish: pairs with the loads in look.h. */
    store_release(&w->line[w->used++], slot);
    return true;
  }
  if (!w->eighth) {
    w->eighth = slot;
    return true;
  }
  line_slot *overflow = overflow_line(w->user);
  if (!overflow)
    return false;
  if (w->first_overflow) /* nobody else sees this line yet */
    store_relaxed(&w->line[7], slot_linking(overflow));
  else
    w->first_overflow = overflow;
  store_relaxed(&overflow[0], w->eighth);
  store_relaxed(&overflow[1], slot);
  w->line = overflow;
  w->used = 2;
  w->eighth = 0;
  return true;
}

/* True: this thread finished the line, and it has overflow lines. */
static inline bool child_finish(struct child_writer *w)
{
  uint64_t last = w->eighth ? w->eighth : SLOT_FILLED, unfilled = 0;
  if (w->first_overflow) {
    store_relaxed(&w->line[7], last);
    last = slot_linking(w->first_overflow);
  }
  /* The finish: pairs with the load in line_is_filled(). */
  return cas_publish(&w->child[7], &unfilled, last) && w->first_overflow;
}

/* Fills both children from their sealed parent. What is written is the same whoever does it, so any
 * number of threads may, at once and again: a late one writes the words that are there already, and
 * its finish fails. False: no memory. */
static bool split_line(const struct index_user *user, line_slot *parent, line_slot *children,
                       unsigned shard, unsigned level)
{
  struct share share[2];
  share[0].count = share[1].count = 0;
  line_slot *rest = parent;
  while (rest && share[0].count < SHARE_MOST && share[1].count < SHARE_MOST)
    rest = deal_line(user, rest, level, share);
  for (unsigned which = 0; which < 2; which++) {
    line_slot *child = children + which * LINE_SLOTS;
    if (line_is_filled(child))
      continue;
    struct child_writer writer = {.user = user, .child = child, .line = child};
    for (unsigned i = 0; i < share[which].count; i++)
      if (!child_add(&writer, share[which].slot[i]))
        return false;
    /* Where colliding hashes made a long chain. */
    struct line_walk walk = {.line = rest};
    uint64_t slot;
    while ((slot = line_next(&walk))) {
      unsigned wanted;
      slot = slot_on_level(user, slot, level, &wanted);
      if (wanted == which && !child_add(&writer, slot))
        return false;
    }
    if (child_finish(&writer))
      index_count_overflow(user, shard, level);
  }
  return true;
}

/* ---- which lines split ---- */

#define FILL_GROUP 4u /* parents that split together, so that their misses overlap */

static inline bool lines_are_filled(line_slot *children)
{
  return line_is_filled(children) && line_is_filled(children + LINE_SLOTS);
}

/* Fills the children of a filled line of `level`, and with them those of its neighbours, which lie
 * beside it. False: no memory for those that were asked for. */
static bool fill_children(const struct index_user *user, unsigned shard, unsigned level,
                          uint64_t parent)
{
  const uint64_t first = parent & ~(uint64_t)(FILL_GROUP - 1);
  const uint64_t lines = (uint64_t)first_lines[shard] << level;
  const unsigned count = lines - first < FILL_GROUP ? (unsigned)(lines - first) : FILL_GROUP;
  /* A group is never of two chunks. */
  line_slot *parents = level_line(user, shard, level, first, false);
  line_slot *children = level_line(user, shard, level + 1, 2 * first, true);
  if (!children)
    return false;
  for (unsigned i = 0; i < count; i++) {
    __builtin_prefetch(parents + i * LINE_SLOTS, 1);
    __builtin_prefetch(children + 2 * i * LINE_SLOTS, 1);
    __builtin_prefetch(children + (2 * i + 1) * LINE_SLOTS, 1);
  }
  bool done = false;
  for (unsigned i = 0; i < count; i++) {
    line_slot *own = children + 2 * i * LINE_SLOTS;
    bool filled = lines_are_filled(own);
    if (!filled && line_is_filled(parents + i * LINE_SLOTS)) {
      line_seal(parents + i * LINE_SLOTS);
      filled = split_line(user, parents + i * LINE_SLOTS, own, shard, level + 1);
    }
    if (first + i == parent)
      done = filled;
  }
  return done;
}

/* ---- finding the line that holds a string now ---- */

struct located {
  line_slot *line; /* filled */
  unsigned level;
  bool is_newest; /* else there was no memory for a younger one */
};

/* Where the newest line is not filled yet. */
static __attribute__((noinline)) struct located locate_and_fill(const struct index_user *user,
                                                                struct coordinates at, unsigned top)
{
  /* Up to an ancestor that is filled: level 0 always is. */
  line_slot *line;
  unsigned level = top;
  do {
    level--;
    line = level_line(user, at.shard, level, coordinates_line(at.fraction, level), false);
  } while (!line || !line_is_filled(line));

  /* And down again, filling. */
  for (; level < top; level++) {
    if (!fill_children(user, at.shard, level, coordinates_line(at.fraction, level)))
      return (struct located){line, level, false};
    line = level_line(user, at.shard, level + 1, coordinates_line(at.fraction, level + 1), false);
  }
  return (struct located){line, level, true};
}

#endif
