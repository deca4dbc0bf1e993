/* pair_run.c: see pair_run.h. */
#include "gate/pair_run.h"

#include <unistd.h>
#include <xxhash.h>

#include "gate/half_process.h"
#include "gate/verdict.h"
#include "measure/stopwatch.h"
#include "record/allocate.h"

/* A benchmark's arm, on its way to its next look. */
struct lane {
  const struct manifest_row *row;
  enum pairs_arm arm;
  size_t done, wanted; /* pairs; wanted 0: decided, or there is no such arm */
};

struct pair_run {
  struct pairs *pairs;
  const struct pair_run_options *options;
  struct child_watch watch;
  uint64_t seed, start_ns;
  struct lane *lane;
  size_t lanes, processes; /* finished so far */
  char *error;
};

/* ---- what the seed says ---- */

enum purpose { PURPOSE_KEYS, PURPOSE_ORDER };

static uint64_t draw(const struct pair_run *run, enum purpose purpose, const struct lane *lane)
{
  const uint64_t about[] = {purpose, (uint64_t)(lane - run->lane), lane->done};
  return XXH3_64bits_withSeed(about, sizeof about, run->seed);
}

/* ---- progress ---- */

static void show_progress(const struct pair_run *run, const struct lane *now)
{
  FILE *out = run->options->progress;
  if (!out || !isatty(fileno(out)))
    return;
  size_t left = 0, open = 0;
  for (size_t i = 0; i < run->lanes; i++) {
    size_t more =
        run->lane[i].wanted > run->lane[i].done ? run->lane[i].wanted - run->lane[i].done : 0;
    left += 2 * more;
    open += more > 0;
  }
  double elapsed_s = (double)(stopwatch_now_ns() - run->start_ns) * 1e-9;
  unsigned left_s =
      run->processes ? (unsigned)(elapsed_s / (double)run->processes * (double)left) : 0;
  fprintf(out, "\r\033[K%zu open, %um%02us to their next look  %zu/%zu %.80s", open, left_s / 60,
          left_s % 60, now->done + 1, now->wanted, now->row->benchmark);
  fflush(out);
}

static void clear_progress(const struct pair_run *run)
{
  if (run->options->progress && isatty(fileno(run->options->progress)))
    fputs("\r\033[K", run->options->progress);
}

static bool note_trouble(struct pair_run *run, const char *benchmark, enum pairs_side side,
                         const struct half_outcome *outcome)
{
  clear_progress(run);
  if (run->options->progress)
    fprintf(run->options->progress, "%s: %s: %s: %s\n", benchmark, pairs_side_name(side),
            pairs_trouble_name(outcome->trouble), outcome->reason);
  return pairs_add_trouble(run->pairs, benchmark, outcome->trouble, side, outcome->reason,
                           run->error);
}

/* ---- a pair ---- */

enum step { STEP_GOOD, STEP_TROUBLE, STEP_STOP }; /* stop: a signal, or the pair cannot be kept */

/* Runs the halves in that order. `of` says which build each half is of. */
static enum step run_halves(struct pair_run *run, const struct manifest_row *row, uint64_t seed,
                            enum pairs_side first, const enum pairs_side of[PAIRS_SIDES],
                            struct half_outcome outcome[PAIRS_SIDES])
{
  for (int i = 0; i < PAIRS_SIDES; i++) {
    enum pairs_side side = i == 0 ? first : (enum pairs_side)(PAIRS_CANDIDATE - first);
    const struct half_task task = {.tree = run->options->tree,
                                   .side = of[side],
                                   .row = row,
                                   .seed = seed,
                                   .timeout_s = run->options->timeout_s};
    half_process_run(&task, &run->watch, &outcome[side]);
    run->processes++;
    if (child_stop_asked())
      return STEP_STOP;
    if (!outcome[side].good)
      return note_trouble(run, row->benchmark, of[side], &outcome[side]) ? STEP_TROUBLE : STEP_STOP;
  }
  return STEP_GOOD;
}

static void fini_outcomes(struct half_outcome outcome[PAIRS_SIDES])
{
  for (int side = 0; side < PAIRS_SIDES; side++)
    half_process_fini(&outcome[side]);
}

static const enum pairs_side own_build[PAIRS_SIDES] = {PAIRS_BASE, PAIRS_CANDIDATE};
static const enum pairs_side base_build[PAIRS_SIDES] = {PAIRS_BASE, PAIRS_BASE};

