/* rate_sweep.c: see rate_sweep.h. */
#include "run/rate_sweep.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/rate_search.h"

#define PATH_BYTES 4096

json_t *rate_sweep_json(const struct rate_sweep *sweep)
{
  return json_pack("{s:f, s:f, s:I, s:s}", "p999_bound_ns", sweep->p999_bound_ns, "precision",
                   sweep->precision, "first_rate", (json_int_t)sweep->first_rate, "arrivals",
                   arrival_process_name(sweep->arrivals));
}

bool rate_sweep_from_json(const json_t *json, struct rate_sweep *sweep, char *error)
{
  *sweep = (struct rate_sweep){0};
  json_int_t first_rate;
  const char *arrivals;
  json_error_t at;
  if (json_unpack_ex((json_t *)(uintptr_t)json, &at, 0, "{s:F, s:F, s:I, s:s}", "p999_bound_ns",
                     &sweep->p999_bound_ns, "precision", &sweep->precision, "first_rate",
                     &first_rate, "arrivals", &arrivals) != 0) {
    snprintf(error, MATRIX_ERROR_BYTES, "sweep: %s", at.text);
    return false;
  }
  if (!(sweep->p999_bound_ns > 0) || !(sweep->precision > 0) || first_rate < 0 ||
      first_rate > (json_int_t)ARRIVALS_RATE_MOST ||
      !arrival_process_parse(arrivals, &sweep->arrivals)) {
    snprintf(error, MATRIX_ERROR_BYTES,
             "sweep: bound and precision must be above 0, first_rate at most %llu, arrivals fixed "
             "or poisson",
             (unsigned long long)ARRIVALS_RATE_MOST);
    return false;
  }
  sweep->first_rate = (uint64_t)first_rate;
  return true;
}

/* ---- figures of a point, from its rounds' files ---- */

struct spread {
  double least, median, most;
  unsigned count, under;
};

