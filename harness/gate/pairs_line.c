/* pairs_line.c: see pairs_line.h. */
#include "gate/pairs_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/allocate.h"

#define NS_MOST 1e15 /* of an operation: eleven days */

static const char *const arm_names[PAIRS_ARMS] = {"change", "same"};
static const char *const order_names[] = {"base-first", "candidate-first"};
static const char *const side_names[PAIRS_SIDES] = {"base", "candidate"};
static const char *const trouble_names[] = {"missing", "failed", "wrong"};

const char *pairs_arm_name(enum pairs_arm arm)
{
  return arm_names[arm];
}

const char *pairs_side_name(enum pairs_side side)
{
  return side_names[side];
}

const char *pairs_trouble_name(enum pairs_trouble trouble)
{
  return trouble_names[trouble];
}

/* Which of `count` names the member has; refuses any other, and none. */
static bool read_name(const json_t *object, const char *member, const char *const *names,
                      unsigned count, unsigned *which, char *error)
{
  const char *value = json_string_value(json_object_get(object, member));
  for (*which = 0; value && *which < count; ++*which)
    if (strcmp(names[*which], value) == 0)
      return true;
  char list[128] = "";
  for (unsigned i = 0; i < count; i++)
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? " or " : "", names[i]);
  return gate_refuse(error, "\"%s\" must be %s", member, list);
}

static bool only_members(const json_t *object, const char *const *known, char *error)
{
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)object, name, value)
  {
    const char *const *member = known;
    while (*member && strcmp(*member, name) != 0)
      member++;
    if (!*member)
      return gate_refuse(error, "unknown member \"%.60s\"", name);
  }
  return true;
}

static char *copy(const char *text)
{
  size_t n = strlen(text) + 1;
  return memcpy(allocate(n, 1), text, n);
}

/* ---- the header ---- */

static bool is_list_of_strings(const json_t *list)
{
  if (!json_is_array(list))
    return false;
  for (size_t i = 0; i < json_array_size(list); i++)
    if (!json_is_string(json_array_get(list, i)))
      return false;
  return true;
}

static bool take_looks(struct pairs *pairs, const json_t *looks, char *error)
{
  size_t count = json_array_size(looks);
  bool good = count >= 1 && count <= PAIRS_LOOKS_MOST;
  for (size_t i = 0; good && i < count; i++) {
    json_int_t look = json_integer_value(json_array_get(looks, i));
    good = look > (i ? (json_int_t)pairs->look[i - 1] : 0) && look <= PAIRS_MOST;
    pairs->look[i] = good ? (size_t)look : 0;
  }
  pairs->look_count = count;
  return good || gate_refuse(error, "looks: must be 1 to %d rising whole numbers from 1 to %d",
                             PAIRS_LOOKS_MOST, PAIRS_MOST);
}

bool pairs_take_header(struct pairs *pairs, json_t *object, char *error)
{
  const char *schema, *commit[PAIRS_SIDES], *build[PAIRS_SIDES], *fingerprint;
  json_int_t seed;
  json_t *manifest, *same, *removed, *looks;
  json_error_t at;
  const char *found = json_string_value(json_object_get(object, "schema"));
  if (!found || strcmp(found, PAIRS_SCHEMA) != 0)
    return gate_refuse(error, "the first line must be the header, with \"schema\" \"%s\"",
                       PAIRS_SCHEMA);
  if (json_unpack_ex(object, &at, JSON_STRICT,
                     "{s:s, s:I, s:{s:s, s:s !}, s:{s:s, s:s !}, s:{s:s *}, s:o, s:o, s:o, s:o}",
                     "schema", &schema, "seed", &seed, "base", "commit", &commit[0], "build",
                     &build[0], "candidate", "commit", &commit[1], "build", &build[1], "machine",
                     "fingerprint", &fingerprint, "manifest", &manifest, "same", &same, "removed",
                     &removed, "looks", &looks) != 0)
    return gate_refuse(error, "header: %s", at.text);
  if (!is_list_of_strings(same) || !is_list_of_strings(removed))
    return gate_refuse(error, "header: \"same\" and \"removed\" must be lists of names");
  if (!take_looks(pairs, looks, error) || !manifest_from_json(manifest, &pairs->manifest, error))
    return false;
  for (size_t i = 0; i < json_array_size(same); i++) {
    const char *benchmark = json_string_value(json_array_get(same, i));
    if (!manifest_find(&pairs->manifest, benchmark, true)) {
      manifest_fini(&pairs->manifest);
      return gate_refuse(
          error, "header: \"same\" names %.300s, which the manifest does not measure in pairs",
          benchmark);
    }
  }
  pairs->header = json_incref(object);
  return true;
}

