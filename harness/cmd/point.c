/* point.c: `tmb point`: measures one point in this process. `tmb bench` starts one for each point
 * and round; by hand it is what to run under perf or gdb.
 *
 * Writes two files: Google Benchmark's JSON (its own flag --benchmark_out), and --side, which holds
 * what flat counters cannot: histograms, placement, and figures taken after the timed series. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gbench_shim.h"
#include "cmd/commands.h"
#include "cmd/trial_exit.h"
#include "load/plugin_loader.h"
#include "measure/stopwatch.h"
#include "run/measurement.h"
#include "run/open_loop.h"
#include "run/sampled_latencies.h"
#include "run/trial_counter.h"
#include "run/trial_recorder.h"

struct options {
  const char *point, *side, *history;
  double record_share; /* 0: nothing is recorded */
  double min_time_s;
  bool sample, count_instructions, strict;
};

enum option_key {
  OPTION_SIDE = 256,
  OPTION_MIN_TIME,
  OPTION_SAMPLE,
  OPTION_COUNT,
  OPTION_RECORD,
  OPTION_KEEP_HISTORY,
  OPTION_STRICT,
  OPTION_PLUGIN_DIR
};

static const struct argp_option option_list[] = {
    {"side", OPTION_SIDE, "FILE", 0, "write histograms and further figures here", 0},
    {"min-time", OPTION_MIN_TIME, "SECONDS", 0, "trial time wanted (0.1)", 0},
    {"sample", OPTION_SAMPLE, NULL, 0,
     "sample latencies in trials of their own, unless a trial takes more than 3 s", 0},
    {"count-instructions", OPTION_COUNT, NULL, 0,
     "step through some calls and count their instructions and locked instructions", 0},
    {"record", OPTION_RECORD, "full|sampled:P", 0,
     "in trials of their own record every operation, or those on the share P of the keys; check "
     "them",
     0},
    {"keep-history", OPTION_KEEP_HISTORY, "FILE", 0, "write what was recorded last here", 0},
    {"strict", OPTION_STRICT, NULL, 0, "exit 3 unless threads and pages stayed where they were put",
     0},
    {"plugin-dir", OPTION_PLUGIN_DIR, "FOLDER", 0, "also look for plug-ins here, first", 0},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case OPTION_SIDE:
    options->side = argument;
    return 0;
  case OPTION_MIN_TIME:
    options->min_time_s = strtod(argument, NULL);
    if (!(options->min_time_s > 0))
      argp_error(state, "--min-time=%s: seconds, more than 0", argument);
    return 0;
  case OPTION_SAMPLE:
    options->sample = true;
    return 0;
  case OPTION_COUNT:
    options->count_instructions = true;
    return 0;
  case OPTION_RECORD:
    if (!record_share_parse(argument, &options->record_share))
      argp_error(state, "--record=%s: full, or sampled:P with P above 0 and at most 1", argument);
    return 0;
  case OPTION_KEEP_HISTORY:
    options->history = argument;
    return 0;
  case OPTION_STRICT:
    options->strict = true;
    return 0;
  case OPTION_PLUGIN_DIR:
    plugin_add_folder(argument);
    return 0;
  case ARGP_KEY_ARG:
    if (options->point)
      argp_error(state, "one point at a time");
    options->point = argument;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "which point? plan.json of a run lists some");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp parser = {
    option_list,
    parse_option,
    "POINT",
    "Measures one point, a JSON object as in a run's plan.json. Google Benchmark's flags pass "
    "through.",
    NULL,
    NULL,
    NULL};

/* What the calls of the benchmark share. */
struct series {
  struct trial_rig *rig;
  struct measurement *measurement;
  struct open_loop_figures *open_loop; /* empty in a closed loop */
  enum trial_problem problem;
  bool misplaced; /* the placement did not hold in some trial */
  char error[POINT_ERROR_BYTES];
};

static void begin(void *arg)
{
  struct series *series = arg;
  measurement_begin(series->measurement);
  trial_rig_begin_series(series->rig);
  memset(series->open_loop, 0, sizeof *series->open_loop);
}

static double trial(void *arg, const char **error)
{
  struct series *series = arg;
  struct trial_times times;
  series->problem = trial_run(series->rig, &times, series->error);
  if (!series->problem && !measurement_add(series->measurement, &times)) {
    series->problem = TRIAL_ERROR;
    snprintf(series->error, sizeof series->error, "no memory to keep the times of all trials");
  }
  const struct open_loop *open_loop = trial_rig_open_loop(series->rig);
  if (!series->problem && open_loop)
    open_loop_collect(open_loop, series->open_loop);
  *error = series->error;
  return series->problem ? -1 : (double)times.wall_ns * 1e-9;
}

