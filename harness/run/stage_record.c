/* stage_record.c: see stage_record.h. */
#include "run/stage_record.h"

#include <math.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/stopwatch.h"
#include "measure/time_slices.h"
#include "run/point.h"

/* What one thread recorded of one kind. */
struct kind_log {
  struct histogram histogram;
  struct time_slices *slices;
};

struct thread_log {
  alignas(64) struct kind_log *kind; /* one a kind */
  bool unknown_kind;                 /* a latency of a kind that was not declared */
};

struct figure {
  char name[STAGE_NAME_BYTES];
  enum figure_rule rule;
  double *value; /* one a trial */
  size_t count, capacity;
};

struct span {
  char name[STAGE_NAME_BYTES];
  uint64_t from_ns, to_ns;
};

struct stage_record {
  struct stage stage; /* first: the sinks find the rest behind it */
  const char *const *kinds;
  unsigned kind_count, threads;
  struct thread_log *thread;
  struct histogram *histogram; /* by kind: of all threads, of the series */
  struct figure figure[STAGE_FIGURES];
  unsigned figures;
  struct span *span;
  unsigned spans, spans_left_out;
  char misuse[200]; /* a sentence; "" when there was none */
};

/* ---- the sinks ---- */

static struct stage_record *record_of(struct stage *stage)
{
  return (struct stage_record *)stage;
}

static void misused(struct stage_record *record, const char *what, const char *name)
{
  if (!record->misuse[0])
    snprintf(record->misuse, sizeof record->misuse, "%s: '%.60s'", what, name ? name : "");
}

static bool name_is_sound(struct stage_record *record, const char *name)
{
  if (name && name[0] && strlen(name) < STAGE_NAME_BYTES &&
      strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name))
    return true;
  misused(record, "a name of [a-z0-9_] up to 47 letters is wanted", name);
  return false;
}

static void latency(struct stage *stage, unsigned thread, unsigned kind, uint64_t start_ns,
                    uint64_t end_ns)
{
  struct stage_record *record = record_of(stage);
  struct thread_log *log = &record->thread[thread];
  if (kind >= record->kind_count) {
    log->unknown_kind = true;
    return;
  }
  uint64_t latency_ns = end_ns > start_ns ? end_ns - start_ns : 0;
  histogram_record(&log->kind[kind].histogram, latency_ns);
  time_slices_record(log->kind[kind].slices, end_ns, latency_ns);
}

static void span(struct stage *stage, const char *name, uint64_t from_ns, uint64_t to_ns)
{
  struct stage_record *record = record_of(stage);
  if (!name_is_sound(record, name))
    return;
  if (record->spans == STAGE_SPANS) {
    record->spans_left_out++;
    return;
  }
  struct span *added = &record->span[record->spans++];
  snprintf(added->name, sizeof added->name, "%s", name);
  added->from_ns = from_ns;
  added->to_ns = to_ns;
}

static struct figure *figure_of(struct stage_record *record, const char *name,
                                enum figure_rule rule)
{
  for (unsigned i = 0; i < record->figures; i++)
    if (strcmp(record->figure[i].name, name) == 0)
      return &record->figure[i];
  if (record->figures == STAGE_FIGURES) {
    misused(record, "one figure too many", name);
    return NULL;
  }
  struct figure *added = &record->figure[record->figures++];
  *added = (struct figure){.rule = rule};
  snprintf(added->name, sizeof added->name, "%s", name);
  return added;
}

static void figure(struct stage *stage, const char *name, double value, enum figure_rule rule)
{
  struct stage_record *record = record_of(stage);
  if (!name_is_sound(record, name))
    return;
  struct figure *figure = figure_of(record, name, rule);
  if (!figure)
    return;
  if (!isfinite(value)) {
    misused(record, "a figure that is no number", name);
    return;
  }
  if (figure->count == figure->capacity) {
    size_t capacity = figure->capacity ? 2 * figure->capacity : 64;
    double *grown = realloc(figure->value, capacity * sizeof *grown);
    if (!grown) {
      misused(record, "no memory for a figure", name);
      return;
    }
    figure->value = grown;
    figure->capacity = capacity;
  }
  figure->value[figure->count++] = value;
}

