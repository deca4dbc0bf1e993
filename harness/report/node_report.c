/* node_report.c: see node_report.h. */
#include "report/node_report.h"

#include <math.h>

#include "place/memory_policy.h"
#include "report/figure.h"
#include "report/memory.h"
#include "report/report_tables.h"

/* ---- times ---- */

static double counter_of_node(const struct point *point, const char *counter, int node)
{
  char name[96];
  snprintf(name, sizeof name, "%s_node_%d", counter, node);
  return point_counter(point, name);
}

static void latency_cells(struct table *table, const struct point *point, int node,
                          enum outcome outcome)
{
  static const char *const which[] = {"p50", "p99", "p999"};
  for (size_t i = 0; i < sizeof which / sizeof *which; i++) {
    char counter[64], text[FIGURE];
    snprintf(counter, sizeof counter, "latency_%s_%s_ns", outcome_name(outcome), which[i]);
    table_cell(table, "%s", figure_time(text, counter_of_node(point, counter, node)));
  }
}

static void blank_cells(struct table *table, size_t count)
{
  while (count--)
    table_cell(table, "%s", "");
}

enum { SUBJECT_CELLS = 5, RATE_CELLS = 5 };

/* A line for each outcome that has latencies; one without latencies where none has. */
static void node_rows(struct table *table, const struct point *point, int node, bool first)
{
  double least = counter_of_node(point, "ops_per_s_thread_min", node);
  double most = counter_of_node(point, "ops_per_s_thread_max", node);
  char text[FIGURE];
  table_row(table);
  if (first)
    report_tables_subject(table, point);
  else
    blank_cells(table, SUBJECT_CELLS);
  table_cell(table, "%d", node);
  table_cell(table, "%s", figure_rate(text, counter_of_node(point, "ops_per_s", node)));
  table_cell(table, "%s", figure_rate(text, least));
  table_cell(table, "%s", figure_rate(text, most));
  table_cell(table, "%s", most > 0 ? figure_plain(text, least / most) : "-");
  size_t lines = 0;
  for (int i = 0; i < OUTCOMES; i++) {
    enum outcome outcome = (enum outcome)i;
    char counter[64];
    snprintf(counter, sizeof counter, "latency_%s_p50_ns", outcome_name(outcome));
    if (isnan(counter_of_node(point, counter, node)))
      continue;
    if (lines++ > 0) {
      table_row(table);
      blank_cells(table, SUBJECT_CELLS + RATE_CELLS);
    }
    table_cell(table, "%s", outcome_name(outcome));
    latency_cells(table, point, node, outcome);
  }
  if (lines == 0)
    for (size_t i = table->rows[table->row_count - 1].cell_count; i < table->column_count; i++)
      table_cell(table, "-");
}

void node_report_times(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},       {"thr", true, false},         {"pages", false, false},
      {"map", false, false},       {"region", false, false},     {"node", true, false},
      {"ops/s", true, false},      {"thread least", true, true}, {"thread most", true, true},
      {"least/most", true, false}, {"outcome", false, false},    {"p50", true, false},
      {"p99", true, false},        {"p99.9", true, false},
  };
  table_init(table, "The threads of each node",
             "ops/s: the sum of each thread's own rate. least/most: slowest thread over fastest, 1 "
             "is fair. Latencies are sampled,\ntimer cost inside. Medians over the rounds.",
             columns, sizeof columns / sizeof *columns);
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    bool first = true;
    for (int node = 0; point_is_good(point) && !point->arm[0] && node < NODES_MOST; node++) {
      if (isnan(counter_of_node(point, "ops_per_s", node)))
        continue;
      report_tables_heading(table, &group, point);
      node_rows(table, point, node, first);
      first = false;
    }
  }
}

/* ---- accesses ---- */

/* Samples of all rounds together. */
struct accesses {
  double count[NODES_MOST][NODES_MOST]; /* [node of the thread][node of the page] */
  double samples;
};

static void add_round(struct accesses *accesses, json_t *entry)
{
  double samples = json_number_value(json_object_get(entry, "access_samples"));
  const char *name;
  json_t *share;
  json_object_foreach(entry, name, share)
  {
    unsigned of, on;
    int end = 0;
    if (sscanf(name, "access_node_%2u_%2u%n", &of, &on, &end) == 2 && !name[end] &&
        of < NODES_MOST && on < NODES_MOST) {
      accesses->count[of][on] += samples * json_number_value(share);
      accesses->samples += samples * json_number_value(share);
    }
  }
}

static void accesses_of(struct accesses *accesses, const struct point *point)
{
  *accesses = (struct accesses){.samples = 0};
  for (size_t i = 0; i < point->round_count; i++)
    add_round(accesses, point->rounds[i].entry);
}

