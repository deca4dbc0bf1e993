/* hash_test.c: how the hash of the maps spreads: a bit of a string, of any length that it treats in
 * a way of its own, changes about half of the bits of the hash; strings that differ little fill
 * buckets evenly, by high bits and by low ones. Of the hash that this processor's maps use, and of
 * the portable one; and neither is true of a sum of bytes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "stress/draw.h"
#include "tests/contract/cmocka_includes.h"

#define LONGEST 300u
#define SAMPLES 256u    /* of each pair of bits: 0.5 +- 0.03 */
#define PAIR_BAND 0.2   /* more than six of these */
#define BUCKET_BITS 12u /* 4096 buckets */
#define STRINGS 100000u

static struct draw draw = {1};

static uint64_t sum_of_bytes(const void *bytes, size_t n, uint64_t seed)
{
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < n; i++)
    seed += byte[i];
  return seed * UINT64_C(0x9e3779b97f4a7c15);
}

/* The worst distance from one half of the share of samples in which a bit of a string of n bytes
 * changes a bit of its hash. */
static double worst_avalanche(map_hash *hash, size_t n)
{
  double worst = 0;
  for (size_t bit = 0; bit<8 * n; bit += n> 80 ? 7 : 1) { /* still one of each byte */
    unsigned changed[64] = {0};
    for (unsigned sample = 0; sample < SAMPLES; sample++) {
      unsigned char string[LONGEST];
      for (size_t i = 0; i < n; i++)
        string[i] = (unsigned char)draw_next(&draw);
      const uint64_t seed = draw_next(&draw), before = hash(string, n, seed);
      string[bit / 8] ^= (unsigned char)(1u << bit % 8);
      const uint64_t differing = before ^ hash(string, n, seed);
      for (unsigned to = 0; to < 64; to++)
        changed[to] += (unsigned)(differing >> to & 1);
    }
    for (unsigned to = 0; to < 64; to++)
      worst = fmax(worst, fabs((double)changed[to] / SAMPLES - 0.5));
  }
  return worst;
}

/* How many bytes are before a string's number and behind it. */
struct shape {
  size_t before, after;
};

/* Whether strings with a number in them fill the buckets about as evenly as chance does: their
 * chi-square within six of its deviations. `from`: the lowest of the bits that choose. */
static bool fills_evenly(map_hash *hash, struct shape shape, unsigned from)
{
  static unsigned count[1u << BUCKET_BITS];
  const double buckets = 1u << BUCKET_BITS, expected = STRINGS / buckets;
  memset(count, 0, sizeof count);
  for (unsigned i = 0; i < STRINGS; i++) {
    char string[LONGEST];
    memset(string, '.', sizeof string);
    const int digits = snprintf(string + shape.before, sizeof string - shape.before, "%u", i);
    const size_t n = shape.before + (size_t)digits;
    string[n] = '.';
    count[hash(string, n + shape.after, 7) >> from & ((1u << BUCKET_BITS) - 1)]++;
  }
  double chi_square = 0;
  for (unsigned i = 0; i < 1u << BUCKET_BITS; i++)
    chi_square += (count[i] - expected) * (count[i] - expected) / expected;
  return fabs(chi_square - (buckets - 1)) < 6 * sqrt(2 * (buckets - 1));
}

static const size_t lengths[] = {1,  3,  4,  8,  9,   15,  16,  17,  32,  33, 48,
                                 63, 64, 65, 80, 128, 129, 192, 255, 256, 257};
/* Numbers in each of the registers that a string may take, and in strings that take none. */
static const struct shape shapes[] = {{0, 0},    {31, 0},   {0, 40},   {40, 18},  {59, 0},
                                      {70, 0},   {10, 100}, {120, 0},  {80, 120}, {150, 30},
                                      {195, 10}, {245, 0},  {20, 230}, {260, 0},  {100, 190}};

