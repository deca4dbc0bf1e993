/* half_look.h: wide_look.h with registers of 32 bytes (common/half.h): a line in two; of a string
 * of 4 to 64 bytes the whole words in two, and its last four bytes, as a longer one, where they
 * lie.
 *
 * Not C11 for the same reason, and right for the same: glance.h needs each slot read whole, in any
 * order. The one that is looked into is read again, by itself.
 */
#ifndef SPLIT_LINE_HALF_LOOK_H
#define SPLIT_LINE_HALF_LOOK_H

#include "split_line/look.h"

struct wanted_half {
  struct half_bytes words;
  const void *bytes;
  size_t n;
};

struct look_half {
  __m256i low, high;
  line_slot *line;
};

/* One without a whole word is not worth a branch in all that is done with the others. */
static inline bool beyond_half(size_t n, size_t wide_most)
{
  return n > wide_most || n < HALF_LEAST;
}

HALF_TARGET static inline struct wanted_half want_half(const void *bytes, size_t n)
{
  return (struct wanted_half){half_words(bytes, n), bytes, n};
}

HALF_TARGET static inline uint64_t wanted_hash_half(struct wanted_half wanted,
                                                    const struct key_hash *hash)
{
  const uint32_t last = half_last(wanted.bytes, wanted.n);
  return hash_half_loaded(half_whole(wanted.words, last, wanted.n), wanted.n, hash->seed);
}

static inline void record_write_half(struct record *record, uint64_t id, const void *bytes,
                                     size_t n)
{
  record_write(record, false, id, bytes, n);
}

HALF_TARGET static inline struct look_half look_half(line_slot *line)
{
  const volatile __m256i *half = (const volatile __m256i *)(volatile void *)line;
  atomic_signal_fence(memory_order_acq_rel); /* for the compiler; the processor keeps the order */
  const struct look_half look = {half[0], half[1], line};
  atomic_signal_fence(memory_order_acquire);
  return look;
}

/* Bit i: the highest bit of slot i. */
HALF_TARGET static inline unsigned slots_marked(__m256i low, __m256i high)
{
  return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(low)) |
         (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(high)) << 4;
}

/* Bit i: what the mask leaves of slot i is this. */
HALF_TARGET static inline unsigned slots_like(struct look_half look, uint64_t mask, uint64_t like)
{
  const __m256i masks = _mm256_set1_epi64x((long long)mask);
  const __m256i likes = _mm256_set1_epi64x((long long)like);
  return slots_marked(_mm256_cmpeq_epi64(_mm256_and_si256(look.low, masks), likes),
                      _mm256_cmpeq_epi64(_mm256_and_si256(look.high, masks), likes));
}

/* The mask of doubles takes each slot's highest bit: what came of comparing its highest word. */
HALF_TARGET static inline unsigned look_matches_half(struct look_half look, uint64_t tag)
{
  const __m256i tags = _mm256_set1_epi64x((long long)tag);
  const __m256i low = _mm256_cmpeq_epi16(look.low, tags);
  const __m256i high = _mm256_cmpeq_epi16(look.high, tags);
  return slots_marked(low, high);
}

HALF_TARGET static inline uint64_t look_slot_half(struct look_half look, unsigned matches)
{
  return load_acquire(&look.line[__builtin_ctz(matches)]); /* as in look_at() */
}

/* The first slot that names nothing, where it may be taken. */
HALF_TARGET static inline unsigned look_room_half(struct look_half look)
{
  const unsigned nothing = slots_like(look, ~UINT64_C(0), 0);
  const unsigned filled = slots_like(look, ~UINT64_C(0), SLOT_FILLED);
  const unsigned nameless = slots_like(look, SLOT_ADDRESS_MASK, 0);
  const unsigned first = nameless & -nameless;
  const bool is_filled = !(nothing & 1u << 7);
  return is_filled && (first & (nothing | filled)) ? (unsigned)__builtin_ctz(first) : LINE_SLOTS;
}

HALF_TARGET static inline uint64_t wanted_id_half(struct wanted_half wanted,
                                                  const struct record *record)
{
  if (record->n != wanted.n)
    return 0;
  if (!half_equal(half_words(record->bytes, wanted.n), wanted.words) ||
      half_last(record->bytes, wanted.n) != half_last(wanted.bytes, wanted.n))
    return 0;
  return load_acquire(&record->id); /* as record_id() does */
}

/* ---- a longer string ---- */

struct wanted_half_long {
  const void *bytes;
  size_t n;
};

/* Of one that two registers hold it is asked where the map has another hash, or it has no word. */
static inline bool beyond_half_long(size_t n, size_t wide_most)
{
  return n >= RECORD_IS_LONG || n < HALF_LEAST || wide_most == 0;
}

/* Of WIDE_BYTES or more. */
static inline struct wanted_half_long want_half_long(const void *bytes, size_t n)
{
  return (struct wanted_half_long){bytes, n};
}

HALF_TARGET static inline uint64_t wanted_hash_half_long(struct wanted_half_long wanted,
                                                         const struct key_hash *hash)
{
  return hash_half_long(wanted.bytes, wanted.n, hash->seed);
}

static inline void record_write_half_long(struct record *record, uint64_t id, const void *bytes,
                                          size_t n)
{
  record_write(record, false, id, bytes, n);
}

HALF_TARGET static inline uint64_t wanted_id_half_long(struct wanted_half_long wanted,
                                                       const struct record *record)
{
  if (record->n != wanted.n)
    return 0;
  if (!half_equal_long(record->bytes, wanted.bytes, wanted.n))
    return 0;
  return load_acquire(&record->id); /* as record_id() does */
}

#endif
