/* half.h: 64 bytes in two registers of 32, on x86-64 processors that have no larger ones (AVX2). A
 * file asks for half_is_there() before it calls a function with HALF_TARGET. Absent where wide.h
 * is absent, and for the same reason.
 */
#ifndef TMB_HALF_H
#define TMB_HALF_H

#include "common/wide.h"

#ifdef WIDE_TARGET
#include <stdint.h>
#include <string.h>

#define HALF_TARGET __attribute__((target("avx2,aes,bmi,bmi2")))
#define HALF_BYTES 32u

static inline bool half_is_there(void)
{
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
         __builtin_cpu_supports("bmi2");
}

struct half_bytes {
  __m256i low, high;
};

/* The up to three bytes behind a string's last whole word of four, zeros behind them. */
static inline uint32_t half_tail(const void *bytes, size_t n)
{
  const unsigned char *byte = (const unsigned char *)bytes;
  if (n >= 4) {
    uint32_t last;
    memcpy(&last, byte + n - 4, sizeof last);
    return (uint32_t)((uint64_t)last >> (32 - 8 * (n % 4)));
  }
  if (n == 0)
    return 0;
  return byte[0] | (uint32_t)byte[n / 2] << 8 * (n / 2) | (uint32_t)byte[n - 1] << 8 * (n - 1);
}

/* n <= WIDE_BYTES: these bytes, zeros behind them; as wide_load(), nothing is read behind a
 * string's end. The mask is one of words, so what the last one has of the string is put in by
 * itself. */
HALF_TARGET static inline struct half_bytes half_load(const void *bytes, size_t n)
{
  const __m256i low = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i high = _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15);
  const __m256i words = _mm256_set1_epi32((int)(n / 4));
  const __m256i tail = _mm256_set1_epi32((int)half_tail(bytes, n));
  const int *word = (const int *)bytes;
  /* Of a short string it is behind its end, or no address at all: reckoned without a pointer. */
  const int *high_word = (const int *)((uintptr_t)bytes + HALF_BYTES);
  return (struct half_bytes){
      _mm256_or_si256(_mm256_maskload_epi32(word, _mm256_cmpgt_epi32(words, low)),
                      _mm256_and_si256(tail, _mm256_cmpeq_epi32(words, low))),
      _mm256_or_si256(_mm256_maskload_epi32(high_word, _mm256_cmpgt_epi32(words, high)),
                      _mm256_and_si256(tail, _mm256_cmpeq_epi32(words, high)))};
}

HALF_TARGET static inline bool half_equal(struct half_bytes a, struct half_bytes b)
{
  const __m256i differing =
      _mm256_or_si256(_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high));
  return _mm256_testz_si256(differing, differing);
}

/* ---- one to four times as many ---- */

/* Where the part begins that long_load() has in its register i. */
static inline const char *half_part(const void *bytes, size_t n, size_t i)
{
  const size_t from = i * WIDE_BYTES, most = n - WIDE_BYTES;
  return (const char *)bytes + (from < most ? from : most);
}

/* Of two strings of WIDE_BYTES <= n <= LONG_BYTES. */
HALF_TARGET static inline bool half_equal_long(const void *a, const void *b, size_t n)
{
  __m256i differing = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (size_t i = 0; i < LONG_PARTS; i++)
#pragma GCC unroll 2
    for (size_t at = 0; at < WIDE_BYTES; at += HALF_BYTES) {
      const __m256i ours = _mm256_loadu_si256((const __m256i *)(half_part(a, n, i) + at));
      const __m256i theirs = _mm256_loadu_si256((const __m256i *)(half_part(b, n, i) + at));
      differing = _mm256_or_si256(differing, _mm256_xor_si256(ours, theirs));
    }
  return _mm256_testz_si256(differing, differing);
}
#endif

#endif
