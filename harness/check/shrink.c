/* shrink.c: see shrink.h. */
#include "check/shrink.h"

#include <string.h>

#include "record/allocate.h"

#define TRIAL_BYTES ((size_t)256 * 1024 * 1024)

struct shrinking {
  const struct problem *problem;
  uint64_t steps; /* left to spend */
  uint8_t *roles;
};

static bool is_violation(struct shrinking *shrinking, const uint8_t *roles)
{
  struct problem part = problem_part(shrinking->problem, roles);
  /* A trial that takes long is given up: keeping its operations is always right. */
  struct search_budget budget = {.steps = shrinking->steps / 8, .bytes = TRIAL_BYTES};
  struct search_result result = search_run(&part, budget);
  bool violation = result.outcome == SEARCH_NONE;
  uint64_t spent = result.steps + part.step_count; /* setting up counts as well */
  shrinking->steps -= spent < shrinking->steps ? spent : shrinking->steps;
  search_result_fini(&result);
  problem_part_fini(&part);
  return violation;
}

/* What had been called by `time`. Of a linearization, the shortest beginning that has all that had
 * returned by then is one of this part: so if the part has none, neither has the whole. */
static void cut_at(const struct problem *problem, int64_t time, uint8_t *roles)
{
  for (uint32_t i = 0; i < problem->step_count; i++) {
    const struct step *step = &problem->steps[i];
    if (step->call > time)
      roles[i] = ROLE_GONE;
    else
      roles[i] = !step->open && step->end > time ? ROLE_PENDING : ROLE_KEPT;
  }
}

struct ending {
  int64_t end;
  uint32_t step;
};

static int latest_first(const void *a, const void *b)
{
  const struct ending *x = a, *y = b;
  if (x->end != y->end)
    return x->end > y->end ? -1 : 1;
  return x->step < y->step ? 1 : x->step > y->step ? -1 : 0;
}

static bool is_in_core(uint8_t role)
{
  return role == ROLE_KEPT || role == ROLE_PENDING;
}

/* Keeps those that returned last only, 1, 2, 4 … of them, until these are a violation: a search
 * with few kept steps is quick, and what contradicts a result mostly happened shortly before it. */
static void keep_last(struct shrinking *shrinking)
{
  const struct problem *problem = shrinking->problem;
  struct ending *endings = allocate(problem->step_count, sizeof *endings);
  uint8_t *trial = allocate(problem->step_count, 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < problem->returned_count; i++)
    if (is_in_core(shrinking->roles[i]))
      endings[count++] = (struct ending){problem->steps[i].end, i};
  qsort(endings, count, sizeof *endings, latest_first);
  for (uint32_t kept = 1; kept < count; kept *= 2) {
    for (uint32_t i = 0; i < problem->step_count; i++)
      trial[i] = shrinking->roles[i] == ROLE_GONE ? ROLE_GONE : ROLE_OPENED;
    for (uint32_t i = 0; i < kept; i++)
      trial[endings[i].step] = shrinking->roles[endings[i].step];
    if (is_violation(shrinking, trial)) {
      memcpy(shrinking->roles, trial, problem->step_count);
      break;
    }
  }
  free(trial);
  free(endings);
}

/* Opens runs of `length` kept steps wherever a violation is left. True when one was opened. */
static bool open_runs(struct shrinking *shrinking, uint32_t length)
{
  uint32_t count = shrinking->problem->step_count;
  uint8_t *trial = allocate(count, 1);
  bool any = false;
  for (uint32_t i = 0, next; i < count && shrinking->steps > 0; i = next) {
    memcpy(trial, shrinking->roles, count);
    uint32_t opened = 0;
    for (next = i; next < count && opened < length; next++)
      if (is_in_core(trial[next])) {
        trial[next] = ROLE_OPENED;
        opened++;
      }
    if (opened == 0 || !is_violation(shrinking, trial))
      continue;
    memcpy(shrinking->roles, trial, count);
    any = true;
  }
  free(trial);
  return any;
}

/* The order that comes farthest, with those of the deleted operations that it needs, each once. */
static void explain(const struct problem *problem, struct shrunk *shrunk, uint64_t steps)
{
  uint32_t count = problem->step_count;
  uint8_t *roles = allocate(count, 1);
  for (uint32_t i = 0; i < count; i++) {
    uint8_t role = shrunk->roles[i];
    roles[i] = is_in_core(role) ? ROLE_KEPT : role == ROLE_GONE ? ROLE_GONE : ROLE_ONCE;
  }
  struct problem part = problem_part(problem, roles);
  struct search_budget budget = {.steps = steps, .bytes = TRIAL_BYTES};
  struct search_result result = search_run(&part, budget);
  /* From steps of the part to steps of the problem, by operation. */
  uint32_t *step_of_op = allocate(problem->history->op_count, sizeof *step_of_op);
  for (uint32_t i = 0; i < count; i++)
    step_of_op[problem->steps[i].op] = i;
  shrunk->order = allocate(result.order_count, sizeof *shrunk->order);
  shrunk->order_count = result.order_count;
  for (size_t i = 0; i < result.order_count; i++)
    shrunk->order[i] = step_of_op[part.steps[result.order[i]].op];
  shrunk->stuck = result.stuck == NO_STEP ? NO_STEP : step_of_op[part.steps[result.stuck].op];
  free(step_of_op);
  free(roles);
  search_result_fini(&result);
  problem_part_fini(&part);
}

struct shrunk shrink(const struct problem *problem, uint32_t stuck, uint64_t steps)
{
  uint32_t count = problem->step_count;
  struct shrinking shrinking = {problem, steps, allocate(count, 1)};
  cut_at(problem, problem->steps[stuck].end, shrinking.roles);
  keep_last(&shrinking);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++)
    kept += is_in_core(shrinking.roles[i]);
  for (uint32_t length = kept / 2; length > 1; length /= 2)
    open_runs(&shrinking, length);
  while (open_runs(&shrinking, 1))
    ;

  struct shrunk shrunk = {.roles = shrinking.roles};
  explain(problem, &shrunk, steps);
  for (uint32_t i = 0; i < count; i++)
    shrunk.roles[i] = is_in_core(shrunk.roles[i]) ? ROLE_KEPT : ROLE_GONE;
  return shrunk;
}

void shrunk_fini(struct shrunk *shrunk)
{
  free(shrunk->roles);
  free(shrunk->order);
}
