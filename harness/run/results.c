/* results.c: see results.h. */
#include "run/results.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run/runner.h"

#define PATH_BYTES 4096

static bool dump(const json_t *json, const char *path, size_t layout, char *error)
{
  char part[PATH_BYTES];
  snprintf(part, sizeof part, "%.*s.part", PATH_BYTES - 8, path);
  if (json && json_dump_file(json, part, layout | JSON_REAL_PRECISION(10)) == 0 &&
      rename(part, path) == 0)
    return true;
  snprintf(error, MATRIX_ERROR_BYTES, "%.*s: not written: %s", 700, path, strerror(errno));
  unlink(part);
  return false;
}

bool results_dump(const json_t *json, const char *path, char *error)
{
  return dump(json, path, JSON_INDENT(1), error);
}

struct merge {
  const struct matrix *matrix;
  const char *folder;
  json_t *context, *benchmarks, *histograms, *timelines, *failures;
  size_t missing; /* points without a single entry */
};

/* NULL when the file is not there. */
static json_t *load(const char *path)
{
  return json_load_file(path, 0, NULL);
}

static bool merge_failure(struct merge *merge, size_t index)
{
  char path[PATH_BYTES];
  runner_failure_file(path, sizeof path, merge->folder, index);
  json_t *failure = load(path);
  if (!failure)
    return false;
  json_object_set_new(failure, "name", json_string(merge->matrix->point[index].name));
  json_array_append_new(merge->failures, failure);
  return true;
}

/* Gives one of Google Benchmark's entries what it cannot hold itself. */
static void complete_entry(const struct merge *merge, json_t *entry, const json_t *side,
                           size_t index, unsigned round)
{
  const struct point *point = &merge->matrix->point[index];
  json_object_update(entry, json_object_get(side, "counters"));
  json_object_set_new(entry, "name", json_string(point->name));
  json_object_set_new(entry, "run_name", json_string(point->name));
  json_object_set_new(entry, "repetitions", json_integer(merge->matrix->rounds));
  json_object_set_new(entry, "repetition_index", json_integer(round));
  json_t *facts = point_json(point);
  const char *const plugin[][2] = {
      {"workload", point->workload}, {"map", point->map}, {"region", point->region}};
  for (size_t i = 0; i < sizeof plugin / sizeof *plugin; i++) {
    char name[96]; /* a map that was named by its path is known by its name */
    plugin_short_name(plugin[i][1], name, sizeof name);
    json_object_set_new(facts, plugin[i][0], json_string(name));
  }
  if (point->keys == 0)
    json_object_set_new(
        facts, "keys", json_integer((json_int_t)json_number_value(json_object_get(entry, "keys"))));
  if (point->corpus) {
    const char *slash = strrchr(point->corpus, '/');
    json_object_set_new(facts, "corpus", json_string(slash ? slash + 1 : point->corpus));
  }
  json_object_update_missing(facts, json_object_get(side, "standing"));
  json_object_set_new(entry, "point", facts);
  json_object_set(entry, "placement", json_object_get(side, "placement"));
  json_object_set(entry, "placement_reason", json_object_get(side, "placement_reason"));
  json_object_set(entry, "memory", json_object_get(side, "memory"));
  json_object_set(entry, "memory_reason", json_object_get(side, "memory_reason"));
}

static void merge_histograms(struct merge *merge, const json_t *side, size_t index, unsigned round)
{
  size_t i;
  json_t *histogram;
  json_array_foreach(json_object_get(side, "histograms"), i, histogram)
  {
    json_object_set_new(histogram, "name", json_string(merge->matrix->point[index].name));
    json_object_set_new(histogram, "round", json_integer(round));
    json_array_append(merge->histograms, histogram);
  }
}

static void merge_timeline(struct merge *merge, const json_t *side, size_t index, unsigned round)
{
  json_t *timeline = json_object_get(side, "timeline");
  if (!timeline)
    return;
  json_object_set_new(timeline, "name", json_string(merge->matrix->point[index].name));
  json_object_set_new(timeline, "round", json_integer(round));
  json_array_append(merge->timelines, timeline);
}

/* False: that round has no output. */
static bool merge_round(struct merge *merge, size_t index, unsigned round)
{
  char path[PATH_BYTES];
  runner_file(path, sizeof path, merge->folder, index, round, "json");
  json_t *output = load(path);
  runner_file(path, sizeof path, merge->folder, index, round, "side");
  json_t *side = load(path);
  bool whole = output && side;
  if (whole) {
    if (!json_object_size(merge->context))
      json_object_update(merge->context, json_object_get(output, "context"));
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(output, "benchmarks"), i, entry)
    {
      const char *type = json_string_value(json_object_get(entry, "run_type"));
      if (!type || strcmp(type, "iteration") != 0)
        continue;
      complete_entry(merge, entry, side, index, round);
      json_array_append(merge->benchmarks, entry);
    }
    merge_histograms(merge, side, index, round);
    merge_timeline(merge, side, index, round);
  }
  json_decref(output);
  json_decref(side);
  return whole;
}

static void merge_point(struct merge *merge, size_t index)
{
  if (merge_failure(merge, index))
    return;
  unsigned rounds = 0;
  for (unsigned round = 0; round < merge->matrix->rounds; round++)
    rounds += merge_round(merge, index, round);
  merge->missing += rounds == 0;
}

bool results_write(const struct matrix *matrix, const char *folder, json_t *context,
                   bool interrupted, char *error)
{
  struct merge merge = {.matrix = matrix,
                        .folder = folder,
                        .context = json_object(),
                        .benchmarks = json_array(),
                        .histograms = json_array(),
                        .timelines = json_array(),
                        .failures = json_array()};
  for (size_t i = 0; i < matrix->count; i++)
    merge_point(&merge, i);
  bool complete = !interrupted && merge.missing == 0 && json_array_size(merge.failures) == 0;
  json_object_update(merge.context, context);
  json_object_del(merge.context, "executable"); /* a path of the machine that says nothing */
  json_object_set_new(merge.context, "complete", json_boolean(complete));
  json_object_set(merge.context, "failures", merge.failures);

  json_t *bench = json_pack("{s:O, s:O}", "context", merge.context, "benchmarks", merge.benchmarks);
  json_t *histograms = json_pack("{s:i, s:O}", "v", 1, "entries", merge.histograms);
  json_t *timelines = json_pack("{s:i, s:O}", "v", 1, "entries", merge.timelines);
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/histograms.json", folder);
  /* Long lists of numbers: a line for each would make a file of a megabyte one of five. */
  bool good = dump(histograms, path, JSON_COMPACT, error);
  snprintf(path, sizeof path, "%s/timelines.json", folder);
  if (json_array_size(merge.timelines))
    good = good && dump(timelines, path, JSON_COMPACT, error);
  snprintf(path, sizeof path, "%s/bench.json", folder);
  good = good && results_dump(bench, path, error);

  json_decref(histograms);
  json_decref(timelines);
  json_decref(bench);
  json_decref(merge.context);
  json_decref(merge.benchmarks);
  json_decref(merge.histograms);
  json_decref(merge.timelines);
  json_decref(merge.failures);
  return good;
}