static void put_counter(void *arg, const char *name, double value)
{
  gbench_counter(arg, name, value);
}

static void end(void *arg, struct gbench_state *state)
{
  struct series *series = arg;
  struct trial_facts facts;
  trial_rig_facts(series->rig, &facts);
  measurement_counters(series->measurement, &facts, put_counter, state);
  open_loop_counters(series->open_loop, put_counter, state);
}

/* ---- after the timed series ---- */

static void set_counter(void *arg, const char *name, double value)
{
  json_object_set_new(arg, name, json_real(value));
}

#define SAMPLE_GAP 16
#define SAMPLES_WANTED 50000
#define SAMPLE_BUDGET_NS 300000000u

/* A trial with samples in it takes as long again; of a long one that is not worth it. */
#define SAMPLED_TRIAL_MOST_NS 3e9

static bool is_long(const struct series *series)
{
  struct trial_facts facts;
  trial_rig_facts(series->rig, &facts);
  double ns_per_op = measurement_ns_per_op(series->measurement, &facts);
  return ns_per_op * (double)facts.operations / facts.plan->threads > SAMPLED_TRIAL_MOST_NS;
}

static bool add_histogram(json_t *side, const char *outcome, const struct histogram *histogram)
{
  return json_array_append_new(json_object_get(side, "histograms"),
                               json_pack("{s:s, s:I, s:I, s:o}", "outcome", outcome, "count",
                                         (json_int_t)histogram->count, "max_ns",
                                         (json_int_t)histogram->max_ns, "buckets",
                                         histogram_json(histogram))) == 0;
}

/* What a staged workload told, histograms and the last trial's timeline. */
static bool write_stage(struct stage_record *stage, json_t *side)
{
  bool good = true;
  for (unsigned kind = 0; kind < stage_record_kinds(stage); kind++) {
    const struct histogram *histogram = stage_record_histogram(stage, kind);
    if (histogram->count)
      good = good && add_histogram(side, stage_record_kind(stage, kind), histogram);
  }
  return good && json_object_set_new(side, "timeline", stage_record_timeline(stage)) == 0;
}

static bool sample_latencies(struct series *series, json_t *side)
{
  struct sampled_latencies *latencies = trial_rig_latencies(series->rig);
  if (!latencies)
    return false;
  uint64_t from = stopwatch_now_ns(), samples = 0;
  while (!series->problem && samples < SAMPLES_WANTED &&
         (samples == 0 || stopwatch_now_ns() - from < SAMPLE_BUDGET_NS)) {
    uint64_t before = samples;
    series->problem = trial_run_sampled(series->rig, SAMPLE_GAP, latencies, series->error);
    samples = sampled_latencies_count(latencies);
    if (samples == before)
      break; /* too few operations a trial to hit one */
  }
  sampled_latencies_counters(latencies, set_counter, json_object_get(side, "counters"));
  for (int outcome = 0; outcome < SAMPLE_OUTCOMES; outcome++) {
    if (latencies->all[outcome].count)
      add_histogram(side, sample_outcome_name((enum sample_outcome)outcome),
                    &latencies->all[outcome]);
  }
  free(latencies);
  return !series->problem;
}

/* Says why where that is not possible: a figure less, not a failure. */
static void count_instructions(const struct series *series, json_t *side)
{
  char error[CALL_COUNTER_ERROR_BYTES];
  struct call_counts counts;
  if (!trial_counter_run(series->rig, &counts, error)) {
    fprintf(stderr, "instructions are not counted: %s\n", error);
    return;
  }
  json_t *counters = json_object_get(side, "counters");
  double calls = (double)counts.calls;
  set_counter(counters, "counted_calls", calls);
  set_counter(counters, "instructions_per_op", (double)counts.instructions / calls);
  set_counter(counters, "locked_per_op", (double)counts.locked / calls);
  fprintf(stderr, "counted %.0f calls: %.1f instructions each, %.2f of them locked", calls,
          (double)counts.instructions / calls, (double)counts.locked / calls);
  if (counts.seats > 1) {
    set_counter(counters, "shared_locked_per_op", (double)counts.shared_locked / calls);
    fprintf(stderr, ", %.2f on lines that other seats lock too",
            (double)counts.shared_locked / calls);
  }
  fputc('\n', stderr);
}

