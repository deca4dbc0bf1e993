/* models.c: see models.h. */
#include "check/models.h"

#include <string.h>

#include "record/allocate.h"

enum { ABSENT = 0, PRESENT = 1 };          /* a key of a set, or of an epoch of an interning map */
enum { NO_ID = 0, SOME_ID = 1, FIRST_ID }; /* a key's word where ids matter */

/* The empty byte string is never interned: put gives (0, false), lookup finds nothing. */
static bool is_empty_key(const struct history *history, const struct history_op *op)
{
  return history->values[op->key].n == 0;
}

/* The step of an interning operation, all as on its key alone; false: no order can contradict it.
 */
static bool intern_step(const struct history *history, const struct history_op *op,
                        struct step *step)
{
  step->a = PRESENT;
  switch ((enum history_function)op->function) {
  case INTERN_PUT:
    if (op->has_result && op->id == 0 && !op->added)
      return false; /* refused */
    if (op->has_result && (op->id == 0 || is_empty_key(history, op)))
      step->kind = STEP_NEVER;
    else if (is_empty_key(history, op))
      return false;
    else if (!op->has_result)
      step->kind = STEP_WRITE;
    else if (op->added) {
      step->kind = STEP_CAS;
      step->a = ABSENT;
      step->b = PRESENT;
    } else
      step->kind = STEP_REQUIRE;
    return true;
  case INTERN_LOOKUP:
    if (!op->has_result || (op->id == 0 && is_empty_key(history, op)))
      return false;
    step->kind = is_empty_key(history, op) ? STEP_NEVER : STEP_REQUIRE;
    step->a = op->id ? PRESENT : ABSENT;
    return true;
  case INTERN_STEAL_ID:
    step->kind = op->id ? STEP_STEAL : STEP_NEVER;
    return op->has_result;
  default:
    step->kind = STEP_RESET;
    return true;
  }
}

/* The step of an operation on its key alone; false: no order can contradict it. */
static bool step_of(const struct history *history, const struct history_op *op, struct step *step)
{
  bool known = op->has_result, yes = op->result == VALUE_TRUE;
  switch ((enum history_function)op->function) {
  case REGISTER_READ:
  case KV_GET:
    step->kind = STEP_REQUIRE;
    step->a = op->result;
    return known;
  case REGISTER_WRITE:
  case KV_PUT:
    step->kind = STEP_WRITE;
    step->a = op->args[0];
    return true;
  case REGISTER_CAS:
    step->kind = !known ? STEP_TRY_CAS : yes ? STEP_CAS : STEP_REQUIRE_NOT;
    step->a = op->args[0];
    step->b = op->args[1];
    return true;
  case KV_APPEND:
    step->kind = STEP_APPEND;
    step->a = op->args[0];
    return true;
  case SET_ADD:
    step->kind = !known ? STEP_WRITE : yes ? STEP_CAS : STEP_REQUIRE;
    step->a = known && yes ? ABSENT : PRESENT;
    step->b = PRESENT;
    return true;
  case SET_REMOVE:
    step->kind = !known ? STEP_WRITE : yes ? STEP_CAS : STEP_REQUIRE;
    step->a = known && yes ? PRESENT : ABSENT;
    step->b = ABSENT;
    return true;
  case SET_CONTAINS:
    step->kind = STEP_REQUIRE;
    step->a = yes ? PRESENT : ABSENT;
    return known;
  default:
    return intern_step(history, op, step);
  }
}

static bool is_passive(enum step_kind kind)
{
  return kind == STEP_REQUIRE || kind == STEP_REQUIRE_NOT || kind == STEP_FIND_ID ||
         kind == STEP_MISS;
}

