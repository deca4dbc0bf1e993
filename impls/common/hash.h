/* hash.h: the one hash of all maps, unless the config names another.
 *
 * Go's maps hash with the processor's AES rounds where it has them (memhash), and so do these: on a
 * processor that can mask a load of 64 bytes, strings of up to 64 bytes take one load and a few
 * rounds, those of up to 256 four of each side by side, without a branch on their length. One that
 * can mask loads of 32 bytes comes to the same hash by halves. Longer strings, and all strings
 * elsewhere, take XXH3 64, whose branches on the length cost a short string more than its
 * arithmetic.
 *
 * It spreads strings that nobody chose with care. It is no defence against one who knows the seed.
 */
#ifndef TMB_HASH_H
#define TMB_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "api/intern_map.h"
#include "common/half.h"

static inline uint64_t hash_portable(const void *bytes, size_t n, uint64_t seed)
{
  return XXH3_64bits_withSeed(bytes, n, seed);
}

#ifdef WIDE_TARGET
static const uint64_t hash_keys[8] __attribute__((aligned(64))) = {
    0x3f84d5b5b5470917, 0x452821e638d01377, 0x082efa98ec4e6c89, 0x13198a2e03707344,
    0x243f6a8885a308d3, 0x3c6ef372fe94f82b, 0x5be0cd19137e2179, 0x1f83d9abfb41bd6b};

WIDE_TARGET static inline __m512i hash_first_key(void)
{
  return _mm512_load_si512((const __m512i *)hash_keys);
}

static inline uint64_t hash_salt_word(size_t n, uint64_t seed)
{
  return seed + n * UINT64_C(0x9e3779b97f4a7c15);
}

/* The length tells "a" from "a\0". */
WIDE_TARGET static inline __m512i hash_salt(size_t n, uint64_t seed)
{
  return _mm512_set1_epi64((long long)hash_salt_word(n, seed));
}

/* A round spreads a byte over four, two rounds over sixteen. */
WIDE_TARGET static inline __m512i hash_two_rounds(__m512i lanes)
{
  lanes = _mm512_aesenc_epi128(lanes, hash_first_key());
  return _mm512_aesenc_epi128(lanes, hash_first_key());
}

/* Two lanes become one, and a word of it the hash. */
HALF_TARGET static inline uint64_t hash_fold_two(__m128i a, __m128i b)
{
  const __m128i last = _mm_set_epi64x(0x2ffd72dbd01adfb7, 0x38d01377be5466cf);
  const __m128i one = _mm_aesenc_si128(_mm_aesenc_si128(a, b), last);
  return (uint64_t)_mm_cvtsi128_si64(_mm_aesenc_si128(one, last));
}