#define RECORDED_TRIALS_LEAST 3
#define RECORDED_TRIALS_MOST 1000
#define RECORD_BUDGET_NS 300000000u

static void note_recording(const struct trial_recorder *recorder, double slowdown, json_t *side)
{
  struct trial_recorder_facts facts = trial_recorder_facts(recorder);
  json_t *counters = json_object_get(side, "counters");
  set_counter(counters, "record_slowdown", slowdown);
  set_counter(counters, "record_operations", (double)facts.operations);
  set_counter(counters, "record_clock_error_ns", (double)facts.clock_error_ns);
  fprintf(stderr,
          "recorded: %llu operations in %llu trials, linearizable; each took %.2f times as long as "
          "unrecorded; clock error %lld ns\n",
          (unsigned long long)facts.operations, (unsigned long long)facts.trials, slowdown,
          (long long)facts.clock_error_ns);
}

/* Records trials, has them checked, and holds their times against those of the series. */
static bool record_trials(struct series *series, const struct point *point,
                          const struct options *options, json_t *side)
{
  struct trial_facts facts;
  trial_rig_facts(series->rig, &facts);
  double plain_ns = measurement_ns_per_op(series->measurement, &facts);
  measurement_begin(series->measurement);
  struct trial_recorder *recorder = trial_recorder_create(options->record_share, point->seed);
  uint64_t from = stopwatch_now_ns();
  bool good = true;
  for (unsigned i = 0; good && i < RECORDED_TRIALS_MOST; i++) {
    if (i >= RECORDED_TRIALS_LEAST && stopwatch_now_ns() - from > RECORD_BUDGET_NS)
      break;
    struct trial_times times;
    series->problem = trial_recorder_run(recorder, series->rig, &times, series->error);
    good = !series->problem && measurement_add(series->measurement, &times);
  }
  if (good)
    note_recording(recorder, measurement_ns_per_op(series->measurement, &facts) / plain_ns, side);
  char unsaved[POINT_ERROR_BYTES];
  if (options->history && !trial_recorder_keep(recorder, options->history, unsaved) && good) {
    series->problem = TRIAL_ERROR;
    snprintf(series->error, sizeof series->error, "%s", unsaved);
    good = false;
  }
  trial_recorder_destroy(recorder);
  return good;
}

#define BARE_TRIALS 25

/* What the harness costs: the same tapes with the map's empty calls and with none, in turn, so that
 * both meet the same machine and the same caches. */
static bool measure_bare_loop(struct series *series, json_t *side)
{
  struct measurement *bare = measurement_create();
  bool good = bare != NULL;
  measurement_begin(series->measurement);
  for (int i = 0; i < BARE_TRIALS && good; i++) {
    struct trial_times times;
    series->problem = trial_run(series->rig, &times, series->error);
    good = !series->problem && measurement_add(series->measurement, &times);
    if (good) {
      trial_bare_loop(series->rig, &times);
      good = measurement_add(bare, &times);
    }
  }
  if (good) {
    struct trial_facts facts;
    trial_rig_facts(series->rig, &facts);
    double bare_ns = measurement_ns_per_op(bare, &facts);
    double called_ns = measurement_ns_per_op(series->measurement, &facts);
    json_t *counters = json_object_get(side, "counters");
    set_counter(counters, "bare_loop_ns_per_op", bare_ns);
    set_counter(counters, "harness_ns_per_op", called_ns - bare_ns);
  }
  measurement_destroy(bare);
  return good;
}

static bool note_memory(const struct series *series, json_t *side)
{
  const struct trial_memory *memory = trial_rig_memory(series->rig);
  const struct memory_proof *proof = &memory->proof;
  trial_memory_counters(memory, set_counter, json_object_get(side, "counters"));
  return json_object_set_new(side, "memory", json_string(memory_verdict_name(proof->verdict))) ==
             0 &&
         json_object_set_new(side, "memory_reason", json_string(proof->reason)) == 0;
}

/* What a reader sets maps against: libraries, and what is no map at all. */
static bool note_standing(const struct map_plugin *map, json_t *side)
{
  json_t *standing = json_object();
  bool good =
      !map->library || json_object_set_new(standing, "library", json_string(map->library)) == 0;
  if (good && map->head.promises & MAP_IS_BASELINE)
    good = json_object_set_new(standing, "baseline", json_true()) == 0;
  return json_object_set_new(side, "standing", standing) == 0 && good;
}

