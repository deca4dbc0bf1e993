/* linearize_rate.c: how fast the general checker is. Not a test: it prints figures. Histories are
 * those of client_history.h: 120 of a register with 73 to 90 operations and up to 19 open ones,
 * half of them violations, and texts on 10 keys. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "check/linearize.h"
#include "unit/client_history.h"

static double seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct tally {
  unsigned verdicts[3];
  uint64_t steps, most_steps;
  double spent, longest;
};

static void check(struct history *history, struct tally *tally)
{
  double begin = seconds();
  struct linearize_result result =
      linearize(history, (struct linearize_budget){LINEARIZE_STEPS, LINEARIZE_BYTES});
  double spent = seconds() - begin;
  tally->verdicts[result.verdict]++;
  tally->steps += result.steps;
  tally->spent += spent;
  if (result.steps > tally->most_steps)
    tally->most_steps = result.steps;
  if (spent > tally->longest)
    tally->longest = spent;
  linearize_result_fini(&result);
  history_destroy(history);
}

static void print(const char *what, const struct tally *tally)
{
  printf("%s: %u linearizable, %u violations, %u unknown; %.3f s, the longest %.3f s; %" PRIu64
         " steps, at most %" PRIu64 "\n",
         what, tally->verdicts[LINEARIZABLE], tally->verdicts[VIOLATION], tally->verdicts[UNKNOWN],
         tally->spent, tally->longest, tally->steps, tally->most_steps);
}

int main(void)
{
  struct chance chance = {1};
  struct tally registers = {.steps = 0}, texts = {.steps = 0}, bad_texts = {.steps = 0};
  for (unsigned i = 0; i < 120; i++) {
    unsigned ops = 73 + (unsigned)chance_below(&chance, 18);
    check(client_register(&chance, ops, (unsigned)chance_below(&chance, 20), i % 2), &registers);
  }
  check(client_kv(&chance, 5000, 10, 10, false), &texts);
  check(client_kv(&chance, 5000, 10, 10, true), &bad_texts);
  print("120 histories of a register", &registers);
  print("5000 operations on 10 keys", &texts);
  print("5000 operations on 10 keys, one stale", &bad_texts);
  return 0;
}
