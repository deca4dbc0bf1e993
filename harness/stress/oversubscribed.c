/* oversubscribed.c: the scenario `oversubscribed`: as many threads as are allowed (four a core
 * unless the run says otherwise) walk through the same keys in the same order, so threads lose
 * their core in the middle of a put while others are at the same string. */
#include "stress/scenario.h"

void scenario_oversubscribed(struct bout *bout)
{
  struct draw draw;
  while (bout_next(bout, &draw)) {
    struct epoch_shape shape = epoch_shape_draw(&draw, bout->threads_most);
    shape.threads = bout->threads_most;
    shape.keys = (uint32_t)draw_between(&draw, 200, 2000);
    shape.steps = shape.keys; /* the order has each key once, so every step is a race */
    shape.shared_percent = 100;
    shape.lookup_percent = draw_chance(&draw, 50) ? 0 : 10;
    bout_play(bout, &shape, &draw, bout_play_rounds);
  }
}
