/* stall.c: the scenario `stall`: a thread is held in the middle of a put, again and again, at
 * moments drawn at random, and each time every other thread must add strings before it is let go.
 *
 * Thread 0 is the one that is parked: in a signal handler that waits. The others have a finite
 * piece of work for each park, so in a lock-free map all of them finish it, whatever happens among
 * them. When they do not within the patience, the parked thread is let go: what then moves on was
 * waiting for it.
 *
 * What cannot be shown: where a map or region holds signals off, no park lands. The region's own
 * alloc is told apart: when the parked thread and all who wait are inside the alloc of a region
 * without REGION_LOCK_FREE, it is not the map's doing.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure/stopwatch.h"
#include "stress/scenario.h"

#define PARK SIGUSR1
#define ADDS_A_PARK 8
#define DELAY_MOST_NS 30000
#define WAITS_IN_ALLOC_ENOUGH 3 /* each costs the whole patience */

struct other {
  _Alignas(64) _Atomic uint64_t allowed; /* strings that it may add */
  _Atomic uint64_t added;
  _Atomic bool finished;
};

struct stall {
  struct bout *bout;
  struct play play;
  struct crew *crew;
  struct draw *draw;
  struct other *others; /* by thread; 0 is the parked one, with `finished` only */
  unsigned threads;
  _Atomic bool over; /* the others need no more permission */
  _Atomic uint64_t asked, released;
  _Atomic uint64_t answer; /* of the handler: asked * 2 + whether it parked */
  _Atomic uint32_t parked_where;
};

static struct stall *stall_at_work; /* for the handler */
static _Thread_local struct player *volatile interrupted;

/* Acquire and release throughout: each flag pairs with the waiting loop on the other side. */
#define see(p) atomic_load_explicit((p), memory_order_acquire)
#define show(p, v) atomic_store_explicit((p), (v), memory_order_release)

#define LOOKS_BEFORE_NAP 50

/* Waits a moment in a loop that waits for someone else: soon without taking a core from him. */
static void pass_time(unsigned *looks)
{
  struct timespec moment = {.tv_nsec = 20000};
  if (++*looks < LOOKS_BEFORE_NAP)
    sched_yield();
  else
    nanosleep(&moment, NULL);
}

/* ---- the threads ---- */

static void handle(int signal_number)
{
  (void)signal_number;
  struct stall *stall = stall_at_work;
  struct player *player = interrupted;
  int error = errno;
  uint64_t ticket = see(&stall->asked);
  uint32_t where = player ? board_where(player->board) : 0;
  bool parks = where & WHERE_PUT;
  if (parks) {
    show(&stall->parked_where, where);
    board_enter(player->board, WHERE_PARKED);
  }
  show(&stall->answer, 2 * ticket + parks);
  unsigned looks = LOOKS_BEFORE_NAP;
  while (parks && see(&stall->released) < ticket)
    pass_time(&looks);
  if (parks)
    board_leave(player->board, WHERE_PARKED);
  errno = error;
}

static void begin(struct player *player)
{
  if (player->thread == 0)
    interrupted = player;
}

static void before_step(struct player *player)
{
  struct stall *stall = player->play->arg;
  if (player->thread == 0)
    return;
  struct other *self = &stall->others[player->thread];
  const struct journal *journal = &player->journal;
  uint64_t added = see(&self->added);
  if (journal->count && journal->entries[journal->count - 1].added)
    show(&self->added, ++added);
  unsigned looks = 0;
  while (added >= see(&self->allowed) && !see(&stall->over))
    pass_time(&looks);
}

static void end(struct player *player)
{
  struct stall *stall = player->play->arg;
  interrupted = NULL;
  show(&stall->others[player->thread].finished, true);
}

/* ---- the one who parks them ---- */

static void allow(struct stall *stall, uint64_t adds)
{
  for (unsigned t = 1; t < stall->threads; t++)
    show(&stall->others[t].allowed, see(&stall->others[t].added) + adds);
}

static bool is_behind(struct stall *stall, unsigned thread)
{
  struct other *other = &stall->others[thread];
  return !see(&other->finished) && see(&other->added) < see(&other->allowed);
}

/* How many have not done what they were allowed to. */
static unsigned behind(struct stall *stall)
{
  unsigned count = 0;
  for (unsigned t = 1; t < stall->threads; t++)
    count += is_behind(stall, t);
  return count;
}

/* How many of these are not inside the region's alloc: what they wait for is the map's. */
static unsigned behind_in_map(struct stall *stall)
{
  unsigned count = 0;
  for (unsigned t = 1; t < stall->threads; t++)
    count += is_behind(stall, t) && !(board_where(&stall->bout->board->seat[t]) & WHERE_ALLOC);
  return count;
}

static uint64_t others_done(const struct stall *stall)
{
  uint64_t sum = 0;
  for (unsigned t = 1; t < stall->threads; t++)
    sum += board_done(&stall->bout->board->seat[t]);
  return sum;
}

/* Waits until nobody is behind. False: for as long as the patience none of them got on. */
static bool others_get_on(struct stall *stall)
{
  uint64_t done = others_done(stall), since_ns = stopwatch_now_ns();
  unsigned looks = 0;
  while (behind(stall)) {
    uint64_t now_ns = stopwatch_now_ns(), now_done = others_done(stall);
    if (now_done != done) {
      done = now_done;
      since_ns = now_ns;
    } else if ((double)(now_ns - since_ns) * 1e-9 > stall->bout->patience_s) {
      return false;
    }
    board_beat(stall->bout->board); /* the watchdog is to leave this to us */
    pass_time(&looks);
  }
  return true;
}

