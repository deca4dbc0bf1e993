/* signals.c: the scenario `signals`: each thread is interrupted by a timer of its own, at a rate of
 * thousands a second, and the handler interns into the map that it interrupted, on the same seat:
 * what a profiler does. Blocks are small, so that the region's slow path is interrupted as well.
 *
 * A map that is not async-signal-safe waits in the handler for a lock that the interrupted put of
 * the same thread holds; nobody will ever release it. The watchdog sees it from outside. Epoch 0
 * has one thread, so there nobody else can hold the lock.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "stress/scenario.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define INTERRUPT SIGPROF
#define INTERVAL_LEAST_NS 20000
#define INTERVAL_MOST_NS 150000
#define SANITIZED_FACTOR 4 /* the handler takes that much longer, and must not be all there is */

/* Of the thread that the handler interrupts; NULL: it does not play. */
static _Thread_local struct player *volatile interrupted;
static _Thread_local timer_t timer;

static void call_in_handler(struct player *player)
{
  const struct epoch *epoch = player->play->epoch;
  const struct key_set *keys = &epoch->memory.plan.key_set;
  const struct map_plugin *map = player->play->rig->subject->map;
  struct draw *draw = &player->handler_draw;
  const struct tape_step *step = player->step;
  /* Often the very string that the interrupted put is about to add. */
  uint32_t key =
      step && draw_chance(draw, 30) ? step->key : (uint32_t)draw_below(draw, keys->count);
  const unsigned char *bytes = keys->bytes + keys->offset[key];
  size_t n = (size_t)(keys->offset[key + 1] - keys->offset[key]);
  if (map->lookup && draw_chance(draw, 20))
    play_lookup(player, &player->aside, key, bytes, n);
  else
    play_put(player, &player->aside, key, bytes, n);
}

static void handle(int signal_number)
{
  (void)signal_number;
  struct player *player = interrupted;
  if (!player)
    return;
  int error = errno;
  struct board *board = player->play->board;
  uint32_t where = board_where(player->board);
  board_add(board, COUNT_SIGNALS, 1);
  if (player->aside.count < player->aside.room) {
    board_enter(player->board, WHERE_HANDLER_PUT);
    call_in_handler(player);
    board_leave(player->board, WHERE_HANDLER_PUT);
    board_add(board, COUNT_HANDLER_CALLS, 1);
    if (where & WHERE_PUT)
      board_add(board, COUNT_HANDLER_IN_PUT, 1);
    if (where & WHERE_ALLOC)
      board_add(board, COUNT_HANDLER_IN_ALLOC, 1);
  }
  errno = error;
}

static void begin(struct player *player)
{
  const struct epoch_shape *shape = &player->play->epoch->shape;
  player->handler_draw = draw_from(shape->hash_seed, "handler", player->thread);
  interrupted = player;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = INTERRUPT};
  event.sigev_notify_thread_id = gettid();
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
    interrupted = NULL;
    board_fail(player->play->board, "no timer for thread %u", player->thread);
    return;
  }
  long interval_ns = (long)draw_between(&player->handler_draw, INTERVAL_LEAST_NS, INTERVAL_MOST_NS);
  if (STRESS_SANITIZED)
    interval_ns *= SANITIZED_FACTOR;
  struct timespec interval = {.tv_nsec = interval_ns};
  struct itimerspec spec = {.it_interval = interval, .it_value = interval};
  timer_settime(timer, 0, &spec, NULL);
}

static void end(struct player *player)
{
  (void)player;
  if (!interrupted)
    return;
  interrupted = NULL; /* one signal may still be on its way */
  timer_delete(timer);
}

static void play_interrupted(struct bout *bout, const struct epoch *epoch, struct draw *draw)
{
  (void)draw;
  struct play play;
  if (!play_init(&play, bout->board, &bout->rig, epoch, epoch->shape.steps))
    return;
  play.begin = begin;
  play.end = end;
  bool good = true;
  for (unsigned round = 0; good && round < epoch->shape.rounds; round++)
    good = play_round(&play, round, PROMISE_SIGNAL_SAFE, PLAY_IGNORES_IDS);
  play_fini(&play);
}

void scenario_signals(struct bout *bout)
{
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART}, before;
  sigaction(INTERRUPT, &action, &before);
  struct draw draw;
  while (bout_next(bout, &draw)) {
    struct epoch_shape shape = epoch_shape_draw(&draw, bout->threads_most);
    bool alone = atomic_load_explicit(&bout->board->epoch, memory_order_relaxed) == 0;
    shape.threads = alone ? 1 : (unsigned)draw_between(&draw, 1, 4);
    shape.keys = (uint32_t)draw_between(&draw, 4000, 12000);
    shape.steps = shape.keys;
    shape.lookup_percent = 10;
    shape.block_bytes = draw_chance(&draw, 75) ? 4096 : 65536;
    bout_play(bout, &shape, &draw, play_interrupted);
  }
  sigaction(INTERRUPT, &before, NULL);
}
