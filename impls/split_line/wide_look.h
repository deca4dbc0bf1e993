/* wide_look.h: the first look with registers of 64 bytes (common/wide.h): a line in one, a string
 * of at most as many bytes in another, a longer one in four, so that nothing else branches on a
 * string's length.
 *
 * Not C11: eight slots are read in one load, where the memory model wants eight atomic ones. What
 * the processor gives is all that glance.h needs: each aligned word is read whole, and what a word
 * names is read after it.
 */
#ifndef SPLIT_LINE_WIDE_LOOK_H
#define SPLIT_LINE_WIDE_LOOK_H

#include "split_line/look.h"

struct wanted_wide {
  __m512i bytes;
  size_t n;
};

struct look_wide {
  __m512i slots;
};

static inline bool beyond_wide(size_t n, size_t wide_most)
{
  return n > wide_most;
}

WIDE_TARGET static inline struct wanted_wide want_wide(const void *bytes, size_t n)
{
  return (struct wanted_wide){wide_load(bytes, n), n};
}

WIDE_TARGET static inline uint64_t wanted_hash_wide(struct wanted_wide wanted,
                                                    const struct key_hash *hash)
{
  return hash_loaded(wanted.bytes, wanted.n, hash->seed);
}

WIDE_TARGET static inline void record_write_wide(struct record *record, uint64_t id,
                                                 const void *bytes, size_t n)
{
  atomic_init(&record->id, (uint32_t)id);
  record->n = (uint8_t)n;
  _mm512_mask_storeu_epi8(record->bytes, wide_mask(n), wide_load(bytes, n));
}

WIDE_TARGET static inline struct look_wide look_wide(line_slot *line)
{
  atomic_signal_fence(memory_order_acq_rel); /* for the compiler; the processor keeps the order */
  const struct look_wide look = {*(const volatile __m512i *)(volatile void *)line};
  atomic_signal_fence(memory_order_acquire);
  return look;
}

WIDE_TARGET static inline unsigned look_matches_wide(struct look_wide look, uint64_t tag)
{
  const __m512i differing = _mm512_xor_si512(look.slots, _mm512_set1_epi64((long long)tag));
  return _mm512_testn_epi64_mask(differing, _mm512_set1_epi64((long long)SLOT_TAG_MASK));
}

WIDE_TARGET static inline uint64_t look_slot_wide(struct look_wide look, unsigned matches)
{
  return (uint64_t)_mm_cvtsi128_si64(
      _mm512_castsi512_si128(_mm512_maskz_compress_epi64((__mmask8)matches, look.slots)));
}

/* The first slot that names nothing, where it may be taken. */
WIDE_TARGET static inline unsigned look_room_wide(struct look_wide look)
{
  const unsigned nothing = _mm512_testn_epi64_mask(look.slots, look.slots);
  const unsigned filled =
      _mm512_cmpeq_epi64_mask(look.slots, _mm512_set1_epi64((long long)SLOT_FILLED));
  const unsigned nameless =
      _mm512_testn_epi64_mask(look.slots, _mm512_set1_epi64((long long)SLOT_ADDRESS_MASK));
  const unsigned first = nameless & -nameless;
  const bool is_filled = !(nothing & 1u << 7);
  return is_filled && (first & (nothing | filled)) ? (unsigned)__builtin_ctz(first) : LINE_SLOTS;
}

WIDE_TARGET static inline uint64_t wanted_id_wide(struct wanted_wide wanted,
                                                  const struct record *record)
{
  if (record->n != wanted.n)
    return 0;
  if (!wide_equal(wide_load(record->bytes, wanted.n), wanted.bytes))
    return 0;
  return load_acquire(&record->id); /* as record_id() does */
}

/* ---- a longer string, in four registers ---- */

struct wanted_long {
  struct long_bytes bytes;
  size_t n;
};

/* Not asked of a string that one register holds, but for maps with another hash. */
static inline bool beyond_long(size_t n, size_t wide_most)
{
  return n >= RECORD_IS_LONG || wide_most == 0;
}

/* Of WIDE_BYTES or more. */
WIDE_TARGET static inline struct wanted_long want_long(const void *bytes, size_t n)
{
  return (struct wanted_long){long_load(bytes, n), n};
}

WIDE_TARGET static inline uint64_t wanted_hash_long(struct wanted_long wanted,
                                                    const struct key_hash *hash)
{
  return hash_long_loaded(wanted.bytes, wanted.n, hash->seed);
}

static inline void record_write_long(struct record *record, uint64_t id, const void *bytes,
                                     size_t n)
{
  record_write(record, false, id, bytes, n);
}

WIDE_TARGET static inline uint64_t wanted_id_long(struct wanted_long wanted,
                                                  const struct record *record)
{
  if (record->n != wanted.n)
    return 0;
  const struct long_bytes held = long_load(record->bytes, wanted.n);
  if (!long_equal(&held, &wanted.bytes))
    return 0;
  return load_acquire(&record->id); /* as record_id() does */
}

#endif
