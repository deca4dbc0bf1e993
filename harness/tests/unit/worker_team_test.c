/* worker_team_test.c: each worker does each job once, and none passes the start line before all
 * have come to it. */
#include <stdatomic.h>
#include <string.h>

#include "run/worker_team.h"
#include "tests/contract/cmocka_includes.h"

static char error[TOPOLOGY_ERROR_BYTES];

struct bench {
  struct topology *topology;
  struct placement *placement;
  struct worker_team *team;
  unsigned threads;
};

static bool open_team(struct bench *bench, const char *place, unsigned threads)
{
  bench->threads = threads;
  assert_int_equal(topology_load(&bench->topology, error), 0);
  if (placement_create(bench->topology, place, threads, &bench->placement, error) != 0) {
    topology_destroy(bench->topology);
    return false;
  }
  if (worker_team_create(bench->placement, &bench->team, error) != 0)
    fail_msg("%s", error);
  return true;
}

static void close_team(struct bench *bench)
{
  worker_team_destroy(bench->team);
  placement_destroy(bench->placement);
  topology_destroy(bench->topology);
}

#define THREADS_MOST 64

struct tally {
  struct bench bench;
  uint64_t jobs[THREADS_MOST]; /* each worker its own */
  _Atomic uint64_t arrived;    /* at start lines, all together */
  uint64_t early[THREADS_MOST];
  unsigned lines;
};

static void count_job(void *arg, unsigned worker)
{
  struct tally *tally = arg;
  tally->jobs[worker]++;
}

static void cross_lines(void *arg, unsigned worker)
{
  struct tally *tally = arg;
  for (unsigned line = 1; line <= tally->lines; line++) {
    atomic_fetch_add_explicit(&tally->arrived, 1, memory_order_relaxed); /* a count, no more */
    worker_team_start_line(tally->bench.team);
    uint64_t here = atomic_load_explicit(&tally->arrived, memory_order_relaxed);
    tally->early[worker] += here < (uint64_t)line * tally->bench.threads;
    tally->jobs[worker]++;
  }
}

static void many_jobs_are_done_once_each(void **state)
{
  (void)state;
  for (unsigned threads = 1; threads <= 2; threads++) {
    struct tally tally = {.lines = 0};
    if (!open_team(&tally.bench, "compact", threads))
      continue; /* a machine with one processor */
    for (uint64_t job = 1; job <= 500; job++) {
      worker_team_run(tally.bench.team, count_job, &tally);
      for (unsigned w = 0; w < threads; w++)
        assert_int_equal(tally.jobs[w], job);
      assert_int_equal(tally.jobs[threads], 0);
    }
    close_team(&tally.bench);
  }
}

static void nobody_crosses_the_line_early(void **state)
{
  (void)state;
  for (unsigned threads = 1; threads <= 2; threads++) {
    struct tally tally = {.lines = 200};
    if (!open_team(&tally.bench, "none", threads))
      continue;
    for (int round = 0; round < 5; round++) {
      atomic_store_explicit(&tally.arrived, 0, memory_order_relaxed);
      memset(tally.jobs, 0, sizeof tally.jobs);
      worker_team_run(tally.bench.team, cross_lines, &tally);
      for (unsigned w = 0; w < threads; w++) {
        assert_int_equal(tally.jobs[w], tally.lines);
        assert_int_equal(tally.early[w], 0);
      }
    }
    close_team(&tally.bench);
  }
}

/* What workers did is seen by who ran them, and by the workers of the next job. */
static void jobs_see_what_went_before(void **state)
{
  (void)state;
  struct tally tally = {.lines = 3};
  assert_true(open_team(&tally.bench, "compact", 1));
  uint64_t done = 0;
  for (int round = 0; round < 100; round++) {
    tally.jobs[0] = done; /* plain stores: ThreadSanitizer looks */
    worker_team_run(tally.bench.team, cross_lines, &tally);
    done += tally.lines;
    assert_int_equal(tally.jobs[0], done);
  }
  close_team(&tally.bench);
}

static void a_team_that_never_works_can_go(void **state)
{
  (void)state;
  struct bench bench;
  assert_true(open_team(&bench, "compact", 1));
  close_team(&bench);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_jobs_are_done_once_each),
      cmocka_unit_test(nobody_crosses_the_line_early),
      cmocka_unit_test(jobs_see_what_went_before),
      cmocka_unit_test(a_team_that_never_works_can_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
