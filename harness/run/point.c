/* point.c: see point.h. */
#include "run/point.h"

#include <stdio.h>
#include <string.h>

#include "place/memory_policy.h"

const char *key_kind_name(enum key_kind kind)
{
  return kind == KEYS_STACKS ? "stacks" : "strings";
}

bool key_kind_parse(const char *text, enum key_kind *kind)
{
  *kind = strcmp(text, "stacks") == 0 ? KEYS_STACKS : KEYS_STRINGS;
  return strcmp(text, key_kind_name(*kind)) == 0;
}

const char *block_pages_name(enum block_pages pages)
{
  return pages == PAGES_COLD ? "cold" : "warm";
}

bool block_pages_parse(const char *text, enum block_pages *pages)
{
  *pages = strcmp(text, "cold") == 0 ? PAGES_COLD : PAGES_WARM;
  return strcmp(text, block_pages_name(*pages)) == 0;
}

void plugin_short_name(const char *name_or_path, char *out, size_t size)
{
  const char *slash = strrchr(name_or_path, '/');
  snprintf(out, size, "%s", slash ? slash + 1 : name_or_path);
  size_t n = strlen(out);
  if (n > 3 && strcmp(out + n - 3, ".so") == 0)
    out[n - 3] = '\0';
}

const char *point_memory_name(enum point_memory which)
{
  static const char *const name[POINT_MEMORIES] = {"mem", "mem_keys", "mem_history"};
  return name[which];
}

bool point_set_memory(struct point *point, enum point_memory which, const char *text, char *error)
{
  struct memory_policy policy;
  char sentence[TOPOLOGY_ERROR_BYTES];
  if (!memory_policy_parse(text, &policy, sentence)) {
    snprintf(error, POINT_ERROR_BYTES, "%s: %s", point_memory_name(which), sentence);
    return false;
  }
  if (which != POINT_MEM && (policy.kind == MEMORY_PER_NODE || policy.stripe_bytes > 0)) {
    snprintf(error, POINT_ERROR_BYTES,
             "%s: '%.100s' is for a region's blocks (mem) alone; local puts what is a worker's own "
             "on its node",
             point_memory_name(which), text);
    return false;
  }
  point->memory[which] = policy.kind == MEMORY_FIRST_TOUCH ? NULL : text;
  return true;
}

/* Appends to a name that may be cut at its end. */
__attribute__((format(printf, 2, 3))) static void append(struct point *point, const char *format,
                                                         ...)
{
  size_t at = strlen(point->name);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(point->name + at, sizeof point->name - at, format, arguments);
  va_end(arguments);
}

void point_set_name(struct point *point)
{
  const char *part[] = {point->workload, point->map, point->region};
  point->name[0] = '\0';
  for (int i = 0; i < 3; i++) {
    char name[96];
    plugin_short_name(part[i], name, sizeof name);
    append(point, "%s%s", i ? "/" : "", name);
  }
  if (point->corpus) {
    const char *slash = strrchr(point->corpus, '/');
    append(point, "/corpus:%s", slash ? slash + 1 : point->corpus);
  } else {
    append(point, "/kind:%s/keys:%llu", key_kind_name(point->kind),
           (unsigned long long)point->keys);
  }
  for (int i = 0; i < PLAN_PARAMETERS && point->parameter_name[i]; i++)
    append(point, "/%s:%g", point->parameter_name[i], point->parameter[i]);
  append(point, "/pages:%s/place:%s", block_pages_name(point->pages), point->place);
  if (point->block_bytes != REGION_BLOCK_BYTES)
    append(point, "/block:%llu", (unsigned long long)point->block_bytes);
  if (point->huge_pages)
    append(point, "/huge:1");
  for (int i = 0; i < POINT_MEMORIES; i++)
    if (point->memory[i])
      append(point, "/%s:%s", point_memory_name((enum point_memory)i), point->memory[i]);
  if (point->rate)
    append(point, "/rate:%llu/arrivals:%s", (unsigned long long)point->rate,
           arrival_process_name(point->arrivals));
  if (point->arm[0])
    append(point, "/arm:aa");
  append(point, "/threads:%u", point->threads);
}

json_t *point_json(const struct point *point)
{
  json_t *parameters = json_object();
  for (int i = 0; i < PLAN_PARAMETERS && point->parameter_name[i]; i++)
    json_object_set_new(parameters, point->parameter_name[i], json_real(point->parameter[i]));
  json_t *json = json_pack(
      "{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:i, s:I, s:I, s:I, s:s, s:o}", "workload",
      point->workload, "map", point->map, "region", point->region, "kind",
      key_kind_name(point->kind), "keys", (json_int_t)point->keys, "pages",
      block_pages_name(point->pages), "place", point->place, "threads", (int)point->threads,
      "operations", (json_int_t)point->operations, "block_bytes", (json_int_t)point->block_bytes,
      "seed", (json_int_t)point->seed, "arm", point->arm, "parameters", parameters);
  if (json && point->huge_pages)
    json_object_set_new(json, "huge_pages", json_true());
  for (int i = 0; json && i < POINT_MEMORIES; i++)
    if (point->memory[i])
      json_object_set_new(json, point_memory_name((enum point_memory)i),
                          json_string(point->memory[i]));
  if (json && point->corpus)
    json_object_set_new(json, "corpus", json_string(point->corpus));
  if (json && point->rate) {
    json_object_set_new(json, "rate", json_integer((json_int_t)point->rate));
    json_object_set_new(json, "arrivals", json_string(arrival_process_name(point->arrivals)));
  }
  return json;
}

