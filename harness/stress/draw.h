/* draw.h: seeded draws (splitmix64). Everything that a scenario chooses follows from the seed, the
 * scenario's name and the epoch's number, so one epoch can be repeated without those before it.
 */
#ifndef TMB_DRAW_H
#define TMB_DRAW_H

#include <stdbool.h>
#include <stdint.h>

struct draw {
  uint64_t state;
};

static inline uint64_t draw_next(struct draw *draw)
{
  uint64_t z = draw->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* Uniform in 0 … bound-1; bound > 0. */
static inline uint64_t draw_below(struct draw *draw, uint64_t bound)
{
  return (uint64_t)((unsigned __int128)draw_next(draw) * bound >> 64);
}

/* Uniform in least … most. */
static inline uint64_t draw_between(struct draw *draw, uint64_t least, uint64_t most)
{
  return least + draw_below(draw, most - least + 1);
}

static inline bool draw_chance(struct draw *draw, unsigned percent)
{
  return draw_below(draw, 100) < percent;
}

/* A stream of its own for each name and number. */
static inline struct draw draw_from(uint64_t seed, const char *name, uint64_t number)
{
  struct draw draw = {.state = seed};
  for (; *name; name++) {
    draw.state ^= (unsigned char)*name;
    draw.state = draw_next(&draw);
  }
  draw.state ^= number * UINT64_C(0xd1342543de82ef95);
  draw_next(&draw);
  return draw;
}

#endif
