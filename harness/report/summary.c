/* summary.c: see summary.h. */
#include "report/summary.h"

#include <limits.h>
#include <math.h>

#include "report/figure.h"
#include "report/memory.h"
#include "report/node_report.h"
#include "report/place_verdict.h"
#include "report/text.h"

#define INDENT 10
#define LINE_MOST 110

/* The value of a machine fact, malloc'ed; NULL when the machine has no such fact. */
static char *machine_fact(const struct run_folder *run, const char *name)
{
  size_t index;
  json_t *fact;
  json_array_foreach(json_object_get(run->machine, "facts"), index, fact)
  {
    if (strcmp(json_string_value(json_object_get(fact, "name")), name) == 0)
      return run_folder_fact_value(fact);
  }
  return NULL;
}

static char *machine_line(const struct run_folder *run)
{
  static const struct {
    const char *before, *fact, *behind;
  } parts[] = {{"", "processor", ""},
               {"", "cpus", " CPUs"},
               {"", "memory_bytes", " of memory"},
               {"kernel ", "kernel", ""}};
  char *line;
  size_t size;
  FILE *out = memory_checked(open_memstream(&line, &size));
  const char *separator = "";
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    char *value = machine_fact(run, parts[i].fact);
    if (value) {
      fprintf(out, "%s%s%s%s", separator, parts[i].before, value, parts[i].behind);
      separator = ", ";
    }
    free(value);
  }
  fclose(out);
  return memory_checked(line);
}

const struct point *summary_self_pair(const struct points *points, const struct point *copy)
{
  if (!copy->arm[0])
    return NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!point->arm[0] && point_same_group(point, copy) && point->keys == copy->keys &&
        point->threads == copy->threads && !strcmp(point->pages, copy->pages) &&
        !strcmp(point->map, copy->map) && !strcmp(point->region, copy->region))
      return point;
  }
  return NULL;
}

static void count_self(struct summary *summary)
{
  for (size_t i = 0; i < summary->points->count; i++) {
    const struct point *copy = &summary->points->items[i];
    const struct point *point = summary_self_pair(summary->points, copy);
    if (!point || !point_is_good(point) || !point_is_good(copy))
      continue;
    struct interval ratio =
        interval_of_ratio(copy->ns_per_op, copy->round_count, point->ns_per_op, point->round_count);
    summary->self_points++;
    summary->self_unknown += !ratio.known;
    summary->self_agree += ratio.known && interval_holds_one(&ratio);
  }
}

static void gather_costs(struct summary *summary)
{
  size_t count = summary->points->count, timers = 0;
  double *harness = memory_zeroed(count, sizeof *harness);
  double *timer = memory_zeroed(count, sizeof *timer);
  for (size_t i = 0; i < count; i++) {
    const struct point *point = &summary->points->items[i];
    if (!point_is_good(point))
      continue;
    double cost = point_counter(point, "harness_ns_per_op");
    if (isfinite(cost) && !strcmp(point->map, NULL_MAP)) {
      if (!summary->harness_most_point || cost > summary->harness_most_ns) {
        summary->harness_most_ns = cost;
        summary->harness_most_point = point;
      }
      harness[summary->harness_points++] = cost;
    }
    cost = point_counter(point, "timer_cost_ns");
    if (isfinite(cost))
      timer[timers++] = cost;
  }
  if (summary->harness_points)
    summary->harness_median_ns = interval_median(harness, summary->harness_points);
  summary->timer_cost_ns = timers ? interval_median(timer, timers) : NAN;
  free(harness);
  free(timer);
}

void summary_init(struct summary *summary, const struct run_folder *runs, size_t run_count,
                  const struct points *points)
{
  *summary = (struct summary){
      .runs = runs,
      .run_count = run_count,
      .points = points,
      .version = run_folder_context(runs, "tmb_version"),
      .commit = run_folder_context(runs, "commit"),
      .build = run_folder_context(runs, "build"),
      .fingerprint = json_string_value(json_object_get(runs->machine, "fingerprint")),
      .machine = machine_line(runs),
      .complete = true,
  };
  for (size_t i = 0; i < run_count; i++) {
    const json_t *context = json_object_get(runs[i].bench, "context");
    summary->complete &= json_is_true(json_object_get(context, "complete"));
  }
  for (size_t i = 0; i < points->count + points->open_count; i++) {
    size_t rounds = points->items[i].round_count;
    if (!point_is_good(&points->items[i]))
      continue;
    if (summary->rounds_least == 0 || rounds < summary->rounds_least)
      summary->rounds_least = rounds;
    if (rounds > summary->rounds_most)
      summary->rounds_most = rounds;
  }
  gather_costs(summary);
  count_self(summary);
}

void summary_fini(struct summary *summary)
{
  free(summary->machine);
}

