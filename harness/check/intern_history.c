/* intern_history.c: see intern_history.h. */
#include "check/intern_history.h"

#include "record/allocate.h"

static int by_call(const void *a, const void *b)
{
  const struct history_op *x = *(const struct history_op *const *)a;
  const struct history_op *y = *(const struct history_op *const *)b;
  if (x->call != y->call)
    return x->call < y->call ? -1 : 1;
  return x < y ? -1 : x > y;
}

static bool is_free(const struct history *history, const struct history_op *op)
{
  if (op->function == INTERN_LOOKUP && op->open)
    return true;
  return op->key != VALUE_ABSENT && history->values[op->key].n == 0 && op->id == 0 && !op->added;
}

static bool applies(const struct history *history, const struct history_op *op)
{
  bool empty = op->key != VALUE_ABSENT && history->values[op->key].n == 0;
  if (op->function == INTERN_RESET)
    return !op->open;
  return (op->open || op->has_result) && (!empty || is_free(history, op));
}

static void record(struct intern_summary *summary, const struct history_op *op)
{
  switch ((enum history_function)op->function) {
  case INTERN_PUT:
    if (op->open)
      intern_summary_open_put(summary, op->key, op->call);
    else
      intern_summary_put(summary, op->key, op->id, op->added, op->call, op->end);
    break;
  case INTERN_LOOKUP:
    intern_summary_lookup(summary, op->key, op->id, op->call, op->end);
    break;
  default:
    if (op->open)
      intern_summary_open_steal(summary, op->call);
    else
      intern_summary_steal(summary, op->id, op->call, op->end);
  }
}

/* The operations that can matter, by time of call. False when the check does not apply. */
static bool collect(const struct history *history, const struct history_op **ops, size_t *count)
{
  *count = 0;
  for (size_t i = 0; i < history->op_count; i++) {
    if (!applies(history, &history->ops[i]))
      return false;
    if (!is_free(history, &history->ops[i]))
      ops[(*count)++] = &history->ops[i];
  }
  qsort(ops, *count, sizeof *ops, by_call);
  int64_t last_end = INT64_MIN;
  for (size_t i = 0; i < *count; i++) {
    bool reset = ops[i]->function == INTERN_RESET;
    if (reset && i > 0 && last_end >= ops[i]->call)
      return false;
    if (reset && i + 1 < *count && ops[i]->end >= ops[i + 1]->call)
      return false;
    if (ops[i]->end > last_end)
      last_end = ops[i]->end;
  }
  return true;
}

bool intern_history_check(const struct history *history, struct intern_certificate *certificate)
{
  if (history->model != MODEL_INTERN)
    return false;
  const struct history_op **ops = allocate(history->op_count, sizeof *ops);
  size_t count;
  bool checked = collect(history, ops, &count);
  if (checked) {
    uint32_t keys = (uint32_t)history->value_count;
    struct intern_check *check = intern_check_create(keys, 0);
    struct intern_summary summary;
    intern_summary_init(&summary, keys, 0);
    for (size_t i = 0; i < count; i++) {
      if (ops[i]->function != INTERN_RESET) {
        record(&summary, ops[i]);
        continue;
      }
      intern_check_merge(check, &summary);
      intern_check_reset(check, ops[i]->call, ops[i]->end);
    }
    intern_check_merge(check, &summary);
    *certificate = intern_check_finish(check);
    intern_summary_fini(&summary);
    intern_check_destroy(check);
  }
  free(ops);
  return checked;
}
