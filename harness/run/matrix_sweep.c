/* matrix_sweep.c: the points of one workload: every combination of what a sweep lists and what the
 * options choose instead. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "run/matrix_maker.h"
#include "run/matrix_places.h"

/* ---- the lists of a sweep ---- */

/* A list of strings from the options, else from the sweep, else the fallback. A new reference. */
static json_t *list_of(const struct choice_list *chosen, const json_t *sweep, const char *member,
                       const char *fallback)
{
  json_t *list = json_array();
  if (chosen->count) {
    for (size_t i = 0; i < chosen->count; i++)
      json_array_append_new(list, json_string(chosen->item[i]));
    return list;
  }
  json_t *given = json_object_get(sweep, member);
  if (json_is_array(given))
    json_array_extend(list, given);
  else if (given)
    json_array_append(list, given);
  else if (fallback)
    json_array_append_new(list, json_string(fallback));
  return list;
}

/* A whole number from JSON or from an option's text. */
bool matrix_number(const json_t *json, uint64_t least, uint64_t most, uint64_t *out)
{
  if (json_is_integer(json)) {
    json_int_t value = json_integer_value(json);
    *out = (uint64_t)value;
    return value >= 0 && *out >= least && *out <= most;
  }
  const char *text = json_string_value(json);
  if (!text || text[0] < '0' || text[0] > '9')
    return false;
  char *end;
  errno = 0;
  *out = strtoull(text, &end, 10);
  return errno == 0 && *end == '\0' && *out >= least && *out <= most;
}

static json_t *expand_maps(struct maker *maker, json_t *list)
{
  json_t *out = json_array(), *item;
  size_t i;
  json_array_foreach(list, i, item)
  {
    const char *word = json_is_string(item) ? json_string_value(item) : "";
    bool all = strcmp(word, "all") == 0, own = strcmp(word, "own") == 0,
         peers = strcmp(word, "peers") == 0;
    if (all || own)
      json_array_extend(out, maker->own_maps);
    if (all || peers)
      json_array_extend(out, maker->peer_maps);
    if (!all && !own && !peers)
      json_array_append(out, item);
  }
  json_decref(list);
  return out;
}

/* Of "each": 1, 2, 4 … up to what that place has room for. */
static json_t *expand_threads(json_t *list, unsigned room)
{
  json_t *out = json_array(), *item;
  size_t i;
  json_array_foreach(list, i, item)
  {
    if (!json_is_string(item) || strcmp(json_string_value(item), "each") != 0) {
      json_array_append(out, item);
      continue;
    }
    for (unsigned n = 1; n < room; n *= 2)
      json_array_append_new(out, json_integer(n));
    json_array_append_new(out, json_integer(room));
  }
  json_decref(list);
  return out;
}

static json_t *keys_of(const struct matrix_choices *choices, const json_t *sweep)
{
  if (choices->keys.count || json_object_get(sweep, "keys"))
    return list_of(&choices->keys, sweep, "keys", NULL);
  return json_pack("[i, i, i, i]", 1000, 10000, 100000, 1000000);
}

/* ---- points ---- */

/* Keeps a string as long as the matrix lives. */
static const char *keep(struct maker *maker, const char *text)
{
  json_t *string = json_string(text);
  json_array_append_new(maker->matrix->storage, string);
  return json_string_value(string);
}

static bool add_point(struct maker *maker, const struct point *point)
{
  struct matrix *matrix = maker->matrix;
  if (matrix->count == maker->capacity) {
    size_t capacity = maker->capacity ? 2 * maker->capacity : 64;
    struct point *grown = realloc(matrix->point, capacity * sizeof *grown);
    if (!grown)
      return matrix_refuse(maker->error, "no memory for %zu points", capacity);
    matrix->point = grown;
    maker->capacity = capacity;
  }
  struct point *added = &matrix->point[matrix->count];
  *added = *point;
  point_set_name(added);
  for (size_t i = 0; i < matrix->count; i++)
    if (strcmp(matrix->point[i].name, added->name) == 0)
      return true; /* two sweeps may overlap: measured once */
  matrix->count++;
  return true;
}

