/* manifest.c: see manifest.h. */
#include "gate/manifest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/allocate.h"

#define COLUMNS 5
#define OPERATIONS_MOST 1000000000000
#define ROWS_MOST 1000 /* the error is divided by them */

static const char *const column_names[COLUMNS] = {"benchmark", "tier", "limit", "direction",
                                                  "operations"};
static const char *const tier_names[] = {"time", "instructions", "advice"};
static const char *const direction_names[] = {"slower", "both"};

const char *manifest_tier_name(enum manifest_tier tier)
{
  return tier_names[tier];
}

const char *manifest_direction_name(enum manifest_direction direction)
{
  return direction_names[direction];
}

bool manifest_in_pairs(enum manifest_tier tier)
{
  return tier != MANIFEST_INSTRUCTIONS;
}

const struct manifest_row *manifest_find(const struct manifest *manifest, const char *benchmark,
                                         bool in_pairs)
{
  for (size_t i = 0; i < manifest->count; i++)
    if (manifest_in_pairs(manifest->row[i].tier) == in_pairs &&
        strcmp(manifest->row[i].benchmark, benchmark) == 0)
      return &manifest->row[i];
  return NULL;
}

void manifest_fini(struct manifest *manifest)
{
  for (size_t i = 0; i < manifest->count; i++)
    free(manifest->row[i].benchmark);
  free(manifest->row);
  *manifest = (struct manifest){0};
}

/* Index of the name in a list of `count`, or count. */
static unsigned find_name(const char *const *names, unsigned count, const char *name)
{
  unsigned i = 0;
  while (i < count && strcmp(names[i], name) != 0)
    i++;
  return i;
}

static bool set_benchmark(struct manifest_row *row, const char *name, char *error)
{
  static const char marker[] = "/threads:";
  const char *threads = strrchr(name, '/');
  char *end = NULL;
  unsigned long value = 0;
  if (threads && threads != name && strncmp(threads, marker, sizeof marker - 1) == 0 &&
      threads[sizeof marker - 1] >= '1' && threads[sizeof marker - 1] <= '9')
    value = strtoul(threads + sizeof marker - 1, &end, 10);
  if (!end || *end || value > 65536 || strlen(name) >= 512)
    return gate_refuse(
        error,
        "'%.300s' is no benchmark: write a point's name, as in bench.json, which ends in "
        "/threads:N",
        name);
  for (const char *c = name; *c; c++)
    if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
      return gate_refuse(error, "'%.300s' is no benchmark: a name has no blanks and is ASCII",
                         name);
  row->threads = (unsigned)value;
  row->benchmark = strdup(name);
  if (!row->benchmark)
    return gate_refuse(error, "out of memory");
  return true;
}

/* The name was not set yet, or belongs to the row that is given back on failure. */
static bool add_row(struct manifest *manifest, size_t *room, const char *benchmark,
                    const char *tier, double limit, const char *direction, double operations,
                    char *error)
{
  struct manifest_row row = {.limit = limit};
  unsigned t = find_name(tier_names, 3, tier), d = find_name(direction_names, 2, direction);
  if (t == 3)
    return gate_refuse(error, "tier '%.40s': time, instructions or advice", tier);
  if (d == 2)
    return gate_refuse(error, "direction '%.40s': slower or both", direction);
  if (!(limit > 0 && limit < 1))
    return gate_refuse(error, "the limit must be above 0 and below 100 %%");
  if (!(operations >= 1 && operations <= OPERATIONS_MOST && operations == floor(operations)))
    return gate_refuse(error, "operations must be a whole number from 1 to %lld",
                       (long long)OPERATIONS_MOST);
  row.tier = (enum manifest_tier)t;
  row.direction = (enum manifest_direction)d;
  row.operations = (uint64_t)operations;
  if (manifest_find(manifest, benchmark, manifest_in_pairs(row.tier)))
    return gate_refuse(error, "%.300s is declared twice for this tier: delete one", benchmark);
  if (manifest->count == ROWS_MOST)
    return gate_refuse(error, "more than %d rows", ROWS_MOST);
  if (!set_benchmark(&row, benchmark, error))
    return false;
  manifest->row = allocate_one_more(manifest->row, manifest->count, room, sizeof row);
  manifest->row[manifest->count++] = row;
  if (row.tier == MANIFEST_INSTRUCTIONS && row.threads != 1)
    return gate_refuse(error, "instructions are counted at one thread: threads:%u", row.threads);
  return true;
}

/* ---- the text ---- */

/* Splits at tabs, as many as there are columns; false: more or fewer fields. */
static bool split(char *line, char *field[COLUMNS])
{
  size_t count = 0;
  for (char *rest = line, *next; (next = strsep(&rest, "\t")) != NULL;) {
    if (!*next) /* several tabs that set columns under each other */
      continue;
    if (count == COLUMNS)
      return false;
    field[count++] = next;
  }
  return count == COLUMNS;
}

