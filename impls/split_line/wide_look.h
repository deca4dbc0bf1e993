/* wide_look.h: a look at a line with the 32-byte registers of x86-64 processors.
 *
 * Not C11: eight slots are read in two loads, where the memory model wants eight atomic ones. What
 * the processor gives is what search.h needs: each aligned word is read whole, and the words are
 * read after what was loaded before them. Left out where a sanitizer must see every access.
 */
#ifndef SPLIT_LINE_WIDE_LOOK_H
#define SPLIT_LINE_WIDE_LOOK_H

#include <immintrin.h>

#include "split_line/line.h"

#define TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))

static inline bool look_has_avx2(void)
{
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

struct look_avx2 {
  __m256i low, high;
};

TARGET_AVX2 static inline struct look_avx2 look_avx2(line_slot *line)
{
  atomic_signal_fence(memory_order_acq_rel); /* for the compiler; the processor keeps the order */
  const volatile __m256i_u *slots = (const volatile __m256i_u *)(volatile void *)line;
  const struct look_avx2 look = {slots[0], slots[1]};
  atomic_signal_fence(memory_order_acquire);
  return look;
}

TARGET_AVX2 static inline unsigned half_matches_avx2(__m256i half, uint64_t tag)
{
  const __m256i differing =
      _mm256_and_si256(_mm256_xor_si256(half, _mm256_set1_epi64x((long long)tag)),
                       _mm256_set1_epi64x((long long)SLOT_TAG_MASK));
  return (unsigned)_mm256_movemask_pd(
      _mm256_castsi256_pd(_mm256_cmpeq_epi64(differing, _mm256_setzero_si256())));
}

TARGET_AVX2 static inline unsigned look_matches_avx2(const struct look_avx2 *look, uint64_t tag)
{
  return half_matches_avx2(look->low, tag) | half_matches_avx2(look->high, tag) << 4;
}

TARGET_AVX2 static inline unsigned look_empty_avx2(const struct look_avx2 *look)
{
  return look_matches_avx2(look, 0);
}

#endif