static bool usual_region(struct maker *maker, const char *map, const char **region)
{
  char sentence[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(map, PLUGIN_MAP, sentence);
  if (!table)
    return matrix_refuse(maker->error, "%s", sentence);
  *region = table->map.usual_region ? table->map.usual_region : "region_shared";
  return true;
}

/* Sets the threads, which must fit on the point's place. */
static bool set_threads(const struct maker *maker, struct point *point, uint64_t threads,
                        unsigned room)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  struct placement *placement;
  point->threads = (unsigned)threads;
  if (threads <= room)
    return true;
  if (placement_create(maker->topology, point->place, point->threads, &placement, sentence) == 0)
    placement_destroy(placement); /* cannot be: there is no room */
  return matrix_refuse(maker->error, "%s", sentence);
}

/* All combinations below workload, map and place; `point` has these three. */
static bool combine(struct maker *maker, struct point point, const json_t *sweep, unsigned room,
                    bool twice)
{
  const struct matrix_choices *choices = maker->choices;
  const char *region = NULL;
  if (!usual_region(maker, point.map, &region))
    return false;
  json_t *list[5] = {
      list_of(&choices->regions, sweep, "regions", region),
      list_of(&choices->kinds, sweep, "kinds", "strings"),
      keys_of(choices, sweep),
      list_of(&choices->pages, sweep, "pages", "warm"),
      expand_threads(list_of(&choices->threads, sweep, "threads", "each"), room),
  };
  if (point.corpus) { /* the corpus says */
    json_array_clear(list[2]);
    json_array_append_new(list[2], json_integer(0));
  }
  size_t at[5] = {0}, size[5];
  bool good = true, more = true;
  for (int d = 0; d < 5; d++) {
    size[d] = json_array_size(list[d]);
    if (!size[d])
      good = matrix_refuse(maker->error, "%s: a list with nothing in it", maker->profile_path);
  }
  while (good && more) {
    const char *text[5];
    json_t *item[5];
    for (int d = 0; d < 5; d++) {
      item[d] = json_array_get(list[d], at[d]);
      text[d] = json_is_string(item[d]) ? json_string_value(item[d]) : "";
    }
    uint64_t threads = 1;
    point.region = keep(maker, text[0]);
    if (!key_kind_parse(text[1], &point.kind))
      good = matrix_refuse(maker->error, "kind '%s': strings or stacks", text[1]);
    else if (!matrix_number(item[2], point.corpus ? 0 : 1, UINT64_C(1) << 28, &point.keys))
      good = matrix_refuse(maker->error, "keys '%s': a number from 1 to 2^28", text[2]);
    else if (!block_pages_parse(text[3], &point.pages))
      good = matrix_refuse(maker->error, "pages '%s': cold or warm", text[3]);
    else if (!matrix_number(item[4], 1, 65536, &threads))
      good = matrix_refuse(maker->error, "threads '%s': a number from 1 on, or each", text[4]);
    else
      good = set_threads(maker, &point, threads, room);
    for (int arm = 0; good && arm <= twice; arm++) {
      point.arm = arm ? "A/A" : "";
      good = add_point(maker, &point);
    }
    int d = 4; /* the next combination: threads turn fastest */
    while (d >= 0 && ++at[d] == size[d])
      at[d--] = 0;
    more = d >= 0;
  }
  for (int d = 0; d < 5; d++)
    json_decref(list[d]);
  return good;
}

/* All combinations, at each place. */
static bool combine_places(struct maker *maker, struct point point, const json_t *sweep, bool twice)
{
  json_t *places = matrix_places(list_of(&maker->choices->places, sweep, "places", "compact"),
                                 maker->topology, &maker->matrix->node_pairs);
  bool good =
      json_array_size(places) > 0 ||
      matrix_refuse(maker->error, "%s: places: a list with nothing in it", maker->profile_path);
  for (size_t i = 0; good && i < json_array_size(places); i++) {
    char sentence[TOPOLOGY_ERROR_BYTES];
    const char *place = json_string_value(json_array_get(places, i));
    unsigned room = 0;
    if (!place)
      good = matrix_refuse(maker->error, "%s: places: a list of names", maker->profile_path);
    else if ((room = placement_room(maker->topology, place, sentence)) == 0)
      good = matrix_refuse(maker->error, "place '%s': %s", place, sentence);
    if (good) {
      point.place = keep(maker, place);
      good = combine(maker, point, sweep, room, twice);
    }
  }
  json_decref(places);
  return good;
}

