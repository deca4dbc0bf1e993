/* index.h: the lines of a split_line map: where they are. How they become more is in split.h.
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
#define LEVELS 32u          /* the last one would take more than 20 TiB */
#define CHUNK_IS_LEVEL 4u   /* up to this level all its lines are one chunk, of at most 15 KiB */
#define CHUNK_BITS_SMALL 6u /* lines of a chunk that comes from the region, log2: 4 KiB */
#define CHUNK_BITS_LARGE 8u /* of one that is a block of its own: 16 KiB, of four cold pages */
#define TAG_STEP 8u         /* levels that share a tag: it loses a bit of use on each */

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
  /* By shard: the newest level (newest_word()). Written once a level; all puts begin here. */
  alignas(64) _Atomic uint64_t newest[SHARDS];
  piece_slot level[SHARDS][LEVELS];    /* chunk tables; NULL: not begun */
  _Atomic uint32_t overflowed[SHARDS]; /* of the newest level's lines, those with a chain */
  _Atomic(struct large_piece *) large;
  _Atomic(struct large_piece *) spare; /* one that lost a race, for the next who needs one */
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

/* Of a level, and back. */
static inline unsigned line_shift(unsigned level)
{
  return 60 - level;
}

static inline unsigned tag_shift(unsigned level)
{
  return 4 + (level & ~(TAG_STEP - 1)); /* by the level that chose the tag's bits */
}

static inline uint64_t coordinates_line(uint64_t fraction, unsigned level)
{
  return fraction >> line_shift(level);
}

static inline uint64_t coordinates_tag(uint64_t fraction, unsigned level)
{
  return fraction << tag_shift(level);
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

/* All that a first look needs to know of a level: how far to shift a fraction for its line, in the
 * lowest six bits; the chunk table's address (aligned to 64, of 48 bits); how far for its tag, in
 * the next eight bits; the chunk bits, in the highest eight. */
static inline uint64_t newest_word(const piece_slot *chunks, unsigned level, unsigned bits)
{
  return (uint64_t)(uintptr_t)chunks | line_shift(level) | (uint64_t)tag_shift(level) << 48 |
         (uint64_t)bits << 56;
}

static inline unsigned newest_level(uint64_t newest)
{
  return line_shift((unsigned)newest & 63);
}

static inline piece_slot *newest_chunks(uint64_t newest)
{
  return (piece_slot *)(uintptr_t)(newest & UINT64_C(0x0000ffffffffffc0));
}

/* A line of such a level, NULL when its chunk is not there yet. */
static inline line_slot *line_on(uint64_t newest, uint64_t fraction)
{
  const unsigned bits = (unsigned)(newest >> 56);
  const uint64_t line = fraction >> (newest & 63);
  /* Pairs with the publish in piece_publish(). */
  line_slot *chunk = load_acquire(&newest_chunks(newest)[line >> bits]);
  return chunk ? chunk + (line & ((UINT64_C(1) << bits) - 1)) * LINE_SLOTS : NULL;
}

/* The newest line that may have the string, filled or not, and the string's tag there; NULL: its
 * chunk is not there yet. */
static inline line_slot *newest_line(const struct line_index *index, uint64_t hash, uint64_t *tag)
{
  const struct coordinates at = coordinates_of(hash);
  /* Pairs with the publish in index_grow(). */
  const uint64_t newest = load_acquire(&index->newest[at.shard]);
  *tag = at.fraction << (newest >> 48 & 63);
  return line_on(newest, at.fraction);
}

/* Small pieces come from the region, large ones straight from where its blocks come from. */
static inline bool piece_is_large(const struct index_user *user, size_t bytes)
{
  return bytes >= user->block_bytes / 4;
}

/* Zeroed and aligned to a line; NULL: no memory. */
static inline void *small_piece(const struct index_user *user, size_t bytes)
{
  void *piece = owned_region_alloc(user->region, user->region_seat, bytes + LINE_BYTES - 8);
  piece = (void *)(((uintptr_t)piece + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1));
  return piece && slot_can_name(piece) ? memset(piece, 0, bytes) : NULL;
}

/* A piece that lost a race, and so is all zeros still: kept for the next who needs one, as to unmap
 * it could be the longest that a put ever takes. */
static inline void large_piece_spare(const struct index_user *user, struct large_piece *piece)
{
  /* Release: pairs with the acquires of those who take it; acquire: with the one before it. */
  piece = atomic_exchange_explicit(&user->index->spare, piece, memory_order_acq_rel);
  if (piece)
    user->source->give_back(user->source, piece->memory, piece->bytes);
}

/* Zeroed and aligned to a line; NULL: no memory. *note is where the piece is to be written down
 * once it is published. */
static inline void *large_piece(const struct index_user *user, size_t bytes,
                                struct large_piece **note)
{
  bytes = (bytes + 4095) & ~(size_t)4095;
  /* Acquire: pairs with the release in large_piece_spare(). */
  *note = atomic_exchange_explicit(&user->index->spare, NULL, memory_order_acquire);
  if (*note && (*note)->bytes == bytes)
    return (*note)->memory;
  if (*note)
    large_piece_spare(user, *note);
  *note = owned_region_alloc(user->region, user->region_seat, sizeof **note);
  void *piece = *note ? block_source_take_zeroed(user->source, bytes) : NULL;
  if (!piece)
    return NULL;
  if (!slot_can_name(piece)) {
    user->source->give_back(user->source, piece, bytes);
    return NULL;
  }
  **note = (struct large_piece){.memory = piece, .bytes = bytes};
  return piece;
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
      large_piece_spare(user, note);
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
