/* advice.c: see advice.h. */
#include "gate/advice.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate/gate_table.h"
#include "gate/signed_rank.h"
#include "record/allocate.h"
#include "report/figure.h"

#define DRIFT_LIKELY 0.01 /* a probability below it is told */

/* ---- this gate's ratios ---- */

/* A benchmark's name, taken apart: workload, map, region, and the rest with its slash. */
struct parts {
  size_t workload, map, region; /* lengths */
  const char *map_at, *rest;
};

static bool take_apart(const char *name, struct parts *parts)
{
  parts->workload = strcspn(name, "/");
  if (!name[parts->workload])
    return false;
  parts->map_at = name + parts->workload + 1;
  parts->map = strcspn(parts->map_at, "/");
  if (!parts->map_at[parts->map])
    return false;
  const char *region = parts->map_at + parts->map + 1;
  parts->region = strcspn(region, "/");
  parts->rest = region + parts->region;
  return *parts->rest != '\0';
}

static bool differ_in_map(const char *a, const struct parts *of_a, const char *b,
                          const struct parts *of_b)
{
  return of_a->workload == of_b->workload && strncmp(a, b, of_a->workload) == 0 &&
         strcmp(of_a->rest, of_b->rest) == 0 &&
         (of_a->map != of_b->map || strncmp(of_a->map_at, of_b->map_at, of_a->map) != 0);
}

/* Pair by pair, as they were taken in turns. */
static void measure(struct advice_ratio *ratio, const struct pairs_series *above,
                    const struct pairs_series *below)
{
  size_t n = ratio->pairs = above->count < below->count ? above->count : below->count;
  double *change = allocate(n, sizeof *change);
  for (size_t i = 0; i < n; i++)
    change[i] = log(above->pair[i].ns[PAIRS_CANDIDATE][PAIRS_MINIMUM] /
                    below->pair[i].ns[PAIRS_CANDIDATE][PAIRS_MINIMUM]);
  struct signed_rank_interval interval = signed_rank_interval_of(change, n, 0.025);
  free(change);
  ratio->now =
      (struct verdict_ratio){exp(interval.estimate), exp(interval.low), exp(interval.high)};
}

static void add_ratio(struct advice *advice, size_t *room, const struct pairs *pairs,
                      const char *above, const char *below)
{
  struct parts of_above, of_below;
  struct advice_ratio ratio = {.stored = NAN, .drift.probability = 1};
  const struct pairs_series *series[] = {pairs_find(pairs, above, PAIRS_CHANGE),
                                         pairs_find(pairs, below, PAIRS_CHANGE)};
  if (!series[0] || !series[1] || !take_apart(above, &of_above) || !take_apart(below, &of_below))
    return;
  measure(&ratio, series[0], series[1]);
  if (!isfinite(ratio.now.high))
    return; /* too few pairs to say anything */
  size_t size = strlen(above) + strlen(below) + 8;
  ratio.name = allocate(size, 1);
  snprintf(ratio.name, size, "%.*s over %.*s%s", (int)(of_above.workload + 1 + of_above.map), above,
           (int)of_below.map, of_below.map_at, of_above.rest);
  advice->ratio = allocate_one_more(advice->ratio, advice->count, room, sizeof ratio);
  advice->ratio[advice->count++] = ratio;
}

/* Each benchmark against the first before it of another map. */
static void find_ratios(struct advice *advice, const struct pairs *pairs)
{
  size_t room = 0;
  const struct manifest *manifest = &pairs->manifest;
  for (size_t i = 0; i < manifest->count; i++) {
    const char *above = manifest->row[i].benchmark;
    struct parts of_above, of_below;
    bool found = !manifest_in_pairs(manifest->row[i].tier) || !take_apart(above, &of_above);
    for (size_t j = 0; j < i && !found; j++) {
      const char *below = manifest->row[j].benchmark;
      found = manifest_in_pairs(manifest->row[j].tier) && take_apart(below, &of_below) &&
              differ_in_map(above, &of_above, below, &of_below);
      if (found)
        add_ratio(advice, &room, pairs, above, below);
    }
  }
}

