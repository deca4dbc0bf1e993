/* split.c: see split.h. */
#include "check/split.h"

#include "record/allocate.h"

struct placed {
  int64_t call, end;
  uint64_t id;
  uint32_t op;
  history_value key;
  uint32_t epoch;
  bool reset;
};

static int by_call(const void *a, const void *b)
{
  const struct placed *x = a, *y = b;
  if (x->call != y->call)
    return x->call < y->call ? -1 : 1;
  return x->op < y->op ? -1 : x->op > y->op;
}

static int by_epoch_and_key(const void *a, const void *b)
{
  const struct placed *x = a, *y = b;
  if (x->epoch != y->epoch)
    return x->epoch < y->epoch ? -1 : 1;
  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return by_call(a, b);
}

static int by_id_and_key(const void *a, const void *b)
{
  const struct placed *x = a, *y = b;
  if (x->id != y->id)
    return x->id < y->id ? -1 : 1;
  return by_epoch_and_key(a, b);
}

/* Numbers the epochs of operations sorted by call, and drops the resets that end them. Returns how
 * many operations are left. */
static size_t cut_epochs(struct placed *placed, size_t count)
{
  size_t left = 0;
  uint32_t epoch = 0;
  int64_t last_end = INT64_MIN;
  bool any_before = false;
  for (size_t i = 0; i < count; i++) {
    bool after_all = !any_before || last_end < placed[i].call;
    bool before_all = i + 1 == count || placed[i].end < placed[i + 1].call;
    bool quiescent = placed[i].reset && after_all && before_all;
    if (placed[i].end > last_end)
      last_end = placed[i].end;
    any_before = true;
    placed[i].epoch = epoch;
    if (quiescent)
      epoch++;
    else
      placed[left++] = placed[i];
  }
  return left;
}

static void set_clash(struct problem_set *set, const struct placed *a, const struct placed *b)
{
  if (set->clash)
    return;
  set->clash = true;
  set->clashing[0] = a->call <= b->call ? a->op : b->op;
  set->clashing[1] = a->call <= b->call ? b->op : a->op;
}

/* Ids of one epoch without resets, its operations sorted by key: one id a key, one key an id. */
static void find_clash(struct problem_set *set, const struct placed *epoch, size_t count)
{
  struct placed *drawn = allocate(count, sizeof *drawn);
  size_t n = 0;
  for (size_t i = 0; i < count; i++)
    if (epoch[i].id)
      drawn[n++] = epoch[i];
  for (size_t i = 1; i < n; i++)
    if (drawn[i].key != VALUE_ABSENT && drawn[i].key == drawn[i - 1].key &&
        drawn[i].id != drawn[i - 1].id)
      set_clash(set, &drawn[i - 1], &drawn[i]);
  qsort(drawn, n, sizeof *drawn, by_id_and_key);
  for (size_t i = 1; i < n; i++)
    if (drawn[i].id == drawn[i - 1].id &&
        (drawn[i].key != drawn[i - 1].key || drawn[i].key == VALUE_ABSENT))
      set_clash(set, &drawn[i - 1], &drawn[i]);
  free(drawn);
}

static void add_problem(struct problem_set *set, const struct history *history,
                        const struct placed *placed, size_t count, bool whole_map)
{
  uint32_t *ops = allocate(count, sizeof *ops);
  size_t n = 0;
  for (size_t i = 0; i < count; i++)
    /* Where ids are judged apart, a stolen id plays no part in any order. */
    if (whole_map || history->ops[placed[i].op].function != INTERN_STEAL_ID || placed[i].id == 0)
      ops[n++] = placed[i].op;
  if (n) {
    set->problems = allocate_one_more(set->problems, set->count, &set->room, sizeof *set->problems);
    set->problems[set->count++] =
        whole_map ? problem_of_map(history, ops, n) : problem_of_key(history, ops, n);
  }
  free(ops);
}

struct problem_set problem_set_of(const struct history *history)
{
  struct problem_set set = {.count = 0};
  struct placed *placed = allocate(history->op_count, sizeof *placed);
  size_t count = 0;
  for (size_t i = 0; i < history->op_count; i++) {
    const struct history_op *op = &history->ops[i];
    if (problem_constrains(history, op))
      placed[count++] = (struct placed){
          op->call, op->end, op->id, (uint32_t)i, op->key, 0, op->function == INTERN_RESET};
  }
  qsort(placed, count, sizeof *placed, by_call);
  if (history->model == MODEL_INTERN)
    count = cut_epochs(placed, count);
  qsort(placed, count, sizeof *placed, by_epoch_and_key);

  for (size_t first = 0, next; first < count; first = next) {
    bool resets = false;
    for (next = first; next < count && placed[next].epoch == placed[first].epoch; next++)
      resets = resets || placed[next].reset;
    if (resets) {
      add_problem(&set, history, placed + first, next - first, true);
      continue;
    }
    if (history->model == MODEL_INTERN)
      find_clash(&set, placed + first, next - first);
    for (size_t key = first, end; key < next; key = end) {
      for (end = key; end < next && placed[end].key == placed[key].key; end++)
        ;
      add_problem(&set, history, placed + key, end - key, false);
    }
  }
  free(placed);
  return set;
}

void problem_set_fini(struct problem_set *set)
{
  for (size_t i = 0; i < set->count; i++)
    problem_fini(&set->problems[i]);
  free(set->problems);
}