static void spreads(map_hash *hash)
{
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    if (worst_avalanche(hash, lengths[i]) > PAIR_BAND)
      fail_msg("a bit of a string of %zu bytes does not change half of the hash", lengths[i]);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    if (!fills_evenly(hash, shapes[i], 0) || !fills_evenly(hash, shapes[i], 64 - BUCKET_BITS))
      fail_msg("numbers behind %zu bytes and before %zu fill buckets unevenly", shapes[i].before,
               shapes[i].after);
}

static void what_the_maps_use_spreads(void **unused)
{
  (void)unused;
  const struct map_config config = {0};
  spreads(key_hash_of(&config).function);
}

static void the_portable_one_spreads(void **unused)
{
  (void)unused;
  spreads(hash_portable);
}

#ifdef WIDE_TARGET
HALF_TARGET static void store_halves(unsigned char *to, const unsigned char *bytes, size_t n)
{
  const struct half_bytes loaded = half_load(bytes, n);
  _mm256_storeu_si256((__m256i *)(void *)to, loaded.low);
  _mm256_storeu_si256((__m256i *)(void *)(to + HALF_BYTES), loaded.high);
}
#endif

/* Whatever lies around a string, and wherever it lies. */
static void halves_hold_the_string_and_zeros(void **unused)
{
  (void)unused;
#ifdef WIDE_TARGET
  if (!half_is_there())
    skip();
  for (size_t n = 0; n <= WIDE_BYTES; n++)
    for (size_t at = 0; at < 8; at++) {
      unsigned char around[WIDE_BYTES + 16], expected[WIDE_BYTES] = {0}, loaded[WIDE_BYTES];
      memset(around, 0xee, sizeof around);
      for (size_t i = 0; i < n; i++)
        around[at + i] = expected[i] = (unsigned char)(i + 1);
      store_halves(loaded, around + at, n);
      assert_memory_equal(loaded, expected, sizeof expected);
    }
#else
  skip();
#endif
}

/* A map may look by halves and hash at once, or the other way round. */
static void halves_come_to_the_same_hash(void **unused)
{
  (void)unused;
#ifdef WIDE_TARGET
  if (!wide_is_there() || !half_is_there())
    skip();
  unsigned char string[LONGEST];
  for (size_t n = 0; n < LONGEST; n++) {
    for (size_t i = 0; i < n; i++)
      string[i] = (unsigned char)draw_next(&draw);
    const uint64_t seed = draw_next(&draw);
    assert_true(hash_half(string, n, seed) == hash_wide(string, n, seed));
  }
#else
  skip();
#endif
}

/* Zeros behind a string are not the string's. */
static bool tells_lengths_apart(map_hash *hash)
{
  const unsigned char zeros[LONGEST] = {0};
  for (size_t n = 0; n < LONGEST; n++)
    for (size_t m = 0; m < n; m++)
      if (hash(zeros, n, 7) == hash(zeros, m, 7))
        return false;
  return true;
}

static void lengths_are_told_apart(void **unused)
{
  (void)unused;
  const struct map_config config = {0};
  assert_true(tells_lengths_apart(key_hash_of(&config).function));
  assert_true(tells_lengths_apart(hash_portable));
}

static void a_sum_does_not(void **unused)
{
  (void)unused;
  assert_true(worst_avalanche(sum_of_bytes, 16) > PAIR_BAND);
  assert_false(fills_evenly(sum_of_bytes, shapes[1], 64 - BUCKET_BITS));
  assert_false(tells_lengths_apart(sum_of_bytes));
}

/* hash_test [TEST] */
int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_the_maps_use_spreads),
      cmocka_unit_test(the_portable_one_spreads),
      cmocka_unit_test(a_sum_does_not),
      cmocka_unit_test(lengths_are_told_apart),
      cmocka_unit_test(halves_hold_the_string_and_zeros),
      cmocka_unit_test(halves_come_to_the_same_hash),
  };
  if (argc > 1)
    cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
