/* sampling_map_test.c: the sampling map around a map whose answers are made up by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "measure/sampling_map.h"

/* The inner map: answers from the key's text, counts its calls. */
struct fake_map {
  _Atomic unsigned puts, lookups, enters, leaves;
  unsigned resets, visits, stats_calls, steals;
  int enter_error;
};

struct fake_seat {
  unsigned thread;
};

static int fake_enter(void *map, const struct seat_place *place, void **seat)
{
  struct fake_map *fake = map;
  if (fake->enter_error)
    return fake->enter_error;
  struct fake_seat *taken = calloc(1, sizeof *taken);
  if (!taken)
    return -ENOMEM;
  fake->enters++;
  taken->thread = place->thread;
  *seat = taken;
  return 0;
}

static void fake_leave(void *map, void *seat)
{
  struct fake_map *fake = map;
  fake->leaves++;
  free(seat);
}

static bool is(const void *bytes, size_t n, const char *text)
{
  return n == strlen(text) && memcmp(bytes, text, n) == 0;
}

/* "new" is added, "old" found, "refused" refused. The id tells which seat came in. */
static struct map_put fake_put(void *map, void *seat, const void *bytes, size_t n)
{
  struct fake_map *fake = map;
  const struct fake_seat *taken = seat;
  fake->puts++;
  if (n == 0 || is(bytes, n, "refused"))
    return (struct map_put){0};
  return (struct map_put){.id = taken->thread + 1, .added = is(bytes, n, "new")};
}

static uint64_t fake_lookup(void *map, void *seat, const void *bytes, size_t n)
{
  struct fake_map *fake = map;
  const struct fake_seat *taken = seat;
  fake->lookups++;
  return is(bytes, n, "old") ? taken->thread + 1 : 0;
}

static uint64_t fake_steal_id(void *map, void *seat)
{
  struct fake_map *fake = map;
  fake->steals++;
  return ((const struct fake_seat *)seat)->thread + 100;
}

static int fake_reset(void *map)
{
  ((struct fake_map *)map)->resets++;
  return -EBUSY; /* to see that it is passed on */
}

static int fake_visit(void *map, map_visitor *visitor, void *arg)
{
  ((struct fake_map *)map)->visits++;
  return visitor(arg, 7, "seven", 5) ? 0 : -ECANCELED;
}

static void fake_stats(void *map, struct map_stats *stats)
{
  ((struct fake_map *)map)->stats_calls++;
  stats->keys = 42;
}

static const struct map_plugin whole_plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof(struct map_plugin),
             .promises = MAP_LOCK_FREE | MAP_ASYNC_SIGNAL_SAFE,
             .name = "fake",
             .summary = "made-up answers"},
    .enter = fake_enter,
    .leave = fake_leave,
    .put = fake_put,
    .lookup = fake_lookup,
    .steal_id = fake_steal_id,
    .reset = fake_reset,
    .visit = fake_visit,
    .stats = fake_stats,
};

static struct sampling_map *create(struct fake_map *fake, uint32_t mean_gap, uint64_t seed)
{
  struct sampling_map *sampling;
  assert_int_equal(sampling_map_create(&whole_plugin, fake, mean_gap, seed, &sampling), 0);
  return sampling;
}

static void *enter(struct sampling_map *sampling, unsigned thread)
{
  struct seat_place place = {.thread = thread, .cpu = -1, .node = -1};
  void *seat;
  assert_int_equal(sampling_map_calls(sampling)->enter(sampling, &place, &seat), 0);
  return seat;
}

static uint64_t collected(struct sampling_map *sampling, enum sample_outcome outcome)
{
  struct histogram *histogram = calloc(1, sizeof *histogram);
  assert_non_null(histogram);
  sampling_map_collect(sampling, outcome, histogram);
  uint64_t count = histogram->count;
  free(histogram);
  return count;
}

static void operations_are_sorted_by_outcome(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, 1, 1); /* every operation */
  const struct map_plugin *calls = sampling_map_calls(sampling);
  void *seat = enter(sampling, 4);

  struct map_put put = calls->put(sampling, seat, "new", 3);
  assert_int_equal(put.id, 5); /* the inner seat came in */
  assert_true(put.added);
  for (int i = 0; i < 2; i++) {
    put = calls->put(sampling, seat, "old", 3);
    assert_int_equal(put.id, 5);
    assert_false(put.added);
  }
  assert_int_equal(calls->put(sampling, seat, "refused", 7).id, 0);
  assert_int_equal(calls->put(sampling, seat, "", 0).id, 0);
  for (int i = 0; i < 4; i++)
    assert_int_equal(calls->lookup(sampling, seat, "old", 3), 5);
  for (int i = 0; i < 8; i++)
    assert_int_equal(calls->lookup(sampling, seat, "absent", 6), 0);
  calls->leave(sampling, seat);

  assert_int_equal(collected(sampling, SAMPLE_ADDED), 1);
  assert_int_equal(collected(sampling, SAMPLE_FOUND), 2 + 4);
  assert_int_equal(collected(sampling, SAMPLE_MISSED), 8);
  assert_int_equal(fake.puts, 5);
  assert_int_equal(fake.lookups, 12);
  sampling_map_destroy(sampling);
  assert_int_equal(fake.leaves, fake.enters);
}

