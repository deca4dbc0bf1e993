/* workload_contract.c: what workload.h says, held against one workload.
 *
 *   workload_contract WORKLOAD CORPUS [TEST]
 *
 * Called by ctest for every workload; the corpus is for those that replay one. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "run/plan_memory.h"
#include "run/trial.h"
#include "tests/contract/cmocka_includes.h"

static const struct workload_plugin *calls; /* under test */
static const char *workload;                /* its name or path */
static const char *corpus;

/* ---- plans ---- */

/* Small plans of every shape; the first is the usual one. */
static const struct shape {
  uint64_t keys, operations;
  enum key_kind kind;
  unsigned threads;
  uint64_t seed;
} shapes[] = {
    {1000, 2000, KEYS_STRINGS, 2, 42}, {1000, 2000, KEYS_STACKS, 3, 42},
    {1, 1, KEYS_STRINGS, 1, 1},        {1, 50, KEYS_STACKS, 2, 0},
    {2, 3, KEYS_STRINGS, 8, 7},        {777, 999, KEYS_STRINGS, 5, UINT64_MAX},
    {20000, 1000, KEYS_STRINGS, 1, 3}, {2000, 5000, KEYS_STACKS, 4, 9},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* A corpus brings keys and operations of its own: one shape says all. */
static int shape_count(void)
{
  return calls->needs & NEEDS_CORPUS ? 1 : SHAPES;
}

enum extreme { INITIAL, LEAST, MOST };

static void wish(struct workload_plan *plan, const struct shape *shape, enum extreme extreme)
{
  plan->seed = shape->seed;
  plan->keys = calls->needs & NEEDS_CORPUS ? 0 : shape->keys;
  plan->operations = shape->operations;
  plan->kind = shape->kind;
  plan->threads = shape->threads;
  plan->corpus_path = calls->needs & NEEDS_CORPUS ? corpus : NULL;
  for (int i = 0; calls->parameters && calls->parameters[i].name; i++) {
    const struct workload_parameter *p = &calls->parameters[i];
    plan->parameter[i] = extreme == LEAST ? p->least : extreme == MOST ? p->most : p->initial;
  }
}

static struct plan_memory *prepared(const struct shape *shape, enum extreme extreme)
{
  struct plan_memory *memory = calloc(1, sizeof *memory);
  assert_non_null(memory);
  plan_memory_init(memory);
  wish(&memory->plan, shape, extreme);
  if (calls->prepare(&memory->plan) != 0)
    fail_msg("prepare: %s", memory->plan.error);
  return memory;
}

static void clean_up(struct plan_memory *memory)
{
  if (calls->cleanup)
    calls->cleanup(&memory->plan);
  plan_memory_fini(memory);
  free(memory);
}

static size_t key_bytes(const struct key_set *set, uint64_t key)
{
  return (size_t)(set->offset[key + 1] - set->offset[key]);
}

/* ---- the table ---- */

static bool is_name(const char *name)
{
  return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static void parameters_are_sound(void **state)
{
  (void)state;
  int count = 0;
  for (const struct workload_parameter *p = calls->parameters; p && p->name; p++, count++) {
    assert_true(count < PLAN_PARAMETERS);
    assert_true(is_name(p->name));
    assert_true(p->meaning && *p->meaning);
    assert_true(p->least <= p->initial && p->initial <= p->most);
    for (const struct workload_parameter *other = calls->parameters; other < p; other++)
      assert_string_not_equal(other->name, p->name);
  }
}

/* ---- keys ---- */

static int by_bytes(const void *a, const void *b, void *arg)
{
  const struct key_set *set = arg;
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  size_t left_n = key_bytes(set, left), right_n = key_bytes(set, right);
  if (left_n != right_n)
    return left_n < right_n ? -1 : 1;
  return memcmp(set->bytes + set->offset[left], set->bytes + set->offset[right], left_n);
}

static unsigned char *keys_used(const struct workload_plan *plan)
{
  unsigned char *used = calloc(plan->key_set.count + 1, 1);
  assert_non_null(used);
  const struct tape *tapes[] = {plan->timed, plan->fill};
  for (int kind = 0; kind < 2; kind++) {
    for (unsigned t = 0; t < plan->threads && tapes[kind]; t++) {
      const struct tape_step *step = tapes[kind][t].steps;
      for (uint64_t i = 0; i < tapes[kind][t].count; i++, step = tape_next(step))
        used[step->key] = 1;
    }
  }
  return used;
}

/* Keys that tapes name differ from each other; a key that no tape names harms nobody. */
static void check_distinct(const struct workload_plan *plan)
{
  const struct key_set *set = &plan->key_set;
  unsigned char *used = keys_used(plan);
  uint32_t *order = malloc((set->count + 1) * sizeof *order);
  assert_non_null(order);
  size_t count = 0;
  for (uint32_t i = 0; i < set->count; i++)
    if (used[i])
      order[count++] = i;
  qsort_r(order, count, sizeof *order, by_bytes, (void *)(uintptr_t)set);
  for (size_t i = 1; i < count; i++)
    if (by_bytes(&order[i - 1], &order[i], (void *)(uintptr_t)set) == 0)
      fail_msg("keys %u and %u have the same bytes", order[i - 1], order[i]);
  free(order);
  free(used);
}

static void keys_are_distinct(void **state)
{
  (void)state;
  for (int s = 0; s < shape_count(); s++) {
    struct plan_memory *memory = prepared(&shapes[s], INITIAL);
    check_distinct(&memory->plan);
    clean_up(memory);
  }
}

/* A corpus brings keys of any length; made ones are 5 to 60 bytes, or 1 to 128 counters. */
static void keys_have_the_lengths_of_their_kind(void **state)
{
  (void)state;
  for (int s = 0; s < shape_count(); s++) {
    struct plan_memory *memory = prepared(&shapes[s], INITIAL);
    const struct key_set *set = &memory->plan.key_set;
    size_t least = SIZE_MAX, most = 0;
    assert_int_equal(set->offset[0], 0);
    assert_true(set->count >= 1);
    for (uint64_t i = 0; i < set->count; i++) {
      size_t n = key_bytes(set, i);
      assert_in_range(n, 1, UINT32_MAX / 2);
      least = n < least ? n : least;
      most = n > most ? n : most;
      if (calls->needs & NEEDS_CORPUS)
        continue;
      if (shapes[s].kind == KEYS_STRINGS)
        assert_in_range(n, 5, 60);
      else
        assert_true(n % 8 == 0 && n >= 8 && n <= 128 * 8);
    }
    if (!(calls->needs & NEEDS_CORPUS) && shapes[s].keys >= 1000) { /* and the range is used */
      assert_true(least == (shapes[s].kind == KEYS_STRINGS ? 5 : 8));
      assert_true(most >= (shapes[s].kind == KEYS_STRINGS ? 60 : 80 * 8));
    }
    clean_up(memory);
  }
}

/* ---- tapes ---- */

static void check_tape(const struct workload_plan *plan, const struct tape *tape, bool timed)
{
  const struct key_set *set = &plan->key_set;
  const struct tape_step *step = tape->steps;
  if (!tape->count) { /* of no steps: there need not be a first */
    assert_int_equal(tape->bytes, 0);
    return;
  }
  assert_int_equal((uintptr_t)step % 8, 0);
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    assert_true((const char *)tape_key(step) <= (const char *)tape->steps + tape->bytes);
    if (step->key >= set->count)
      fail_msg("step %llu names key %u of %llu", (unsigned long long)i, step->key,
               (unsigned long long)set->count);
    if (step->length != key_bytes(set, step->key) ||
        memcmp(tape_key(step), set->bytes + set->offset[step->key], step->length) != 0)
      fail_msg("step %llu has other bytes than its key %u", (unsigned long long)i, step->key);
    if (step->operation == TAPE_LOOKUP)
      assert_true(timed && calls->needs & NEEDS_LOOKUP);
  }
  assert_ptr_equal((const char *)step, (const char *)tape->steps + tape->bytes);
}

static void check_tapes(const struct workload_plan *plan)
{
  uint64_t steps = 0;
  assert_non_null(plan->timed);
  for (unsigned t = 0; t < plan->threads; t++) {
    check_tape(plan, &plan->timed[t], true);
    steps += plan->timed[t].count;
    if (plan->fill)
      check_tape(plan, &plan->fill[t], false);
  }
  assert_int_not_equal(steps, 0);
}

static void tapes_hold_what_they_say(void **state)
{
  (void)state;
  for (int s = 0; s < shape_count(); s++) {
    for (enum extreme extreme = INITIAL; extreme <= (calls->parameters ? MOST : INITIAL);
         extreme++) {
      struct plan_memory *memory = prepared(&shapes[s], extreme);
      check_tapes(&memory->plan);
      check_distinct(&memory->plan);
      clean_up(memory);
    }
  }
}

/* What START_FILLED promises: the timed tapes put nothing that the fill did not. */
static void a_filled_map_stays_as_it_is(void **state)
{
  (void)state;
  for (int s = 0; s < shape_count(); s++) {
    struct plan_memory *memory = prepared(&shapes[s], INITIAL);
    const struct workload_plan *plan = &memory->plan;
    if (plan->start == START_FILLED) {
      unsigned char *filled = calloc(plan->key_set.count + 1, 1);
      assert_non_null(filled);
      assert_non_null(plan->fill);
      for (unsigned t = 0; t < plan->threads; t++) {
        const struct tape_step *step = plan->fill[t].steps;
        for (uint64_t i = 0; i < plan->fill[t].count; i++, step = tape_next(step))
          filled[step->key] = 1;
      }
      for (unsigned t = 0; t < plan->threads; t++) {
        const struct tape_step *step = plan->timed[t].steps;
        for (uint64_t i = 0; i < plan->timed[t].count; i++, step = tape_next(step))
          assert_true(filled[step->key] || step->operation == TAPE_LOOKUP);
      }
      free(filled);
    }
    clean_up(memory);
  }
}

/* ---- the seed ---- */

static bool same_tapes(const struct workload_plan *a, const struct tape *left,
                       const struct tape *right)
{
  if (!left || !right)
    return left == right;
  for (unsigned t = 0; t < a->threads; t++)
    if (left[t].count != right[t].count || left[t].bytes != right[t].bytes ||
        (left[t].bytes && memcmp(left[t].steps, right[t].steps, left[t].bytes) != 0))
      return false;
  return true;
}

static bool same_plans(const struct workload_plan *a, const struct workload_plan *b)
{
  size_t n = (a->key_set.count + 1) * sizeof *a->key_set.offset;
  return a->key_set.count == b->key_set.count &&
         memcmp(a->key_set.offset, b->key_set.offset, n) == 0 &&
         memcmp(a->key_set.bytes, b->key_set.bytes, a->key_set.offset[a->key_set.count]) == 0 &&
         same_tapes(a, a->fill, b->fill) && same_tapes(a, a->timed, b->timed) &&
         a->start == b->start && a->hash == b->hash && a->hash_seed == b->hash_seed;
}

static void everything_follows_from_the_seed(void **state)
{
  (void)state;
  for (int s = 0; s < shape_count(); s++) {
    struct plan_memory *first = prepared(&shapes[s], INITIAL);
    struct plan_memory *again = prepared(&shapes[s], INITIAL);
    assert_true(same_plans(&first->plan, &again->plan));
    clean_up(again);
    if (shapes[s].keys >= 100 && !(calls->needs & NEEDS_CORPUS)) {
      struct shape other = shapes[s];
      other.seed++;
      again = prepared(&other, INITIAL);
      assert_false(same_plans(&first->plan, &again->plan));
      clean_up(again);
    }
    clean_up(first);
  }
}

/* ---- facts and refusals ---- */

static void facts_have_names(void **state)
{
  (void)state;
  struct plan_memory *memory = prepared(&shapes[0], INITIAL);
  for (int i = 0; i < PLAN_FACTS && memory->plan.fact[i].name; i++) {
    assert_true(is_name(memory->plan.fact[i].name));
    assert_true(memory->plan.fact[i].value == memory->plan.fact[i].value); /* a number */
  }
  clean_up(memory);
}

struct short_memory {
  struct plan_memory memory; /* first */
  void *(*allocate)(struct workload_plan *, size_t);
  unsigned left;
};

static void *allocate_some(struct workload_plan *plan, size_t bytes)
{
  struct short_memory *some = (struct short_memory *)plan;
  if (some->left == 0)
    return NULL;
  some->left--;
  return some->allocate(plan, bytes);
}

static void prepare_says_when_memory_is_short(void **state)
{
  (void)state;
  int result = -1;
  unsigned n = 0;
  /* Reading a corpus again for each takes its time: every third. */
  for (; result != 0; n += calls->needs & NEEDS_CORPUS ? 3 : 1) {
    struct short_memory some = {.left = n};
    plan_memory_init(&some.memory);
    some.allocate = some.memory.plan.allocate;
    some.memory.plan.allocate = allocate_some;
    wish(&some.memory.plan, &shapes[0], INITIAL);
    result = calls->prepare(&some.memory.plan);
    if (result != 0) {
      assert_true(result < 0);
      assert_int_not_equal(some.memory.plan.error[0], 0);
    }
    if (calls->cleanup)
      calls->cleanup(&some.memory.plan);
    plan_memory_fini(&some.memory);
    assert_in_range(n, 0, 1000);
  }
  assert_true(n > 1);
}

static void a_missing_or_bad_corpus_is_refused(void **state)
{
  (void)state;
  if (!(calls->needs & NEEDS_CORPUS))
    skip();
  static const char *const paths[] = {NULL, "no such file", "/dev/null", "/"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    struct plan_memory memory;
    plan_memory_init(&memory);
    wish(&memory.plan, &shapes[0], INITIAL);
    memory.plan.corpus_path = paths[i];
    assert_true(calls->prepare(&memory.plan) < 0);
    assert_int_not_equal(memory.plan.error[0], 0);
    if (paths[i])
      assert_non_null(strstr(memory.plan.error, paths[i]));
    plan_memory_fini(&memory);
  }
}

/* ---- run ---- */

/* A map that answers with the next number, and checks that the calls are those of the tape. */
struct tape_check {
  const struct tape_step *next;
  uint64_t calls, strange;
  void *seat;
};

static uint64_t note_call(struct tape_check *check, void *seat, const void *bytes, size_t n,
                          unsigned operation)
{
  check->strange += seat != check->seat || bytes != tape_key(check->next) ||
                    n != check->next->length || operation != check->next->operation;
  check->next = tape_next(check->next);
  return ++check->calls;
}

static struct map_put checking_put(void *map, void *seat, const void *bytes, size_t n)
{
  uint64_t id = note_call(map, seat, bytes, n, TAPE_PUT);
  return (struct map_put){.id = id, .added = id % 3 == 0};
}

static uint64_t checking_lookup(void *map, void *seat, const void *bytes, size_t n)
{
  return note_call(map, seat, bytes, n, TAPE_LOOKUP);
}

static void check_run(const struct workload_plan *plan, unsigned thread)
{
  static const struct map_plugin checking = {.put = checking_put, .lookup = checking_lookup};
  const struct tape *tape = &plan->timed[thread];
  int seat;
  struct tape_check check = {.next = tape->steps, .seat = &seat};
  uint64_t *results = malloc((tape->count + 1) * sizeof *results);
  assert_non_null(results);
  memset(results, 0xee, (tape->count + 1) * sizeof *results);
  struct worker worker = {
      .index = thread, .calls = &checking, .map = &check, .seat = &seat, .results = results};
  calls->run(plan, &worker);
  assert_int_equal(check.calls, tape->count);
  assert_int_equal(check.strange, 0);
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
    assert_int_equal(results[i],
                     result_word(i + 1, step->operation == TAPE_PUT && (i + 1) % 3 == 0));
  assert_int_equal(results[tape->count], UINT64_C(0xeeeeeeeeeeeeeeee));
  free(results);
}

static void run_plays_the_tape_and_writes_every_word(void **state)
{
  (void)state;
  if (workload_is_staged(calls))
    skip();
  for (int s = 0; s < shape_count(); s++) {
    struct plan_memory *memory = prepared(&shapes[s], INITIAL);
    for (unsigned t = 0; t < memory->plan.threads; t++)
      check_run(&memory->plan, t);
    clean_up(memory);
  }
}

/* ---- stage ---- */

static void latencies_have_names(void **state)
{
  (void)state;
  for (unsigned i = 0; calls->latencies && calls->latencies[i]; i++) {
    assert_true(i < STAGE_LATENCIES && is_name(calls->latencies[i]));
    for (unsigned other = 0; other < i; other++)
      assert_string_not_equal(calls->latencies[other], calls->latencies[i]);
  }
}

/* A point as small as the smallest run of this workload. */
static struct point small_point(const char *map, unsigned threads)
{
  struct point point = {.workload = workload,
                        .map = map,
                        .region = "region_shared",
                        .keys = calls->needs & NEEDS_CORPUS ? 0 : 500,
                        .pages = PAGES_COLD,
                        .place = "none",
                        .threads = threads,
                        .operations = 3000,
                        .block_bytes = REGION_BLOCK_BYTES,
                        .seed = 42,
                        .corpus = calls->needs & NEEDS_CORPUS ? corpus : NULL,
                        .arm = ""};
  point_set_name(&point);
  return point;
}

static void count_figure(void *arg, const char *name, double value)
{
  unsigned *count = arg;
  assert_true(is_name(name) && value == value);
  ++*count;
}

static void play_stage(const char *map, unsigned threads)
{
  struct point point = small_point(map, threads);
  struct trial_rig *rig;
  char error[POINT_ERROR_BYTES];
  if (trial_rig_create(&point, &rig, error) != TRIAL_GOOD)
    fail_msg("%s: %s", point.name, error);
  for (int trial = 0; trial < 3; trial++) {
    struct trial_times times;
    if (trial_run(rig, &times, error) != TRIAL_GOOD)
      fail_msg("%s: %s", point.name, error);
    assert_true(times.wall_ns > 0);
  }
  unsigned figures = 0;
  stage_record_figures(trial_rig_stage(rig), count_figure, &figures);
  assert_true(figures > 0);
  trial_rig_destroy(rig);
}

static void a_stage_is_played(void **state)
{
  (void)state;
  if (!workload_is_staged(calls))
    skip();
  for (unsigned threads = 1; threads <= 2; threads++) {
    play_stage("null_map", threads);
    if (calls->needs & NEEDS_NO_MAP)
      continue;
    play_stage("fixed_bucket", threads);
    play_stage("hash_trie", threads);
  }
}

/* No oracle stands behind a staged workload: it must find what is wrong, and say so. */
static void a_staged_workload_finds_a_wrong_map(void **state)
{
  (void)state;
  if (!workload_is_staged(calls) || calls->needs & NEEDS_NO_MAP)
    skip();
  static const char *const wrong[] = {"adds_twice", "ids_from_zero"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char path[PATH_MAX], error[POINT_ERROR_BYTES] = "";
    snprintf(path, sizeof path, "%s/../../test-plugins/wrong/wrong_map_%s.so",
             plugin_default_folder(), wrong[i]);
    struct point point = small_point(path, 2);
    struct trial_rig *rig;
    if (trial_rig_create(&point, &rig, error) != TRIAL_GOOD)
      fail_msg("%s: %s", point.name, error);
    struct trial_times times;
    assert_int_equal(trial_run(rig, &times, error), TRIAL_WRONG);
    assert_int_not_equal(stage_record_stage(trial_rig_stage(rig))->error[0], 0);
    trial_rig_destroy(rig);
  }
}

int main(int argc, char **argv)
{
  char error[PLUGIN_ERROR_BYTES];
  if (argc < 3 || argc > 4) {
    fprintf(stderr, "usage: workload_contract WORKLOAD CORPUS [TEST]\n");
    return 4;
  }
  const union plugin_table *table = plugin_load(argv[1], PLUGIN_WORKLOAD, error);
  if (!table) {
    fprintf(stderr, "workload_contract: %s\n", error);
    return 4;
  }
  calls = &table->workload;
  workload = argv[1];
  corpus = argv[2];
  if (argc == 4)
    cmocka_set_test_filter(argv[3]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_are_sound),
      cmocka_unit_test(keys_are_distinct),
      cmocka_unit_test(keys_have_the_lengths_of_their_kind),
      cmocka_unit_test(tapes_hold_what_they_say),
      cmocka_unit_test(a_filled_map_stays_as_it_is),
      cmocka_unit_test(everything_follows_from_the_seed),
      cmocka_unit_test(facts_have_names),
      cmocka_unit_test(prepare_says_when_memory_is_short),
      cmocka_unit_test(a_missing_or_bad_corpus_is_refused),
      cmocka_unit_test(run_plays_the_tape_and_writes_every_word),
      cmocka_unit_test(latencies_have_names),
      cmocka_unit_test(a_stage_is_played),
      cmocka_unit_test(a_staged_workload_finds_a_wrong_map),
  };
  return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