/* ---- a pair ---- */

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static bool read_ns(const json_t *json, double *ns)
{
  *ns = json_number_value(json);
  return *ns > 0 && *ns <= NS_MOST;
}

static bool take_counters(json_t *counters, char *error)
{
  const char *name;
  json_t *value;
  if (counters && !json_is_object(counters))
    return gate_refuse(error, "\"counters\" must be an object of numbers");
  json_object_foreach(counters, name, value)
  {
    if (!(json_number_value(value) >= 0) || !json_is_number(value) ||
        !isfinite(json_number_value(value)))
      return gate_refuse(error, "counter \"%.60s\" must be a number, 0 or more", name);
  }
  return true;
}

static bool take_half(const json_t *half, double ns[PAIRS_VIEWS], size_t *chunk_count, char *error)
{
  static const char *const known[] = {"chunk_ns", "cpu_ns", "counters", NULL};
  const json_t *chunks = json_object_get(half, "chunk_ns");
  size_t n = json_array_size(chunks);
  double sorted[PAIRS_CHUNKS_MOST];
  if (!json_is_object(half) || !only_members(half, known, error))
    return json_is_object(half) ? false : gate_refuse(error, "a half must be an object");
  if (n < PAIRS_CHUNKS_LEAST || n > PAIRS_CHUNKS_MOST)
    return gate_refuse(error, "\"chunk_ns\" must be a list of %d to %d times", PAIRS_CHUNKS_LEAST,
                       PAIRS_CHUNKS_MOST);
  for (size_t i = 0; i < n; i++)
    if (!read_ns(json_array_get(chunks, i), &sorted[i]))
      return gate_refuse(error, "chunk_ns[%zu] must be a time above 0 and at most %g ns", i,
                         NS_MOST);
  if (!read_ns(json_object_get(half, "cpu_ns"), &ns[PAIRS_CPU]))
    return gate_refuse(error, "\"cpu_ns\" must be a time above 0 and at most %g ns", NS_MOST);
  qsort(sorted, n, sizeof *sorted, compare);
  ns[PAIRS_MINIMUM] = sorted[0];
  ns[PAIRS_P90] = sorted[(9 * n + 9) / 10 - 1]; /* nearest rank */
  *chunk_count = n;
  return take_counters(json_object_get(half, "counters"), error);
}

static struct pairs_series *series_of(struct pairs *pairs, const char *benchmark,
                                      enum pairs_arm arm)
{
  struct pairs_series *found = (struct pairs_series *)(uintptr_t)pairs_find(pairs, benchmark, arm);
  if (found)
    return found;
  pairs->series = allocate_one_more(pairs->series, pairs->series_count, &pairs->series_room,
                                    sizeof *pairs->series);
  pairs->series[pairs->series_count] =
      (struct pairs_series){.benchmark = copy(benchmark), .arm = arm};
  return &pairs->series[pairs->series_count++];
}

