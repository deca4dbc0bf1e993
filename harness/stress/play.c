/* play.c: see play.h. */
#include "stress/play.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "measure/stopwatch.h"

/* ---- journals ---- */

bool play_init(struct play *play, struct board *board, struct rig *rig, const struct epoch *epoch,
               size_t calls_aside)
{
  unsigned threads = epoch->shape.threads;
  *play = (struct play){.board = board, .rig = rig, .epoch = epoch};
  play->players = calloc(threads, sizeof *play->players);
  size_t room = epoch->shape.steps + epoch->shape.steals / threads + 1;
  bool good = play->players != NULL;
  for (unsigned t = 0; good && t < threads; t++) {
    play->players[t] = (struct player){.play = play, .thread = t, .board = &board->seat[t]};
    good = journal_init(&play->players[t].journal, room) &&
           journal_init(&play->players[t].aside, calls_aside);
  }
  if (good)
    return true;
  board_fail(board, "no memory for the journals of %u threads", threads);
  play_fini(play);
  return false;
}

void play_fini(struct play *play)
{
  for (unsigned t = 0; play->players && t < play->epoch->shape.threads; t++) {
    journal_fini(&play->players[t].journal);
    journal_fini(&play->players[t].aside);
  }
  free(play->players);
  play->players = NULL;
}

/* ---- calls ---- */

static void returned(struct player *player)
{
  atomic_fetch_add_explicit(&player->board->done, 1, memory_order_relaxed);
}

void play_put(struct player *player, struct journal *journal, uint32_t key, const void *bytes,
              size_t n)
{
  const struct rig *rig = player->play->rig;
  struct journal_entry entry = {.key = key, .operation = JOURNAL_PUT};
  entry.call_ns = (int64_t)stopwatch_now_ns();
  struct map_put put = rig->subject->map->put(rig->map, player->seat, bytes, n);
  entry.end_ns = (int64_t)stopwatch_now_ns();
  entry.id = put.id;
  entry.added = put.added;
  journal_add(journal, entry);
  returned(player);
}

void play_lookup(struct player *player, struct journal *journal, uint32_t key, const void *bytes,
                 size_t n)
{
  const struct rig *rig = player->play->rig;
  struct journal_entry entry = {.key = key, .operation = JOURNAL_LOOKUP};
  entry.call_ns = (int64_t)stopwatch_now_ns();
  entry.id = rig->subject->map->lookup(rig->map, player->seat, bytes, n);
  entry.end_ns = (int64_t)stopwatch_now_ns();
  journal_add(journal, entry);
  returned(player);
}

static void steal(struct player *player)
{
  const struct rig *rig = player->play->rig;
  struct journal_entry entry = {.operation = JOURNAL_STEAL};
  entry.call_ns = (int64_t)stopwatch_now_ns();
  entry.id = rig->subject->map->steal_id(rig->map, player->seat);
  entry.end_ns = (int64_t)stopwatch_now_ns();
  journal_add(&player->journal, entry);
  returned(player);
}

/* ---- a thread ---- */

static void play_step(struct player *player, const struct tape_step *step)
{
  const struct map_plugin *map = player->play->rig->subject->map;
  if (step->operation == TAPE_LOOKUP && map->lookup) {
    play_lookup(player, &player->journal, step->key, tape_key(step), step->length);
    return;
  }
  /* The fences keep the marks where a signal handler of this thread looks for them. */
  board_enter(player->board, WHERE_PUT);
  atomic_signal_fence(memory_order_seq_cst);
  play_put(player, &player->journal, step->key, tape_key(step), step->length);
  atomic_signal_fence(memory_order_seq_cst);
  board_leave(player->board, WHERE_PUT);
}

static void play_tape(struct player *player)
{
  struct play *play = player->play;
  const struct epoch_shape *shape = &play->epoch->shape;
  const struct tape *tape = epoch_tape(play->epoch, play->round, player->thread);
  const struct map_plugin *map = play->rig->subject->map;
  uint64_t steals = map->steal_id ? shape->steals / shape->threads : 0;
  uint64_t every = steals ? tape->count / steals + 1 : UINT64_MAX;
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    player->step = step;
    if (play->before_step)
      play->before_step(player);
    play_step(player, step);
    if (i % every == every - 1)
      steal(player);
  }
  player->step = NULL;
}

static void play_job(void *arg, struct crew *crew, unsigned thread)
{
  struct play *play = arg;
  struct player *player = &play->players[thread];
  const struct map_plugin *map = play->rig->subject->map;
  struct seat_place place = {.thread = thread, .cpu = -1, .node = -1};
  player->journal.count = player->aside.count = 0;
  player->seat = NULL;
  player->error = map->enter ? map->enter(play->rig->map, &place, &player->seat) : 0;
  crew_start_line(crew);
  if (!player->error) {
    if (play->begin)
      play->begin(player);
    play_tape(player);
  }
  if (play->end)
    play->end(player);
  if (!player->error && map->leave)
    map->leave(play->rig->map, player->seat);
}

