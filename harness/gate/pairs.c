/* pairs.c: see pairs.h. */
#include "gate/pairs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate/pairs_line.h"
#include "record/allocate.h"

#define LINE_BYTES_MOST ((size_t)16 << 20)

const char *pairs_view_name(enum pairs_view view)
{
  static const char *const names[PAIRS_VIEWS] = {"minimum", "cpu", "p90"};
  return names[view];
}

const struct pairs_series *pairs_find(const struct pairs *pairs, const char *benchmark,
                                      enum pairs_arm arm)
{
  for (size_t i = 0; i < pairs->series_count; i++)
    if (pairs->series[i].arm == arm && strcmp(pairs->series[i].benchmark, benchmark) == 0)
      return &pairs->series[i];
  return NULL;
}

bool pairs_has_same_arm(const struct pairs *pairs, const char *benchmark)
{
  const json_t *same = json_object_get(pairs->header, "same");
  for (size_t i = 0; i < json_array_size(same); i++)
    if (strcmp(json_string_value(json_array_get(same, i)), benchmark) == 0)
      return true;
  return false;
}

const char *pairs_fingerprint(const struct pairs *pairs)
{
  return json_string_value(
      json_object_get(json_object_get(pairs->header, "machine"), "fingerprint"));
}

const char *pairs_commit(const struct pairs *pairs, enum pairs_side side)
{
  return json_string_value(
      json_object_get(json_object_get(pairs->header, pairs_side_name(side)), "commit"));
}

void pairs_fini(struct pairs *pairs)
{
  for (size_t i = 0; i < pairs->series_count; i++) {
    struct pairs_series *series = &pairs->series[i];
    for (size_t p = 0; p < series->count; p++)
      for (int side = 0; side < PAIRS_SIDES; side++)
        json_decref(series->pair[p].counters[side]);
    free(series->pair);
    free(series->benchmark);
  }
  for (size_t i = 0; i < pairs->instructions_count; i++)
    free(pairs->instructions[i].benchmark);
  for (size_t i = 0; i < pairs->event_count; i++) {
    free(pairs->event[i].benchmark);
    free(pairs->event[i].reason);
  }
  free(pairs->series);
  free(pairs->instructions);
  free(pairs->event);
  free(pairs->path);
  manifest_fini(&pairs->manifest);
  json_decref(pairs->header);
  if (pairs->descriptor >= 0)
    close(pairs->descriptor);
  *pairs = (struct pairs){.descriptor = -1};
}

/* ---- reading ---- */

static bool take_text(struct pairs *pairs, const char *text, size_t n, char *error)
{
  json_error_t at;
  json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &at);
  if (!object)
    return gate_refuse(error, "byte %d: not JSON: %s", at.position, at.text);
  bool good = json_is_object(object);
  if (!good)
    gate_refuse(error, "not a JSON object");
  else if (!pairs->header)
    good = pairs_take_header(pairs, object, error);
  else
    good = pairs_take_line(pairs, object, error);
  json_decref(object);
  return good;
}

bool pairs_parse(struct pairs *pairs, FILE *in, const char *file_name, char *error)
{
  *pairs = (struct pairs){.descriptor = -1};
  char *line = NULL, sentence[GATE_ERROR_BYTES];
  size_t size = 0, number = 0;
  ssize_t n;
  bool good = true;
  while (good && (n = getline(&line, &size, in)) > 0) {
    size_t length = (size_t)n;
    number++;
    if (line[length - 1] != '\n') {
      pairs->torn = true;
      break;
    }
    good = length <= LINE_BYTES_MOST
               ? take_text(pairs, line, length - 1, sentence)
               : gate_refuse(sentence, "line longer than %zu bytes", LINE_BYTES_MOST);
    if (!good)
      gate_refuse(error, "%.400s:%zu: %.1000s", file_name, number, sentence);
  }
  free(line);
  if (good && ferror(in))
    good = gate_refuse(error, "%.400s: cannot read: %s", file_name, strerror(errno));
  if (good && !pairs->header)
    good = gate_refuse(error, "%.400s:1: %s", file_name,
                       pairs->torn ? "the header is torn: nothing can be read from here"
                                   : "the file is empty; the first line must be the header");
  if (!good)
    pairs_fini(pairs);
  return good;
}

bool pairs_read(struct pairs *pairs, const char *path, char *error)
{
  FILE *in = fopen(path, "r");
  if (!in)
    return gate_refuse(error, "%.400s: %s", path, strerror(errno));
  bool good = pairs_parse(pairs, in, path, error);
  fclose(in);
  return good;
}

/* ---- writing ---- */