static bool set_memory(struct maker *maker, struct point *point, enum point_memory which,
                       const json_t *text)
{
  char sentence[POINT_ERROR_BYTES] = "a memory policy is a string";
  if (json_is_string(text) &&
      point_set_memory(point, which, keep(maker, json_string_value(text)), sentence))
    return true;
  return matrix_refuse(maker->error, "%.900s", sentence);
}

/* The same, with each memory policy of the regions. */
static bool combine_memories(struct maker *maker, struct point point, const json_t *sweep,
                             bool twice)
{
  json_t *list = list_of(&maker->choices->memories, sweep, "mem", "first-touch"), *item;
  bool good = json_array_size(list) > 0 ||
              matrix_refuse(maker->error, "%s: a list with nothing in it", maker->profile_path);
  size_t i;
  json_array_foreach(list, i, item)
  {
    good = good && set_memory(maker, &point, POINT_MEM, item) &&
           combine_places(maker, point, sweep, twice);
  }
  json_decref(list);
  return good;
}

/* Of keys and histories: one policy a sweep. */
static bool set_other_memories(struct maker *maker, struct point *point, const json_t *sweep)
{
  const char *chosen[POINT_MEMORIES] = {NULL, maker->choices->key_memory,
                                        maker->choices->history_memory};
  for (enum point_memory which = POINT_MEM_KEYS; which < POINT_MEMORIES; which++) {
    json_t *text = chosen[which] ? json_string(chosen[which])
                                 : json_incref(json_object_get(sweep, point_memory_name(which)));
    bool good = !text || set_memory(maker, point, which, text);
    json_decref(text);
    if (!good)
      return false;
  }
  return true;
}

static bool set_parameters(struct maker *maker, struct point *point, const json_t *sweep)
{
  size_t count = 0;
  const struct choice_list *chosen = &maker->choices->parameters;
  for (size_t i = 0; i < chosen->count; i++) {
    const char *equals = strchr(chosen->item[i], '=');
    char *end;
    double value = equals ? strtod(equals + 1, &end) : 0;
    if (!equals || end == equals + 1 || *end || count == PLAN_PARAMETERS)
      return matrix_refuse(maker->error, "--param=%s: NAME=NUMBER, at most %d of them",
                           chosen->item[i], PLAN_PARAMETERS);
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(equals - chosen->item[i]), chosen->item[i]);
    point->parameter_name[count] = keep(maker, name);
    point->parameter[count++] = value;
  }
  if (chosen->count)
    return true;
  const char *name;
  json_t *value;
  json_object_foreach(json_object_get(sweep, "parameters"), name, value)
  {
    if (!json_is_number(value) || count == PLAN_PARAMETERS)
      return matrix_refuse(maker->error, "%s: parameter '%s' is not a number, or one too many",
                           maker->profile_path, name);
    point->parameter_name[count] = keep(maker, name);
    point->parameter[count++] = json_number_value(value);
  }
  return true;
}

#define OPERATIONS 200000

