/* points.c: see points.h. */
#include "report/points.h"

#include <math.h>

#include "report/memory.h"

static const char *const outcome_names[OUTCOMES] = {"added", "found", "missed"};

const char *outcome_name(enum outcome outcome)
{
  return outcome_names[outcome];
}

/* ---- finding the point of a round ---- */

#define USUAL_BLOCK_BYTES 65536

static char *parameter_text(const json_t *facts)
{
  const json_t *parameters = json_object_get(facts, "parameters");
  const json_t *block_bytes = json_object_get(facts, "block_bytes");
  char *text = NULL;
  size_t size;
  FILE *out = memory_checked(open_memstream(&text, &size));
  const char *name, *separator = "";
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)parameters, name, value)
  {
    fprintf(out, "%s%s=", separator, name);
    if (json_is_string(value))
      fputs(json_string_value(value), out);
    else
      fprintf(out, "%g", json_number_value(value));
    separator = " ";
  }
  if (block_bytes && json_number_value(block_bytes) != USUAL_BLOCK_BYTES) {
    fprintf(out, "%sblock=%.0f", separator, json_number_value(block_bytes));
    separator = " ";
  }
  if (json_is_true(json_object_get(facts, "huge_pages"))) {
    fprintf(out, "%shuge pages", separator);
    separator = " ";
  }
  static const char *const memory[] = {"mem", "mem_keys", "mem_history"};
  for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
    const char *policy = json_string_value(json_object_get(facts, memory[i]));
    if (!policy)
      continue;
    fprintf(out, "%s%s=%s", separator, memory[i], policy);
    separator = " ";
  }
  fclose(out);
  return memory_checked(text);
}

static const char *string_of(const json_t *object, const char *name)
{
  const char *text = json_string_value(json_object_get(object, name));
  return text ? text : "";
}

static struct point point_of_json(const char *name, const json_t *facts)
{
  return (struct point){
      .name = name,
      .workload = string_of(facts, "workload"),
      .map = string_of(facts, "map"),
      .region = string_of(facts, "region"),
      .kind = string_of(facts, "kind"),
      .pages = string_of(facts, "pages"),
      .place = string_of(facts, "place"),
      .arm = string_of(facts, "arm"),
      .corpus = string_of(facts, "corpus"),
      .library = string_of(facts, "library"),
      .baseline = json_is_true(json_object_get(facts, "baseline")),
      .parameters = parameter_text(facts),
      .keys = (uint64_t)json_number_value(json_object_get(facts, "keys")),
      .threads = (unsigned)json_number_value(json_object_get(facts, "threads")),
      .rate = json_number_value(json_object_get(facts, "rate")),
      .arrivals = string_of(facts, "arrivals"),
  };
}

static int compare_points(const void *left, const void *right)
{
  const struct point *a = left, *b = right;
  if ((a->rate > 0) != (b->rate > 0))
    return (a->rate > 0) - (b->rate > 0);
  const char *texts[][2] = {
      {a->workload, b->workload},     {a->kind, b->kind},     {a->place, b->place},
      {a->parameters, b->parameters}, {a->corpus, b->corpus}, {a->arrivals, b->arrivals},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int order = strcmp(texts[i][0], texts[i][1]);
    if (order)
      return order;
  }
  if (a->keys != b->keys)
    return a->keys < b->keys ? -1 : 1;
  if (a->threads != b->threads)
    return a->threads < b->threads ? -1 : 1;
  const char *last[][2] = {
      {a->pages, b->pages}, {a->map, b->map}, {a->region, b->region}, {a->arm, b->arm}};
  for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
    int order = strcmp(last[i][0], last[i][1]);
    if (order)
      return order;
  }
  return (a->rate > b->rate) - (a->rate < b->rate);
}

bool point_same_group(const struct point *a, const struct point *b)
{
  return !strcmp(a->workload, b->workload) && !strcmp(a->kind, b->kind) &&
         !strcmp(a->place, b->place) && !strcmp(a->parameters, b->parameters) &&
         !strcmp(a->corpus, b->corpus) && !strcmp(a->arrivals, b->arrivals);
}

/* Points by name, while they are gathered: index + 1 in a jansson object. Names are unique: they
 * hold all that tells points apart. */
struct gatherer {
  struct points *points;
  json_t *by_name;
};

static struct point *find_named(const struct gatherer *gatherer, const char *name)
{
  size_t index = (size_t)json_integer_value(json_object_get(gatherer->by_name, name));
  return index ? &gatherer->points->items[index - 1] : NULL;
}

