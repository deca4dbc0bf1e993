/* detect_by_oracle.c: trials as in a benchmark, only small and many, each point by turns and each
 * turn with keys of its own. Small blocks, so that their ends are met often. */
#include <stdio.h>

#include "measure/stopwatch.h"
#include "run/trial.h"
#include "tests/mutants/detector.h"

#define TURN_NS 60000000u

static const struct point points[] = {
    {.workload = "same_key_race", .keys = 300, .pages = PAGES_WARM},
    {.workload = "cold_storm", .keys = 64, .pages = PAGES_COLD},
    {.workload = "unique_inserts", .keys = 2000, .pages = PAGES_WARM},
    {.workload = "hash_collisions", .keys = 400, .pages = PAGES_COLD},
    {.workload = "zipf_mix",
     .keys = 300,
     .operations = 2000,
     .pages = PAGES_WARM,
     .parameter_name = {"puts", "new"},
     .parameter = {0.3, 0.2}},
    {.workload = "unique_inserts", .keys = 20000, .pages = PAGES_COLD},
};

/* Trials of one point for a while. */
static bool take_turn(const struct detector_task *task, struct point *point, char *finding)
{
  char error[POINT_ERROR_BYTES];
  struct trial_rig *rig;
  if (trial_rig_create(point, &rig, error) != TRIAL_GOOD)
    detector_fails(error);
  enum trial_problem problem = TRIAL_GOOD;
  uint64_t turn_end_ns = stopwatch_now_ns() + TURN_NS;
  uint64_t end_ns = turn_end_ns < task->end_ns ? turn_end_ns : task->end_ns;
  do {
    detector_alive();
    struct trial_times times;
    problem = trial_run(rig, &times, error);
  } while (problem == TRIAL_GOOD && stopwatch_now_ns() < end_ns);
  if (problem == TRIAL_GOOD)
    problem = trial_rig_prove_map(rig, error);
  if (problem == TRIAL_ERROR)
    detector_fails(error);
  if (problem != TRIAL_GOOD) {
    snprintf(finding, FINDING_BYTES, "%s: %s", point->workload, error);
    return true; /* the rig is left alone: a wrong map may not survive being destroyed */
  }
  trial_rig_destroy(rig);
  return false;
}

bool detect_by_oracle(const struct detector_task *task, char *finding)
{
  for (uint64_t turn = 0; turn == 0 || stopwatch_now_ns() < task->end_ns; turn++) {
    struct point point = points[turn % (sizeof points / sizeof *points)];
    point.map = task->map_path;
    point.region = task->region_path;
    point.place = "compact";
    point.threads = 2;
    point.block_bytes = 4096;
    point.seed = task->seed + turn;
    point.arm = "";
    point_set_name(&point);
    if (take_turn(task, &point, finding))
      return true;
  }
  return false;
}
