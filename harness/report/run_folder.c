/* run_folder.c: see run_folder.h. */
#include "report/run_folder.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/figure.h"
#include "report/memory.h"
#include "report/reading.h"

/* The counters that must be numbers where they are present, and at least 0 but for one. */
static bool check_counters(const struct reading_place *place, json_t *entry)
{
  static const char *const plain[] = {
      "ns_per_op_min",
      "ns_per_op_max",
      "ops_per_s",
      "ops_per_s_thread_min",
      "ops_per_s_thread_max",
      "trial_ns",
      "operations",
      "added",
      "found",
      "missed",
      "bytes_per_key",
      "region_mapped_bytes",
      "region_used_bytes",
      "table_bytes",
      "depth_mean",
      "depth_max",
      "lost_races",
      "page_faults",
      "peak_rss_bytes",
      "timer_cost_ns",
      "bare_loop_ns_per_op",
      "rate_asked",
      "rate_achieved",
      "rate_achieved_share",
      "late_share",
      "access_samples",
  };
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    const json_t *value = json_object_get(entry, plain[i]);
    if (value && !(json_is_number(value) && json_number_value(value) >= 0))
      return reading_complain(place, "\"%s\" must be a number of at least 0", plain[i]);
  }
  const char *name;
  json_t *value;
  json_object_foreach(entry, name, value)
  {
    bool counter = !strncmp(name, "latency_", 8) || !strncmp(name, "fact_", 5) ||
                   !strncmp(name, "response_", 9) || !strncmp(name, "service_", 8) ||
                   !strncmp(name, "start_delay_", 12) || !strcmp(name, "harness_ns_per_op");
    if (counter && !json_is_number(value))
      return reading_complain(place, "\"%s\" must be a number, found %s", name,
                              reading_type_name(value));
    double share = json_number_value(value);
    bool is_share = !strncmp(name, "access_node_", 12) || !strcmp(name, "remote_share");
    if (is_share && !(json_is_number(value) && share >= 0 && share <= 1))
      return reading_complain(place, "\"%s\" must be a number from 0 to 1", name);
  }
  return true;
}

static bool check_point(const struct reading_place *place, const json_t *point)
{
  static const char *const strings[] = {"workload", "map", "region", "kind", "pages", "place"};
  for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
    if (!reading_want_string(place, point, strings[i]))
      return false;
  static const char *const optional[] = {"arm", "corpus", "library"};
  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
    const json_t *value = json_object_get(point, optional[i]);
    if (value && !json_is_null(value) && !json_is_string(value))
      return reading_complain(place, "\"%s\" must be a string, found %s", optional[i],
                              reading_type_name(value));
  }
  if (json_object_get(point, "rate") && !(reading_want_whole(place, point, "rate", 1) &&
                                          reading_want_string(place, point, "arrivals")))
    return false;
  const json_t *baseline = json_object_get(point, "baseline");
  if (baseline && !json_is_boolean(baseline))
    return reading_complain(place, "\"baseline\" must be true or false, found %s",
                            reading_type_name(baseline));
  const json_t *parameters = json_object_get(point, "parameters");
  if (parameters && !json_is_object(parameters))
    return reading_complain(place, "\"parameters\" must be an object, found %s",
                            reading_type_name(parameters));
  return reading_want_whole(place, point, "keys", 0) &&
         reading_want_whole(place, point, "threads", 1);
}

bool run_folder_is_round(const json_t *entry)
{
  const char *type = json_string_value(json_object_get(entry, "run_type"));
  return !type || strcmp(type, "iteration") == 0;
}

/* Whether threads and pages were where they were put; older runs do not say. */
static bool check_verdicts(const struct reading_place *place, const json_t *entry)
{
  static const char *const names[] = {"placement", "placement_reason", "memory", "memory_reason"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const json_t *value = json_object_get(entry, names[i]);
    if (value && !json_is_null(value) && !json_is_string(value))
      return reading_complain(place, "\"%s\" must be a string, found %s", names[i],
                              reading_type_name(value));
  }
  return true;
}

static bool check_round(const struct reading_place *place, json_t *entry)
{
  if (!reading_want_string(place, entry, "name") || !reading_want_object(place, entry, "point") ||
      !reading_want_whole(place, entry, "repetition_index", 0) ||
      !check_point(place, json_object_get(entry, "point")))
    return false;
  if (json_is_true(json_object_get(entry, "error_occurred")))
    return true; /* has no figures */
  const json_t *time = json_object_get(entry, "ns_per_op");
  if (!json_is_number(time) || json_number_value(time) <= 0)
    return reading_complain(place, "\"ns_per_op\" must be a number above 0");
  return check_verdicts(place, entry) && check_counters(place, entry);
}

