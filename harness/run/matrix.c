/* matrix.c: see matrix.h. */
#include "run/matrix_maker.h"

#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"

bool matrix_refuse(char *error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, MATRIX_ERROR_BYTES, format, arguments);
  va_end(arguments);
  return false;
}

/* A member that nobody reads is a slip of the pen, and would be a sweep that nobody meant. */
static bool only_members(const struct maker *maker, const json_t *object, const char *const *known)
{
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)object, name, value)
  {
    size_t i = 0;
    while (known[i] && strcmp(known[i], name) != 0)
      i++;
    if (!known[i])
      return matrix_refuse(maker->error, "%s: no such member: '%s'", maker->profile_path, name);
  }
  return true;
}

static void name_map(void *arg, const char *path, const union plugin_table *table,
                     const char *error)
{
  (void)path, (void)error;
  struct maker *maker = arg;
  if (table && table->head.kind == PLUGIN_MAP)
    json_array_append_new(table->map.library ? maker->peer_maps : maker->own_maps,
                          json_string(table->head.name));
}

static bool chosen_workload(const struct matrix_choices *choices, const char *name)
{
  for (size_t i = 0; i < choices->workloads.count; i++)
    if (strcmp(choices->workloads.item[i], name) == 0)
      return true;
  return choices->workloads.count == 0;
}

static bool add_sweeps(struct maker *maker, const json_t *profile)
{
  static const char *const known[] = {
      "workload", "maps",        "regions",    "kinds",      "keys",        "threads",    "pages",
      "places",   "twice",       "operations", "parameters", "block_bytes", "huge_pages", "mem",
      "mem_keys", "mem_history", "rates",      "arrivals",   NULL};
  json_t *sweeps = json_object_get(profile, "sweeps"), *sweep;
  json_t *maps = json_object_get(profile, "maps"); /* of the sweeps that name none */
  if (!json_is_array(sweeps))
    return matrix_refuse(maker->error, "%s: has no list `sweeps`", maker->profile_path);
  size_t i;
  json_array_foreach(sweeps, i, sweep)
  {
    const char *workload = json_string_value(json_object_get(sweep, "workload"));
    if (!workload)
      return matrix_refuse(maker->error, "%s: sweep %zu names no workload", maker->profile_path,
                           i + 1);
    if (!only_members(maker, sweep, known))
      return false;
    if (maps && !json_object_get(sweep, "maps"))
      json_object_set(sweep, "maps", maps);
    if (chosen_workload(maker->choices, workload) && !matrix_add_workload(maker, workload, sweep))
      return false;
  }
  return true;
}

/* Workloads that were chosen, swept with the defaults. */
static bool add_chosen(struct maker *maker)
{
  for (size_t i = 0; i < maker->choices->workloads.count; i++)
    if (!matrix_add_workload(maker, maker->choices->workloads.item[i], NULL))
      return false;
  return true;
}

/* ---- the whole ---- */

static bool apply_filter(struct maker *maker)
{
  const char *filter = maker->choices->filter;
  struct matrix *matrix = maker->matrix;
  if (!filter || !*filter || strcmp(filter, "all") == 0) /* as Google Benchmark has it */
    return true;
  bool inverted = filter[0] == '-'; /* the same */
  regex_t expression;
  int failed = regcomp(&expression, filter + inverted, REG_EXTENDED | REG_NOSUB);
  if (failed) {
    char sentence[200];
    regerror(failed, &expression, sentence, sizeof sentence);
    return matrix_refuse(maker->error, "filter '%s': %s", filter, sentence);
  }
  size_t kept = 0;
  for (size_t i = 0; i < matrix->count; i++)
    if ((regexec(&expression, matrix->point[i].name, 0, NULL, 0) == 0) != inverted)
      matrix->point[kept++] = matrix->point[i];
  regfree(&expression);
  matrix->count = kept;
  return kept || matrix_refuse(maker->error, "filter '%s' matches no point: see --list", filter);
}

/* A number above zero, or what `out` holds already. */
static bool read_time(const struct maker *maker, const json_t *profile, const char *member,
                      double *out)
{
  const json_t *value = json_object_get(profile, member);
  if (!value)
    return true;
  *out = json_number_value(value);
  return *out > 0 ||
         matrix_refuse(maker->error, "%s: %s: a number, more than 0", maker->profile_path, member);
}