static struct point *find_or_add(struct gatherer *gatherer, const char *name, const json_t *facts)
{
  struct point *known = find_named(gatherer, name);
  if (known)
    return known;
  struct points *points = gatherer->points;
  points->items = memory_one_more(points->items, points->count, sizeof *points->items);
  points->items[points->count++] = point_of_json(name, facts);
  json_object_set_new(gatherer->by_name, name, json_integer((json_int_t)points->count));
  return &points->items[points->count - 1];
}

/* ---- rounds ---- */

static void add_failure(struct points *points, const char *name, unsigned round, const char *reason,
                        const char *detail)
{
  points->failures =
      memory_one_more(points->failures, points->failure_count, sizeof *points->failures);
  points->failures[points->failure_count++] = (struct failure){name, reason, detail, round};
}

static bool add_round(struct gatherer *gatherer, const struct run_folder *run, json_t *entry,
                      char *error)
{
  const char *name = string_of(entry, "name");
  struct point *point = find_or_add(gatherer, name, json_object_get(entry, "point"));
  double round = json_number_value(json_object_get(entry, "repetition_index"));
  if (json_is_true(json_object_get(entry, "error_occurred"))) {
    add_failure(gatherer->points, name, (unsigned)round, "error",
                string_of(entry, "error_message"));
    return true;
  }
  for (size_t i = 0; i < point->round_count; i++) {
    const struct round *other = &point->rounds[i];
    if (other->run == run &&
        json_number_value(json_object_get(other->entry, "repetition_index")) == round) {
      snprintf(error, RUN_ERROR, "%s/bench.json: round %.0f of %s stands there twice", run->path,
               round, name);
      return false;
    }
  }
  point->rounds = memory_one_more(point->rounds, point->round_count, sizeof *point->rounds);
  point->ns_per_op =
      memory_one_more(point->ns_per_op, point->round_count, sizeof *point->ns_per_op);
  point->rounds[point->round_count] = (struct round){entry, run};
  point->ns_per_op[point->round_count++] = json_number_value(json_object_get(entry, "ns_per_op"));
  return true;
}

/* ---- points of which no round came through ---- */

/* What a name like "misses/hash_trie/region_shared/kind:strings/keys:1000/…" says of its point. */
static json_t *facts_of_name(const char *name)
{
  static const char *const leading[] = {"workload", "map", "region"};
  json_t *facts = json_object(), *parameters = json_object();
  char *copy = memory_string(name), *rest = copy, *part;
  for (size_t index = 0; (part = strsep(&rest, "/")) != NULL; index++) {
    char *value = strchr(part, ':');
    if (index < 3) {
      json_object_set_new(facts, leading[index], json_string(part));
    } else if (value) {
      *value++ = '\0';
      if (!strcmp(part, "keys") || !strcmp(part, "threads") || !strcmp(part, "rate"))
        json_object_set_new(facts, part, json_integer(strtoll(value, NULL, 10)));
      else if (!strcmp(part, "kind") || !strcmp(part, "pages") || !strcmp(part, "place") ||
               !strcmp(part, "corpus") || !strcmp(part, "arrivals"))
        json_object_set_new(facts, part, json_string(value));
      else if (!strcmp(part, "arm"))
        json_object_set_new(facts, part, json_string("A/A"));
      else
        json_object_set_new(parameters, part, json_string(value));
    }
  }
  free(copy);
  json_object_set_new(facts, "parameters", parameters);
  return facts;
}

static void void_points(struct gatherer *gatherer)
{
  struct points *points = gatherer->points;
  for (size_t i = 0; i < points->failure_count; i++) {
    const struct failure *failure = &points->failures[i];
    struct point *point = find_named(gatherer, failure->name);
    if (!point) {
      json_t *facts = facts_of_name(failure->name);
      json_array_append_new(points->from_names, facts); /* keeps the point's strings alive */
      if (json_number_value(json_object_get(facts, "threads")) < 1)
        continue; /* not the name of a point: the list of failures shows it */
      point = find_or_add(gatherer, failure->name, facts);
    }
    if (!point->failure)
      point->failure = failure;
  }
}

/* ---- latencies ---- */

static int compare_buckets(const void *left, const void *right)
{
  const struct bucket *a = left, *b = right;
  return (a->upper_ns > b->upper_ns) - (a->upper_ns < b->upper_ns);
}

