/* scenario.c: see scenario.h. */
#include "stress/scenario.h"

#include <string.h>

#include "measure/stopwatch.h"

const struct scenario scenarios[] = {
    {.name = "mix",
     .does = "random mixes of put, lookup, steal_id, visit and reset; threads, keys, blocks vary",
     .shows = "interning, dense-ids, ordered-ids",
     .promise = PROMISE_INTERNING,
     .share = 30,
     .run = scenario_mix},
    {.name = "oversubscribed",
     .does = "four threads a core, all on the same keys in the same order",
     .shows = "interning, dense-ids, ordered-ids",
     .promise = PROMISE_INTERNING,
     .share = 15,
     .run = scenario_oversubscribed},
    {.name = "collisions",
     .does = "constant and truncated hashes, and hashes that share a prefix or a bucket",
     .shows = "interning: a map may degrade, it must not fail",
     .promise = PROMISE_INTERNING,
     .share = 10,
     .run = scenario_collisions},
    {.name = "memory",
     .does = "the n-th block is refused, once or from then on, for every n",
     .shows = "clean-refusal",
     .promise = PROMISE_REFUSAL,
     .share = 10,
     .needs_blocks = true,
     .run = scenario_memory},
    {.name = "signals",
     .does = "timer signals interrupt each thread; the handler interns into the same map and seat",
     .shows = "async-signal-safe",
     .promise = PROMISE_SIGNAL_SAFE,
     .share = 20,
     .needs_signals = true,
     .run = scenario_signals},
    {.name = "stall",
     .does = "a thread is parked in the middle of a put while the others must add strings",
     .shows = "lock-free",
     .promise = PROMISE_LOCK_FREE,
     .share = 15,
     .needs_signals = true,
     .run = scenario_stall},
    {0},
};

bool bout_next(struct bout *bout, struct draw *draw)
{
  struct board *board = bout->board;
  if (board->error[0] || board->refutation[bout->scenario->promise].refuted)
    return false;
  if (bout->begun && stopwatch_now_ns() >= bout->end_ns)
    return false;
  bout->begun = true;
  uint64_t epoch = bout->only_epoch >= 0 ? (uint64_t)bout->only_epoch : bout->epoch++;
  atomic_store_explicit(&board->epoch, epoch, memory_order_relaxed);
  board_add(board, COUNT_EPOCHS, 1);
  board_beat(board);
  *draw = draw_from(bout->seed, bout->scenario->name, epoch);
  return true;
}

void bout_play_rounds(struct bout *bout, const struct epoch *epoch, struct draw *draw)
{
  (void)draw;
  struct play play;
  if (!play_init(&play, bout->board, &bout->rig, epoch, 0))
    return;
  bool good = true;
  for (unsigned round = 0; good && round < epoch->shape.rounds; round++)
    good = play_round(&play, round, bout->scenario->promise, PLAY_JUDGES_IDS);
  play_fini(&play);
}

void bout_play(struct bout *bout, const struct epoch_shape *shape, struct draw *draw,
               epoch_player *player)
{
  struct board *board = bout->board;
  struct epoch epoch;
  if (!epoch_init(&epoch, shape, draw)) {
    board_fail(board, "no memory for %u keys and their tapes", shape->keys);
    return;
  }
  board_beat(board);
  int error = rig_create_map(&bout->rig, shape);
  if (error)
    board_fail(board, "the map was not created: %s", strerror(-error));
  else
    player(bout, &epoch, draw);
  rig_destroy_map(&bout->rig);
  uint64_t held = rig_held_bytes(&bout->rig);
  if (held && !board_has_refutation(board))
    board_refute(board, PROMISE_INTERNING, "the region keeps %llu bytes after destroy",
                 (unsigned long long)held);
  epoch_fini(&epoch);
}