static bool read_times(struct maker *maker, const json_t *profile)
{
  static const char *const known[] = {"summary",   "rounds", "min_time_s",         "budget_s",
                                      "timeout_s", "sweeps", "count_instructions", "maps",
                                      NULL};
  struct matrix *matrix = maker->matrix;
  const json_t *rounds = json_object_get(profile, "rounds");
  uint64_t count = 3;
  matrix->min_time_s = 0.1;
  matrix->timeout_s = 300;
  if (profile && !json_is_object(profile))
    return matrix_refuse(maker->error, "%s: not an object", maker->profile_path);
  if (rounds && !matrix_number(rounds, 1, MATRIX_ROUNDS_MOST, &count))
    return matrix_refuse(maker->error, "%s: rounds: a number from 1 to %d", maker->profile_path,
                         MATRIX_ROUNDS_MOST);
  matrix->rounds = (unsigned)count;
  const json_t *counts = json_object_get(profile, "count_instructions");
  if (counts && !json_is_boolean(counts))
    return matrix_refuse(maker->error, "%s: count_instructions: true or false",
                         maker->profile_path);
  matrix->count_instructions = json_is_true(counts);
  return only_members(maker, profile, known) &&
         read_time(maker, profile, "min_time_s", &matrix->min_time_s) &&
         read_time(maker, profile, "budget_s", &matrix->budget_s) &&
         read_time(maker, profile, "timeout_s", &matrix->timeout_s);
}

static bool load_topology(struct maker *maker)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  if (topology_load(&maker->topology, sentence) != 0)
    return matrix_refuse(maker->error, "%s", sentence);
  return true;
}

bool matrix_make(const char *profile_path, const struct matrix_choices *choices,
                 const char *default_corpus, struct matrix *matrix, char *error)
{
  *matrix = (struct matrix){.storage = json_array()};
  struct maker maker = {.choices = choices,
                        .default_corpus = default_corpus,
                        .profile_path = profile_path ? profile_path : "options",
                        .matrix = matrix,
                        .own_maps = json_array(),
                        .peer_maps = json_array(),
                        .error = error};
  json_t *profile = NULL;
  bool good = true;
  if (profile_path) {
    json_error_t at;
    profile = json_load_file(profile_path, JSON_REJECT_DUPLICATES, &at);
    if (!profile)
      good = matrix_refuse(error, "%s:%d:%d: %s", profile_path, at.line, at.column, at.text);
  }
  plugin_each(name_map, &maker);
  good = good && load_topology(&maker) && read_times(&maker, profile) &&
         (profile ? add_sweeps(&maker, profile) : add_chosen(&maker));
  if (good && matrix->count == 0)
    good = matrix_refuse(error, "%s: no points: has the profile the workload that was asked for?",
                         maker.profile_path);
  good = good && apply_filter(&maker);
  json_decref(profile);
  json_decref(maker.own_maps);
  json_decref(maker.peer_maps);
  if (maker.topology)
    topology_destroy(maker.topology);
  if (!good)
    matrix_fini(matrix);
  return good;
}

void matrix_fini(struct matrix *matrix)
{
  free(matrix->point);
  json_decref(matrix->storage);
  *matrix = (struct matrix){0};
}

json_t *matrix_json(const struct matrix *matrix)
{
  json_t *points = json_array();
  for (size_t i = 0; i < matrix->count; i++)
    json_array_append_new(points, point_json(&matrix->point[i]));
  return json_pack("{s:i, s:f, s:f, s:f, s:b, s:o}", "rounds", (int)matrix->rounds, "min_time_s",
                   matrix->min_time_s, "budget_s", matrix->budget_s, "timeout_s", matrix->timeout_s,
                   "count_instructions", matrix->count_instructions, "points", points);
}

bool matrix_from_json(json_t *json, struct matrix *matrix, char *error)
{
  *matrix = (struct matrix){.storage = json_incref(json)};
  int rounds, counts = 0;
  json_t *points;
  json_error_t at;
  if (json_unpack_ex(json, &at, 0, "{s:i, s:F, s:F, s:F, s:o, s?b}", "rounds", &rounds,
                     "min_time_s", &matrix->min_time_s, "budget_s", &matrix->budget_s, "timeout_s",
                     &matrix->timeout_s, "points", &points, "count_instructions", &counts) != 0) {
    matrix_fini(matrix);
    return matrix_refuse(error, "%s", at.text);
  }
  if (rounds < 1 || json_array_size(points) == 0) {
    matrix_fini(matrix);
    return matrix_refuse(error, "a plan needs at least one round and one point");
  }
  matrix->rounds = (unsigned)rounds;
  matrix->count_instructions = counts;
  matrix->point = calloc(json_array_size(points) + 1, sizeof *matrix->point);
  size_t i;
  json_t *item;
  json_array_foreach(points, i, item)
  {
    char sentence[POINT_ERROR_BYTES];
    if (!matrix->point || !point_from_json(item, &matrix->point[i], sentence)) {
      matrix_fini(matrix);
      return matrix_refuse(error, "point %zu: %s", i + 1, sentence);
    }
    matrix->count++;
  }
  return true;
}