static void make_line(struct advice *advice, const struct pairs *pairs)
{
  json_t *ratios = json_object();
  for (size_t i = 0; i < advice->count; i++) {
    const struct verdict_ratio *now = &advice->ratio[i].now;
    json_object_set_new(ratios, advice->ratio[i].name,
                        json_pack("{s:f, s:f, s:f}", "estimate", now->estimate, "low", now->low,
                                  "high", now->high));
  }
  advice->line = json_pack("{s:s, s:s, s:s, s:o}", "schema", ADVICE_SCHEMA, "commit",
                           pairs_commit(pairs, PAIRS_CANDIDATE), "fingerprint",
                           pairs_fingerprint(pairs), "ratios", ratios);
}

/* ---- the history ---- */

static bool is_ratio(const json_t *ratio, double *estimate, double *low, double *high)
{
  *estimate = json_number_value(json_object_get(ratio, "estimate"));
  *low = json_number_value(json_object_get(ratio, "low"));
  *high = json_number_value(json_object_get(ratio, "high"));
  return *low > 0 && *low <= *estimate && *estimate <= *high && isfinite(*high);
}

static bool check_line(const json_t *line, char *error)
{
  const char *schema = json_string_value(json_object_get(line, "schema")), *name;
  json_t *ratios = json_object_get(line, "ratios"), *ratio;
  double estimate, low, high;
  if (!schema || strcmp(schema, ADVICE_SCHEMA) != 0 ||
      !json_is_string(json_object_get(line, "commit")) ||
      !json_is_string(json_object_get(line, "fingerprint")) || !json_is_object(ratios)) {
    snprintf(error, GATE_ERROR_BYTES,
             "no line of a history: \"schema\" %s, \"commit\", "
             "\"fingerprint\" and \"ratios\" are its members",
             ADVICE_SCHEMA);
    return false;
  }
  json_object_foreach(ratios, name, ratio)
  {
    if (!is_ratio(ratio, &estimate, &low, &high)) {
      snprintf(error, GATE_ERROR_BYTES, "a ratio must have 0 < low <= estimate <= high");
      return false;
    }
  }
  return true;
}

/* All lines of this machine, as an array; NULL with a sentence. A torn last line is left out. */
static json_t *read_history(const char *path, const char *fingerprint, char *error)
{
  json_t *lines = json_array();
  FILE *in = fopen(path, "r");
  char *text = NULL, sentence[GATE_ERROR_BYTES];
  size_t size = 0, number = 0;
  bool good = in || errno == ENOENT;
  if (!good)
    snprintf(error, GATE_ERROR_BYTES, "%.400s: %s", path, strerror(errno));
  for (ssize_t n; in && good && (n = getline(&text, &size, in)) > 0 && text[n - 1] == '\n';) {
    json_error_t at;
    json_t *line = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &at);
    number++;
    good = line && check_line(line, sentence);
    if (!good)
      snprintf(error, GATE_ERROR_BYTES, "%.400s:%zu: %.1000s", path, number,
               line ? sentence : at.text);
    else if (strcmp(json_string_value(json_object_get(line, "fingerprint")), fingerprint) == 0)
      json_array_append(lines, line);
    json_decref(line);
  }
  free(text);
  if (in)
    fclose(in);
  if (good)
    return lines;
  json_decref(lines);
  return NULL;
}

static char *copy(const char *text)
{
  return strcpy(allocate(strlen(text) + 1, 1), text);
}

/* Sets what is stored of a ratio, and looks for a change in all of it. */
static void compare(struct advice_ratio *ratio, const json_t *lines, const char *commit)
{
  size_t n = 0, count = json_array_size(lines);
  double *values = allocate(count + 1, sizeof *values);
  const char **commits = allocate(count + 1, sizeof *commits);
  for (size_t i = 0; i < count; i++) {
    const json_t *line = json_array_get(lines, i);
    double estimate, low, high;
    const char *theirs = json_string_value(json_object_get(line, "commit"));
    if (strcmp(theirs, commit) == 0 || /* measured again: this gate's is the one that counts */
        !is_ratio(json_object_get(json_object_get(line, "ratios"), ratio->name), &estimate, &low,
                  &high))
      continue;
    values[n] = log(estimate);
    commits[n++] = theirs;
    ratio->stored = estimate;
    ratio->stored_low = low;
    ratio->stored_high = high;
  }
  if (n > 0)
    ratio->stored_commit = copy(commits[n - 1]);
  values[n] = log(ratio->now.estimate);
  commits[n++] = commit;
  ratio->drift = drift_find(values, n);
  if (ratio->drift.probability < DRIFT_LIKELY)
    ratio->drift_commit = copy(commits[ratio->drift.first]);
  free(values);
  free(commits);
}

