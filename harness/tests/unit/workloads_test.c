/* workloads_test.c: what each workload says that it does, beyond what all promise. They are reached
 * through the loader, as in a run. Seeds are fixed, so nothing here is a matter of luck. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "run/plan_memory.h"
#include "tests/contract/cmocka_includes.h"

struct prepared {
  struct plan_memory memory;
  const struct workload_plugin *calls;
};

static struct workload_plan *plan_of(struct prepared *p)
{
  return &p->memory.plan;
}

/* `values` are parameters in the order of the plug-in's table, ended by a negative number; the rest
 * keep their initial value. */
static void prepare(struct prepared *p, const char *name, uint64_t keys, uint64_t operations,
                    unsigned threads, const double *values)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(name, PLUGIN_WORKLOAD, error);
  if (!table)
    fail_msg("%s", error);
  p->calls = &table->workload;
  plan_memory_init(&p->memory);
  struct workload_plan *plan = plan_of(p);
  plan->seed = 2024;
  plan->keys = keys;
  plan->operations = operations;
  plan->threads = threads;
  const struct workload_parameter *known = p->calls->parameters;
  for (int i = 0; known && known[i].name; i++)
    plan->parameter[i] = known[i].initial;
  for (int i = 0; values && values[i] >= 0; i++)
    plan->parameter[i] = values[i];
  if (p->calls->prepare(plan) != 0)
    fail_msg("%s: %s", name, plan->error);
}

static void finish(struct prepared *p)
{
  if (p->calls->cleanup)
    p->calls->cleanup(plan_of(p));
  plan_memory_fini(&p->memory);
}

/* How often a tape names each key; fresh memory. */
static uint64_t *key_counts(const struct workload_plan *plan, const struct tape *tape)
{
  uint64_t *count = calloc(plan->key_set.count, sizeof *count);
  assert_non_null(count);
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
    count[step->key]++;
  return count;
}

static uint64_t operations_of(const struct tape *tape, enum tape_operation operation)
{
  uint64_t count = 0;
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
    count += step->operation == operation;
  return count;
}

/* Over all workers, each key from `first` on exactly `times`. */
static void assert_all_keys(const struct workload_plan *plan, const struct tape *tapes,
                            uint64_t count, uint64_t times)
{
  uint64_t *seen = calloc(plan->key_set.count, sizeof *seen);
  assert_non_null(seen);
  for (unsigned t = 0; t < plan->threads; t++) {
    uint64_t *own = key_counts(plan, &tapes[t]);
    for (uint64_t i = 0; i < plan->key_set.count; i++)
      seen[i] += own[i];
    free(own);
  }
  for (uint64_t i = 0; i < plan->key_set.count; i++)
    assert_int_equal(seen[i], i < count ? times : 0);
  free(seen);
}

static void unique_inserts_splits_all_keys(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "unique_inserts", 1001, 0, 3, NULL);
  assert_int_equal(plan_of(&p)->start, START_EMPTY);
  assert_null(plan_of(&p)->fill);
  assert_all_keys(plan_of(&p), plan_of(&p)->timed, 1001, 1);
  for (int t = 0; t < 3; t++) {
    assert_in_range(plan_of(&p)->timed[t].count, 333, 334);
    assert_int_equal(operations_of(&plan_of(&p)->timed[t], TAPE_LOOKUP), 0);
  }
  finish(&p);
}

static void same_key_race_is_one_order_for_all(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "same_key_race", 500, 0, 4, NULL);
  const struct tape *timed = plan_of(&p)->timed;
  assert_all_keys(plan_of(&p), timed, 500, 4);
  for (int t = 1; t < 4; t++) {
    assert_int_equal(timed[t].bytes, timed[0].bytes);
    assert_memory_equal(timed[t].steps, timed[0].steps, timed[0].bytes);
  }
  finish(&p);
}

static void cold_storm_is_an_order_for_each(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "cold_storm", 500, 0, 3, NULL);
  const struct tape *timed = plan_of(&p)->timed;
  assert_int_equal(plan_of(&p)->start, START_EMPTY);
  assert_all_keys(plan_of(&p), timed, 500, 3);
  for (int t = 1; t < 3; t++)
    assert_memory_not_equal(timed[t].steps, timed[t - 1].steps, timed[0].bytes);
  finish(&p);
}

static const struct tape_step *step_at(const struct tape *tape, uint64_t index)
{
  const struct tape_step *step = tape->steps;
  while (index-- > 0)
    step = tape_next(step);
  return step;
}