/* ---- making and keeping ---- */

static uint64_t now_ns(void)
{
  return stopwatch_now_ns();
}

static bool make_logs(struct stage_record *record)
{
  record->thread =
      aligned_alloc(alignof(struct thread_log), record->threads * sizeof *record->thread);
  record->histogram = calloc(record->kind_count + 1, sizeof *record->histogram);
  record->span = calloc(STAGE_SPANS, sizeof *record->span);
  if (!record->thread || !record->histogram || !record->span)
    return false;
  memset(record->thread, 0, record->threads * sizeof *record->thread);
  for (unsigned t = 0; t < record->threads; t++) {
    struct thread_log *log = &record->thread[t];
    log->kind = calloc(record->kind_count + 1, sizeof *log->kind);
    for (unsigned k = 0; log->kind && k < record->kind_count; k++)
      if (!(log->kind[k].slices = time_slices_create()))
        return false;
    if (!log->kind)
      return false;
  }
  return true;
}

struct stage_record *stage_record_create(const struct workload_plugin *workload,
                                         const struct workload_plan *plan,
                                         const struct map_plugin *calls,
                                         const struct map_config *config,
                                         const struct seat_place *place, uint64_t *const *results)
{
  struct stage_record *record = calloc(1, sizeof *record);
  if (!record)
    return NULL;
  record->stage = (struct stage){.plan = plan,
                                 .calls = calls,
                                 .config = config,
                                 .place = place,
                                 .results = results,
                                 .now_ns = now_ns,
                                 .latency = latency,
                                 .span = span,
                                 .figure = figure};
  record->kinds = workload->latencies;
  while (record->kinds && record->kinds[record->kind_count])
    record->kind_count++;
  record->threads = plan->threads;
  if (!make_logs(record)) {
    stage_record_destroy(record);
    return NULL;
  }
  return record;
}

void stage_record_destroy(struct stage_record *record)
{
  if (!record)
    return;
  for (unsigned t = 0; record->thread && t < record->threads; t++) {
    struct kind_log *kind = record->thread[t].kind;
    for (unsigned k = 0; kind && k < record->kind_count; k++)
      time_slices_destroy(kind[k].slices);
    free(kind);
  }
  for (unsigned i = 0; i < record->figures; i++)
    free(record->figure[i].value);
  free(record->thread);
  free(record->histogram);
  free(record->span);
  free(record);
}

struct stage *stage_record_stage(struct stage_record *record)
{
  return &record->stage;
}

/* ---- trials ---- */

void stage_record_begin_series(struct stage_record *record)
{
  for (unsigned i = 0; i < record->figures; i++)
    record->figure[i].count = 0;
  memset(record->histogram, 0, record->kind_count * sizeof *record->histogram);
}

void stage_record_begin_trial(struct stage_record *record)
{
  record->spans = record->spans_left_out = 0;
  record->misuse[0] = '\0';
  record->stage.error[0] = '\0';
  for (unsigned t = 0; t < record->threads; t++) {
    struct thread_log *log = &record->thread[t];
    log->unknown_kind = false;
    for (unsigned k = 0; k < record->kind_count; k++) {
      memset(&log->kind[k].histogram, 0, sizeof log->kind[k].histogram);
      time_slices_begin(log->kind[k].slices);
    }
  }
}

void stage_record_start(struct stage_record *record, uint64_t start_ns)
{
  record->stage.start_ns = start_ns;
  for (unsigned t = 0; t < record->threads; t++)
    for (unsigned k = 0; k < record->kind_count; k++)
      time_slices_start(record->thread[t].kind[k].slices, start_ns);
}