/* Takes the line as a reader of the file would, then writes it. Steals the object. */
static bool append(struct pairs *pairs, json_t *object, char *error)
{
  char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
  json_decref(object);
  if (!text)
    return gate_refuse(error,
                       "%.400s: a line cannot be written: a text is not UTF-8, or a number not "
                       "finite",
                       pairs->path);
  char sentence[GATE_ERROR_BYTES];
  size_t n = strlen(text);
  bool good = take_text(pairs, text, n, sentence);
  if (!good)
    gate_refuse(error, "%.400s: %.1000s", pairs->path, sentence);
  text[n++] = '\n'; /* in the place of the ending zero */
  if (good) {
    ssize_t written;
    do
      written = write(pairs->descriptor, text, n);
    while (written < 0 && errno == EINTR);
    if (written != (ssize_t)n)
      good = gate_refuse(error, "%.400s: cannot write: %s", pairs->path,
                         written < 0 ? strerror(errno) : "the device is full");
  }
  free(text);
  return good;
}

static json_t *names_json(const char *const *names)
{
  json_t *list = json_array();
  for (; names && *names; names++)
    json_array_append_new(list, json_string(*names));
  return list;
}

bool pairs_create(struct pairs *pairs, const char *path, const struct pairs_plan *plan, char *error)
{
  static const size_t usual[] = {20, 40, 80, 160, 0};
  *pairs = (struct pairs){.descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0666)};
  if (pairs->descriptor < 0)
    return gate_refuse(error, "%.400s: %s", path, strerror(errno));
  pairs->path = strcpy(allocate(strlen(path) + 1, 1), path);
  json_t *looks = json_array();
  for (const size_t *look = plan->look ? plan->look : usual; *look; look++)
    json_array_append_new(looks, json_integer((json_int_t)*look));
  const struct pairs_build *base = &plan->build[PAIRS_BASE];
  const struct pairs_build *candidate = &plan->build[PAIRS_CANDIDATE];
  bool good =
      append(pairs,
             json_pack("{s:s, s:I, s:{s:s, s:s}, s:{s:s, s:s}, s:O, s:o, s:o, s:o, s:o}", "schema",
                       PAIRS_SCHEMA, "seed", (json_int_t)plan->seed, "base", "commit", base->commit,
                       "build", base->build, "candidate", "commit", candidate->commit, "build",
                       candidate->build, "machine", plan->machine, "manifest",
                       manifest_json(plan->manifest), "same", names_json(plan->same), "removed",
                       names_json(plan->removed), "looks", looks),
             error);
  if (!good) {
    unlink(path);
    pairs_fini(pairs);
  }
  return good;
}

static json_t *half_json(const struct pairs_half *half)
{
  json_t *chunks = json_array();
  for (size_t i = 0; i < half->chunk_count; i++)
    json_array_append_new(chunks, json_real(half->chunk_ns[i]));
  return json_pack("{s:o, s:f, s:O*}", "chunk_ns", chunks, "cpu_ns", half->cpu_ns, "counters",
                   half->counters);
}

bool pairs_add(struct pairs *pairs, const char *benchmark, enum pairs_arm arm,
               enum pairs_order order, const struct pairs_half half[PAIRS_SIDES], char *error)
{
  const struct pairs_series *series = pairs_find(pairs, benchmark, arm);
  return append(pairs,
                json_pack("{s:s, s:s, s:I, s:s, s:o, s:o}", "benchmark", benchmark, "arm",
                          pairs_arm_name(arm), "pair", (json_int_t)(series ? series->count : 0) + 1,
                          "order", order == PAIRS_BASE_FIRST ? "base-first" : "candidate-first",
                          "base", half_json(&half[PAIRS_BASE]), "candidate",
                          half_json(&half[PAIRS_CANDIDATE])),
                error);
}

bool pairs_add_instructions(struct pairs *pairs, const char *benchmark,
                            const uint64_t count[PAIRS_SIDES], char *error)
{
  return append(pairs,
                json_pack("{s:s, s:{s:I, s:I}}", "benchmark", benchmark, "instructions", "base",
                          (json_int_t)count[PAIRS_BASE], "candidate",
                          (json_int_t)count[PAIRS_CANDIDATE]),
                error);
}

bool pairs_add_trouble(struct pairs *pairs, const char *benchmark, enum pairs_trouble trouble,
                       enum pairs_side side, const char *reason, char *error)
{
  return append(pairs,
                json_pack("{s:s, s:s, s:s, s:s}", "benchmark", benchmark, "trouble",
                          pairs_trouble_name(trouble), "side", pairs_side_name(side), "reason",
                          reason),
                error);
}