/* Five workers: three producers, and consumers of the first two. 300 keys each, 75 of them lead. */
static void producer_consumer_follows(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "producer_consumer", 900, 0, 5, NULL);
  const struct workload_plan *plan = plan_of(&p);
  assert_int_equal(plan->start, START_EMPTY);
  for (unsigned t = 0; t < 5; t++) {
    bool produces = t < 3;
    assert_int_equal(plan->fill[t].count, produces ? 75 : 0);
    assert_int_equal(plan->timed[t].count, 225);
    assert_int_equal(operations_of(&plan->timed[t], TAPE_LOOKUP), produces ? 0 : 225);
  }
  for (unsigned t = 3; t < 5; t++) {
    const struct tape *fill = &plan->fill[t - 3], *put = &plan->timed[t - 3];
    for (uint64_t i = 0; i < 225; i++)
      assert_int_equal(step_at(&plan->timed[t], i)->key,
                       i < 75 ? step_at(fill, i)->key : step_at(put, i - 75)->key);
  }
  /* Fill and timed puts together: each key once. */
  uint64_t *count = calloc(900, sizeof *count);
  assert_non_null(count);
  for (unsigned t = 0; t < 3; t++) {
    uint64_t *first = key_counts(plan, &plan->fill[t]), *second = key_counts(plan, &plan->timed[t]);
    for (int i = 0; i < 900; i++)
      count[i] += first[i] + second[i];
    free(first);
    free(second);
  }
  for (int i = 0; i < 900; i++)
    assert_int_equal(count[i], 1);
  free(count);
  finish(&p);
}

static void one_worker_is_its_own_consumer(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "producer_consumer", 10, 0, 1, (const double[]){0, -1});
  const struct tape *timed = plan_of(&p)->timed;
  assert_int_equal(plan_of(&p)->fill[0].count, 0);
  assert_int_equal(timed->count, 20);
  for (uint64_t i = 0; i < 20; i += 2) {
    assert_int_equal(step_at(timed, i)->operation, TAPE_PUT);
    assert_int_equal(step_at(timed, i + 1)->operation, TAPE_LOOKUP);
    assert_int_equal(step_at(timed, i)->key, step_at(timed, i + 1)->key); /* no lead */
  }
  finish(&p);
}

/* The share of a worker's lookups that are for keys which that other worker fills. */
static double share_of(const struct workload_plan *plan, unsigned worker, unsigned other)
{
  uint64_t *filled = key_counts(plan, &plan->fill[other]), hits = 0;
  const struct tape *tape = &plan->timed[worker];
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
    hits += filled[step->key];
  free(filled);
  return (double)hits / (double)tape->count;
}

static void remote_lookups_shares_with_its_partner(void **state)
{
  (void)state;
  static const double remote[] = {0, 0.3, 1};
  for (int i = 0; i < 3; i++) {
    struct prepared p;
    prepare(&p, "remote_lookups", 1001, 20000, 4, (const double[]){remote[i], -1});
    const struct workload_plan *plan = plan_of(&p);
    assert_int_equal(plan->start, START_FILLED);
    assert_all_keys(plan, plan->fill, 1001, 1);
    for (unsigned t = 0; t < 4; t++) {
      assert_int_equal(operations_of(&plan->timed[t], TAPE_LOOKUP), 20000);
      assert_true(fabs(share_of(plan, t, (t + 2) % 4) - remote[i]) < 0.02);
      assert_true(fabs(share_of(plan, t, t) - (1 - remote[i])) < 0.02);
    }
    finish(&p);
  }
}

/* Nobody's partner is in its own half, the larger one of which comes first; but one alone has none.
 */
static void remote_lookups_has_partners_in_the_other_half(void **state)
{
  (void)state;
  static const unsigned partner[][6] = {{0}, {1, 0}, {2, 2, 0}, {2, 3, 0, 1}, {3, 4, 3, 0, 1}};
  for (unsigned threads = 1; threads <= 5; threads++) {
    struct prepared p;
    prepare(&p, "remote_lookups", 1001, 100, threads, (const double[]){1, -1});
    for (unsigned t = 0; t < threads; t++)
      assert_true(share_of(plan_of(&p), t, partner[threads - 1][t]) == 1);
    finish(&p);
  }
}

/* Chi-square over the keys; its mean is keys - 1 and its deviation sqrt(2 * keys). */
static bool is_uniform(const uint64_t *count, uint64_t keys, uint64_t draws)
{
  double expected = (double)draws / (double)keys, sum = 0;
  for (uint64_t i = 0; i < keys; i++)
    sum += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
  return fabs(sum - (double)(keys - 1)) / sqrt(2 * (double)keys) < 6;
}

