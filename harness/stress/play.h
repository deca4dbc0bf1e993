/* play.h: a play: all threads of an epoch play their tapes of one round on a map, each call written
 * into its journal, and what they did is judged. What scenarios have in common. */
#ifndef TMB_PLAY_H
#define TMB_PLAY_H

#include "stress/crew.h"
#include "stress/judge.h"
#include "stress/rig.h"

struct play;

/* One thread of a play. */
struct player {
  struct play *play;
  unsigned thread;
  void *seat; /* in the map */
  struct board_seat *board;
  struct journal journal;
  struct journal aside; /* of calls beside its tape: by its signal handler, or after the play */
  struct draw handler_draw;
  const struct tape_step *step; /* in hand; NULL: none */
  int error;                    /* of taking the seat */
};

struct play {
  struct board *board;
  struct rig *rig;
  const struct epoch *epoch;
  unsigned round;
  /* Optional: called by each thread around its tape, and before each step. */
  void (*begin)(struct player *);
  void (*before_step)(struct player *);
  void (*end)(struct player *);
  void *arg; /* for these */
  uint64_t largest_id,
      largest_before; /* of the round judged last, and of the one before its reset */
  struct player *players;
};

/* Room for the journals of any round of the epoch, and for that many calls aside a thread. False:
 * no memory, and the board says so. */
bool play_init(struct play *, struct board *, struct rig *, const struct epoch *,
               size_t calls_aside);
void play_fini(struct play *);

/* Starts the threads of the round. NULL: no threads, and the board says so. */
struct crew *play_start(struct play *, unsigned round);
/* Waits for them. False: one of them got no seat, and the board says so unless the rig refuses
 * blocks. */
bool play_wait(struct play *, struct crew *);

/* A put, lookup or steal of a player, written into that journal. Async-signal-safe if the map's
 * call is. */
void play_put(struct player *, struct journal *, uint32_t key, const void *bytes, size_t n);
void play_lookup(struct player *, struct journal *, uint32_t key, const void *bytes, size_t n);

/* Judges the round and writes contradictions to the board: of the interning contract under
 * `blamed`; of dense and ordered ids under their own promises when `ids` says so. False: something
 * was contradicted, or the board has an error. */
enum play_ids { PLAY_IGNORES_IDS = 0, PLAY_JUDGES_IDS = 1 };
bool play_judge(struct play *, enum stress_promise blamed, enum play_ids ids,
                enum refusals refusals);

/* After judging: empties the map, and sees that its region gave everything back. False as above. */
bool play_reset(struct play *, enum stress_promise blamed);

/* All of that: start, wait, judge, reset. */
bool play_round(struct play *, unsigned round, enum stress_promise blamed, enum play_ids);

#endif
