/* gate_trials.c: how often the gate's statistics err.
 *
 *   gate_trials simulate GATES SEED
 *   gate_trials replay FILE RELABELINGS SEED
 *
 * simulate: gates of 20 benchmarks with made-up noise (made_pairs.c), unchanged, exactly at their
 * limits, and slower. A simulation: it speaks of the arithmetic, not of a machine.
 *
 * replay: pairs of a build against itself, recorded to the last look, in which each pair's sides
 * are turned by coin flip, so that what is left is the machine's noise; then the candidate's times
 * are multiplied. It speaks of the machine that was recorded, at the time when it was.
 *
 * Prints a table. Exits 1, with a line that begins with DISAGREES, when a rate is not what the
 * gate promises; 4 on a fault. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/verdict.h"
#include "made_pairs.h"

enum { BENCHMARKS = 20 };

struct tally {
  unsigned word[VERDICT_UNFIT + 1];
  unsigned all, gates_failed, gates;
};

static bool disagrees;

__attribute__((format(printf, 2, 3))) static void require(bool holds, const char *format, ...)
{
  if (holds)
    return;
  va_list arguments;
  va_start(arguments, format);
  fputs("DISAGREES: ", stdout);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  disagrees = true;
}

static unsigned threads_of(const struct verdict *verdict)
{
  return (unsigned)strtoul(strrchr(verdict->benchmark, ':') + 1, NULL, 10);
}

/* Judges the pairs once; one tally for one thread, one for more. */
static void tally_gate(const struct pairs *pairs, struct tally tally[2])
{
  struct judgement judgement;
  bool failed[2] = {false, false};
  judgement_init(&judgement, pairs);
  for (size_t i = 0; i < judgement.count; i++) {
    const struct verdict *verdict = &judgement.verdict[i];
    int several = threads_of(verdict) > 1;
    if (!pairs_find(pairs, verdict->benchmark, PAIRS_CHANGE) || verdict->arm == PAIRS_SAME)
      continue;
    tally[several].word[verdict->word]++;
    tally[several].all++;
    failed[several] |= verdict->word == VERDICT_FAIL;
  }
  for (int several = 0; several < 2; several++) {
    tally[several].gates++;
    tally[several].gates_failed += failed[several];
  }
  judgement_fini(&judgement);
}

static void print_tally(const char *what, double slowdown, const struct tally tally[2])
{
  for (int several = 0; several < 2; several++) {
    const struct tally *t = &tally[several];
    if (t->all)
      printf(
          "%-22s %5.1f %%  %s  %6u judged: %6.2f %% FAIL, %6.2f %% PASS, %6.2f %% INCONCLUSIVE\n",
          what, 100 * (slowdown - 1), several ? "2+ threads" : "1 thread  ", t->all,
          100.0 * t->word[VERDICT_FAIL] / t->all, 100.0 * t->word[VERDICT_PASS] / t->all,
          100.0 * t->word[VERDICT_INCONCLUSIVE] / t->all);
  }
}

static unsigned share(unsigned count, double percent)
{
  return (unsigned)ceil(count * percent / 100);
}

/* What the gate promises of builds that are equal, and of slower ones. */
static void hold_against_promises(double slowdown, const struct tally tally[2])
{
  for (int several = 0; several < 2; several++) {
    const struct tally *t = &tally[several];
    const char *at = several ? "2 threads" : "1 thread";
    double surely = several ? 1.08 : 1.05;
    require(t->word[VERDICT_INCOMPLETE] == 0, "%s: %u lack pairs", at, t->word[VERDICT_INCOMPLETE]);
    if (slowdown <= 1) {
      require(t->word[VERDICT_FAIL] == 0, "%s: %u equal builds FAIL", at, t->word[VERDICT_FAIL]);
      require(t->word[VERDICT_INCONCLUSIVE] <= share(t->all, 2),
              "%s: %u of %u equal builds are INCONCLUSIVE", at, t->word[VERDICT_INCONCLUSIVE],
              t->all);
    }
    if (slowdown >= surely)
      require(t->word[VERDICT_FAIL] >= t->all - t->all / 20, "%s: %u of %u FAIL at +%g %%", at,
              t->word[VERDICT_FAIL], t->all, 100 * (slowdown - 1));
    if (slowdown >= 1.1)
      require(t->word[VERDICT_PASS] == 0, "%s: %u PASS at +%g %%", at, t->word[VERDICT_PASS],
              100 * (slowdown - 1));
  }
}

/* ---- simulation ---- */

/* slowdown 0: each benchmark exactly at its limit. */
static void simulate_gates(unsigned gates, double slowdown, uint64_t *state, struct tally tally[2])
{
  static const double width[2] = {0.012, 0.03}; /* at one thread and at two */
  struct pairs pairs;
  made_pairs_init(&pairs, BENCHMARKS, false);
  for (unsigned gate = 0; gate < gates; gate++) {
    made_pairs_clear(&pairs);
    for (size_t i = 0; i < BENCHMARKS; i++) {
      const struct manifest_row *row = &pairs.manifest.row[i];
      made_pairs_add(&pairs, row->benchmark, PAIRS_CHANGE, 160,
                     slowdown > 0 ? slowdown : 1 + row->limit,
                     (struct made_noise){width[row->threads > 1]}, state);
    }
    tally_gate(&pairs, tally);
  }
  pairs_fini(&pairs);
}

