/* mix.c: the scenario `mix`: everything that a map offers, in proportions, sizes and numbers of
 * threads that change from epoch to epoch. */
#include "stress/scenario.h"

void scenario_mix(struct bout *bout)
{
  struct draw draw;
  while (bout_next(bout, &draw)) {
    struct epoch_shape shape = epoch_shape_draw(&draw, bout->threads_most);
    bout_play(bout, &shape, &draw, bout_play_rounds);
  }
}