/* Members that a point of a closed loop does not have. */
static bool read_rate(const json_t *json, struct point *point, char *error)
{
  const json_t *rate = json_object_get(json, "rate");
  const char *arrivals = json_string_value(json_object_get(json, "arrivals"));
  json_int_t value = json_integer_value(rate);
  if (!rate && !json_object_get(json, "arrivals"))
    return true;
  if (value < 1 || value > (json_int_t)ARRIVALS_RATE_MOST || !arrivals ||
      !arrival_process_parse(arrivals, &point->arrivals)) {
    snprintf(error, POINT_ERROR_BYTES,
             "point: rate must be a number from 1 to %llu, with arrivals fixed or poisson",
             (unsigned long long)ARRIVALS_RATE_MOST);
    return false;
  }
  point->rate = (uint64_t)value;
  return true;
}

static bool memory_from_json(const json_t *json, struct point *point, char *error)
{
  for (enum point_memory which = POINT_MEM; which < POINT_MEMORIES; which++) {
    const json_t *policy = json_object_get(json, point_memory_name(which));
    char sentence[POINT_ERROR_BYTES] = "a memory policy is a string";
    if (policy && (!json_is_string(policy) ||
                   !point_set_memory(point, which, json_string_value(policy), sentence))) {
      snprintf(error, POINT_ERROR_BYTES, "point: %.1000s", sentence);
      return false;
    }
  }
  return true;
}

#define THREADS_MOST 65536 /* as the matrix has it */

bool point_from_json(const json_t *json, struct point *point, char *error)
{
  *point = (struct point){0};
  const char *kind, *pages;
  json_int_t keys, operations, block_bytes, seed, threads;
  int huge_pages = 0;
  json_t *parameters;
  json_error_t at;
  if (json_unpack_ex((json_t *)(uintptr_t)json, &at, 0,
                     "{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:o, s?s, "
                     "s?b}",
                     "workload", &point->workload, "map", &point->map, "region", &point->region,
                     "kind", &kind, "keys", &keys, "pages", &pages, "place", &point->place,
                     "threads", &threads, "operations", &operations, "block_bytes", &block_bytes,
                     "seed", &seed, "arm", &point->arm, "parameters", &parameters, "corpus",
                     &point->corpus, "huge_pages", &huge_pages) != 0) {
    snprintf(error, POINT_ERROR_BYTES, "point: %s", at.text);
    return false;
  }
  if (!key_kind_parse(kind, &point->kind) || !block_pages_parse(pages, &point->pages)) {
    snprintf(error, POINT_ERROR_BYTES, "point: kind '%s' or pages '%s' is not known", kind, pages);
    return false;
  }
  char sentence[TOPOLOGY_ERROR_BYTES];
  if (!placement_is_spelled(point->place, sentence)) {
    snprintf(error, POINT_ERROR_BYTES, "point: place: %s", sentence);
    return false;
  }
  if (!memory_from_json(json, point, error))
    return false;
  if (!json_is_object(parameters)) {
    snprintf(error, POINT_ERROR_BYTES, "point: parameters: not an object");
    return false;
  }
  if (keys < 0 || operations < 0 || block_bytes < 4096 || (block_bytes & (block_bytes - 1)) != 0 ||
      threads < 1 || threads > THREADS_MOST) {
    snprintf(error, POINT_ERROR_BYTES,
             "point: keys and operations must not be negative, threads be 1 to %d, and "
             "block_bytes a power of two from 4096 on",
             THREADS_MOST);
    return false;
  }
  point->keys = (uint64_t)keys;
  point->operations = (uint64_t)operations;
  point->block_bytes = (uint64_t)block_bytes;
  point->huge_pages = huge_pages;
  point->seed = (uint64_t)seed;
  point->threads = (unsigned)threads;
  if (!read_rate(json, point, error))
    return false;
  size_t count = 0;
  const char *name;
  json_t *value;
  json_object_foreach(parameters, name, value)
  {
    if (count == PLAN_PARAMETERS || !json_is_number(value)) {
      snprintf(error, POINT_ERROR_BYTES, "point: parameter '%s' is not a number, or one too many",
               name);
      return false;
    }
    point->parameter_name[count] = name;
    point->parameter[count++] = json_number_value(value);
  }
  point_set_name(point);
  return true;
}
