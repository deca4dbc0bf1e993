/* scenario.h: the scenarios of `tmb stress`, a file each, and the bout in which one of them is run
 * against one map. */
#ifndef TMB_SCENARIO_H
#define TMB_SCENARIO_H

#include "stress/play.h"

#if defined(__SANITIZE_THREAD__)
#define STRESS_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRESS_UNDER_TSAN 1
#endif
#endif
#ifndef STRESS_UNDER_TSAN
#define STRESS_UNDER_TSAN 0
#endif

#if STRESS_UNDER_TSAN || defined(__SANITIZE_ADDRESS__)
#define STRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STRESS_SANITIZED 1
#endif
#endif
#ifndef STRESS_SANITIZED
#define STRESS_SANITIZED 0
#endif

struct scenario;

/* A scenario at work, in its own process. */
struct bout {
  const struct scenario *scenario;
  const struct subject *subject;
  struct board *board;
  uint64_t seed;
  unsigned threads_most;
  uint64_t end_ns;    /* begin no epoch after that */
  int64_t only_epoch; /* repeat this one; -1: all, from 0 */
  double patience_s;  /* how long nobody may get on before that counts as a stall */
  uint64_t epoch;     /* the next one */
  bool begun;
  struct rig rig;
};

/* False: the time is up, a promise that the scenario is about was refuted, or the harness failed.
 * Else there is an epoch to play: its number is on the board, and its draws are in *draw. */
bool bout_next(struct bout *, struct draw *);

/* Makes the epoch of that shape and a map for it, has it played, destroys the map, and sees that
 * its region gave everything back. */
typedef void epoch_player(struct bout *, const struct epoch *, struct draw *);
void bout_play(struct bout *, const struct epoch_shape *, struct draw *, epoch_player *);

/* The player of scenarios that need no more: all rounds, each judged, a reset after each. */
void bout_play_rounds(struct bout *, const struct epoch *, struct draw *);

struct scenario {
  const char *name;
  const char *does;
  const char *shows;           /* which promise it confirms or refutes */
  enum stress_promise promise; /* what a crash or a hang contradicts */
  unsigned share;              /* of the time, in percent */
  bool needs_signals;          /* handlers must run in the middle of a call */
  bool needs_blocks;           /* the map must take blocks from the source */
  void (*run)(struct bout *);
};

/* Ended by a NULL name. */
extern const struct scenario scenarios[];

void scenario_mix(struct bout *);
void scenario_oversubscribed(struct bout *);
void scenario_collisions(struct bout *);
void scenario_memory(struct bout *);
void scenario_signals(struct bout *);
void scenario_stall(struct bout *);

#endif
