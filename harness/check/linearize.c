/* linearize.c: see linearize.h. */
#include "check/linearize.h"

#include "check/replay.h"
#include "check/search.h"
#include "check/shrink.h"
#include "check/split.h"
#include "record/allocate.h"

#define SHRINK_STEPS ((uint64_t)1000 * 1000)

/* An operation and the moment at which it takes effect. */
struct point {
  int64_t time;
  uint32_t op;
  uint32_t rank; /* among points of one problem at one time */
};

static int by_time(const void *a, const void *b)
{
  const struct point *x = a, *y = b;
  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return x->op < y->op ? -1 : x->op > y->op;
}

/* Collects the orders of the problems into one of the whole history. */
struct weaving {
  struct point *points;
  size_t count;
  bool *woven; /* by operation */
};

/* Each step takes effect as early as its call and the step before it allow. */
static void weave(struct weaving *weaving, const struct problem *problem,
                  const struct search_result *found)
{
  int64_t time = INT64_MIN;
  for (size_t i = 0; i < found->order_count; i++) {
    const struct step *step = &problem->steps[found->order[i]];
    if (step->call > time)
      time = step->call;
    weaving->points[weaving->count++] = (struct point){time, step->op, (uint32_t)i};
    weaving->woven[step->op] = true;
  }
}

static void finish_witness(const struct history *history, struct weaving *weaving,
                           struct linearize_result *result)
{
  for (size_t i = 0; i < history->op_count; i++)
    if (!weaving->woven[i] && !history->ops[i].open)
      weaving->points[weaving->count++] = (struct point){history->ops[i].call, (uint32_t)i, 0};
  qsort(weaving->points, weaving->count, sizeof *weaving->points, by_time);
  result->order = allocate(weaving->count, sizeof *result->order);
  result->order_count = weaving->count;
  for (size_t i = 0; i < weaving->count; i++)
    result->order[i] = weaving->points[i].op;
  result->defect = replay(history, result->order, result->order_count);
}

static void set_clash(const struct problem_set *set, struct linearize_result *result)
{
  result->verdict = VIOLATION;
  result->reason = "these ids contradict each other in any order";
  result->core = allocate(2, sizeof *result->core);
  result->shown = allocate(2, sizeof *result->shown);
  for (size_t i = 0; i < 2; i++)
    result->core[i] = result->shown[i] = set->clashing[i];
  result->core_count = result->shown_count = 2;
  result->stuck = set->clashing[1];
}

/* The operations of the steps that are marked, by time of call. */
static uint32_t *ops_of(const struct problem *problem, const bool *marked, size_t *count)
{
  struct point *points = allocate(problem->step_count, sizeof *points);
  *count = 0;
  for (uint32_t i = 0; i < problem->step_count; i++)
    if (marked[i])
      points[(*count)++] =
          (struct point){.time = problem->steps[i].call, .op = problem->steps[i].op};
  qsort(points, *count, sizeof *points, by_time);
  uint32_t *ops = allocate(*count, sizeof *ops);
  for (size_t i = 0; i < *count; i++)
    ops[i] = points[i].op;
  free(points);
  return ops;
}

static void set_violation(const struct problem *problem, uint32_t stuck,
                          struct linearize_result *result)
{
  result->verdict = VIOLATION;
  result->reason = "no order of these operations explains their results";
  struct shrunk shrunk = shrink(problem, stuck, SHRINK_STEPS);
  bool *marked = allocate_zeroed(problem->step_count, sizeof *marked);
  for (uint32_t i = 0; i < problem->step_count; i++)
    marked[i] = shrunk.roles[i] == ROLE_KEPT;
  result->core = ops_of(problem, marked, &result->core_count);
  result->order = allocate(shrunk.order_count, sizeof *result->order);
  result->order_count = shrunk.order_count;
  for (size_t i = 0; i < shrunk.order_count; i++) {
    marked[shrunk.order[i]] = true;
    result->order[i] = problem->steps[shrunk.order[i]].op;
  }
  result->shown = ops_of(problem, marked, &result->shown_count);
  result->stuck = shrunk.stuck == NO_STEP ? UINT32_MAX : problem->steps[shrunk.stuck].op;
  free(marked);
  shrunk_fini(&shrunk);
}

struct linearize_result linearize(const struct history *history, struct linearize_budget budget)
{
  struct linearize_result result = {.verdict = LINEARIZABLE, .reason = "", .stuck = UINT32_MAX};
  struct problem_set set = problem_set_of(history);
  struct weaving weaving = {.points = allocate(history->op_count, sizeof *weaving.points),
                            .woven = allocate_zeroed(history->op_count, sizeof *weaving.woven)};
  result.problems = set.count;
  if (set.clash)
    set_clash(&set, &result);
  for (size_t i = 0; i < set.count && result.verdict != VIOLATION; i++) {
    struct search_result found = search_run(
        &set.problems[i], (struct search_budget){.steps = budget.steps, .bytes = budget.bytes});
    result.steps += found.steps;
    switch (found.outcome) {
    case SEARCH_FOUND:
      weave(&weaving, &set.problems[i], &found);
      break;
    case SEARCH_NONE:
      set_violation(&set.problems[i], found.stuck, &result);
      break;
    case SEARCH_OUT_OF_STEPS:
      result.verdict = UNKNOWN;
      result.reason = "the step budget is spent; give more with --budget";
      break;
    case SEARCH_OUT_OF_BYTES:
      result.verdict = UNKNOWN;
      result.reason = "the memory budget is spent";
      break;
    }
    search_result_fini(&found);
  }
  if (result.verdict == LINEARIZABLE)
    finish_witness(history, &weaving, &result);
  free(weaving.points);
  free(weaving.woven);
  problem_set_fini(&set);
  return result;
}

void linearize_result_fini(struct linearize_result *result)
{
  free(result->order);
  free(result->core);
  free(result->shown);
}