char *summary_harness_sentence(const struct summary *summary)
{
  if (summary->harness_points == 0)
    return memory_format(HARNESS_COST_WORDS ": not measured in this run");
  char median[FIGURE], most[FIGURE], keys[FIGURE];
  const struct point *point = summary->harness_most_point;
  return memory_format(
      HARNESS_COST_WORDS
      ": %s ns/op, the median of %zu points; at most %s ns/op (%s, %s keys, %u %s)",
      figure_plain(median, summary->harness_median_ns), summary->harness_points,
      figure_plain(most, summary->harness_most_ns), point->workload,
      figure_keys(keys, (double)point->keys), point->threads,
      point->threads == 1 ? "thread" : "threads");
}

char *summary_self_sentence(const struct summary *summary)
{
  if (summary->self_points == 0)
    return memory_format("no point was measured twice in this run");
  if (summary->self_unknown == summary->self_points)
    return memory_format("%zu points measured twice, in too few rounds to say",
                         summary->self_points);
  return memory_format("%zu of %zu points agree with themselves%s", summary->self_agree,
                       summary->self_points - summary->self_unknown,
                       summary->self_agree + summary->self_unknown == summary->self_points
                           ? ""
                           : " (1 in 20 is expected not to)");
}

char *summary_rounds_sentence(const struct summary *summary)
{
  char rounds[2 * FIGURE];
  if (summary->rounds_least == summary->rounds_most)
    snprintf(rounds, sizeof rounds, "%zu", summary->rounds_most);
  else
    snprintf(rounds, sizeof rounds, "%zu to %zu", summary->rounds_least, summary->rounds_most);
  return memory_format("%zu points, %s %s each%s",
                       summary->points->count + summary->points->open_count, rounds,
                       summary->rounds_most == 1 ? "round" : "rounds",
                       summary->complete ? "" : "; INCOMPLETE, points are missing");
}

void summary_print_line(FILE *out, const char *label, const char *text)
{
  fprintf(out, "%-*s", INDENT, label);
  size_t column = INDENT;
  char *copy = memory_string(text), *rest = copy, *word;
  for (bool first = true; (word = strsep(&rest, " ")) != NULL; first = false) {
    size_t width = text_width(word);
    if (!first && column + 1 + width > LINE_MOST) {
      fprintf(out, "\n%*s", INDENT, "");
      column = INDENT;
    } else if (!first) {
      fputc(' ', out);
      column++;
    }
    text_print(out, word);
    column += width;
  }
  fputc('\n', out);
  free(copy);
}

static void print_owned(FILE *out, const char *label, char *text)
{
  summary_print_line(out, label, text);
  free(text);
}

/* The first sentence of each; the page has the rest. */
static void print_concerns(const struct summary *summary, FILE *out)
{
  const char *label = "concerns";
  size_t index;
  json_t *fact;
  json_array_foreach(json_object_get(summary->runs->machine, "facts"), index, fact)
  {
    const char *concern = json_string_value(json_object_get(fact, "concern"));
    if (!concern)
      continue;
    const char *end = strstr(concern, ". ");
    print_owned(out, label, memory_format("%.*s", end ? (int)(end - concern) : INT_MAX, concern));
    label = "";
  }
}

void summary_print_places(const struct points *points, FILE *out)
{
  print_owned(out, "threads", place_verdict_threads(points));
  print_owned(out, "pages", place_verdict_pages(points));
  char *words = node_report_words(points);
  if (words)
    print_owned(out, "accesses", words);
}

void summary_print(const struct summary *summary, FILE *out)
{
  char figure[FIGURE];
  print_owned(out, "program",
              memory_format("tracemap-bench %s, commit %s, %s", summary->version, summary->commit,
                            summary->build));
  print_owned(out, "machine",
              memory_format("%s (fingerprint %s)", summary->machine, summary->fingerprint));
  for (size_t i = 0; i < summary->run_count; i++) {
    const json_t *context = json_object_get(summary->runs[i].bench, "context");
    const json_t *seed = json_object_get(context, "seed");
    char *seed_text = seed ? json_dumps(seed, JSON_ENCODE_ANY) : memory_string("?");
    print_owned(out, i ? "" : "run",
                memory_format("%s: profile %s, seed %s", summary->runs[i].path,
                              run_folder_context(&summary->runs[i], "profile"), seed_text));
    free(seed_text);
  }
  print_owned(out, "rounds", summary_rounds_sentence(summary));
  print_owned(out, "harness", summary_harness_sentence(summary));
  if (isfinite(summary->timer_cost_ns))
    print_owned(out, "timer",
                memory_format("reading the clock twice costs %s, inside every latency",
                              figure_time(figure, summary->timer_cost_ns)));
  print_owned(out, "A/A", summary_self_sentence(summary));
  summary_print_places(summary->points, out);
  const char *label = "failures";
  for (size_t i = 0; i < summary->points->failure_count; i++) {
    const struct failure *failure = &summary->points->failures[i];
    print_owned(
        out, label,
        memory_format("%s in round %u: %s", failure->reason, failure->round, failure->detail));
    summary_print_line(out, "", failure->name);
    label = "";
  }
  print_concerns(summary, out);
}
