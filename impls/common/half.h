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
#define HALF_LEAST 4u /* bytes: one whole word */

static inline bool half_is_there(void)
{
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
         __builtin_cpu_supports("bmi2");
}

struct half_bytes {
  __m256i low, high;
};

/* ---- a string of at most WIDE_BYTES ----
 *
 * The processor masks loads by words of four bytes, so a string is its whole words, and what its
 * last four bytes have beyond them. As with wide_load(), nothing is read behind a string's end.
 */

/* Of a string of w whole words, from [16 - w] on: sixteen marks, of its words; and from 32 further
 * on: of the bytes behind them, in word w. */
#define HALF_MARKS_BEHIND 32
static const int32_t half_marks[64] __attribute__((aligned(64))) = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0, 0, 0, 0, 0, 0, -1};

HALF_TARGET static inline struct half_bytes half_mark(size_t n, unsigned behind)
{
  const __m256i *from = (const __m256i *)(half_marks + 16 - n / 4 + behind);
  return (struct half_bytes){_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1)};
}

/* Its whole words, zeros behind them. */
HALF_TARGET static inline struct half_bytes half_words(const void *bytes, size_t n)
{
  const struct half_bytes masks = half_mark(n, 0);
  /* Behind the end of a short string: reckoned without a pointer. */
  const int *high = (const int *)((uintptr_t)bytes + HALF_BYTES);
  return (struct half_bytes){_mm256_maskload_epi32((const int *)bytes, masks.low),
                             _mm256_maskload_epi32(high, masks.high)};
}

/* The last four bytes, n >= HALF_LEAST. */
static inline uint32_t half_last(const void *bytes, size_t n)
{
  uint32_t last;
  memcpy(&last, (const char *)bytes + n - 4, sizeof last);
  return last;
}

/* All bytes, zeros behind them, n >= HALF_LEAST: what half_words() gave, and those in no whole
 * word. */
HALF_TARGET static inline struct half_bytes half_whole(struct half_bytes words, uint32_t last,
                                                       size_t n)
{
  const uint32_t bytes = last >> 8 >> (8 * ~n & 31); /* 8 to 32, as n % 4 is 3 to 0 */
  const __m256i tail = _mm256_set1_epi32((int)bytes);
  const struct half_bytes behind = half_mark(n, HALF_MARKS_BEHIND);
  return (struct half_bytes){_mm256_or_si256(words.low, _mm256_and_si256(tail, behind.low)),
                             _mm256_or_si256(words.high, _mm256_and_si256(tail, behind.high))};
}

/* The same of any n <= WIDE_BYTES: what wide_load() gives. */
HALF_TARGET static inline struct half_bytes half_load(const void *bytes, size_t n)
{
  if (n >= HALF_LEAST)
    return half_whole(half_words(bytes, n), half_last(bytes, n), n);
  const unsigned char *byte = (const unsigned char *)bytes;
  const uint32_t all = n == 0 ? 0
                              : byte[0] | (uint32_t)byte[n / 2] << 8 * (n / 2) |
                                    (uint32_t)byte[n - 1] << 8 * (n - 1);
  return (struct half_bytes){_mm256_zextsi128_si256(_mm_cvtsi32_si128((int)all)),
                             _mm256_setzero_si256()};
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
