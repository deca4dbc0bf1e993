/* half_look.h: wide_look.h with registers of 32 bytes (common/half.h): a line in two, a string of
 * at most 64 bytes in two, a longer one compared where it lies.
 *
 * Not C11 for the same reason, and right for the same: glance.h needs each slot read whole, once,
 * in any order. Only the eighth may come to name something else: of it the first reading counts.
 */
#ifndef SPLIT_LINE_HALF_LOOK_H
#define SPLIT_LINE_HALF_LOOK_H

#include "split_line/look.h"

struct wanted_half {
  struct half_bytes bytes;
  size_t n;
};

struct look_half {
  __m256i low, high;
  line_slot *line;
};

static inline bool beyond_half(size_t n, size_t wide_most)
{
  return n > wide_most;
}

HALF_TARGET static inline struct wanted_half want_half(const void *bytes, size_t n)
{
  return (struct wanted_half){half_load(bytes, n), n};
}

HALF_TARGET static inline uint64_t wanted_hash_half(struct wanted_half wanted,
                                                    const struct key_hash *hash)
{
  return hash_half_loaded(wanted.bytes, wanted.n, hash->seed);
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

/* Bit i: what the mask leaves of slot i is this. */
HALF_TARGET static inline unsigned slots_like(struct look_half look, uint64_t mask, uint64_t like)
{
  const __m256i masks = _mm256_set1_epi64x((long long)mask);
  const __m256i likes = _mm256_set1_epi64x((long long)like);
  const __m256i low = _mm256_cmpeq_epi64(_mm256_and_si256(look.low, masks), likes);
  const __m256i high = _mm256_cmpeq_epi64(_mm256_and_si256(look.high, masks), likes);
  return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(low)) |
         (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(high)) << 4;
}

HALF_TARGET static inline unsigned look_matches_half(struct look_half look, uint64_t tag)
{
  return slots_like(look, SLOT_TAG_MASK, tag & SLOT_TAG_MASK);
}

HALF_TARGET static inline uint64_t look_slot_half(struct look_half look, unsigned matches)
{
  const unsigned slot = (unsigned)__builtin_ctz(matches);
  const uint64_t eighth = (uint64_t)_mm256_extract_epi64(look.high, 3);
  return look_held(load_acquire(&look.line[slot]), eighth, slot);
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

HALF_TARGET static inline struct found wanted_in_half(struct wanted_half wanted,
                                                      const struct record *record)
{
  if (record->n != wanted.n) /* a long one may be of a short string, for an id that is long */
    return (struct found){.undecided = record->n == RECORD_IS_LONG};
  if (!half_equal(half_load(record->bytes, wanted.n), wanted.bytes))
    return (struct found){0};
  const uint64_t id = load_acquire(&record->id); /* as record_id() does */
  return (struct found){.id = id, .undecided = !id};
}

/* ---- a longer string ---- */

struct wanted_half_long {
  const void *bytes;
  size_t n;
};

/* Not asked of a string that two registers hold, but for maps with another hash. */
static inline bool beyond_half_long(size_t n, size_t wide_most)
{
  return n >= RECORD_IS_LONG || wide_most == 0;
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

HALF_TARGET static inline struct found wanted_in_half_long(struct wanted_half_long wanted,
                                                           const struct record *record)
{
  if (record->n != wanted.n)
    return (struct found){.undecided = record->n == RECORD_IS_LONG};
  if (!half_equal_long(record->bytes, wanted.bytes, wanted.n))
    return (struct found){0};
  const uint64_t id = load_acquire(&record->id); /* as record_id() does */
  return (struct found){.id = id, .undecided = !id};
}

#endif