static enum step count_row(struct pair_run *run, const struct manifest_row *row)
{
  struct half_outcome outcome[PAIRS_SIDES] = {0};
  enum step step = run_halves(run, row, run->seed >> 1, PAIRS_BASE, own_build, outcome);
  const uint64_t count[PAIRS_SIDES] = {outcome[PAIRS_BASE].instructions,
                                       outcome[PAIRS_CANDIDATE].instructions};
  if (step == STEP_GOOD && !pairs_add_instructions(run->pairs, row->benchmark, count, run->error))
    step = STEP_STOP;
  fini_outcomes(outcome);
  return step;
}

static enum step measure_pair(struct pair_run *run, struct lane *lane)
{
  struct half_outcome outcome[PAIRS_SIDES] = {0};
  bool candidate_first = draw(run, PURPOSE_ORDER, lane) & 1;
  enum pairs_side first = candidate_first ? PAIRS_CANDIDATE : PAIRS_BASE;
  uint64_t seed = draw(run, PURPOSE_KEYS, lane) >> 1; /* so that JSON holds it */
  enum step step = run_halves(run, lane->row, seed, first,
                              lane->arm == PAIRS_CHANGE ? own_build : base_build, outcome);
  const struct pairs_half half[PAIRS_SIDES] = {outcome[PAIRS_BASE].half,
                                               outcome[PAIRS_CANDIDATE].half};
  if (step == STEP_GOOD &&
      !pairs_add(run->pairs, lane->row->benchmark, lane->arm,
                 candidate_first ? PAIRS_CANDIDATE_FIRST : PAIRS_BASE_FIRST, half, run->error))
    step = STEP_STOP;
  fini_outcomes(outcome);
  return step;
}

/* ---- all ---- */

static void look(struct pair_run *run, struct lane *lane)
{
  lane->wanted = verdict_pairs_wanted(run->pairs, lane->row, lane->arm);
}

static void look_again(struct pair_run *run, const struct manifest_row *row)
{
  for (size_t i = 0; i < run->lanes; i++)
    if (run->lane[i].row == row)
      look(run, &run->lane[i]);
}

static bool count_instructions(struct pair_run *run)
{
  const struct manifest *manifest = &run->pairs->manifest;
  for (size_t i = 0; i < manifest->count; i++)
    if (!manifest_in_pairs(manifest->row[i].tier) && count_row(run, &manifest->row[i]) == STEP_STOP)
      return false;
  return true;
}

static bool measure_pairs(struct pair_run *run)
{
  for (bool open = true; open;) {
    open = false;
    for (size_t i = 0; i < run->lanes; i++) {
      struct lane *lane = &run->lane[i];
      if (lane->done >= lane->wanted)
        continue;
      open = true;
      show_progress(run, lane);
      enum step step = measure_pair(run, lane);
      if (step == STEP_STOP)
        return false;
      if (step == STEP_GOOD)
        lane->done++;
      else /* of the base, it is also the other arm's */
        look_again(run, lane->row);
      if (lane->done == lane->wanted)
        look(run, lane);
    }
  }
  return true;
}

static void make_lanes(struct pair_run *run)
{
  const struct manifest *manifest = &run->pairs->manifest;
  run->lane = allocate(manifest->count * PAIRS_ARMS, sizeof *run->lane);
  for (size_t i = 0; i < manifest->count; i++)
    for (int arm = 0; arm < PAIRS_ARMS; arm++) {
      struct lane *lane = &run->lane[run->lanes++];
      *lane = (struct lane){.row = &manifest->row[i], .arm = (enum pairs_arm)arm};
      look(run, lane);
    }
}

bool pair_run(struct pairs *pairs, const struct pair_run_options *options, bool *interrupted,
              char *error)
{
  struct pair_run run = {.pairs = pairs,
                         .options = options,
                         .seed =
                             (uint64_t)json_integer_value(json_object_get(pairs->header, "seed")),
                         .start_ns = stopwatch_now_ns(),
                         .error = error};
  make_lanes(&run);
  child_begin(&run.watch);
  bool good = count_instructions(&run) && measure_pairs(&run);
  *interrupted = child_stop_asked();
  child_end(&run.watch);
  clear_progress(&run);
  free(run.lane);
  return good || *interrupted;
}
