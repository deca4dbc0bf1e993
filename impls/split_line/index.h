/* index.h: the lines of a split_line map: where they are and how they become more.
 *
 * Sixteen shards, chosen by the hash's top bits. A shard is an array of lines, and grows by
 * doubling: line i of one level has the children 2i and 2i+1 on the next. A shard begins with 8 to
 * 15 lines, in steps of a sixteenth of a doubling, so the shards grow one after another and the
 * bytes a key stay even, where one array that doubles would be half empty after each doubling.
 *
 * The other 60 bits of the hash, times the lines that the shard began with, are a binary fraction:
 * its integer part and the p bits behind it are the line's index on level p, and the next bits
 * are what a tag takes. So a doubling shifts in one bit more, and nothing is computed anew.
 *
 * A level is a table of chunks, each with as many lines as fit, made when the first of them is
 * filled. Levels are never given back before a reset: readers may still be in them.
 */
#ifndef SPLIT_LINE_INDEX_H
#define SPLIT_LINE_INDEX_H

#include "common/hash.h"
#include "common/owned_region.h"
#include "split_line/line.h"

#define SHARDS 16u
#define LEVELS 32u           /* the last one would take more than 20 TiB */
#define CHUNK_IS_LEVEL 4u    /* up to this level all its lines are one chunk, of at most 15 KiB */
#define CHUNK_BITS_SMALL 6u  /* lines of a chunk that comes from the region, log2: 4 KiB */
#define CHUNK_BITS_LARGE 10u /* of one that is a block of its own: 64 KiB */
#define TAG_STEP 8u          /* levels that share a tag: it loses a bit of use on each */

/* A shard grows when so many of 64 lines have overflowed; with strings spread evenly that is at
 * about 6.5 strings a line. */
#define GROW_AT_64THS 13u

static const uint8_t first_lines[SHARDS] = {8,  8,  9,  9,  10, 10, 10, 11,
                                            11, 12, 12, 13, 13, 14, 15, 15};
#define FIRST_LINES 180u /* their sum */

/* NULL, or a zeroed piece of memory: a chunk of lines, or a table of such slots. */
typedef _Atomic(void *) piece_slot;

/* A piece that did not come from the region, to be given back by itself. */
struct large_piece {
  struct large_piece *next;
  void *memory;
  size_t bytes;
};

struct line_index {
  /* By shard: address of the newest level's chunk table (aligned to 64), its number in the lowest
   * six bits, its chunk bits in the highest eight. Written once a level; all puts begin here. */
  alignas(64) _Atomic uint64_t newest[SHARDS];
  piece_slot level[SHARDS][LEVELS];    /* chunk tables; NULL: not begun */
  _Atomic uint32_t overflowed[SHARDS]; /* of the newest level's lines, those with a chain */
  _Atomic(struct large_piece *) large;
  struct {
    alignas(64) piece_slot chunk;
  } first_table[SHARDS];
  alignas(LINE_BYTES) line_slot first_line[FIRST_LINES][LINE_SLOTS];
};

/* What a call needs to make or find lines. */
struct index_user {
  struct line_index *index;
  struct owned_region *region;
  void *region_seat;
  struct block_source *source;
  size_t block_bytes;
  const struct key_hash *hash;
};

/* ---- a hash as coordinates ---- */

struct coordinates {
  unsigned shard;
  uint64_t fraction; /* 4 bits before the point, 60 behind it */
};

static inline struct coordinates coordinates_of(uint64_t hash)
{
  /* A bijection that brings differences of low bits up: keys whose hashes share a long prefix, as
   * weak hashes make them, do not share a line. */
  hash *= UINT64_C(0x9e3779b97f4a7c15);
  unsigned shard = (unsigned)(hash >> 60);
  return (struct coordinates){shard, (hash & (~UINT64_C(0) >> 4)) * first_lines[shard]};
}

static inline uint64_t coordinates_line(uint64_t fraction, unsigned level)
{
  return fraction >> (60 - level);
}

static inline uint64_t coordinates_tag(uint64_t fraction, unsigned level)
{
  unsigned first = level & ~(TAG_STEP - 1); /* the level that chose the tag's bits */
  return (fraction << (4 + first) & SLOT_TAG_MASK) | SLOT_HAS_TAG;
}