static int ascending(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

/* A counter that one round of the point has; false: the round or the counter is not there. */
static bool read_counter(const char *folder, size_t index, unsigned round, const char *counter,
                         double *value)
{
  char path[PATH_BYTES];
  runner_file(path, sizeof path, folder, index, round, "json");
  json_t *output = json_load_file(path, 0, NULL), *entry, *found = NULL;
  size_t i;
  json_array_foreach(json_object_get(output, "benchmarks"), i, entry)
  {
    if (!found)
      found = json_object_get(entry, counter);
  }
  *value = json_number_value(found);
  bool is_number = json_is_number(found);
  json_decref(output);
  return is_number;
}

/* Over the rounds; count 0: no round has it. */
static struct spread spread_of(const struct matrix *matrix, const char *folder, size_t index,
                               const char *counter, double bound)
{
  struct spread spread = {0};
  double *values = calloc(matrix->rounds, sizeof *values);
  for (unsigned round = 0; values && round < matrix->rounds; round++) {
    if (!read_counter(folder, index, round, counter, &values[spread.count]))
      continue;
    spread.under += values[spread.count] <= bound;
    spread.count++;
  }
  if (spread.count) {
    qsort(values, spread.count, sizeof *values, ascending);
    size_t middle = spread.count / 2;
    spread.least = values[0];
    spread.most = values[spread.count - 1];
    spread.median = spread.count % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
  free(values);
  return spread;
}

static bool has_failed(const char *folder, size_t index)
{
  char path[PATH_BYTES];
  runner_failure_file(path, sizeof path, folder, index);
  return access(path, F_OK) == 0;
}

/* ---- one map ---- */

struct candidate {
  struct point base; /* of a closed loop */
  struct rate_search search;
  size_t index;      /* of the point of the step under way */
  uint64_t rate;     /* which it has; 0: the search is over */
  bool failed;       /* a point of the map has no figure */
  const char *limit; /* why the lowest rate that failed did; NULL: none did */
  json_t *tried;
};

static struct rate_try judge(const struct rate_sweep *sweep, const struct matrix *matrix,
                             const char *folder, size_t index)
{
  struct spread p999 = spread_of(matrix, folder, index, "response_p999_ns", sweep->p999_bound_ns);
  struct spread achieved = spread_of(matrix, folder, index, "rate_achieved_share", 1);
  struct spread late = spread_of(matrix, folder, index, "late_share", 1);
  struct spread delay = spread_of(matrix, folder, index, "start_delay_p999_ns", 0);
  bool measured = p999.count > 0 && achieved.count > 0 && !has_failed(folder, index);
  return (struct rate_try){
      .point = &matrix->point[index],
      .index = index,
      .rounds = p999.count,
      .rounds_under = p999.under,
      .p999_ns = p999.median,
      .p999_least_ns = p999.least,
      .p999_most_ns = p999.most,
      .achieved_share = achieved.median,
      .late_share = late.median,
      .start_delay_ns = delay.median,
      .measured = measured,
      .passed = measured && p999.median <= sweep->p999_bound_ns &&
                achieved.median >= RATE_SWEEP_ACHIEVED_LEAST,
  };
}

static void note_try(struct candidate *candidate, const struct rate_try *done,
                     const struct rate_sweep *sweep)
{
  json_array_append_new(
      candidate->tried,
      json_pack("{s:I, s:s, s:b, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f}", "rate",
                (json_int_t)done->point->rate, "name", done->point->name, "passed", done->passed,
                "rounds", (int)done->rounds, "rounds_under", (int)done->rounds_under, "p999_ns",
                done->p999_ns, "p999_least_ns", done->p999_least_ns, "p999_most_ns",
                done->p999_most_ns, "achieved_share", done->achieved_share, "late_share",
                done->late_share, "start_delay_p999_ns", done->start_delay_ns));
  if (!done->passed)
    candidate->limit = done->p999_ns <= sweep->p999_bound_ns         ? "rate"
                       : done->start_delay_ns > sweep->p999_bound_ns ? "machine"
                                                                     : "latency";
  rate_search_tell(&candidate->search, done->point->rate, done->passed);
  if (!done->passed && strcmp(candidate->limit, "machine") == 0)
    rate_search_give_up(&candidate->search); /* stalls take their share at any rate */
}

static json_t *rate_or_null(uint64_t rate)
{
  return rate ? json_integer((json_int_t)rate) : json_null();
}

static json_t *candidate_json(const struct candidate *candidate)
{
  const struct rate_search *search = &candidate->search;
  const char *verdict = candidate->failed                  ? "failed"
                        : candidate->rate                  ? "unfinished"
                        : search->passed && search->failed ? "found"
                        : search->passed                   ? "unbounded"
                                                           : "none";
  char map[96], region[96];
  plugin_short_name(candidate->base.map, map, sizeof map);
  plugin_short_name(candidate->base.region, region, sizeof region);
  return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s?, s:O}", "map", map, "region", region, "verdict",
                   verdict, "rate", rate_or_null(search->passed), "rate_failed",
                   rate_or_null(search->failed), "limit", candidate->limit, "tried",
                   candidate->tried);
}

/* ---- all maps ---- */

struct run {
  const struct rate_sweep *sweep;
  struct matrix *matrix;
  const struct runner_options *options;
  struct candidate *candidate;
  size_t count;
};

/* The closed loop's throughput is shared out over so many doublings below it. */
#define FIRST_SHARE 8
#define FIRST_TRIAL_MOST_S 2 /* a lower first rate makes trials longer than that */

/* One for all maps, so that their curves have points at the same rates. */
static uint64_t first_rate(const struct run *run)
{
  if (run->sweep->first_rate)
    return run->sweep->first_rate;
  double slowest = 0, operations = 0;
  for (size_t i = 0; i < run->count; i++) {
    if (run->candidate[i].failed)
      continue;
    const char *folder = run->options->folder;
    double rate = spread_of(run->matrix, folder, i, "ops_per_s", 0).median;
    slowest = slowest == 0 || rate < slowest ? rate : slowest;
    operations = spread_of(run->matrix, folder, i, "operations", 0).median;
  }
  double first = slowest / FIRST_SHARE, least = operations / FIRST_TRIAL_MOST_S;
  first = first > least ? first : least;
  return rate_search_round(first < slowest / 2 ? first : slowest / 2);
}

