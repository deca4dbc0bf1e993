/* point_name.c: from the name of a point back to the point. See point.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/point.h"

static bool set_number(json_t *json, const char *key, const char *value)
{
  char *end;
  errno = 0;
  long long number = strtoll(value, &end, 10);
  return value[0] >= '0' && value[0] <= '9' && !*end && !errno &&
         json_object_set_new(json, key, json_integer(number)) == 0;
}

/* One "key:value" of a name. */
static bool set_member(json_t *json, const char *key, const char *value)
{
  static const char *const texts[] = {"kind",     "pages",       "place",   "mem",
                                      "mem_keys", "mem_history", "arrivals"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(key, texts[i]) == 0)
      return json_object_set_new(json, key, json_string(value)) == 0;
  if (strcmp(key, "keys") == 0 || strcmp(key, "threads") == 0 || strcmp(key, "rate") == 0)
    return set_number(json, key, value);
  if (strcmp(key, "block") == 0)
    return set_number(json, "block_bytes", value);
  if (strcmp(key, "huge") == 0)
    return json_object_set_new(json, "huge_pages", json_true()) == 0;
  char *end;
  double number = strtod(value, &end);
  return *value && !*end &&
         json_object_set_new(json_object_get(json, "parameters"), key, json_real(number)) == 0;
}

/* Takes the name apart, which is changed. */
static bool read_parts(json_t *json, char *name)
{
  static const char *const plugins[] = {"workload", "map", "region"};
  for (size_t i = 0; i < 3; i++) {
    char *part = strsep(&name, "/");
    if (!part || json_object_set_new(json, plugins[i], json_string(part)) != 0)
      return false;
  }
  for (char *part; (part = strsep(&name, "/"));) {
    char *value = strchr(part, ':');
    if (!value)
      return false;
    *value++ = '\0';
    if (!set_member(json, part, value))
      return false;
  }
  return true;
}

json_t *point_json_of_name(const char *name, uint64_t operations, uint64_t seed, char *error)
{
  json_t *json = json_pack("{s:I, s:I, s:I, s:s, s:{}}", "operations", (json_int_t)operations,
                           "seed", (json_int_t)seed, "block_bytes", (json_int_t)REGION_BLOCK_BYTES,
                           "arm", "", "parameters");
  char *parts = strdup(name);
  char sentence[POINT_ERROR_BYTES] = "it is not made of the parts of a name";
  struct point point;
  bool good = json && parts && read_parts(json, parts) && point_from_json(json, &point, sentence);
  if (good && strcmp(point.name, name) != 0) {
    snprintf(sentence, sizeof sentence, "that point is written %.600s", point.name);
    good = false;
  }
  free(parts);
  if (good)
    return json;
  snprintf(error, POINT_ERROR_BYTES, "'%.500s' names no point: %.900s", name, sentence);
  json_decref(json);
  return NULL;
}