/* Nodes that threads or pages of some point are on. */
struct nodes_seen {
  bool of_page[NODES_MOST];
  int nodes, last; /* how many, of either; the highest of them */
};

static struct nodes_seen see_nodes(const struct points *points)
{
  struct nodes_seen seen = {.nodes = 0};
  bool any[NODES_MOST] = {false};
  struct accesses *accesses = memory_zeroed(1, sizeof *accesses);
  for (size_t i = 0; i < points->count + points->open_count; i++) {
    accesses_of(accesses, &points->items[i]);
    for (int of = 0; of < NODES_MOST; of++)
      for (int on = 0; on < NODES_MOST; on++)
        if (accesses->count[of][on] > 0)
          any[of] = any[on] = seen.of_page[on] = true;
  }
  free(accesses);
  for (int node = 0; node < NODES_MOST; node++) {
    if (any[node]) {
      seen.nodes++;
      seen.last = node;
    }
  }
  return seen;
}

/* Of so many samples those on each node, and on another than `of`; of < 0: of all threads. */
static void access_row(struct table *table, const struct accesses *accesses,
                       const struct nodes_seen *seen, int of)
{
  double on_node[NODES_MOST] = {0}, sum = 0, remote = 0;
  for (int thread = 0; thread < NODES_MOST; thread++) {
    for (int page = 0; (of < 0 || of == thread) && page < NODES_MOST; page++) {
      on_node[page] += accesses->count[thread][page];
      sum += accesses->count[thread][page];
      remote += thread == page ? 0 : accesses->count[thread][page];
    }
  }
  if (of < 0)
    table_cell(table, "all");
  else
    table_cell(table, "%d", of);
  table_cell(table, "%.0f", sum);
  table_cell(table, "%.1f", 100 * remote / sum);
  for (int node = 0; node < NODES_MOST; node++)
    if (seen->of_page[node])
      table_cell(table, "%.1f", 100 * on_node[node] / sum);
}

static void access_rows(struct table *table, const struct point *point,
                        const struct accesses *accesses, const struct nodes_seen *seen)
{
  int rows = 0;
  for (int of = 0; of < NODES_MOST; of++) {
    double sum = 0;
    for (int on = 0; on < NODES_MOST; on++)
      sum += accesses->count[of][on];
    if (!(sum > 0))
      continue;
    table_row(table);
    if (rows++ == 0)
      report_tables_subject(table, point);
    else
      blank_cells(table, SUBJECT_CELLS);
    access_row(table, accesses, seen, of);
  }
  if (rows > 1) {
    table_row(table);
    blank_cells(table, SUBJECT_CELLS);
    access_row(table, accesses, seen, -1);
  }
}

static const struct table_column access_columns[] = {
    {"keys", true, false},   {"thr", true, false},     {"pages", false, false},
    {"map", false, false},   {"region", false, false}, {"threads on", true, false},
    {"samples", true, true}, {"remote", true, false},
};
enum { FIXED_COLUMNS = sizeof access_columns / sizeof *access_columns };

struct own_columns {
  struct table_column column[FIXED_COLUMNS + NODES_MOST];
  char title[NODES_MOST][16];
};

void node_report_accesses(struct table *table, const struct points *points)
{
  struct nodes_seen seen = see_nodes(points);
  struct own_columns *own = memory_zeroed(1, sizeof *own);
  size_t columns = FIXED_COLUMNS;
  memcpy(own->column, access_columns, sizeof access_columns);
  for (int node = 0; node < NODES_MOST; node++) {
    if (!seen.of_page[node])
      continue;
    snprintf(own->title[node], sizeof own->title[node], "on node %d", node);
    own->column[columns++] = (struct table_column){own->title[node], true, false};
  }
  table_init(
      table, "Accesses: nodes of the threads by nodes of the pages, in %",
      "Where the bytes lie of the keys that the threads of a node found or added; remote: on "
      "another node than the\nthread's. Sampled from the last trial of each round.",
      own->column, columns);
  table->own_columns = own;
  struct accesses *accesses = memory_zeroed(1, sizeof *accesses);
  const struct point *group = NULL;
  for (size_t i = 0; seen.nodes > 1 && i < points->count + points->open_count; i++) {
    const struct point *point = &points->items[i];
    accesses_of(accesses, point);
    if (point->failure || point->arm[0] || !(accesses->samples > 0))
      continue;
    report_tables_heading(table, &group, point);
    access_rows(table, point, accesses, &seen);
  }
  free(accesses);
}

char *node_report_words(const struct points *points)
{
  struct nodes_seen seen = see_nodes(points);
  if (seen.nodes > 1)
    return NULL;
  if (seen.nodes == 0)
    return memory_format("no accesses were sampled, or the kernel does not say where pages are");
  return memory_format("one node: all threads and pages that were sampled are on node %d, so no "
                       "access goes to another, and there is no table of them",
                       seen.last);
}