bool stage_record_end_trial(struct stage_record *record, char *error)
{
  for (unsigned t = 0; t < record->threads; t++) {
    if (record->thread[t].unknown_kind)
      misused(record, "a latency of a kind that is not declared", "");
    for (unsigned k = 0; k < record->kind_count; k++)
      histogram_merge(&record->histogram[k], &record->thread[t].kind[k].histogram);
  }
  if (record->misuse[0])
    snprintf(error, POINT_ERROR_BYTES, "the workload told the stage %s", record->misuse);
  return !record->misuse[0];
}

/* ---- what came of it ---- */

static int ascending(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

void stage_record_figures(const struct stage_record *record, stage_figure_sink *sink, void *arg)
{
  for (unsigned i = 0; i < record->figures; i++) {
    const struct figure *figure = &record->figure[i];
    if (!figure->count)
      continue;
    qsort(figure->value, figure->count, sizeof *figure->value, ascending);
    size_t middle = figure->count / 2;
    double median = figure->count % 2 ? figure->value[middle]
                                      : (figure->value[middle - 1] + figure->value[middle]) / 2;
    sink(arg, figure->name,
         figure->rule == FIGURE_MOST ? figure->value[figure->count - 1] : median);
  }
}

unsigned stage_record_kinds(const struct stage_record *record)
{
  return record->kind_count;
}

const char *stage_record_kind(const struct stage_record *record, unsigned kind)
{
  return record->kinds[kind];
}

const struct histogram *stage_record_histogram(const struct stage_record *record, unsigned kind)
{
  return &record->histogram[kind];
}

/* All kinds in slices of one width, so that they stand over one axis. */
static uint64_t settle_slices(struct stage_record *record)
{
  uint64_t width_ns = 0;
  for (unsigned k = 0; k < record->kind_count; k++) {
    struct time_slices *all = record->thread[0].kind[k].slices;
    for (unsigned t = 1; t < record->threads; t++)
      time_slices_merge(all, record->thread[t].kind[k].slices);
    time_slices_settle(all, width_ns);
    width_ns = time_slices_width_ns(all);
  }
  for (unsigned k = 0; k < record->kind_count; k++)
    time_slices_settle(record->thread[0].kind[k].slices, width_ns);
  return width_ns;
}

static json_t *slices_json(const struct time_slices *slices)
{
  json_t *count = json_array(), *p50 = json_array(), *p999 = json_array(), *max = json_array();
  for (unsigned i = 0; i < time_slices_count(slices); i++) {
    struct time_slice slice = time_slices_at(slices, i);
    json_array_append_new(count, json_integer((json_int_t)slice.count));
    json_array_append_new(p50, json_integer((json_int_t)slice.p50_ns));
    json_array_append_new(p999, json_integer((json_int_t)slice.p999_ns));
    json_array_append_new(max, json_integer((json_int_t)slice.max_ns));
  }
  return json_pack("{s:o, s:o, s:o, s:o}", "count", count, "p50_ns", p50, "p999_ns", p999, "max_ns",
                   max);
}

static json_t *spans_json(const struct stage_record *record)
{
  json_t *spans = json_array();
  for (unsigned i = 0; i < record->spans; i++) {
    const struct span *span = &record->span[i];
    uint64_t start_ns = record->stage.start_ns;
    uint64_t from_ns = span->from_ns > start_ns ? span->from_ns - start_ns : 0;
    uint64_t to_ns = span->to_ns > start_ns ? span->to_ns - start_ns : 0;
    json_array_append_new(spans, json_pack("{s:s, s:I, s:I}", "name", span->name, "from_ns",
                                           (json_int_t)from_ns, "to_ns", (json_int_t)to_ns));
  }
  return spans;
}

json_t *stage_record_timeline(struct stage_record *record)
{
  uint64_t width_ns = settle_slices(record);
  json_t *kinds = json_object();
  for (unsigned k = 0; k < record->kind_count; k++)
    json_object_set_new(kinds, record->kinds[k], slices_json(record->thread[0].kind[k].slices));
  return json_pack("{s:I, s:o, s:o, s:i}", "slice_ns", (json_int_t)width_ns, "latencies", kinds,
                   "spans", spans_json(record), "spans_left_out", (int)record->spans_left_out);
}