static bool write_side(struct series *series, const struct point *point,
                       const struct options *options)
{
  json_t *side = json_pack("{s:{}, s:[]}", "counters", "histograms");
  struct trial_facts facts;
  trial_rig_facts(series->rig, &facts);
  struct stage_record *stage = trial_rig_stage(series->rig);
  bool good = side != NULL && trial_rig_prove_memory(series->rig), open = point->rate > 0;
  if (good && open) /* every operation was timed */
    good = json_object_set_new(side, "histograms", open_loop_histograms(series->open_loop)) == 0;
  if (good && stage)
    good = write_stage(stage, side);
  else if (good && facts.map->head.promises & MAP_IS_BASELINE)
    good = open || measure_bare_loop(series, side); /* waiting is no cost of the harness */
  else if (good) {
    bool sample = options->sample && !open && !is_long(series);
    good = !(options->record_share > 0) || record_trials(series, point, options, side);
    good = good && (!sample || sample_latencies(series, side));
  }
  if (good && options->count_instructions)
    count_instructions(series, side);
  trial_rig_facts(series->rig, &facts);
  if (good)
    good =
        json_object_set_new(side, "placement", json_string(facts.placement)) == 0 &&
        json_object_set_new(side, "placement_reason", json_string(facts.placement_reason)) == 0 &&
        note_memory(series, side) && note_standing(facts.map, side) &&
        (!options->side || json_dump_file(side, options->side, JSON_INDENT(1)) == 0);
  json_decref(side);
  if (!good && !series->problem) {
    series->problem = TRIAL_ERROR;
    snprintf(series->error, sizeof series->error, "%s: not written",
             options->side ? options->side : "figures");
  }
  return good;
}

static void note_placement(struct series *series, const struct point *point)
{
  struct trial_facts facts;
  trial_rig_facts(series->rig, &facts);
  series->misplaced = facts.placement_reason[0] != '\0';
  if (series->misplaced)
    fprintf(stderr, "tmb point: %s: the placement did not hold: %s\n", point->name,
            facts.placement_reason);
  const struct memory_proof *proof = &trial_rig_memory(series->rig)->proof;
  if (proof->verdict == MEMORY_UNKNOWN || proof->verdict == MEMORY_BROKEN) {
    series->misplaced = true;
    fprintf(stderr, "tmb point: %s: the memory policy was not seen to hold: %s\n", point->name,
            proof->reason);
  }
}

static void measure(struct series *series, const struct point *point, const struct options *options)
{
  series->problem = trial_rig_create(point, &series->rig, series->error);
  if (series->problem)
    return;
  if (options->record_share > 0 && trial_rig_stage(series->rig)) {
    snprintf(series->error, sizeof series->error,
             "%s conducts its own trials, which --record cannot watch: leave one of them out",
             point->workload);
    series->problem = TRIAL_REFUSED;
    trial_rig_destroy(series->rig);
    return;
  }
  struct gbench_benchmark benchmark = {.name = point->name,
                                       .min_time_s = options->min_time_s,
                                       .arg = series,
                                       .begin = begin,
                                       .trial = trial,
                                       .end = end};
  if (gbench_run(&benchmark) &&
      (options->side || options->record_share > 0 || options->count_instructions))
    write_side(series, point, options);
  if (!series->problem)
    series->problem = trial_rig_prove_map(series->rig, series->error);
  note_placement(series, point);
  trial_rig_destroy(series->rig);
}

int cmd_point(int argc, char **argv)
{
  struct options options = {.min_time_s = 0.1};
  gbench_flags(&argc, argv);
  argp_parse(&parser, argc, argv, 0, NULL, &options);

  struct series series = {.measurement = measurement_create(),
                          .open_loop = calloc(1, sizeof *series.open_loop)};
  struct point point;
  json_error_t at;
  json_t *json = json_loads(options.point, 0, &at);
  if (!json) {
    fprintf(stderr, "tmb point: column %d: %s\n", at.column, at.text);
    series.problem = TRIAL_ERROR;
  } else if (!series.measurement || !series.open_loop ||
             !point_from_json(json, &point, series.error)) {
    fprintf(stderr, "tmb point: %s\n", series.error);
    series.problem = TRIAL_ERROR;
  } else {
    measure(&series, &point, &options);
    if (series.problem)
      fprintf(stderr, "tmb point: %s: %s\n", point.name, series.error);
  }
  measurement_destroy(series.measurement);
  free(series.open_loop);
  json_decref(json);
  if (!series.problem && options.strict && series.misplaced)
    return EXIT_INCOMPLETE;
  return trial_exit(series.problem);
}