/* ---- levels and chunks ---- */

static inline unsigned chunk_bits(const struct index_user *user, unsigned level)
{
  if (level <= CHUNK_IS_LEVEL)
    return level + 4; /* a shard begins with fewer than 2^4 lines */
  if (level < CHUNK_BITS_SMALL)
    return level;
  if (level < CHUNK_BITS_LARGE || user->block_bytes < LINE_BYTES << CHUNK_BITS_LARGE)
    return CHUNK_BITS_SMALL;
  return CHUNK_BITS_LARGE;
}

static inline uint64_t newest_word(const piece_slot *chunks, unsigned level, unsigned bits)
{
  return (uint64_t)(uintptr_t)chunks | level | (uint64_t)bits << 56;
}

static inline unsigned newest_level(uint64_t newest)
{
  return newest & 63;
}

static inline piece_slot *newest_chunks(uint64_t newest)
{
  return (piece_slot *)(uintptr_t)(newest & UINT64_C(0x00ffffffffffffc0));
}

/* The line on the newest level, NULL when its chunk is not there yet. */
static inline line_slot *newest_line(uint64_t newest, uint64_t fraction)
{
  const unsigned bits = (unsigned)(newest >> 56);
  const uint64_t line = coordinates_line(fraction, newest_level(newest));
  /* Pairs with the publish in piece_publish(). */
  line_slot *chunk = load_acquire(&newest_chunks(newest)[line >> bits]);
  return chunk ? chunk + (line & ((UINT64_C(1) << bits) - 1)) * LINE_SLOTS : NULL;
}

/* Small pieces come from the region, large ones straight from where its blocks come from. */
static inline bool piece_is_large(const struct index_user *user, size_t bytes)
{
  return bytes > user->block_bytes / 4;
}

/* Zeroed and aligned to a line; NULL: no memory. */
static inline void *small_piece(const struct index_user *user, size_t bytes)
{
  void *piece = owned_region_alloc(user->region, user->region_seat, bytes + LINE_BYTES - 8);
  piece = (void *)(((uintptr_t)piece + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1));
  return piece && slot_can_name(piece) ? memset(piece, 0, bytes) : NULL;
}

/* The same. *note is where the piece is to be written down once it is published. */
static inline void *large_piece(const struct index_user *user, size_t bytes,
                                struct large_piece **note)
{
  bytes = (bytes + 4095) & ~(size_t)4095;
  *note = owned_region_alloc(user->region, user->region_seat, sizeof **note);
  void *piece = *note ? user->source->take(user->source, bytes) : NULL;
  if (!piece)
    return NULL;
  if (!slot_can_name(piece)) {
    user->source->give_back(user->source, piece, bytes);
    return NULL;
  }
  **note = (struct large_piece){.memory = piece, .bytes = bytes};
  return memset(piece, 0, bytes);
}

static inline void large_piece_note(struct line_index *index, struct large_piece *note)
{
  note->next = load_relaxed(&index->large); /* checked by the exchange */
  /* Release: pairs with the acquires of those who walk the list, when no put runs. Only pushed to
   * while puts run, so no ABA. */
  while (!atomic_compare_exchange_weak_explicit(&index->large, &note->next, note,
                                                memory_order_release, memory_order_relaxed))
    ;
}

/* Publishes a new zeroed piece in *slot, or finds what another thread has published there; NULL: no
 * memory. A small piece that loses the race lies unused in the region until the reset. */
static inline void *piece_publish(const struct index_user *user, piece_slot *slot, size_t bytes)
{
  struct large_piece *note = NULL;
  void *made =
      piece_is_large(user, bytes) ? large_piece(user, bytes, &note) : small_piece(user, bytes);
  void *present = NULL;
  if (!made)
    return NULL;
  /* The publish: pairs with the loads of chunks and of chunk tables. */
  if (!cas_publish(slot, &present, made)) {
    if (note)
      user->source->give_back(user->source, made, note->bytes);
    return present;
  }
  if (note)
    large_piece_note(user->index, note);
  return made;
}