bool advice_init(struct advice *advice, const struct pairs *pairs, const char *history, char *error)
{
  *advice = (struct advice){0};
  find_ratios(advice, pairs);
  make_line(advice, pairs);
  if (!history)
    return true;
  json_t *lines = read_history(history, pairs_fingerprint(pairs), error);
  if (!lines) {
    advice_fini(advice);
    return false;
  }
  for (size_t i = 0; i < advice->count; i++)
    compare(&advice->ratio[i], lines, pairs_commit(pairs, PAIRS_CANDIDATE));
  for (size_t i = 0; i < json_array_size(lines); i++)
    advice->kept |= json_equal(json_array_get(lines, i), advice->line);
  json_decref(lines);
  return true;
}

void advice_fini(struct advice *advice)
{
  for (size_t i = 0; i < advice->count; i++) {
    free(advice->ratio[i].name);
    free(advice->ratio[i].stored_commit);
    free(advice->ratio[i].drift_commit);
  }
  free(advice->ratio);
  json_decref(advice->line);
  *advice = (struct advice){0};
}

bool advice_keep(const struct advice *advice, const char *history, char *error)
{
  if (advice->kept || advice->count == 0)
    return true;
  char *text = json_dumps(advice->line, JSON_COMPACT | JSON_REAL_PRECISION(17));
  int descriptor = open(history, O_WRONLY | O_CREAT | O_APPEND, 0666);
  bool good = text && descriptor >= 0;
  if (good) {
    size_t n = strlen(text);
    text[n] = '\n';
    good = write(descriptor, text, n + 1) == (ssize_t)n + 1; /* one write: whole or torn */
  }
  if (!good)
    snprintf(error, GATE_ERROR_BYTES, "%.400s: cannot write: %s", history, strerror(errno));
  if (descriptor >= 0)
    close(descriptor);
  free(text);
  return good;
}

/* ---- the table ---- */

/* Intervals that do not meet are told. */
static const char *against_stored(char *text, const struct advice_ratio *ratio)
{
  if (!ratio->stored_commit)
    return "-";
  snprintf(text, FIGURE, "%.3f%s", ratio->stored,
           ratio->now.low > ratio->stored_high   ? ", now more"
           : ratio->now.high < ratio->stored_low ? ", now less"
                                                 : "");
  return text;
}

void advice_table(struct table *table, const struct advice *advice)
{
  static const struct table_column columns[] = {
      {"ratio", true, false},       {"interval", true, false}, {"stored", true, false},
      {"of commit", false, false},  {"drift", true, false},    {"since", false, false},
      {"benchmarks", false, false},
  };
  table_init(table, "The candidate's maps against each other: advice",
             "stored: the last gate of another commit on this machine; drift: a change of level in "
             "all that is stored, where one is likely (p < 0.01)",
             columns, sizeof columns / sizeof *columns);
  for (size_t i = 0; i < advice->count; i++) {
    const struct advice_ratio *ratio = &advice->ratio[i];
    char text[FIGURE];
    table_row(table);
    table_cell(table, "%.3f", ratio->now.estimate);
    table_cell(table, "%s", gate_table_interval(text, &ratio->now));
    table_cell(table, "%s", against_stored(text, ratio));
    table_cell(table, "%s", ratio->stored_commit ? ratio->stored_commit : "-");
    if (ratio->drift_commit)
      table_cell(table, "%+.1f %%", 100 * expm1(ratio->drift.after - ratio->drift.before));
    else
      table_cell(table, "-");
    table_cell(table, "%s", ratio->drift_commit ? ratio->drift_commit : "-");
    table_cell(table, "%s", ratio->name);
  }
}