static void repeated_hits_draws_uniformly(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "repeated_hits", 1000, 100000, 2, NULL);
  assert_int_equal(plan_of(&p)->start, START_FILLED);
  assert_all_keys(plan_of(&p), plan_of(&p)->fill, 1000, 1);
  for (int t = 0; t < 2; t++) {
    uint64_t *count = key_counts(plan_of(&p), &plan_of(&p)->timed[t]);
    assert_int_equal(plan_of(&p)->timed[t].count, 100000);
    assert_true(is_uniform(count, 1000, 100000));
    free(count);
  }
  finish(&p);
}

static void misses_looks_up_what_is_not_there(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "misses", 1000, 50000, 2, NULL);
  assert_int_equal(plan_of(&p)->key_set.count, 2000);
  assert_all_keys(plan_of(&p), plan_of(&p)->fill, 1000, 1);
  for (int t = 0; t < 2; t++) {
    uint64_t *count = key_counts(plan_of(&p), &plan_of(&p)->timed[t]);
    for (int i = 0; i < 1000; i++)
      assert_int_equal(count[i], 0);
    assert_true(is_uniform(count + 1000, 1000, 50000));
    assert_int_equal(operations_of(&plan_of(&p)->timed[t], TAPE_PUT), 0);
    free(count);
  }
  finish(&p);
}

/* ---- zipf_mix ---- */

static int falling(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return left < right ? 1 : left > right ? -1 : 0;
}

/* Counts of the keys, most drawn first, against 1 / rank^skew: each of the first ranks, and sums
 * over the others, where chance may swap neighbours. */
static bool is_zipf(uint64_t *count, uint64_t keys, uint64_t draws, double skew)
{
  qsort(count, keys, sizeof *count, falling);
  double whole = 0;
  for (uint64_t r = 1; r <= keys; r++)
    whole += pow((double)r, -skew);
  for (uint64_t from = 1; from <= keys;) {
    uint64_t to = from < 8 ? from + 1 : from * 2;
    double expected = 0, found = 0;
    for (uint64_t r = from; r < to && r <= keys; r++) {
      expected += pow((double)r, -skew) / whole * (double)draws;
      found += (double)count[r - 1];
    }
    /* Sorting by count pulls counts apart a little: 3 % and six deviations. */
    if (fabs(found - expected) > 0.03 * expected + 6 * sqrt(expected))
      return false;
    from = to;
  }
  return true;
}

static void zipf_mix_has_the_distribution_of_its_skew(void **state)
{
  (void)state;
  static const double skews[] = {0.5, 0.99, 1, 1.01, 2, 4};
  for (size_t s = 0; s < sizeof skews / sizeof *skews; s++) {
    struct prepared p;
    const double values[] = {skews[s], 0, 1, -1};
    prepare(&p, "zipf_mix", 1000, 400000, 1, values);
    assert_int_equal(plan_of(&p)->start, START_FILLED); /* nothing new */
    uint64_t *count = key_counts(plan_of(&p), plan_of(&p)->timed);
    assert_true(is_zipf(count, 1000, 400000, skews[s]));
    assert_false(is_zipf(count, 1000, 400000, 1.3 * skews[s])); /* the check can fail */
    assert_false(is_uniform(count, 1000, 400000));
    free(count);
    finish(&p);
  }
}

static void zipf_mix_without_skew_is_uniform(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "zipf_mix", 1000, 200000, 1, (const double[]){0, 0, 1, -1});
  uint64_t *count = key_counts(plan_of(&p), plan_of(&p)->timed);
  assert_true(is_uniform(count, 1000, 200000));
  free(count);
  finish(&p);
}

/* New keys are put once, by one thread, and not in the fill; shares are about what was asked for.
 */
static void zipf_mix_keeps_its_shares(void **state)
{
  (void)state;
  enum { KEYS = 500, OPERATIONS = 40000, THREADS = 3 };
  struct prepared p;
  prepare(&p, "zipf_mix", KEYS, OPERATIONS, THREADS, (const double[]){0.99, 0.1, 0.25, -1});
  const struct workload_plan *plan = plan_of(&p);
  assert_int_equal(plan->start, START_EMPTY);
  assert_all_keys(plan, plan->fill, KEYS, 1);
  uint64_t *times = calloc(plan->key_set.count, sizeof *times);
  assert_non_null(times);
  for (unsigned t = 0; t < THREADS; t++) {
    uint64_t added = 0, old_puts = 0;
    const struct tape_step *step = plan->timed[t].steps;
    for (uint64_t i = 0; i < OPERATIONS; i++, step = tape_next(step)) {
      bool is_new = step->key >= KEYS;
      assert_false(is_new && step->operation != TAPE_PUT);
      times[step->key]++;
      added += is_new;
      old_puts += !is_new && step->operation == TAPE_PUT;
    }
    assert_in_range(added, OPERATIONS * 0.09, OPERATIONS * 0.11);
    assert_in_range(old_puts, OPERATIONS * 0.9 * 0.23, OPERATIONS * 0.9 * 0.27);
  }
  for (uint64_t i = KEYS; i < plan->key_set.count; i++)
    assert_int_equal(times[i], 1);
  free(times);
  finish(&p);
}