static bool check_bench(struct reading_place *place, const json_t *bench)
{
  if (!reading_want_object(place, bench, "context") ||
      !reading_want_array(place, bench, "benchmarks"))
    return false;
  json_t *context = json_object_get(bench, "context"), *item;
  snprintf(place->at, sizeof place->at, "context");
  if (!reading_want_string(place, context, "tmb_version") ||
      !reading_want_string(place, context, "commit") ||
      !reading_want_string(place, context, "build"))
    return false;
  const json_t *complete = json_object_get(context, "complete");
  if (!json_is_boolean(complete))
    return reading_complain(place, "\"complete\" must be true or false, found %s",
                            reading_type_name(complete));
  const json_t *emulated = json_object_get(context, "emulated");
  if (emulated && !json_is_boolean(emulated))
    return reading_complain(place, "\"emulated\" must be true or false, found %s",
                            reading_type_name(emulated));
  json_t *failures = json_object_get(context, "failures");
  if (failures && !json_is_array(failures))
    return reading_complain(place, "\"failures\" must be an array, found %s",
                            reading_type_name(failures));
  size_t index;
  json_array_foreach(failures, index, item)
  {
    snprintf(place->at, sizeof place->at, "context.failures[%zu]", index);
    if (!reading_want_string(place, item, "name") || !reading_want_string(place, item, "reason") ||
        !reading_want_string(place, item, "detail") || !reading_want_whole(place, item, "round", 0))
      return false;
  }
  json_array_foreach(json_object_get(bench, "benchmarks"), index, item)
  {
    snprintf(place->at, sizeof place->at, "benchmarks[%zu]", index);
    if (!json_is_object(item))
      return reading_complain(place, "must be an object, found %s", reading_type_name(item));
    if (run_folder_is_round(item) && !check_round(place, item))
      return false;
  }
  return true;
}

static bool check_version(const struct reading_place *place, const json_t *root)
{
  const json_t *version = json_object_get(root, "v");
  return json_integer_value(version) == 1 ||
         reading_complain(place, "\"v\" must be 1: another version of tmb wrote it");
}

static bool check_buckets(const struct reading_place *place, const json_t *entry)
{
  double before = -1, sum = 0;
  size_t index;
  json_t *bucket;
  json_array_foreach(json_object_get(entry, "buckets"), index, bucket)
  {
    double upper = json_number_value(json_array_get(bucket, 0));
    double count = json_number_value(json_array_get(bucket, 1));
    if (json_array_size(bucket) != 2 || upper <= before || upper > EXACT_INTEGER * 2048 ||
        count < 1 || count > EXACT_INTEGER)
      return reading_complain(place, "buckets[%zu] must be [upper, count], rising, none empty",
                              index);
    before = upper;
    sum += count;
  }
  return sum == json_number_value(json_object_get(entry, "count")) ||
         reading_complain(place, "the buckets hold %.0f values, \"count\" says %.0f", sum,
                          json_number_value(json_object_get(entry, "count")));
}

static bool check_histograms(struct reading_place *place, const json_t *root)
{
  if (!check_version(place, root) || !reading_want_array(place, root, "entries"))
    return false;
  size_t index;
  json_t *entry;
  json_array_foreach(json_object_get(root, "entries"), index, entry)
  {
    snprintf(place->at, sizeof place->at, "entries[%zu]", index);
    if (!reading_want_string(place, entry, "name") ||
        !reading_want_whole(place, entry, "round", 0) ||
        !reading_want_string(place, entry, "outcome") ||
        !reading_want_whole(place, entry, "count", 0) ||
        !reading_want_array(place, entry, "buckets") || !check_buckets(place, entry))
      return false;
  }
  return true;
}

static bool check_machine(struct reading_place *place, const json_t *root)
{
  if (!check_version(place, root) || !reading_want_string(place, root, "fingerprint") ||
      !reading_want_array(place, root, "facts"))
    return false;
  size_t index;
  json_t *fact;
  json_array_foreach(json_object_get(root, "facts"), index, fact)
  {
    snprintf(place->at, sizeof place->at, "facts[%zu]", index);
    const json_t *concern = json_object_get(fact, "concern");
    const json_t *value = json_object_get(fact, "value");
    if (!reading_want_string(place, fact, "name"))
      return false;
    if (!json_is_string(value) && !json_is_number(value))
      return reading_complain(place, "\"value\" must be a string or a number, found %s",
                              reading_type_name(value));
    if (concern && !json_is_null(concern) && !json_is_string(concern))
      return reading_complain(place, "\"concern\" must be a sentence or null");
  }
  return true;
}

/* null, or a whole number from 1. */
static bool want_rate(const struct reading_place *place, const json_t *parent, const char *name)
{
  const json_t *value = json_object_get(parent, name);
  return json_is_null(value) || reading_want_whole(place, parent, name, 1);
}

static bool check_tries(const struct reading_place *place, const json_t *map)
{
  static const char *const figures[] = {"p999_ns", "p999_least_ns", "p999_most_ns",
                                        "achieved_share"};
  size_t index;
  json_t *item;
  json_array_foreach(json_object_get(map, "tried"), index, item)
  {
    if (!reading_want_whole(place, item, "rate", 1) ||
        !reading_want_whole(place, item, "rounds", 0) ||
        !reading_want_whole(place, item, "rounds_under", 0))
      return false;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
      if (!json_is_number(json_object_get(item, figures[i])))
        return reading_complain(place, "tried[%zu]: \"%s\" must be a number", index, figures[i]);
  }
  return true;
}