static bool set_numbers(struct maker *maker, struct point *point, const json_t *sweep)
{
  const struct matrix_choices *choices = maker->choices;
  point->operations = OPERATIONS;
  point->block_bytes = REGION_BLOCK_BYTES;
  const json_t *huge = json_object_get(sweep, "huge_pages");
  point->huge_pages = choices->huge_pages || json_is_true(huge);
  point->seed = choices->seed;
  const json_t *operations = json_object_get(sweep, "operations");
  if (choices->operations)
    point->operations = choices->operations;
  else if (operations && !matrix_number(operations, 1, UINT64_C(1) << 32, &point->operations))
    return matrix_refuse(maker->error, "%s: operations: a number from 1 to 2^32",
                         maker->profile_path);
  if (huge && !json_is_boolean(huge))
    return matrix_refuse(maker->error, "%s: huge_pages: true or false", maker->profile_path);
  const json_t *block_bytes = json_object_get(sweep, "block_bytes");
  if (choices->block_bytes)
    point->block_bytes = choices->block_bytes;
  else if (block_bytes && !matrix_number(block_bytes, 0, INT64_MAX, &point->block_bytes))
    return matrix_refuse(maker->error, "%s: block_bytes: a number", maker->profile_path);
  if (point->block_bytes < 4096 || (point->block_bytes & (point->block_bytes - 1)))
    return matrix_refuse(maker->error, "block bytes %llu: a power of two from 4096 on",
                         (unsigned long long)point->block_bytes);
  return true;
}

/* The sweep's combinations of one map: in a closed loop, or at each rate. */
static bool combine_rates(struct maker *maker, struct point point, const json_t *sweep, bool twice)
{
  const char *arrivals = json_string_value(json_object_get(sweep, "arrivals"));
  json_t *rates = list_of(&maker->choices->rates, sweep, "rates", NULL), *rate;
  bool good = true;
  size_t i;
  if (maker->choices->arrivals)
    arrivals = maker->choices->arrivals;
  else if (!json_object_get(sweep, "arrivals"))
    arrivals = "poisson";
  else if (!arrivals)
    arrivals = "";
  if (!arrival_process_parse(arrivals, &point.arrivals))
    good = matrix_refuse(maker->error, "arrivals '%s': fixed or poisson", arrivals);
  else if (json_array_size(rates) == 0 && json_object_get(sweep, "rates"))
    good = matrix_refuse(maker->error, "%s: a list with nothing in it", maker->profile_path);
  else if (json_array_size(rates) == 0)
    good = combine_memories(maker, point, sweep, twice);
  json_array_foreach(rates, i, rate)
  {
    if (good && !matrix_number(rate, 1, ARRIVALS_RATE_MOST, &point.rate))
      good = matrix_refuse(maker->error, "rate '%s': operations a second, a number from 1 to %llu",
                           json_is_string(rate) ? json_string_value(rate) : "",
                           (unsigned long long)ARRIVALS_RATE_MOST);
    good = good && combine_memories(maker, point, sweep, twice);
  }
  json_decref(rates);
  return good;
}

bool matrix_add_workload(struct maker *maker, const char *name, const json_t *sweep)
{
  char sentence[PLUGIN_ERROR_BYTES];
  const union plugin_table *workload = plugin_load(name, PLUGIN_WORKLOAD, sentence);
  if (!workload)
    return matrix_refuse(maker->error, "%s", sentence);
  struct point point = {.workload = keep(maker, name)};
  if (!set_parameters(maker, &point, sweep) || !set_numbers(maker, &point, sweep) ||
      !set_other_memories(maker, &point, sweep))
    return false;
  if (workload->workload.needs & NEEDS_CORPUS) {
    point.corpus = maker->choices->corpus ? maker->choices->corpus : maker->default_corpus;
    if (!point.corpus)
      return matrix_refuse(maker->error, "%s needs a corpus: --corpus=FILE (tmb corpus makes them)",
                           name);
    point.corpus = keep(maker, point.corpus);
  }
  bool twice = json_is_true(json_object_get(sweep, "twice"));
  const char *usual = workload->workload.needs & NEEDS_NO_MAP ? "null_map" : "own";
  json_t *maps = expand_maps(maker, list_of(&maker->choices->maps, sweep, "maps", usual));
  bool good = true;
  size_t i;
  json_t *map;
  json_array_foreach(maps, i, map)
  {
    if (!json_is_string(map))
      good = matrix_refuse(maker->error, "%s: maps: a list of names", maker->profile_path);
    if (good) {
      point.map = keep(maker, json_string_value(map));
      good = combine_rates(maker, point, sweep, twice);
    }
  }
  json_decref(maps);
  return good;
}
