/* memory.c: the scenario `memory`: the source refuses the n-th block, for n = 0, 1, … until a run
 * takes fewer blocks than that; once only that block, once that and all later ones. Afterwards:
 *
 *   what was put is in the map and nothing else is (oracle, visit)
 *   strings that are in are found while there is still no memory
 *   strings that were refused get in as soon as there is
 *   reset and destroy give every block back
 */
#include <stdlib.h>
#include <string.h>

#include "stress/scenario.h"

#define NOT_AGAIN UINT64_MAX

/* Puts every key once more, as thread 0 with a seat taken anew. ids: by key, what the play gave, 0:
 * it was refused. */
static void put_all_again(struct play *play, const uint64_t *ids, bool memory_is_back)
{
  const struct map_plugin *map = play->rig->subject->map;
  const struct key_set *keys = &play->epoch->memory.plan.key_set;
  struct player *player = &play->players[0];
  struct seat_place place = {.thread = 0, .cpu = -1, .node = -1};
  player->seat = NULL;
  int error = map->enter ? map->enter(play->rig->map, &place, &player->seat) : 0;
  if (error && memory_is_back)
    board_refute(play->board, PROMISE_REFUSAL, "no seat although memory is back: %s",
                 strerror(-error));
  if (error)
    return;
  for (uint32_t key = 0; key < keys->count; key++) {
    play_put(player, &player->aside, key, keys->bytes + keys->offset[key],
             (size_t)(keys->offset[key + 1] - keys->offset[key]));
    const struct journal_entry *entry = &player->aside.entries[player->aside.count - 1];
    if (entry->id == 0 && memory_is_back)
      board_refute(play->board, PROMISE_REFUSAL, "put of key %u is refused although memory is back",
                   key);
    else if (entry->id == 0 && ids[key])
      board_refute(play->board, PROMISE_REFUSAL,
                   "put of key %u, which has id %llu, is refused: it needs no memory", key,
                   (unsigned long long)ids[key]);
  }
  if (map->leave)
    map->leave(play->rig->map, player->seat);
}

static void note_ids(struct play *play, uint64_t *ids)
{
  for (unsigned t = 0; t < play->epoch->shape.threads; t++) {
    const struct journal *journal = &play->players[t].journal;
    for (size_t i = 0; i < journal->count; i++) {
      if (journal->entries[i].operation != JOURNAL_PUT)
        continue;
      if (journal->entries[i].id)
        ids[journal->entries[i].key] = journal->entries[i].id;
      else
        board_add(play->board, COUNT_REFUSALS, 1);
    }
  }
}

/* On a map that was just created. */
static void play_short_of_memory(struct play *play, uint64_t *ids)
{
  memset(ids, 0, play->epoch->shape.keys * sizeof *ids);
  struct crew *crew = play_start(play, 0);
  if (!crew)
    return;
  play_wait(play, crew); /* a seat may have been refused too */
  note_ids(play, ids);
  if (!play_judge(play, PROMISE_REFUSAL, PLAY_JUDGES_IDS, REFUSALS_ARE_EXPECTED))
    return;
  put_all_again(play, ids, false);
  rig_refuse_blocks(play->rig, 0, 0);
  put_all_again(play, ids, true);
  board_add(play->board, COUNT_OPERATIONS, play->players[0].aside.count);
  if (play_judge(play, PROMISE_REFUSAL, PLAY_JUDGES_IDS, REFUSALS_ARE_EXPECTED))
    play_reset(play, PROMISE_REFUSAL);
}

/* False: no block was refused, so n is past the last. */
static bool try_block(struct play *play, uint64_t n, uint64_t count, uint64_t *ids)
{
  struct rig *rig = play->rig;
  rig_refuse_blocks(rig, n, count);
  uint64_t before = atomic_load_explicit(&rig->blocks.refusals, memory_order_relaxed);
  int error = rig_create_map(rig, &play->epoch->shape);
  if (!error)
    play_short_of_memory(play, ids);
  bool refused = atomic_load_explicit(&rig->blocks.refusals, memory_order_relaxed) != before;
  if (error && !refused)
    board_fail(play->board, "the map was not created: %s", strerror(-error));
  rig_destroy_map(rig);
  if (rig_held_bytes(rig) && !board_has_refutation(play->board))
    board_refute(play->board, PROMISE_REFUSAL, "the region keeps %llu bytes after destroy",
                 (unsigned long long)rig_held_bytes(rig));
  return refused;
}

static void try_every_block(struct bout *bout, const struct epoch *epoch)
{
  struct board *board = bout->board;
  struct play play;
  if (!play_init(&play, board, &bout->rig, epoch, 2 * (size_t)epoch->shape.keys))
    return;
  uint64_t *ids = calloc(epoch->shape.keys, sizeof *ids);
  if (!ids)
    board_fail(board, "no memory for the ids of %u keys", epoch->shape.keys);
  bool refused = ids != NULL;
  for (uint64_t n = 0; refused && !board->refutation[PROMISE_REFUSAL].refuted && !board->error[0];
       n++) {
    refused = try_block(&play, n, 1, ids);
    if (refused && !board->refutation[PROMISE_REFUSAL].refuted)
      try_block(&play, n, NOT_AGAIN, ids);
    if (refused && n > board_count(board, COUNT_BLOCKS_MOST))
      board_add(board, COUNT_BLOCKS_MOST, n - board_count(board, COUNT_BLOCKS_MOST));
  }
  free(ids);
  play_fini(&play);
}

void scenario_memory(struct bout *bout)
{
  struct draw draw;
  while (bout_next(bout, &draw)) {
    struct epoch_shape shape = epoch_shape_draw(&draw, bout->threads_most);
    if (draw_chance(&draw, 50)) /* one thread: the n-th block is the same one each time */
      shape.threads = 1;
    shape.rounds = 1;
    shape.keys = (uint32_t)draw_between(&draw, 100, 300);
    shape.key_most = shape.key_most < 200 ? shape.key_most : 200;
    shape.key_least = shape.key_least < 200 ? shape.key_least : 200;
    shape.steps = shape.keys;
    shape.block_bytes = 4096;
    struct epoch epoch;
    if (!epoch_init(&epoch, &shape, &draw)) {
      board_fail(bout->board, "no memory for %u keys and their tapes", shape.keys);
      return;
    }
    try_every_block(bout, &epoch);
    epoch_fini(&epoch);
  }
}