static bool is_heading(char *const field[COLUMNS])
{
  for (size_t i = 0; i < COLUMNS; i++)
    if (strcmp(field[i], column_names[i]) != 0)
      return false;
  return true;
}

/* "2.5%" is 0.025. */
static bool parse_percent(const char *text, double *share)
{
  char *end;
  if (*text < '0' || *text > '9')
    return false;
  *share = strtod(text, &end) / 100;
  return strcmp(end, "%") == 0 && strspn(text, "0123456789.") == strlen(text) - 1;
}

static bool parse_whole(const char *text, double *value)
{
  *value = strtod(text, NULL);
  return *text && strlen(text) <= 13 && strspn(text, "0123456789") == strlen(text);
}

static bool parse_line(struct manifest *manifest, size_t *room, char *line, bool *headed,
                       char *error)
{
  char *field[COLUMNS];
  double limit, operations;
  if (!split(line, field))
    return gate_refuse(error,
                       "not the %d columns benchmark, tier, limit, direction, operations, parted "
                       "by tabs",
                       COLUMNS);
  if (!*headed) {
    *headed = is_heading(field);
    return *headed ||
           gate_refuse(error, "the first row must name the columns: benchmark, tier, limit, "
                              "direction, operations, parted by tabs");
  }
  if (!parse_percent(field[2], &limit))
    return gate_refuse(error, "limit '%.40s': write a percentage, 2.5%%", field[2]);
  if (!parse_whole(field[4], &operations))
    return gate_refuse(error, "operations '%.40s': write a whole number", field[4]);
  return add_row(manifest, room, field[0], field[1], limit, field[3], operations, error);
}

bool manifest_parse(struct manifest *manifest, FILE *in, const char *file_name, char *error)
{
  *manifest = (struct manifest){0};
  size_t room = 0, size = 0, number = 0;
  ssize_t n;
  char *line = NULL, sentence[GATE_ERROR_BYTES];
  bool headed = false, good = true;
  while (good && (n = getline(&line, &size, in)) >= 0) {
    number++;
    size_t length = (size_t)n;
    if (length && line[length - 1] == '\n')
      line[--length] = '\0';
    if (strlen(line) != length)
      good = gate_refuse(sentence, "a zero byte");
    else if (line[0] != '#' && line[strspn(line, " \t")] != '\0')
      good = parse_line(manifest, &room, line, &headed, sentence);
    if (!good)
      gate_refuse(error, "%.400s:%zu: %.1000s", file_name, number, sentence);
  }
  free(line);
  if (good && ferror(in))
    good = gate_refuse(error, "%.400s: cannot read: %s", file_name, strerror(errno));
  if (good && manifest->count == 0)
    good = gate_refuse(error, "%.400s: no benchmark is declared; write one a line", file_name);
  if (!good)
    manifest_fini(manifest);
  return good;
}

bool manifest_read(struct manifest *manifest, const char *path, char *error)
{
  *manifest = (struct manifest){0};
  FILE *in = fopen(path, "r");
  if (!in)
    return gate_refuse(error, "%.400s: %s", path, strerror(errno));
  bool good = manifest_parse(manifest, in, path, error);
  fclose(in);
  return good;
}

/* ---- JSON ---- */

json_t *manifest_json(const struct manifest *manifest)
{
  json_t *rows = json_array();
  for (size_t i = 0; i < manifest->count; i++) {
    const struct manifest_row *row = &manifest->row[i];
    json_array_append_new(rows,
                          json_pack("{s:s, s:s, s:f, s:s, s:I}", "benchmark", row->benchmark,
                                    "tier", manifest_tier_name(row->tier), "limit", row->limit,
                                    "direction", manifest_direction_name(row->direction),
                                    "operations", (json_int_t)row->operations));
  }
  return rows;
}

bool manifest_from_json(const json_t *json, struct manifest *manifest, char *error)
{
  *manifest = (struct manifest){0};
  if (!json_is_array(json) || json_array_size(json) == 0)
    return gate_refuse(error, "manifest: must be a list of at least one row");
  size_t room = 0;
  for (size_t i = 0; i < json_array_size(json); i++) {
    char *benchmark, *tier, *direction, sentence[GATE_ERROR_BYTES];
    double limit;
    json_int_t operations;
    json_error_t at;
    bool good = true;
    if (json_unpack_ex(json_array_get(json, i), &at, JSON_STRICT, "{s:s, s:s, s:F, s:s, s:I}",
                       "benchmark", &benchmark, "tier", &tier, "limit", &limit, "direction",
                       &direction, "operations", &operations) != 0)
      good = gate_refuse(sentence, "%s", at.text);
    else
      good =
          add_row(manifest, &room, benchmark, tier, limit, direction, (double)operations, sentence);
    if (!good) {
      gate_refuse(error, "manifest[%zu]: %.1000s", i, sentence);
      manifest_fini(manifest);
      return false;
    }
  }
  return true;
}
