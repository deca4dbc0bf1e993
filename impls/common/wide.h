/* wide.h: 64 bytes at a time, on x86-64 processors that can mask what they load. A file asks for
 * wide_is_there() before it calls a function with WIDE_TARGET.
 *
 * Loads of bytes that the mask leaves out touch no memory, so nothing is read behind a string's
 * end. Absent under ThreadSanitizer, which must see every access.
 */
#ifndef TMB_WIDE_H
#define TMB_WIDE_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WIDE_HIDES_ACCESSES 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define WIDE_HIDES_ACCESSES 1
#endif

#if defined(__x86_64__) && !defined(WIDE_HIDES_ACCESSES)
#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIDE_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,vaes,aes,bmi,bmi2")))
#define WIDE_BYTES 64u

static inline bool wide_is_there(void)
{
  unsigned eax, ebx, ecx, edx;
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("bmi2") && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) &&
         (ecx & bit_VAES); /* not all compilers have a name for it */
}

/* g++ 12 takes the "undefined" registers of its own header for a mistake. */
#pragma GCC diagnostic push
#if defined(__cplusplus) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
WIDE_TARGET static inline __m256i wide_low_half(__m512i whole)
{
  return _mm512_castsi512_si256(whole);
}

WIDE_TARGET static inline __m256i wide_high_half(__m512i whole)
{
  return _mm512_extracti64x4_epi64(whole, 1);
}
#pragma GCC diagnostic pop

/* Of the first n bytes, n <= WIDE_BYTES. */
WIDE_TARGET static inline __mmask64 wide_mask(size_t n)
{
  return _bzhi_u64(~0ull, (unsigned)n);
}

/* These bytes, zeros behind them. */
WIDE_TARGET static inline __m512i wide_load(const void *bytes, size_t n)
{
  return _mm512_maskz_loadu_epi8(wide_mask(n), bytes);
}

WIDE_TARGET static inline bool wide_equal(__m512i a, __m512i b)
{
  return _mm512_cmpneq_epi64_mask(a, b) == 0;
}

/* ---- one to four times as many ---- */

#define LONG_PARTS 4u
#define LONG_BYTES (LONG_PARTS * WIDE_BYTES)

struct long_bytes {
  __m512i part[LONG_PARTS];
};

/* WIDE_BYTES <= n <= LONG_BYTES: the last register ends where the string does, and what is left of
 * the four are the same bytes again. So nothing branches on n, and no other cache line is touched.
 */
WIDE_TARGET static inline struct long_bytes long_load(const void *bytes, size_t n)
{
  struct long_bytes loaded;
#pragma GCC unroll 4
  for (size_t i = 0; i < LONG_PARTS; i++) {
    const size_t from = i * WIDE_BYTES, most = n - WIDE_BYTES;
    loaded.part[i] = _mm512_loadu_si512((const char *)bytes + (from < most ? from : most));
  }
  return loaded;
}

WIDE_TARGET static inline bool long_equal(const struct long_bytes *a, const struct long_bytes *b)
{
  __m512i differing = _mm512_xor_si512(a->part[0], b->part[0]);
#pragma GCC unroll 4
  for (unsigned i = 1; i < LONG_PARTS; i++)
    differing = _mm512_or_si512(differing, _mm512_xor_si512(a->part[i], b->part[i]));
  return _mm512_test_epi64_mask(differing, differing) == 0;
}
#endif

#endif