/* Keys are told apart by 29 bits; misses needs twice as many as it is asked for. */
static void too_many_keys_are_refused(void **state)
{
  (void)state;
  char error[PLUGIN_ERROR_BYTES];
  struct plan_memory memory;
  const union plugin_table *misses = plugin_load("misses", PLUGIN_WORKLOAD, error);
  assert_non_null(misses);
  plan_memory_init(&memory);
  memory.plan.keys = (UINT64_C(1) << 28) + 1;
  memory.plan.operations = 1;
  memory.plan.threads = 1;
  assert_true(misses->workload.prepare(&memory.plan) < 0);
  assert_non_null(strstr(memory.plan.error, "ask for fewer keys"));
  plan_memory_fini(&memory);
}

static void zipf_mix_can_be_all_new(void **state)
{
  (void)state;
  struct prepared p;
  prepare(&p, "zipf_mix", 10, 1000, 2, (const double[]){0.99, 1, 0, -1});
  assert_int_equal(plan_of(&p)->key_set.count, 2010);
  finish(&p);
}

/* ---- hash_collisions ---- */

static uint64_t hash_key(const struct workload_plan *plan, uint64_t key)
{
  const struct key_set *set = &plan->key_set;
  return plan->hash(set->bytes + set->offset[key], set->offset[key + 1] - set->offset[key],
                    plan->hash_seed);
}

static int ascending(const void *a, const void *b)
{
  return falling(b, a);
}

static uint64_t distinct_hashes(const struct workload_plan *plan, uint64_t mask)
{
  uint64_t count = plan->key_set.count, distinct = 1;
  uint64_t *hash = malloc(count * sizeof *hash);
  assert_non_null(hash);
  for (uint64_t i = 0; i < count; i++)
    hash[i] = hash_key(plan, i) & mask;
  qsort(hash, count, sizeof *hash, ascending);
  for (uint64_t i = 1; i < count; i++)
    distinct += hash[i] != hash[i - 1];
  free(hash);
  return distinct;
}

static void hash_collisions_collide(void **state)
{
  (void)state;
  const uint64_t upper = UINT64_MAX << 16;
  struct prepared p;
  prepare(&p, "hash_collisions", 3200, 0, 2, (const double[]){16, 0, -1});
  assert_in_range(distinct_hashes(plan_of(&p), UINT64_MAX), 190, 200); /* all 64 bits */
  finish(&p);
  prepare(&p, "hash_collisions", 3200, 0, 2, (const double[]){16, 1, -1});
  assert_in_range(distinct_hashes(plan_of(&p), upper), 190, 200); /* the upper 48 */
  assert_in_range(distinct_hashes(plan_of(&p), UINT64_MAX), 3100, 3200);
  finish(&p);
  prepare(&p, "hash_collisions", 100, 0, 1, (const double[]){4096, 0, -1});
  assert_int_equal(distinct_hashes(plan_of(&p), UINT64_MAX), 1); /* a group larger than all */
  assert_all_keys(plan_of(&p), plan_of(&p)->timed, 100, 2);      /* inserted, then hit */
  finish(&p);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unique_inserts_splits_all_keys),
      cmocka_unit_test(same_key_race_is_one_order_for_all),
      cmocka_unit_test(cold_storm_is_an_order_for_each),
      cmocka_unit_test(producer_consumer_follows),
      cmocka_unit_test(one_worker_is_its_own_consumer),
      cmocka_unit_test(remote_lookups_shares_with_its_partner),
      cmocka_unit_test(remote_lookups_has_partners_in_the_other_half),
      cmocka_unit_test(repeated_hits_draws_uniformly),
      cmocka_unit_test(misses_looks_up_what_is_not_there),
      cmocka_unit_test(zipf_mix_has_the_distribution_of_its_skew),
      cmocka_unit_test(zipf_mix_without_skew_is_uniform),
      cmocka_unit_test(zipf_mix_keeps_its_shares),
      cmocka_unit_test(zipf_mix_can_be_all_new),
      cmocka_unit_test(too_many_keys_are_refused),
      cmocka_unit_test(hash_collisions_collide),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