WIDE_TARGET static inline uint64_t hash_fold(__m512i lanes)
{
  const __m256i two = _mm256_aesenc_epi128(wide_low_half(lanes), wide_high_half(lanes));
  return hash_fold_two(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
}

/* Of at most WIDE_BYTES bytes, as wide_load() gives them. */
WIDE_TARGET static inline uint64_t hash_loaded(__m512i bytes, size_t n, uint64_t seed)
{
  return hash_fold(hash_two_rounds(_mm512_xor_si512(bytes, hash_salt(n, seed))));
}

/* Of WIDE_BYTES to LONG_BYTES bytes, as long_load() gives them: each register by itself, with a
 * salt of its own, all at once. */
WIDE_TARGET static inline uint64_t hash_long_loaded(struct long_bytes bytes, size_t n,
                                                    uint64_t seed)
{
  __m512i salt = hash_salt(n, seed);
#pragma GCC unroll 4
  for (unsigned i = 0; i < LONG_PARTS; i++) {
    bytes.part[i] = hash_two_rounds(_mm512_xor_si512(bytes.part[i], salt));
    salt = _mm512_add_epi64(salt, hash_first_key());
  }
  return hash_fold(_mm512_aesenc_epi128(_mm512_aesenc_epi128(bytes.part[0], bytes.part[1]),
                                        _mm512_aesenc_epi128(bytes.part[2], bytes.part[3])));
}

WIDE_TARGET static inline uint64_t hash_wide(const void *bytes, size_t n, uint64_t seed)
{
  if (n <= WIDE_BYTES)
    return hash_loaded(wide_load(bytes, n), n, seed);
  return n <= LONG_BYTES ? hash_long_loaded(long_load(bytes, n), n, seed)
                         : hash_portable(bytes, n, seed);
}

/* ---- the same by halves, and by sixteen bytes where those are hashed ---- */

HALF_TARGET static inline __m128i hash_lane_key(unsigned lane)
{
  return _mm_load_si128((const __m128i *)hash_keys + lane);
}

HALF_TARGET static inline __m128i hash_lane_rounds(__m128i bytes, __m128i salt, unsigned lane)
{
  const __m128i first = _mm_aesenc_si128(_mm_xor_si128(bytes, salt), hash_lane_key(lane));
  return _mm_aesenc_si128(first, hash_lane_key(lane));
}

HALF_TARGET static inline uint64_t hash_fold_lanes(__m128i a, __m128i b, __m128i c, __m128i d)
{
  return hash_fold_two(_mm_aesenc_si128(a, c), _mm_aesenc_si128(b, d));
}

/* hash_loaded() of what half_load() gives. */
HALF_TARGET static inline uint64_t hash_half_loaded(struct half_bytes bytes, size_t n,
                                                    uint64_t seed)
{
  const __m128i salt = _mm_set1_epi64x((long long)hash_salt_word(n, seed));
  return hash_fold_lanes(hash_lane_rounds(_mm256_castsi256_si128(bytes.low), salt, 0),
                         hash_lane_rounds(_mm256_extracti128_si256(bytes.low, 1), salt, 1),
                         hash_lane_rounds(_mm256_castsi256_si128(bytes.high), salt, 2),
                         hash_lane_rounds(_mm256_extracti128_si256(bytes.high, 1), salt, 3));
}

/* hash_long_loaded(), straight from memory. */
HALF_TARGET static inline uint64_t hash_half_long(const void *bytes, size_t n, uint64_t seed)
{
  __m128i folded[4];
#pragma GCC unroll 4
  for (unsigned lane = 0; lane < 4; lane++) {
    __m128i salt = _mm_set1_epi64x((long long)hash_salt_word(n, seed)), part[LONG_PARTS];
#pragma GCC unroll 4
    for (unsigned i = 0; i < LONG_PARTS; i++) {
      const __m128i *from = (const __m128i *)half_part(bytes, n, i) + lane;
      part[i] = hash_lane_rounds(_mm_loadu_si128(from), salt, lane);
      salt = _mm_add_epi64(salt, hash_lane_key(lane));
    }
    folded[lane] =
        _mm_aesenc_si128(_mm_aesenc_si128(part[0], part[1]), _mm_aesenc_si128(part[2], part[3]));
  }
  return hash_fold_lanes(folded[0], folded[1], folded[2], folded[3]);
}

HALF_TARGET static inline uint64_t hash_half(const void *bytes, size_t n, uint64_t seed)
{
  if (n <= WIDE_BYTES)
    return hash_half_loaded(half_load(bytes, n), n, seed);
  return n <= LONG_BYTES ? hash_half_long(bytes, n, seed) : hash_portable(bytes, n, seed);
}
#endif

/* The part of a map_config that a map keeps. */
struct key_hash {
  map_hash *function; /* never NULL */
  uint64_t seed;
};

static inline struct key_hash key_hash_of(const struct map_config *config)
{
  map_hash *usual = hash_portable;
#ifdef WIDE_TARGET
  if (wide_is_there())
    usual = hash_wide;
  else if (half_is_there())
    usual = hash_half;
#endif
  return (struct key_hash){.function = config->hash ? config->hash : usual,
                           .seed = config->hash_seed};
}

static inline uint64_t key_hash(const struct key_hash *hash, const void *bytes, size_t n)
{
  return hash->function(bytes, n, hash->seed);
}

#endif