struct crew *play_start(struct play *play, unsigned round)
{
  play->round = round;
  unsigned threads = play->epoch->shape.threads;
  struct crew *crew = crew_start(play->board, threads, play_job, play);
  if (!crew)
    board_fail(play->board, "%u threads cannot be started", threads);
  return crew;
}

bool play_wait(struct play *play, struct crew *crew)
{
  crew_join(crew);
  for (unsigned t = 0; t < play->epoch->shape.threads; t++) {
    const struct player *player = &play->players[t];
    board_add(play->board, COUNT_OPERATIONS, player->journal.count + player->aside.count);
    if (!player->error)
      continue;
    if (play->rig->blocks.refused_count == 0)
      board_fail(play->board, "thread %u got no seat in the map: %s", t, strerror(-player->error));
    return false;
  }
  return true;
}

/* ---- afterwards ---- */

/* A put that loses a race may burn its id, to a winner whose id was drawn before. With two puts a
 * thread under way, one of them in its handler, the smallest id that is kept is therefore at most
 * one more than those. */
static void judge_start_of_ids(struct play *play, enum stress_promise blamed)
{
  uint64_t smallest = UINT64_MAX, threads = play->epoch->shape.threads;
  play->largest_id = 0;
  for (unsigned j = 0; j < 2 * threads; j++) {
    const struct player *player = &play->players[j / 2];
    const struct journal *journal = j % 2 ? &player->aside : &player->journal;
    for (size_t i = 0; i < journal->count; i++) {
      uint64_t id = journal->entries[i].id;
      smallest = id && id < smallest ? id : smallest;
      play->largest_id = id > play->largest_id ? id : play->largest_id;
    }
  }
  if (play->largest_before && play->largest_id && smallest > play->largest_before &&
      smallest > 2 * threads + 1)
    board_refute(
        play->board, blamed,
        "ids do not start at 1 again after a reset: the smallest is %llu, before the reset "
        "the largest was %llu",
        (unsigned long long)smallest, (unsigned long long)play->largest_before);
}

bool play_judge(struct play *play, enum stress_promise blamed, enum play_ids ids,
                enum refusals refusals)
{
  struct board *board = play->board;
  unsigned threads = play->epoch->shape.threads;
  const struct journal **journals = calloc(2 * (size_t)threads, sizeof *journals);
  for (unsigned t = 0; journals && t < threads; t++) {
    journals[2 * t] = &play->players[t].journal;
    journals[2 * t + 1] = &play->players[t].aside;
  }
  struct judgement judgement;
  bool judged = journals && judge_play(play->epoch, play->rig->subject->map, play->rig->map,
                                       journals, 2 * threads, refusals, &judgement);
  free(journals);
  board_beat(board);
  if (!judged) {
    board_fail(board, "no memory to judge %u threads", threads);
    return false;
  }
  board->tested[blamed] = true;
  if (judgement.interning[0])
    board_refute(board, blamed, "%s", judgement.interning);
  if (rig_saw_misaligned())
    board_refute(board, blamed, "the region's alloc gave memory that is not aligned to 8");
  judge_start_of_ids(play, blamed);
  if (ids == PLAY_JUDGES_IDS && !judgement.interning[0]) {
    board->tested[PROMISE_DENSE_IDS] = board->tested[PROMISE_ORDERED_IDS] = true;
    if (judgement.dense_ids[0])
      board_refute(board, PROMISE_DENSE_IDS, "%s", judgement.dense_ids);
    if (judgement.ordered_ids[0])
      board_refute(board, PROMISE_ORDERED_IDS, "%s", judgement.ordered_ids);
  }
  return !board->refutation[blamed].refuted;
}

bool play_reset(struct play *play, enum stress_promise blamed)
{
  struct rig *rig = play->rig;
  const struct map_plugin *map = rig->subject->map;
  play->largest_before = play->largest_id;
  int error = map->reset ? map->reset(rig->map) : 0;
  if (error) {
    board_refute(play->board, blamed, "reset failed: %s", strerror(-error));
    return false;
  }
  if (!map->reset)
    rig_destroy_map(rig);
  uint64_t held = rig_held_bytes(rig);
  if (held) {
    board_refute(play->board, blamed, "the region keeps %llu bytes after %s",
                 (unsigned long long)held, map->reset ? "reset" : "destroy");
    return false;
  }
  error = map->reset ? 0 : rig_create_map(rig, &play->epoch->shape);
  if (error)
    board_fail(play->board, "the map was not created: %s", strerror(-error));
  return !error;
}

bool play_round(struct play *play, unsigned round, enum stress_promise blamed, enum play_ids ids)
{
  struct crew *crew = play_start(play, round);
  return crew && play_wait(play, crew) && play_judge(play, blamed, ids, REFUSALS_ARE_WRONG) &&
         play_reset(play, blamed);
}