/* Adds the candidate's next rate to the matrix, when it has one. */
static bool add_rate(struct run *run, struct candidate *candidate, char *error)
{
  candidate->rate = candidate->failed ? 0 : rate_search_next(&candidate->search);
  if (!candidate->rate)
    return true;
  struct matrix *matrix = run->matrix;
  struct point *grown = realloc(matrix->point, (matrix->count + 1) * sizeof *grown);
  if (!grown) {
    snprintf(error, MATRIX_ERROR_BYTES, "no memory for %zu points", matrix->count + 1);
    return false;
  }
  matrix->point = grown;
  struct point *point = &grown[matrix->count];
  *point = candidate->base;
  point->rate = candidate->rate;
  point->arrivals = run->sweep->arrivals;
  point_set_name(point);
  candidate->index = matrix->count++;
  return true;
}

/* One step: the next rate of every map whose search is not over. *more: there was one. */
static bool try_rates(struct run *run, rate_sweep_watch *watch, void *arg,
                      struct runner_outcome *outcome, bool *more, char *error)
{
  size_t before = run->matrix->count;
  for (size_t i = 0; i < run->count; i++)
    if (!add_rate(run, &run->candidate[i], error))
      return false;
  *more = run->matrix->count > before;
  if (!*more)
    return true;
  if (!runner_run(run->matrix, run->options, outcome, error))
    return false;
  for (size_t i = 0; i < run->count && !outcome->interrupted; i++) {
    struct candidate *candidate = &run->candidate[i];
    if (!candidate->rate)
      continue;
    struct rate_try done = judge(run->sweep, run->matrix, run->options->folder, candidate->index);
    if (done.measured)
      note_try(candidate, &done, run->sweep);
    else
      candidate->failed = true;
    watch(arg, &done);
  }
  return true;
}

static bool run_all(struct run *run, rate_sweep_watch *watch, void *arg,
                    struct runner_outcome *outcome, char *error)
{
  if (!runner_run(run->matrix, run->options, outcome, error))
    return false;
  if (outcome->interrupted)
    return true;
  for (size_t i = 0; i < run->count; i++)
    run->candidate[i].failed = has_failed(run->options->folder, i);
  uint64_t first = first_rate(run);
  for (size_t i = 0; i < run->count; i++)
    rate_search_init(&run->candidate[i].search, first, run->sweep->precision);
  bool good = true, more = true;
  while (good && more && !outcome->interrupted)
    good = try_rates(run, watch, arg, outcome, &more, error);
  return good;
}

static json_t *verdict_json(const struct run *run)
{
  json_t *json = rate_sweep_json(run->sweep), *maps = json_array();
  for (size_t i = 0; i < run->count; i++)
    json_array_append_new(maps, candidate_json(&run->candidate[i]));
  json_object_set_new(json, "v", json_integer(1));
  json_object_set_new(json, "achieved_least", json_real(RATE_SWEEP_ACHIEVED_LEAST));
  json_object_set_new(json, "rounds", json_integer(run->matrix->rounds));
  json_object_set_new(json, "maps", maps);
  return json;
}

bool rate_sweep_run(const struct rate_sweep *sweep, struct matrix *matrix,
                    const struct runner_options *options, rate_sweep_watch *watch, void *arg,
                    struct runner_outcome *outcome, json_t **verdict, char *error)
{
  struct run run = {.sweep = sweep,
                    .matrix = matrix,
                    .options = options,
                    .candidate = calloc(matrix->count, sizeof *run.candidate),
                    .count = matrix->count};
  *verdict = NULL;
  if (!run.candidate) {
    snprintf(error, MATRIX_ERROR_BYTES, "no memory for %zu maps", matrix->count);
    return false;
  }
  for (size_t i = 0; i < run.count; i++) {
    run.candidate[i].base = matrix->point[i];
    run.candidate[i].rate = 1; /* not over yet */
    run.candidate[i].tried = json_array();
  }
  bool good = run_all(&run, watch, arg, outcome, error);
  if (good)
    *verdict = verdict_json(&run);
  for (size_t i = 0; i < run.count; i++)
    json_decref(run.candidate[i].tried);
  free(run.candidate);
  return good;
}