static void simulate(unsigned gates, uint64_t seed)
{
  static const double slowdowns[] = {1, 1.05, 1.08, 1.1, 1.2};
  puts("simulation: made-up noise, 160 pairs, gates of 20 benchmarks");
  for (size_t i = 0; i < sizeof slowdowns / sizeof *slowdowns; i++) {
    struct tally tally[2] = {0};
    simulate_gates(gates, slowdowns[i], &seed, tally);
    print_tally("slower by", slowdowns[i], tally);
    hold_against_promises(slowdowns[i], tally);
  }
  /* At the limit the error rate is used up: half of it for slower, half of that for each half of
   * the benchmarks. */
  struct tally tally[2] = {0};
  simulate_gates(gates, 0, &seed, tally);
  print_tally("at the limits", 1, tally);
  for (int several = 0; several < 2; several++) {
    double rate = GATE_ERROR_RATE / 4, expected = rate * gates;
    require(tally[several].gates_failed <= expected + 3 * sqrt(expected) + 1,
            "%u of %u gates fail at the limits, %.1f %% are allowed", tally[several].gates_failed,
            gates, 100 * rate);
  }
}

/* ---- replay ---- */

static void turn(const struct pairs *recorded, struct pairs *turned, double slowdown,
                 uint64_t *state)
{
  for (size_t i = 0; i < recorded->series_count; i++) {
    bool change = recorded->series[i].arm == PAIRS_CHANGE; /* the base stays as fast as itself */
    for (size_t p = 0; p < recorded->series[i].count; p++) {
      const struct pairs_pair *from = &recorded->series[i].pair[p];
      struct pairs_pair *to = &turned->series[i].pair[p];
      unsigned other = made_random(state) & 1;
      for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++) {
        to->ns[PAIRS_BASE][view] = from->ns[PAIRS_BASE ^ other][view];
        to->ns[PAIRS_CANDIDATE][view] =
            from->ns[PAIRS_CANDIDATE ^ other][view] * (change ? slowdown : 1);
      }
    }
  }
}

/* As if the recorded benchmarks were of a gate of 20: the error is divided by so many. */
static void declare_more(struct manifest *manifest)
{
  size_t from = manifest->count;
  if (from >= BENCHMARKS)
    return;
  manifest->row = realloc(manifest->row, BENCHMARKS * sizeof *manifest->row);
  for (size_t i = from; manifest->row && i < BENCHMARKS; i++) {
    char name[64];
    snprintf(name, sizeof name, "made/%zu/threads:1", i);
    manifest->row[i] = manifest->row[0];
    manifest->row[i].benchmark = strdup(name);
    manifest->count++;
  }
}

static void read_pairs(struct pairs *pairs, const char *path)
{
  static const size_t looks[] = {20, 40, 80, 160}; /* recorded to the last without stopping */
  char error[GATE_ERROR_BYTES];
  if (!pairs_read(pairs, path, error)) {
    fprintf(stderr, "gate_trials: %s\n", error);
    exit(4);
  }
  memcpy(pairs->look, looks, sizeof looks);
  pairs->look_count = sizeof looks / sizeof *looks;
  declare_more(&pairs->manifest);
}

static void replay(const char *path, unsigned relabelings, uint64_t seed)
{
  static const double slowdowns[] = {1, 1.03, 1.05, 1.08, 1.1, 1.2};
  struct pairs recorded, turned;
  read_pairs(&recorded, path);
  read_pairs(&turned, path);
  printf("replay of %s: %u relabelings of %zu series\n", path, relabelings, recorded.series_count);
  for (size_t i = 0; i < sizeof slowdowns / sizeof *slowdowns; i++) {
    struct tally tally[2] = {0};
    for (unsigned n = 0; n < relabelings; n++) {
      turn(&recorded, &turned, slowdowns[i], &seed);
      tally_gate(&turned, tally);
    }
    print_tally("slower by", slowdowns[i], tally);
    hold_against_promises(slowdowns[i], tally);
  }
  pairs_fini(&recorded);
  pairs_fini(&turned);
}

int main(int argc, char **argv)
{
  if (argc == 4 && strcmp(argv[1], "simulate") == 0) {
    simulate((unsigned)strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
  } else if (argc == 5 && strcmp(argv[1], "replay") == 0) {
    replay(argv[2], (unsigned)strtoul(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
  } else {
    fputs("usage: gate_trials simulate GATES SEED | replay FILE RELABELINGS SEED\n", stderr);
    return 4;
  }
  return disagrees;
}