static bool check_sweep(struct reading_place *place, const json_t *root)
{
  const json_t *bound = json_object_get(root, "p999_bound_ns");
  if (!check_version(place, root) || !reading_want_array(place, root, "maps"))
    return false;
  if (!json_is_number(bound) || !(json_number_value(bound) > 0))
    return reading_complain(place, "\"p999_bound_ns\" must be a number above 0");
  size_t index;
  json_t *map;
  json_array_foreach(json_object_get(root, "maps"), index, map)
  {
    snprintf(place->at, sizeof place->at, "maps[%zu]", index);
    if (!reading_want_string(place, map, "map") || !reading_want_string(place, map, "region") ||
        !reading_want_string(place, map, "verdict") || !want_rate(place, map, "rate") ||
        !want_rate(place, map, "rate_failed") || !reading_want_array(place, map, "tried") ||
        !check_tries(place, map))
      return false;
  }
  return true;
}

static bool check_timelines(struct reading_place *place, const json_t *root)
{
  if (!check_version(place, root) || !reading_want_array(place, root, "entries"))
    return false;
  size_t index;
  json_t *entry;
  json_array_foreach(json_object_get(root, "entries"), index, entry)
  {
    snprintf(place->at, sizeof place->at, "entries[%zu]", index);
    if (!reading_want_string(place, entry, "name") ||
        !reading_want_whole(place, entry, "slice_ns", 0) ||
        !reading_want_array(place, entry, "spans"))
      return false;
    size_t i;
    json_t *span;
    json_array_foreach(json_object_get(entry, "spans"), i, span)
    {
      if (!reading_want_string(place, span, "name") ||
          !reading_want_whole(place, span, "from_ns", 0) ||
          !reading_want_whole(place, span, "to_ns", 0))
        return false;
    }
  }
  return true;
}

/* One file of the folder, checked; a run need not have those that are optional. */
static bool read_file(const char *folder, const char *name, json_t **root, bool optional,
                      bool check(struct reading_place *, const json_t *), char *error)
{
  char *file = memory_format("%s/%s", folder, name);
  struct reading_place place = {.file = file, .error = error};
  bool good = optional && access(file, F_OK) != 0;
  if (!good) {
    *root = reading_load(&place);
    good = *root && check(&place, *root);
  }
  free(file);
  return good;
}

bool run_folder_init(struct run_folder *run, const char *path, char *error)
{
  *run = (struct run_folder){.path = memory_string(path)};
  return read_file(path, "bench.json", &run->bench, false, check_bench, error) &&
         read_file(path, "histograms.json", &run->histograms, false, check_histograms, error) &&
         read_file(path, "machine.json", &run->machine, false, check_machine, error) &&
         read_file(path, "timelines.json", &run->timelines, true, check_timelines, error) &&
         read_file(path, "sweep.json", &run->sweep, true, check_sweep, error);
}

void run_folder_fini(struct run_folder *run)
{
  json_decref(run->bench);
  json_decref(run->histograms);
  json_decref(run->sweep);
  json_decref(run->timelines);
  json_decref(run->machine);
  free(run->path);
}

bool run_folder_is_emulated(const struct run_folder *run)
{
  return json_is_true(json_object_get(json_object_get(run->bench, "context"), "emulated"));
}

char *run_folder_fact_value(const json_t *fact)
{
  const json_t *value = json_object_get(fact, "value");
  const char *name = json_string_value(json_object_get(fact, "name")),
             *unit = strstr(name, "_bytes");
  char size[FIGURE];
  if (json_is_string(value))
    return memory_string(json_string_value(value));
  if (unit && strcmp(unit, "_bytes") == 0)
    return memory_string(figure_bytes(size, json_number_value(value)));
  return memory_format("%.15g", json_number_value(value));
}

const char *run_folder_context(const struct run_folder *run, const char *name)
{
  const char *text =
      json_string_value(json_object_get(json_object_get(run->bench, "context"), name));
  return text ? text : "";
}

bool run_folder_same_subject(const struct run_folder *first, const struct run_folder *other,
                             char *error)
{
  const char *ours = json_string_value(json_object_get(first->machine, "fingerprint"));
  const char *theirs = json_string_value(json_object_get(other->machine, "fingerprint"));
  if (strcmp(ours, theirs) != 0) {
    snprintf(error, RUN_ERROR,
             "%s and %s are from different machines (fingerprints %s and %s): their rounds cannot "
             "be pooled; report each run by itself",
             first->path, other->path, ours, theirs);
    return false;
  }
  static const char *const same[] = {"commit", "build"};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    ours = run_folder_context(first, same[i]);
    theirs = run_folder_context(other, same[i]);
    if (strcmp(ours, theirs) != 0) {
      snprintf(
          error, RUN_ERROR,
          "%s and %s differ in their %s (%s and %s): their rounds cannot be pooled; to compare "
          "two builds use `tmb gate`",
          first->path, other->path, same[i], ours, theirs);
      return false;
    }
  }
  return true;
}