/* Asks thread 0 to park. True: it is parked. */
static bool park(struct stall *stall)
{
  uint64_t delay_ns = draw_below(stall->draw, DELAY_MOST_NS), from_ns = stopwatch_now_ns();
  while (stopwatch_now_ns() - from_ns < delay_ns)
    ;
  uint64_t ticket = see(&stall->asked) + 1;
  show(&stall->asked, ticket);
  crew_signal(stall->crew, 0, PARK);
  unsigned looks = 0;
  while (see(&stall->answer) / 2 < ticket && !see(&stall->others[0].finished))
    pass_time(&looks);
  return see(&stall->answer) == 2 * ticket + 1;
}

static void release(struct stall *stall)
{
  show(&stall->released, see(&stall->asked));
}

static void found_waiting(struct stall *stall, bool in_alloc)
{
  struct board *board = stall->bout->board;
  const struct subject *subject = stall->bout->subject;
  unsigned waiting = behind(stall), in_map = behind_in_map(stall);
  double stopped_s = board_elapsed_s(board) - stall->bout->patience_s;
  release(stall);
  bool went_on = others_get_on(stall);
  if (in_alloc && in_map == 0 && subject->map->head.promises & MAP_LOCK_FREE &&
      !(subject->region->head.promises & REGION_LOCK_FREE)) {
    board_add(board, COUNT_WAITS_IN_ALLOC, 1);
    return;
  }
  board_refute(
      board, PROMISE_LOCK_FREE,
      "a thread parked in the middle of a put%s held up %u of %u others, %u of them outside "
      "of the region: none got on for %g s; %s when it was let go (park %llu)",
      in_alloc ? ", inside the region's alloc," : "", waiting, stall->threads - 1, in_map,
      stall->bout->patience_s, went_on ? "all went on" : "nor",
      (unsigned long long)(board_count(board, COUNT_PARKS) +
                           board_count(board, COUNT_PARKS_IN_ALLOC)));
  /* When it stopped, not when that was noticed. */
  board->refutation[PROMISE_LOCK_FREE].after_s = stopped_s;
}

static void park_once(struct stall *stall)
{
  struct board *board = stall->bout->board;
  allow(stall, ADDS_A_PARK); /* so that they are at work when the signal lands */
  if (!park(stall))
    return;
  bool in_alloc = see(&stall->parked_where) & WHERE_ALLOC;
  if (in_alloc && board_count(board, COUNT_WAITS_IN_ALLOC) >= WAITS_IN_ALLOC_ENOUGH) {
    release(stall);
    return;
  }
  board_add(board, in_alloc ? COUNT_PARKS_IN_ALLOC : COUNT_PARKS, 1);
  allow(stall, ADDS_A_PARK);
  if (others_get_on(stall))
    release(stall);
  else
    found_waiting(stall, in_alloc);
  board->tested[PROMISE_LOCK_FREE] = true;
}

static bool play_parked_round(struct stall *stall, unsigned round)
{
  struct board *board = stall->bout->board;
  memset(stall->others, 0, stall->threads * sizeof *stall->others);
  show(&stall->over, false);
  stall->crew = play_start(&stall->play, round);
  if (!stall->crew)
    return false;
  while (!see(&stall->others[0].finished) && !board->refutation[PROMISE_LOCK_FREE].refuted)
    park_once(stall);
  show(&stall->over, true);
  return play_wait(&stall->play, stall->crew) &&
         play_judge(&stall->play, PROMISE_INTERNING, PLAY_IGNORES_IDS, REFUSALS_ARE_WRONG) &&
         play_reset(&stall->play, PROMISE_INTERNING) &&
         !board->refutation[PROMISE_LOCK_FREE].refuted;
}

static void play_parked(struct bout *bout, const struct epoch *epoch, struct draw *draw)
{
  struct stall stall = {.bout = bout, .draw = draw, .threads = epoch->shape.threads};
  if (!play_init(&stall.play, bout->board, &bout->rig, epoch, 0))
    return;
  stall.play.begin = begin;
  stall.play.before_step = before_step;
  stall.play.end = end;
  stall.play.arg = &stall;
  stall.others = aligned_alloc(64, stall.threads * sizeof *stall.others);
  stall_at_work = &stall;
  if (!stall.others)
    board_fail(bout->board, "no memory for %u threads", stall.threads);
  for (unsigned r = 0; stall.others && r < epoch->shape.rounds; r++)
    if (!play_parked_round(&stall, r))
      break;
  free(stall.others);
  play_fini(&stall.play);
}

void scenario_stall(struct bout *bout)
{
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART}, before;
  sigaction(PARK, &action, &before);
  struct draw draw;
  while (bout_next(bout, &draw)) {
    struct epoch_shape shape = epoch_shape_draw(&draw, bout->threads_most);
    shape.threads = (unsigned)draw_between(&draw, 2, 4);
    shape.keys = (uint32_t)draw_between(&draw, 6000, 12000);
    shape.steps = 4000;
    shape.shared_percent = 50;
    shape.lookup_percent = 0;
    bout_play(bout, &shape, &draw, play_parked);
  }
  sigaction(PARK, &before, NULL);
}