static int by_value64(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static uint32_t id_index(const struct problem *problem, uint64_t id)
{
  const uint64_t *found =
      bsearch(&id, problem->ids, problem->id_count, sizeof *problem->ids, by_value64);
  return (uint32_t)(found - problem->ids);
}

/* Turns a step on one key into one on all keys. */
static void widen(const struct problem *problem, const struct history_op *op, uint32_t slot,
                  struct step *step)
{
  if (op->has_result && op->id)
    step->b = id_index(problem, op->id);
  if (step->kind == STEP_CAS)
    step->kind = STEP_ADD_ID;
  else if (step->kind == STEP_REQUIRE)
    step->kind = step->a == PRESENT ? STEP_FIND_ID : STEP_MISS;
  else if (step->kind == STEP_WRITE)
    step->kind = STEP_PUT;
  step->a = slot;
}

static int by_open_then_call(const void *a, const void *b)
{
  const struct step *x = a, *y = b;
  if (x->open != y->open)
    return x->open ? 1 : -1;
  if (x->call != y->call)
    return x->call < y->call ? -1 : 1;
  return x->op < y->op ? -1 : x->op > y->op;
}

static int by_effect(const void *a, const void *b)
{
  const struct step *x = *(const struct step *const *)a, *y = *(const struct step *const *)b;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  if (x->a != y->a)
    return x->a < y->a ? -1 : 1;
  if (x->b != y->b)
    return x->b < y->b ? -1 : 1;
  return x < y ? -1 : x > y;
}

/* Sorts the steps and links the open ones that have the same effect. */
static void arrange(struct problem *problem)
{
  struct step *steps = problem->steps;
  qsort(steps, problem->step_count, sizeof *steps, by_open_then_call);
  uint32_t returned = 0;
  while (returned < problem->step_count && !steps[returned].open)
    returned++;
  problem->returned_count = returned;

  uint32_t open_count = problem->step_count - returned;
  const struct step **open = allocate(open_count, sizeof *open);
  for (uint32_t i = 0; i < open_count; i++)
    open[i] = &steps[returned + i];
  qsort(open, open_count, sizeof *open, by_effect);
  for (uint32_t i = 0; i < open_count; i++) {
    struct step *step = &steps[open[i] - steps];
    const struct step *before = i ? open[i - 1] : NULL;
    bool same =
        before && before->kind == step->kind && before->a == step->a && before->b == step->b;
    step->twin = same ? (uint32_t)(before - steps) : NO_STEP;
  }
  free(open);
}

/* Gives texts of their own to a problem that appends, so that states can be entered into them. */
static void use_texts(struct problem *problem)
{
  const struct history *history = problem->history;
  bool appends = false;
  for (uint32_t i = 0; i < problem->step_count; i++)
    appends = appends || problem->steps[i].kind == STEP_APPEND;
  if (!appends)
    return;
  problem->texts = texts_create();
  for (uint32_t i = 0; i < problem->step_count; i++) {
    struct step *step = &problem->steps[i];
    step->a = texts_enter(problem->texts, &history->values[step->a], step->kind == STEP_REQUIRE);
  }
  problem->initial = texts_enter(problem->texts, &history->values[history->init], false);
}

struct problem problem_of_key(const struct history *history, const uint32_t *ops, size_t count)
{
  struct problem problem = {.history = history, .state_words = 1};
  bool valued = history->model == MODEL_REGISTER || history->model == MODEL_KV;
  problem.initial = valued ? history->init : ABSENT;
  problem.steps = allocate(count, sizeof *problem.steps);
  for (size_t i = 0; i < count; i++) {
    const struct history_op *op = &history->ops[ops[i]];
    struct step step = {.call = op->call, .end = op->end, .op = ops[i], .open = op->open};
    if (!step_of(history, op, &step))
      continue;
    step.passive = is_passive(step.kind);
    problem.steps[problem.step_count++] = step;
  }
  use_texts(&problem);
  arrange(&problem);
  return problem;
}

struct problem problem_of_map(const struct history *history, const uint32_t *ops, size_t count)
{
  struct problem problem = {.history = history, .interning = true};
  problem.ids = allocate(count, sizeof *problem.ids);
  for (size_t i = 0; i < count; i++)
    if (history->ops[ops[i]].id)
      problem.ids[problem.id_count++] = history->ops[ops[i]].id;
  qsort(problem.ids, problem.id_count, sizeof *problem.ids, by_value64);
  uint32_t distinct = 0;
  for (uint32_t i = 0; i < problem.id_count; i++)
    if (i == 0 || problem.ids[i] != problem.ids[i - 1])
      problem.ids[distinct++] = problem.ids[i];
  problem.id_count = distinct;

  problem.steps = allocate(count, sizeof *problem.steps);
  for (size_t i = 0; i < count; i++) {
    const struct history_op *op = &history->ops[ops[i]];
    if (op->key != VALUE_ABSENT && (i == 0 || op->key != history->ops[ops[i - 1]].key))
      problem.slots++;
    struct step step = {.call = op->call, .end = op->end, .op = ops[i], .open = op->open};
    if (!step_of(history, op, &step))
      continue;
    widen(&problem, op, problem.slots ? problem.slots - 1 : 0, &step);
    step.passive = is_passive(step.kind);
    problem.steps[problem.step_count++] = step;
  }
  problem.state_words = problem.slots + (problem.id_count + 63) / 64;
  if (problem.state_words == 0)
    problem.state_words = 1; /* resets only */
  arrange(&problem);
  return problem;
}

struct problem problem_part(const struct problem *whole, const uint8_t *roles)
{
  struct problem part = *whole;
  part.steps = allocate(whole->step_count, sizeof *part.steps);
  part.step_count = 0;
  for (uint32_t i = 0; i < whole->step_count; i++) {
    struct step step = whole->steps[i];
    if (roles[i] == ROLE_GONE || (roles[i] == ROLE_PENDING && step.passive))
      continue;
    if (roles[i] == ROLE_PENDING) {
      step.open = true;
      step.end = INT64_MAX;
    }
    if (roles[i] == ROLE_ONCE || roles[i] == ROLE_OPENED) {
      struct history_op op = whole->history->ops[step.op];
      op.open = true;
      op.has_result = false;
      struct step opened = {.call = step.call, .end = INT64_MAX, .op = step.op, .open = true};
      if (!step_of(whole->history, &op, &opened))
        continue;
      if (whole->interning)
        widen(whole, &op, step.a, &opened);
      else if (whole->texts)
        opened.a = step.a;
      /* Repeating an append would reach ever new states. */
      opened.repeats = roles[i] == ROLE_OPENED && opened.kind != STEP_APPEND;
      step = opened;
    }
    part.steps[part.step_count++] = step;
  }
  arrange(&part);
  return part;
}

void problem_part_fini(struct problem *part)
{
  free(part->steps);
}

void problem_fini(struct problem *problem)
{
  free(problem->steps);
  free(problem->ids);
  texts_destroy(problem->texts);
}

bool problem_constrains(const struct history *history, const struct history_op *op)
{
  struct step unused;
  return step_of(history, op, &unused);
}

static bool step_value(const struct problem *problem, const struct step *step, uint64_t state,
                       uint64_t *next)
{
  *next = state;
  switch ((enum step_kind)step->kind) {
  case STEP_REQUIRE:
    return state == step->a;
  case STEP_REQUIRE_NOT:
    return state != step->a;
  case STEP_WRITE:
    *next = step->a;
    return true;
  case STEP_CAS:
    *next = step->b;
    return state == step->a;
  case STEP_TRY_CAS:
    if (state == step->a)
      *next = step->b;
    return true;
  case STEP_APPEND:
    *next = texts_append(problem->texts, (uint32_t)state, step->a);
    return true;
  default:
    return false;
  }
}

/* Marks the id as drawn; false when it has been already. */
static bool draw(const struct problem *problem, uint64_t *state, uint32_t id)
{
  uint64_t *word = &state[problem->slots + id / 64], bit = (uint64_t)1 << id % 64;
  bool fresh = !(*word & bit);
  *word |= bit;
  return fresh;
}

static bool step_map(const struct problem *problem, const struct step *step, const uint64_t *state,
                     uint64_t *next)
{
  memcpy(next, state, problem->state_words * sizeof *state);
  switch ((enum step_kind)step->kind) {
  case STEP_ADD_ID:
    next[step->a] = FIRST_ID + (uint64_t)step->b;
    return state[step->a] == NO_ID && draw(problem, next, step->b);
  case STEP_FIND_ID:
    if (state[step->a] != SOME_ID)
      return state[step->a] == FIRST_ID + (uint64_t)step->b;
    next[step->a] = FIRST_ID + (uint64_t)step->b; /* now it is known which id the put drew */
    return draw(problem, next, step->b);
  case STEP_MISS:
    return state[step->a] == NO_ID;
  case STEP_PUT:
    if (state[step->a] == NO_ID)
      next[step->a] = SOME_ID;
    return true;
  case STEP_STEAL:
    return draw(problem, next, step->b);
  case STEP_RESET:
    memset(next, 0, problem->state_words * sizeof *next);
    return true;
  default:
    return false;
  }
}

bool problem_step(const struct problem *problem, const struct step *step, const uint64_t *state,
                  uint64_t *next)
{
  return problem->interning ? step_map(problem, step, state, next)
                            : step_value(problem, step, *state, next);
}