static inline size_t table_bytes(const struct index_user *user, unsigned shard, unsigned level)
{
  const size_t chunks =
      level <= CHUNK_IS_LEVEL ? 1 : (size_t)first_lines[shard] << (level - chunk_bits(user, level));
  return chunks * sizeof(piece_slot);
}

static inline size_t chunk_bytes(const struct index_user *user, unsigned shard, unsigned level)
{
  return level <= CHUNK_IS_LEVEL ? (size_t)LINE_BYTES * first_lines[shard] << level
                                 : (size_t)LINE_BYTES << chunk_bits(user, level);
}

static inline piece_slot *level_chunks(const struct index_user *user, unsigned shard,
                                       unsigned level)
{
  /* Pairs with the publish in piece_publish(). */
  return load_acquire(&user->index->level[shard][level]);
}

/* A line of a level that has begun; NULL when its chunk is not there and, if asked, could not be
 * made. */
static inline line_slot *level_line(const struct index_user *user, unsigned shard, unsigned level,
                                    uint64_t line, bool make)
{
  const unsigned bits = chunk_bits(user, level);
  piece_slot *slot = &level_chunks(user, shard, level)[line >> bits];
  line_slot *chunk = load_acquire(slot); /* pairs with the publish in piece_publish() */
  if (!chunk && (!make || !(chunk = piece_publish(user, slot, chunk_bytes(user, shard, level)))))
    return NULL;
  return chunk + (line & ((UINT64_C(1) << bits) - 1)) * LINE_SLOTS;
}

/* Begins the next level, unless another thread has or there is no memory: then chains get longer
 * until the next line that overflows. */
static void index_grow(const struct index_user *user, unsigned shard, unsigned level)
{
  if (level + 1 == LEVELS)
    return;
  piece_slot *next = &user->index->level[shard][level + 1];
  piece_slot *chunks = load_acquire(next); /* pairs with the publish in piece_publish() */
  const size_t bytes = table_bytes(user, shard, level + 1);
  if (!chunks && !(chunks = piece_publish(user, next, bytes)))
    return;
  uint64_t now = newest_word(level_chunks(user, shard, level), level, chunk_bits(user, level));
  /* Pairs with the loads of newest[] in locate() and cursor_next(). Fails when another thread
   * has published this level, or a later one. */
  if (cas_publish(&user->index->newest[shard], &now,
                  newest_word(chunks, level + 1, chunk_bits(user, level + 1))))
    store_relaxed(&user->index->overflowed[shard], 0); /* late counts make it grow a little early */
}

/* A line of that level has got its first overflow line. */
static void index_count_overflow(const struct index_user *user, unsigned shard, unsigned level)
{
  /* Pairs with the publish in index_grow(). */
  if (newest_level(load_acquire(&user->index->newest[shard])) != level)
    return;
  const uint64_t lines = (uint64_t)first_lines[shard] << level;
  /* relaxed: when to grow is a matter of taste. */
  uint64_t overflowed = (uint64_t)fetch_add_relaxed(&user->index->overflowed[shard], 1) + 1;
  if (overflowed * 64 >= lines * GROW_AT_64THS)
    index_grow(user, shard, level);
}

/* ---- splitting ---- */

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

/* What the record in a slot of level - 1 is on `level`: its slot there; *high: in the second child.
 * Where the tag's bits are used up they are taken from the string's hash again. */
static inline uint64_t slot_on_level(const struct index_user *user, uint64_t slot, unsigned level,
                                     unsigned *high)
{
  if (level % TAG_STEP) {
    *high = slot >> (64 - level % TAG_STEP) & 1;
    return slot;
  }
  uint64_t fraction = fraction_of_record(user, slot_record(slot));
  *high = coordinates_line(fraction, level) & 1;
  return (slot & ~SLOT_TAG_MASK) | coordinates_tag(fraction, level);
}

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
    store_relaxed(&w->line[w->used++], slot); /* published by the finish */
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
    store_relaxed(&w->line[7], slot_naming(overflow, 0) | SLOT_LINK);
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
    last = slot_naming(w->first_overflow, 0) | SLOT_LINK;
  }
  /* The finish: pairs with the load in line_is_filled(). */
  return cas_publish(&w->child[7], &unfilled, last) && w->first_overflow;
}

#define SPLIT_MOST 24u /* records of a parent that are sorted in one pass; most have fewer */

