/* open_loop_test.c: a stall is counted for every operation that comes due during it. Times are only
 * held against lower bounds, which a slow machine cannot break: what a busy one adds makes late
 * operations later. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/open_loop.h"
#include "tests/contract/cmocka_includes.h"

#include "measure/stopwatch.h"

enum { STEPS = 1000, STALLED = 300 };

#define RATE 10000 /* one each 100 µs, 100 ms in all */
#define STALL_NS 20000000u
#define SEED 11

/* A map that sleeps once, in the put of step STALLED. */
struct staller {
  uint64_t puts, stall_at;
};

static struct map_put stalling_put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat, (void)bytes, (void)n;
  struct staller *staller = map;
  if (staller->puts++ == staller->stall_at) {
    uint64_t end_ns = stopwatch_now_ns() + STALL_NS;
    while (stopwatch_now_ns() < end_ns) /* a sleep that a signal ends goes on */
      nanosleep(&(struct timespec){.tv_nsec = STALL_NS / 10}, NULL);
  }
  return (struct map_put){.id = staller->puts, .added = true};
}

static const struct map_plugin calls = {.put = stalling_put};

struct rig {
  struct workload_plan plan;
  struct tape tape;
  struct tape_step steps[STEPS];
  uint64_t results[STEPS];
  struct open_loop_figures figures;
};

/* One trial; a new rig. */
static struct rig *played(enum arrival_process arrivals, uint64_t stall_at)
{
  struct rig *rig = calloc(1, sizeof *rig);
  assert_non_null(rig);
  for (uint32_t i = 0; i < STEPS; i++)
    rig->steps[i] = (struct tape_step){.key = i, .operation = TAPE_PUT};
  rig->tape = (struct tape){.steps = rig->steps, .bytes = sizeof rig->steps, .count = STEPS};
  rig->plan.seed = SEED;
  rig->plan.threads = 1;
  rig->plan.timed = &rig->tape;
  const struct point point = {.rate = RATE, .arrivals = arrivals};
  struct open_loop *loop = open_loop_create(&point, &rig->plan);
  assert_non_null(loop);
  struct staller staller = {.stall_at = stall_at};
  const struct worker worker = {.calls = &calls, .map = &staller, .results = rig->results};
  open_loop_begin(loop);
  open_loop_play(loop, &rig->plan, &worker, stopwatch_now_ns());
  open_loop_collect(loop, &rig->figures);
  open_loop_destroy(loop);
  return rig;
}

/* Values of at least that much; a bucket counts by its upper end, at most 1/32 too high. */
static uint64_t at_least(const struct histogram *histogram, double ns)
{
  uint64_t sum = 0, upper_ns, count;
  for (unsigned cursor = 0; histogram_next(histogram, &cursor, &upper_ns, &count);)
    if ((double)upper_ns >= ns)
      sum += count;
  return sum;
}

/* Operations that come due in the first half of the stall: all wait for at least its other half,
 * whatever the machine does. */
static uint64_t held_up(enum arrival_process process)
{
  const struct arrivals arrivals = {.rate = RATE, .process = process, .seed = SEED, .threads = 1};
  uint64_t due_ns[STEPS], count = 0;
  arrivals_lay_out(&arrivals, 0, due_ns, STEPS);
  for (uint64_t i = STALLED; i < STEPS; i++)
    count += due_ns[i] < due_ns[STALLED] + STALL_NS / 2;
  return count;
}

static bool shows_the_stall(const struct histogram *histogram, uint64_t operations)
{
  return at_least(histogram, STALL_NS / 2) >= operations;
}

static void assert_counts_all(enum arrival_process process)
{
  struct rig *rig = played(process, STALLED);
  const struct open_loop_figures *figures = &rig->figures;
  uint64_t operations = held_up(process);
  assert_int_equal(figures->operations, STEPS);
  assert_int_equal(figures->response.count, STEPS);
  assert_int_equal(figures->service.count, STEPS);
  assert_true(shows_the_stall(&figures->response, operations));
  assert_true(figures->late >= operations - 1); /* all but the one that stalls */
  /* From the actual start it is one slow operation: the same question is answered with no. */
  assert_true(at_least(&figures->service, STALL_NS) >= 1);
  assert_false(shows_the_stall(&figures->service, operations));
  /* How much is laid to the machine depends on the machine. */
  assert_int_equal(figures->start_delay.count, STEPS);
  free(rig);
}

static void every_held_up_operation_counts(void **state)
{
  (void)state;
  assert_int_equal(held_up(ARRIVALS_FIXED), RATE / 1000 * (STALL_NS / 2000000));
  assert_counts_all(ARRIVALS_FIXED);
}

static void poisson_ones_too(void **state)
{
  (void)state;
  assert_true(held_up(ARRIVALS_POISSON) > 50);
  assert_counts_all(ARRIVALS_POISSON);
}

static void every_step_is_played_when_it_is_due(void **state)
{
  (void)state;
  uint64_t from_ns = stopwatch_now_ns();
  struct rig *rig = played(ARRIVALS_FIXED, STEPS);
  assert_true(stopwatch_now_ns() - from_ns >= STEPS * UINT64_C(1000000000) / RATE);
  for (uint64_t i = 0; i < STEPS; i++)
    assert_int_equal(rig->results[i], result_word(i + 1, true));
  assert_true(rig->figures.taken_ns >= rig->figures.planned_ns);
  assert_true(rig->figures.planned_ns == STEPS * 1e9 / RATE);
  free(rig);
}

static void note(void *arg, const char *name, double value)
{
  json_object_set_new(arg, name, json_real(value));
}

static double figure(const json_t *figures, const char *name)
{
  const json_t *value = json_object_get(figures, name);
  if (!value)
    fail_msg("no %s", name);
  return json_number_value(value);
}

static void figures_become_counters(void **state)
{
  (void)state;
  struct open_loop_figures *figures = calloc(1, sizeof *figures);
  assert_non_null(figures);
  json_t *counters = json_object();
  open_loop_counters(figures, note, counters);
  assert_int_equal(json_object_size(counters), 0); /* a closed loop has none */
  figures->rate = 1000;
  figures->operations = 4;
  figures->late = 1;
  figures->planned_ns = 4e6;
  figures->taken_ns = 5e6;
  for (uint64_t i = 1; i <= 4; i++) {
    histogram_record(&figures->response, 10 * i);
    histogram_record(&figures->service, i);
  }
  open_loop_counters(figures, note, counters);
  assert_true(figure(counters, "rate_asked") == 1000);
  assert_true(figure(counters, "rate_achieved") == 800);
  assert_true(figure(counters, "rate_achieved_share") == 0.8);
  assert_true(figure(counters, "late_share") == 0.25);
  assert_true(figure(counters, "response_p50_ns") == 20);
  assert_true(figure(counters, "response_p999_ns") == 40);
  assert_true(figure(counters, "service_max_ns") == 4);
  assert_null(json_object_get(counters, "start_delay_p50_ns")); /* none was recorded */
  json_t *entries = open_loop_histograms(figures);
  assert_int_equal(json_array_size(entries), 3);
  assert_string_equal(json_string_value(json_object_get(json_array_get(entries, 0), "outcome")),
                      "response");
  assert_int_equal(json_integer_value(json_object_get(json_array_get(entries, 0), "count")), 4);
  json_decref(entries);
  json_decref(counters);
  free(figures);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_held_up_operation_counts),
      cmocka_unit_test(poisson_ones_too),
      cmocka_unit_test(every_step_is_played_when_it_is_due),
      cmocka_unit_test(figures_become_counters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
