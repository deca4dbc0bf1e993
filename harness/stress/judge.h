/* judge.h: whether a map did what it must, from the journals of all threads and from the map
 * itself. Two checks that know nothing of each other:
 *
 *   the oracle           one id a string, one adder, ids distinct, stolen ids unused, bytes on
 * visit the interning check  the same in real time, and whether ids were dense and in order
 *
 * Dense and ordered ids are looked at whether promised or not. One thread, after all have stopped.
 */
#ifndef TMB_JUDGE_H
#define TMB_JUDGE_H

#include "stress/epoch.h"
#include "stress/journal.h"

#define JUDGEMENT_BYTES 480

/* Sentences that contradict; "": none does. */
struct judgement {
  char interning[JUDGEMENT_BYTES];
  char dense_ids[JUDGEMENT_BYTES];
  char ordered_ids[JUDGEMENT_BYTES];
};

enum refusals { REFUSALS_ARE_WRONG = 0, REFUSALS_ARE_EXPECTED = 1 };

/* Of the journals of one play on a map that was empty before. `map` is checked as it is now. False:
 * no memory. */
bool judge_play(const struct epoch *, const struct map_plugin *, void *map,
                const struct journal *const journals[], unsigned count, enum refusals,
                struct judgement *);

#endif