static bool take_pair(struct pairs *pairs, const char *benchmark, json_t *object, char *error)
{
  static const char *const known[] = {"benchmark", "arm",       "pair", "order",
                                      "base",      "candidate", NULL};
  unsigned arm, order;
  struct pairs_pair pair;
  size_t chunks[PAIRS_SIDES];
  if (!only_members(object, known, error) ||
      !read_name(object, "arm", arm_names, PAIRS_ARMS, &arm, error) ||
      !read_name(object, "order", order_names, 2, &order, error))
    return false;
  pair.order = (enum pairs_order)order;
  for (int side = 0; side < PAIRS_SIDES; side++) {
    char sentence[GATE_ERROR_BYTES];
    json_t *half = json_object_get(object, side_names[side]);
    pair.counters[side] = json_object_get(half, "counters");
    if (!take_half(half, pair.ns[side], &chunks[side], sentence))
      return gate_refuse(error, "%s: %.1000s", side_names[side], sentence);
  }
  const struct pairs_series *before = pairs_find(pairs, benchmark, (enum pairs_arm)arm);
  size_t due = (before ? before->count : 0) + 1;
  if (json_integer_value(json_object_get(object, "pair")) != (json_int_t)due)
    return gate_refuse(error, "\"pair\" must be %zu here: pairs are numbered from 1 without a gap",
                       due);
  if (due > PAIRS_MOST)
    return gate_refuse(error, "more than %d pairs of one benchmark", PAIRS_MOST);
  if (chunks[0] != chunks[1] || (before && before->chunk_count != chunks[0]))
    return gate_refuse(error,
                       "all halves of a benchmark must have as many chunks: the minimum of more "
                       "is smaller");
  struct pairs_series *series = series_of(pairs, benchmark, (enum pairs_arm)arm);
  series->chunk_count = chunks[0];
  series->pair = allocate_one_more(series->pair, series->count, &series->room, sizeof pair);
  for (int side = 0; side < PAIRS_SIDES; side++)
    json_incref(pair.counters[side]);
  series->pair[series->count++] = pair;
  return true;
}

/* ---- other lines ---- */

static bool take_instructions(struct pairs *pairs, const char *benchmark, json_t *object,
                              char *error)
{
  json_int_t count[PAIRS_SIDES];
  json_error_t at;
  const char *name;
  if (json_unpack_ex(object, &at, JSON_STRICT, "{s:s, s:{s:I, s:I !}}", "benchmark", &name,
                     "instructions", side_names[0], &count[0], side_names[1], &count[1]) != 0)
    return gate_refuse(error, "%s", at.text);
  if (count[0] < 1 || count[1] < 1)
    return gate_refuse(error, "counts of instructions must be above 0");
  for (size_t i = 0; i < pairs->instructions_count; i++)
    if (strcmp(pairs->instructions[i].benchmark, benchmark) == 0)
      return gate_refuse(error, "the instructions of %.300s are there twice", benchmark);
  pairs->instructions = allocate_one_more(pairs->instructions, pairs->instructions_count,
                                          &pairs->instructions_room, sizeof *pairs->instructions);
  pairs->instructions[pairs->instructions_count++] = (struct pairs_instructions){
      .benchmark = copy(benchmark), .count = {(uint64_t)count[0], (uint64_t)count[1]}};
  return true;
}

static bool take_event(struct pairs *pairs, const char *benchmark, json_t *object, char *error)
{
  static const char *const known[] = {"benchmark", "trouble", "side", "reason", NULL};
  const char *reason = json_string_value(json_object_get(object, "reason"));
  unsigned trouble, side;
  if (!only_members(object, known, error) ||
      !read_name(object, "trouble", trouble_names, 3, &trouble, error) ||
      !read_name(object, "side", side_names, PAIRS_SIDES, &side, error))
    return false;
  if (!reason)
    return gate_refuse(error, "\"reason\" must be a sentence");
  pairs->event =
      allocate_one_more(pairs->event, pairs->event_count, &pairs->event_room, sizeof *pairs->event);
  pairs->event[pairs->event_count++] = (struct pairs_event){.benchmark = copy(benchmark),
                                                            .trouble = (enum pairs_trouble)trouble,
                                                            .side = (enum pairs_side)side,
                                                            .reason = copy(reason)};
  return true;
}

bool pairs_take_line(struct pairs *pairs, json_t *object, char *error)
{
  const char *benchmark = json_string_value(json_object_get(object, "benchmark"));
  if (!benchmark || !*benchmark || strlen(benchmark) >= 512)
    return gate_refuse(error, "\"benchmark\" must be a name");
  if (json_object_get(object, "arm"))
    return take_pair(pairs, benchmark, object, error);
  if (json_object_get(object, "instructions"))
    return take_instructions(pairs, benchmark, object, error);
  if (json_object_get(object, "trouble"))
    return take_event(pairs, benchmark, object, error);
  return gate_refuse(error, "no pair (\"arm\"), no \"instructions\" and no \"trouble\"");
}
