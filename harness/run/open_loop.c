/* open_loop.c: see open_loop.h. */
#include "run/open_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/stopwatch.h"

enum { CACHE_LINE = 64 };

/* Of one worker, who alone writes it while a trial runs. */
struct player {
  _Alignas(CACHE_LINE) uint64_t *due_ns; /* one a step of its tape */
  uint64_t count;
  uint64_t last_start_ns; /* after the trial's start; 0: no operation */
  uint64_t late;
  struct histogram response, service, start_delay;
};

struct open_loop {
  uint64_t rate;
  unsigned threads;
  struct player *player; /* by worker */
};

struct open_loop *open_loop_create(const struct point *point, const struct workload_plan *plan)
{
  const struct arrivals arrivals = {.rate = point->rate,
                                    .process = point->arrivals,
                                    .seed = plan->seed,
                                    .threads = plan->threads};
  struct open_loop *loop = calloc(1, sizeof *loop);
  if (!loop)
    return NULL;
  loop->rate = point->rate;
  loop->threads = plan->threads;
  loop->player = aligned_alloc(CACHE_LINE, plan->threads * sizeof *loop->player);
  if (!loop->player) {
    free(loop);
    return NULL;
  }
  memset(loop->player, 0, plan->threads * sizeof *loop->player);
  for (unsigned t = 0; t < plan->threads; t++) {
    struct player *player = &loop->player[t];
    player->count = plan->timed[t].count;
    player->due_ns = calloc(player->count + 1, sizeof *player->due_ns);
    if (!player->due_ns) {
      open_loop_destroy(loop);
      return NULL;
    }
    arrivals_lay_out(&arrivals, t, player->due_ns, player->count);
  }
  return loop;
}

void open_loop_destroy(struct open_loop *loop)
{
  if (!loop)
    return;
  for (unsigned t = 0; t < loop->threads; t++)
    free(loop->player[t].due_ns);
  free(loop->player);
  free(loop);
}

void open_loop_begin(struct open_loop *loop)
{
  for (unsigned t = 0; t < loop->threads; t++) {
    struct player *player = &loop->player[t];
    player->last_start_ns = player->late = 0;
    memset(&player->response, 0, sizeof player->response);
    memset(&player->service, 0, sizeof player->service);
    memset(&player->start_delay, 0, sizeof player->start_delay);
  }
}

void open_loop_play(struct open_loop *loop, const struct workload_plan *plan,
                    const struct worker *worker, uint64_t start_ns)
{
  struct player *own = &loop->player[worker->index];
  const struct tape_step *step = plan->timed[worker->index].steps;
  uint64_t now_ns = start_ns, late = 0;
  uint64_t idle_until_ns = start_ns; /* the end of the last wait: what was due before was held up
                                        by whatever kept the worker from looking at the clock */
  for (uint64_t i = 0; i < own->count; i++, step = tape_next(step)) {
    uint64_t due_ns = start_ns + own->due_ns[i];
    now_ns = stopwatch_now_ns();
    bool late_start = now_ns >= due_ns;
    /* No pause instruction: a hypervisor may take a loop of them for a spinning lock and give the
     * processor away. */
    while (now_ns < due_ns)
      idle_until_ns = now_ns = stopwatch_now_ns();
    worker->results[i] = tape_step_play(step, worker);
    uint64_t end_ns = stopwatch_now_ns();
    histogram_record(&own->response, end_ns - due_ns);
    histogram_record(&own->service, end_ns - now_ns);
    histogram_record(&own->start_delay, idle_until_ns > due_ns ? idle_until_ns - due_ns : 0);
    late += late_start;
  }
  own->late = late;
  own->last_start_ns = now_ns - start_ns;
}

void open_loop_collect(const struct open_loop *loop, struct open_loop_figures *into)
{
  uint64_t planned_ns = 0, taken_ns = 0;
  into->rate = loop->rate;
  for (unsigned t = 0; t < loop->threads; t++) {
    const struct player *player = &loop->player[t];
    uint64_t due_ns = player->count ? player->due_ns[player->count - 1] : 0;
    planned_ns = due_ns > planned_ns ? due_ns : planned_ns;
    taken_ns = player->last_start_ns > taken_ns ? player->last_start_ns : taken_ns;
    into->operations += player->count;
    into->late += player->late;
    histogram_merge(&into->response, &player->response);
    histogram_merge(&into->service, &player->service);
    histogram_merge(&into->start_delay, &player->start_delay);
  }
  into->planned_ns += (double)planned_ns;
  into->taken_ns += (double)taken_ns;
}

static const struct {
  const char *name;
  unsigned per_mille;
} percentiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}, {"max", 1000}};

static void percentile_counters(const char *of, const struct histogram *histogram,
                                counter_sink *sink, void *arg)
{
  for (size_t i = 0; histogram->count && i < sizeof percentiles / sizeof *percentiles; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s_%s_ns", of, percentiles[i].name);
    sink(arg, name, (double)histogram_percentile_ns(histogram, percentiles[i].per_mille));
  }
}

void open_loop_counters(const struct open_loop_figures *figures, counter_sink *sink, void *arg)
{
  if (!figures->operations)
    return;
  double share = figures->taken_ns > 0 ? figures->planned_ns / figures->taken_ns : 1;
  sink(arg, "rate_asked", (double)figures->rate);
  sink(arg, "rate_achieved", (double)figures->rate * share);
  sink(arg, "rate_achieved_share", share);
  sink(arg, "late_share", (double)figures->late / (double)figures->operations);
  percentile_counters("response", &figures->response, sink, arg);
  percentile_counters("service", &figures->service, sink, arg);
  percentile_counters("start_delay", &figures->start_delay, sink, arg);
}

static json_t *entry(const char *outcome, const struct histogram *histogram)
{
  return json_pack("{s:s, s:I, s:I, s:o}", "outcome", outcome, "count",
                   (json_int_t)histogram->count, "max_ns", (json_int_t)histogram->max_ns, "buckets",
                   histogram_json(histogram));
}

json_t *open_loop_histograms(const struct open_loop_figures *figures)
{
  return json_pack("[o, o, o]", entry("response", &figures->response),
                   entry("service", &figures->service),
                   entry("start_delay", &figures->start_delay));
}