/* Fills both children from their sealed parent. What is written is the same whoever does it, so any
 * number of threads may, at once and again: a late one writes the words that are there already, and
 * its finish fails. False: no memory. */
static bool split_line(const struct index_user *user, line_slot *parent, line_slot *children,
                       unsigned shard, unsigned level)
{
  uint64_t sorted[2][SPLIT_MOST];
  unsigned count[2] = {0, 0}, high;
  struct line_walk walk = {.line = parent};
  uint64_t slot;
  while (count[0] + count[1] < SPLIT_MOST && (slot = line_next(&walk))) {
    slot = slot_on_level(user, slot, level, &high);
    sorted[high][count[high]++] = slot; /* no branch on a random bit */
  }
  const struct line_walk rest = walk; /* not at its end where colliding hashes made a long chain */
  for (unsigned which = 0; which < 2; which++) {
    line_slot *child = children + which * LINE_SLOTS;
    if (line_is_filled(child))
      continue;
    struct child_writer writer = {.user = user, .child = child, .line = child};
    for (unsigned i = 0; i < count[which]; i++)
      if (!child_add(&writer, sorted[which][i]))
        return false;
    for (walk = rest; (slot = line_next(&walk));) {
      slot = slot_on_level(user, slot, level, &high);
      if (high == which && !child_add(&writer, slot))
        return false;
    }
    if (child_finish(&writer))
      index_count_overflow(user, shard, level);
  }
  return true;
}

/* False: no memory for a child that is not filled. */
static bool fill_children(const struct index_user *user, unsigned shard, unsigned level,
                          uint64_t parent_line)
{
  line_slot *children = level_line(user, shard, level, 2 * parent_line, true);
  if (!children)
    return false;
  if (line_is_filled(children) && line_is_filled(children + LINE_SLOTS))
    return true;
  line_slot *parent = level_line(user, shard, level - 1, parent_line, false);
  line_seal(parent);
  return split_line(user, parent, children, shard, level);
}

#define FILL_GROUP 4u /* parents split together, so that their misses overlap */

static void fill_neighbours(const struct index_user *user, unsigned shard, unsigned level,
                            uint64_t parent_line)
{
  const uint64_t first = parent_line & ~(uint64_t)(FILL_GROUP - 1);
  const uint64_t lines = (uint64_t)first_lines[shard] << (level - 1);
  line_slot *parent[FILL_GROUP] = {NULL};
  for (unsigned i = 0; i < FILL_GROUP && first + i < lines; i++) {
    line_slot *child = level_line(user, shard, level, 2 * (first + i), false);
    parent[i] = level_line(user, shard, level - 1, first + i, false);
    if (!child || !parent[i] || first + i == parent_line) {
      parent[i] = NULL;
      continue;
    }
    __builtin_prefetch(parent[i], 1);
    __builtin_prefetch(child, 1);
    __builtin_prefetch(child + LINE_SLOTS, 1);
  }
  for (unsigned i = 0; i < FILL_GROUP; i++)
    if (parent[i] && line_is_filled(parent[i]))
      fill_children(user, shard, level, first + i);
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
  while (level < top) {
    const uint64_t parent = coordinates_line(at.fraction, level);
    if (!fill_children(user, at.shard, level + 1, parent))
      return (struct located){line, level, false};
    level++;
    fill_neighbours(user, at.shard, level, parent);
    line = level_line(user, at.shard, level, coordinates_line(at.fraction, level), false);
  }
  return (struct located){line, level, true};
}

/* ---- from empty to empty ---- */

static void index_clear(struct line_index *index)
{
  memset(index, 0, sizeof *index); /* nothing else runs */
  for (unsigned line = 0; line < FIRST_LINES; line++)
    atomic_init(&index->first_line[line][7], SLOT_FILLED);
  for (unsigned shard = 0, line = 0; shard < SHARDS; line += first_lines[shard++]) {
    piece_slot *table = &index->first_table[shard].chunk;
    atomic_init(table, index->first_line[line]);
    atomic_init(&index->level[shard][0], table);
    store_release(&index->newest[shard], newest_word(table, 0, CHUNK_IS_LEVEL));
  }
}

#endif