static void add_histogram(struct latencies *sum, const json_t *entry)
{
  json_t *buckets = json_object_get(entry, "buckets"), *item;
  size_t index;
  sum->buckets = memory_checked(realloc(
      sum->buckets, (sum->bucket_count + json_array_size(buckets) + 1) * sizeof *sum->buckets));
  json_array_foreach(buckets, index, item)
  {
    sum->buckets[sum->bucket_count++] = (struct bucket){json_number_value(json_array_get(item, 0)),
                                                        json_number_value(json_array_get(item, 1))};
  }
  qsort(sum->buckets, sum->bucket_count, sizeof *sum->buckets, compare_buckets);
  size_t kept = 0;
  for (size_t i = 0; i < sum->bucket_count; i++) {
    if (kept > 0 && sum->buckets[kept - 1].upper_ns >= sum->buckets[i].upper_ns)
      sum->buckets[kept - 1].count += sum->buckets[i].count;
    else
      sum->buckets[kept++] = sum->buckets[i];
  }
  sum->bucket_count = kept;
  sum->count += json_number_value(json_object_get(entry, "count"));
  sum->max_ns = fmax(sum->max_ns, json_number_value(json_object_get(entry, "max_ns")));
}

static void add_histograms(const struct gatherer *gatherer, const struct run_folder *run)
{
  size_t index;
  json_t *entry;
  json_array_foreach(json_object_get(run->histograms, "entries"), index, entry)
  {
    struct point *point = find_named(gatherer, string_of(entry, "name"));
    for (int outcome = 0; point && outcome < OUTCOMES; outcome++)
      if (strcmp(string_of(entry, "outcome"), outcome_names[outcome]) == 0)
        add_histogram(&point->latency[outcome], entry);
  }
}

/* ---- the whole ---- */

bool points_init(struct points *points, const struct run_folder *runs, size_t run_count,
                 char *error)
{
  *points = (struct points){.runs = runs, .run_count = run_count, .from_names = json_array()};
  struct gatherer gatherer = {points, json_object()};
  bool good = true;
  for (size_t i = 0; i < run_count && good; i++) {
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(runs[i].bench, "benchmarks"), index, item)
    {
      if (run_folder_is_round(item) && !(good = add_round(&gatherer, &runs[i], item, error)))
        break;
    }
    json_t *failures = json_object_get(json_object_get(runs[i].bench, "context"), "failures");
    json_array_foreach(failures, index, item)
    {
      add_failure(points, string_of(item, "name"),
                  (unsigned)json_number_value(json_object_get(item, "round")),
                  string_of(item, "reason"), string_of(item, "detail"));
    }
    add_histograms(&gatherer, &runs[i]);
  }
  void_points(&gatherer);
  json_decref(gatherer.by_name);
  for (size_t i = 0; i < points->count; i++) {
    struct point *point = &points->items[i];
    if (point->round_count > 0) {
      point->median_ns = interval_median(point->ns_per_op, point->round_count);
      point->interval = interval_of(point->ns_per_op, point->round_count);
    }
  }
  if (points->count > 0)
    qsort(points->items, points->count, sizeof *points->items, compare_points);
  while (points->count > 0 && points->items[points->count - 1].rate > 0) {
    points->count--;
    points->open_count++;
  }
  return good;
}

void points_fini(struct points *points)
{
  for (size_t i = 0; i < points->count + points->open_count; i++) {
    struct point *point = &points->items[i];
    free(point->parameters);
    free(point->rounds);
    free(point->ns_per_op);
    for (int outcome = 0; outcome < OUTCOMES; outcome++)
      free(point->latency[outcome].buckets);
  }
  free(points->items);
  free(points->failures);
  json_decref(points->from_names);
}

double point_counter(const struct point *point, const char *counter)
{
  double *values = memory_zeroed(point->round_count, sizeof *values);
  size_t n = 0;
  for (size_t i = 0; i < point->round_count; i++) {
    const json_t *value = json_object_get(point->rounds[i].entry, counter);
    if (value)
      values[n++] = json_number_value(value);
  }
  double median = n ? interval_median(values, n) : NAN;
  free(values);
  return median;
}

enum outcome point_main_outcome(const struct point *point)
{
  enum outcome main = OUTCOMES;
  double most = 0;
  for (int outcome = 0; outcome < OUTCOMES; outcome++) {
    double share = point_counter(point, outcome_names[outcome]);
    if (share > most) {
      most = share;
      main = (enum outcome)outcome;
    }
  }
  return main;
}

bool point_is_floor_of(const struct point *baseline, enum outcome outcome)
{
  if (strcmp(baseline->map, CHASE_MAP) == 0)
    return outcome == OUTCOME_FOUND;
  if (strcmp(baseline->map, ID_MAP) == 0)
    return outcome == OUTCOME_ADDED;
  return true;
}