static void samples_are_told_apart_by_node(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, 1, 1);
  const struct map_plugin *calls = sampling_map_calls(sampling);
  static const int node[] = {3, 0, 3, -1};
  for (unsigned thread = 0; thread < 4; thread++) {
    struct seat_place place = {.thread = thread, .cpu = -1, .node = node[thread]};
    void *seat;
    assert_int_equal(calls->enter(sampling, &place, &seat), 0);
    for (unsigned i = 0; i <= thread; i++)
      calls->lookup(sampling, seat, "old", 3);
    calls->leave(sampling, seat);
  }
  static const struct {
    int node;
    uint64_t count;
  } expected[] = {{0, 2}, {1, 0}, {3, 1 + 3}, {-1, 4}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    struct histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    sampling_map_collect_node(sampling, expected[i].node, SAMPLE_FOUND, histogram);
    assert_int_equal(histogram->count, expected[i].count);
    free(histogram);
  }
  sampling_map_destroy(sampling);
}

/* Positions of the samples among `operations` puts, told from the growth of the count. */
static size_t sample_positions(uint32_t mean_gap, uint64_t seed, unsigned thread, size_t operations,
                               size_t *position)
{
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, mean_gap, seed);
  void *seat = enter(sampling, thread);
  size_t found = 0;
  uint64_t before = 0;
  for (size_t i = 0; i < operations; i++) {
    sampling_map_calls(sampling)->put(sampling, seat, "new", 3);
    uint64_t now = collected(sampling, SAMPLE_ADDED); /* same thread: allowed before leave */
    if (now != before)
      position[found++] = i;
    before = now;
  }
  sampling_map_calls(sampling)->leave(sampling, seat);
  sampling_map_destroy(sampling);
  return found;
}

static void gaps_are_random_and_follow_from_the_seed(void **state)
{
  (void)state;
  enum { OPERATIONS = 4000, GAP = 16 };
  static size_t first[OPERATIONS], again[OPERATIONS], other[OPERATIONS];
  size_t count = sample_positions(GAP, 11, 0, OPERATIONS, first);
  /* 250 are expected; the deviation of a gap's mean allows for some 9 either way. */
  assert_in_range(count, OPERATIONS / GAP * 8 / 10, OPERATIONS / GAP * 12 / 10);

  unsigned seen[2 * GAP] = {0}, distinct = 0;
  for (size_t i = 1; i < count; i++) {
    assert_in_range(first[i] - first[i - 1], 1, 2 * GAP - 1);
    distinct += seen[first[i] - first[i - 1]]++ == 0;
  }
  assert_true(distinct > GAP); /* a fixed gap would give 1 */

  assert_int_equal(sample_positions(GAP, 11, 0, OPERATIONS, again), count);
  assert_memory_equal(first, again, count * sizeof first[0]);
  sample_positions(GAP, 12, 0, OPERATIONS, other); /* another seed */
  assert_memory_not_equal(first, other, 100 * sizeof first[0]);
  sample_positions(GAP, 11, 1, OPERATIONS, other); /* another thread */
  assert_memory_not_equal(first, other, 100 * sizeof first[0]);
}

static void seats_keep_samples_and_generator(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, 1, 1);
  const struct map_plugin *calls = sampling_map_calls(sampling);
  void *first = enter(sampling, 0), *second = enter(sampling, 0), *third = enter(sampling, 1);
  assert_ptr_not_equal(first, second); /* taken twice at a time */
  calls->put(sampling, first, "new", 3);
  calls->put(sampling, second, "new", 3);
  calls->put(sampling, third, "new", 3);
  calls->leave(sampling, third);
  calls->leave(sampling, second);
  calls->leave(sampling, first);

  void *taken_again = enter(sampling, 1);
  assert_ptr_equal(taken_again, third);
  calls->put(sampling, taken_again, "new", 3);
  calls->leave(sampling, taken_again);
  assert_int_equal(collected(sampling, SAMPLE_ADDED), 4);
  assert_int_equal(collected(sampling, SAMPLE_FOUND), 0);
  sampling_map_destroy(sampling);
}

static void work_through_the_inner_seat_is_not_sampled(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, 1, 1);
  void *seat = enter(sampling, 2);
  assert_int_equal(whole_plugin.put(&fake, sampling_map_inner_seat(seat), "new", 3).id, 3);
  assert_int_equal(collected(sampling, SAMPLE_ADDED), 0);
  sampling_map_calls(sampling)->put(sampling, seat, "new", 3); /* the other way is */
  assert_int_equal(collected(sampling, SAMPLE_ADDED), 1);
  sampling_map_calls(sampling)->leave(sampling, seat);
  sampling_map_destroy(sampling);
}

