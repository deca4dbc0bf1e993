/* stage_record.h: the struct stage of a point whose workload conducts its own trials, and what the
 * workload tells it: figures, latencies, spans. trial.c plays the trials, measurement.c turns what
 * was told into counters, `tmb point` writes histograms and the timeline.
 *
 * Figures and histograms are of a series of trials, the timeline of the last one. */
#ifndef TMB_STAGE_RECORD_H
#define TMB_STAGE_RECORD_H

#include <jansson.h>

#include "api/workload.h"
#include "measure/histogram.h"

struct stage_record;

/* place: by thread. All that is passed outlives the record. NULL: no memory. */
struct stage_record *stage_record_create(const struct workload_plugin *,
                                         const struct workload_plan *, const struct map_plugin *,
                                         const struct map_config *, const struct seat_place *place,
                                         uint64_t *const *results);
/* NULL is fine. */
void stage_record_destroy(struct stage_record *);

/* What the plug-in's calls get. */
struct stage *stage_record_stage(struct stage_record *);

/* Forgets all trials. */
void stage_record_begin_series(struct stage_record *);
/* Forgets the last trial's timeline. */
void stage_record_begin_trial(struct stage_record *);
/* The timed part begins: by one thread, before the others are let go. */
void stage_record_start(struct stage_record *, uint64_t now_ns);
/* Adds the trial to the series. False with a sentence in error[POINT_ERROR_BYTES]: the workload
 * used the stage wrongly. */
bool stage_record_end_trial(struct stage_record *, char *error);

/* Called with each figure of the series: the median or the most of its trials. */
typedef void stage_figure_sink(void *arg, const char *name, double value);
void stage_record_figures(const struct stage_record *, stage_figure_sink *, void *arg);

/* Kinds of latencies, and what the series holds of each. */
unsigned stage_record_kinds(const struct stage_record *);
const char *stage_record_kind(const struct stage_record *, unsigned kind);
const struct histogram *stage_record_histogram(const struct stage_record *, unsigned kind);

/* The last trial's, as in timelines.json, without name and round. A new reference; NULL: no memory.
 * Once a trial. */
json_t *stage_record_timeline(struct stage_record *);

#endif
