/* collisions.c: the scenario `collisions`: hashes that put many keys into one place. A map gets
 * slow under them; it must not fail, and it must still tell keys apart by their bytes. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "stress/scenario.h"

/* The seed is the one value. */
static uint64_t constant_hash(const void *bytes, size_t n, uint64_t seed)
{
  (void)bytes, (void)n;
  return seed;
}

/* The seed is the mask of bits that are kept. */
static uint64_t truncated_hash(const void *bytes, size_t n, uint64_t seed)
{
  return XXH3_64bits(bytes, n) & seed;
}

/* The bits of the mask are those of all keys, the others the key's own: with a mask that begins at
 * the top a trie first branches at its end; with one at the bottom a table has one bucket. */
static uint64_t prefix_hash(const void *bytes, size_t n, uint64_t seed)
{
  return XXH3_64bits(bytes, n) | seed;
}

/* A length for a hash: keys of the same length are the same to it. */
static uint64_t length_hash(const void *bytes, size_t n, uint64_t seed)
{
  (void)bytes;
  return seed + n;
}

static void draw_hash(struct draw *draw, struct epoch_shape *shape)
{
  static const uint64_t constants[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63,
                                       UINT64_C(0x5555555555555555)};
  uint64_t bits = draw_between(draw, 1, 8);
  uint64_t top = UINT64_MAX << (64 - bits), bottom = (UINT64_C(1) << bits) - 1;
  switch (draw_below(draw, 5)) {
  case 0:
    shape->hash = constant_hash;
    shape->hash_seed = constants[draw_below(draw, 5)];
    return;
  case 1:
    shape->hash = truncated_hash;
    shape->hash_seed = draw_chance(draw, 50) ? top : bottom;
    return;
  case 2: /* all but 1 … 8 bits at the bottom are shared: 28 levels of a 4-ary trie at least */
    shape->hash = prefix_hash;
    shape->hash_seed = ~bottom;
    return;
  case 3: /* all but 1 … 8 bits at the top: every table of 2^k places has one full place */
    shape->hash = prefix_hash;
    shape->hash_seed = ~top;
    return;
  default:
    shape->hash = length_hash;
    return;
  }
}

void scenario_collisions(struct bout *bout)
{
  struct draw draw;
  while (bout_next(bout, &draw)) {
    struct epoch_shape shape = epoch_shape_draw(&draw, bout->threads_most);
    shape.keys = (uint32_t)draw_between(&draw, 50, 600); /* the work grows with its square */
    shape.steps = shape.keys;
    /* With other keys a comparison that stops at the shorter one's end is right. */
    shape.nested = draw_chance(&draw, 30);
    draw_hash(&draw, &shape);
    bout_play(bout, &shape, &draw, bout_play_rounds);
  }
}