static bool note_id(void *arg, uint64_t id, const void *bytes, size_t n)
{
  (void)bytes, (void)n;
  *(uint64_t *)arg = id;
  return false;
}

static void other_calls_are_passed_on(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, 8, 1);
  const struct map_plugin *calls = sampling_map_calls(sampling);
  void *seat = enter(sampling, 3);
  uint64_t id = 0;
  struct map_stats stats = {0};
  assert_int_equal(calls->steal_id(sampling, seat), 103);
  assert_int_equal(calls->reset(sampling), -EBUSY);
  assert_int_equal(calls->visit(sampling, note_id, &id), -ECANCELED);
  assert_int_equal(id, 7);
  calls->stats(sampling, &stats);
  assert_int_equal(stats.keys, 42);
  assert_int_equal(fake.steals + fake.resets + fake.visits + fake.stats_calls, 4);
  calls->leave(sampling, seat);

  assert_string_equal(calls->head.name, "fake");
  assert_int_equal(calls->head.promises, MAP_LOCK_FREE); /* not signal-safe any more */
  assert_null(calls->create);
  assert_null(calls->destroy);
  sampling_map_destroy(sampling);
}

static struct map_put put_without_seat(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)bytes, (void)n;
  return (struct map_put){.id = seat ? 0 : 1, .added = true};
}

static void what_the_inner_map_lacks_is_lacking(void **state)
{
  (void)state;
  struct map_plugin bare = {.head = whole_plugin.head, .put = put_without_seat};
  struct sampling_map *sampling;
  assert_int_equal(sampling_map_create(&bare, NULL, 1, 1, &sampling), 0);
  const struct map_plugin *calls = sampling_map_calls(sampling);
  assert_null(calls->lookup);
  assert_null(calls->steal_id);
  assert_null(calls->reset);
  assert_null(calls->visit);
  assert_null(calls->stats);
  void *seat = enter(sampling, 0);
  assert_null(sampling_map_inner_seat(seat));
  assert_int_equal(calls->put(sampling, seat, "key", 3).id, 1); /* a NULL seat was passed */
  calls->leave(sampling, seat);
  sampling_map_destroy(sampling);
}

static void errors_come_back(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling;
  assert_int_equal(sampling_map_create(&whole_plugin, &fake, 0, 1, &sampling), -EINVAL);
  sampling = create(&fake, 1, 1);
  const struct map_plugin *calls = sampling_map_calls(sampling);
  void *first = enter(sampling, 0);
  calls->leave(sampling, first);

  fake.enter_error = -EAGAIN;
  struct seat_place place = {.thread = 0};
  void *seat;
  assert_int_equal(calls->enter(sampling, &place, &seat), -EAGAIN);
  fake.enter_error = 0;
  seat = enter(sampling, 0);
  assert_ptr_equal(seat, first); /* it was not lost when the inner map refused */
  calls->leave(sampling, seat);
  sampling_map_destroy(sampling);
}

enum { THREADS = 4, ROUNDS = 3, PUTS = 2000 };

struct worker_argument {
  struct sampling_map *sampling;
  unsigned thread;
};

static void *work(void *opaque)
{
  const struct worker_argument *argument = opaque;
  const struct map_plugin *calls = sampling_map_calls(argument->sampling);
  struct seat_place place = {.thread = argument->thread, .cpu = -1, .node = -1};
  for (int i = 0; i < ROUNDS; i++) {
    void *seat;
    if (calls->enter(argument->sampling, &place, &seat) != 0)
      return NULL;
    for (int j = 0; j < PUTS; j++)
      calls->put(argument->sampling, seat, "new", 3);
    calls->leave(argument->sampling, seat);
  }
  return NULL;
}

static void threads_lose_no_sample(void **state)
{
  (void)state;
  struct fake_map fake = {0};
  struct sampling_map *sampling = create(&fake, 1, 1);
  struct worker_argument argument[THREADS];
  pthread_t thread[THREADS];
  for (unsigned i = 0; i < THREADS; i++) {
    argument[i] = (struct worker_argument){.sampling = sampling, .thread = i};
    assert_int_equal(pthread_create(&thread[i], NULL, work, &argument[i]), 0);
  }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  assert_int_equal(collected(sampling, SAMPLE_ADDED), THREADS * ROUNDS * PUTS);
  sampling_map_destroy(sampling);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operations_are_sorted_by_outcome),
      cmocka_unit_test(samples_are_told_apart_by_node),
      cmocka_unit_test(gaps_are_random_and_follow_from_the_seed),
      cmocka_unit_test(seats_keep_samples_and_generator),
      cmocka_unit_test(work_through_the_inner_seat_is_not_sampled),
      cmocka_unit_test(other_calls_are_passed_on),
      cmocka_unit_test(what_the_inner_map_lacks_is_lacking),
      cmocka_unit_test(errors_come_back),
      cmocka_unit_test(threads_lose_no_sample),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
