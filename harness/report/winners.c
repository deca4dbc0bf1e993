/* winners.c: see winners.h. */
#include "report/winners.h"

#include "report/figure.h"
#include "report/report_tables.h"

/* In the order of the table's last columns. */
static const char *const floors[] = {HASH_MAP, CHASE_MAP, ID_MAP};
#define FLOORS (sizeof floors / sizeof *floors)

/* The best of each side; NULL where the cell has none with a figure. */
struct cell {
  const struct point *own, *peer, *new_map;
  const struct point *floor[FLOORS];
};

enum verdict { OWN_WINS, OWN_LOSES, TOO_CLOSE, TOO_FEW_ROUNDS, NO_OWN, VERDICTS };

static const char *const verdict_words[VERDICTS] = {
    [OWN_WINS] = "own wins",
    [OWN_LOSES] = "OWN LOSES",
    [TOO_CLOSE] = "too close to call",
    [TOO_FEW_ROUNDS] = "too few rounds to say",
    [NO_OWN] = "no own map has a figure",
};

static bool same_cell(const struct point *a, const struct point *b)
{
  return point_same_group(a, b) && a->keys == b->keys && a->threads == b->threads &&
         strcmp(a->pages, b->pages) == 0;
}

static void keep_faster(const struct point **best, const struct point *point)
{
  if (!*best || point->median_ns < (*best)->median_ns)
    *best = point;
}

static void add_to_cell(struct cell *cell, const struct point *point)
{
  if (!point_is_good(point) || point->arm[0])
    return;
  if (point_is_baseline(point)) {
    for (size_t i = 0; i < FLOORS; i++)
      if (strcmp(point->map, floors[i]) == 0)
        keep_faster(&cell->floor[i], point);
    return;
  }
  keep_faster(point->library[0] ? &cell->peer : &cell->own, point);
  if (strcmp(point->map, NEW_MAP) == 0)
    keep_faster(&cell->new_map, point);
}

static enum verdict judge(const struct interval *own_over_peer)
{
  if (!own_over_peer->known)
    return TOO_FEW_ROUNDS;
  if (interval_holds_one(own_over_peer))
    return TOO_CLOSE;
  return own_over_peer->centre < 1 ? OWN_WINS : OWN_LOSES;
}

static void side_cells(struct table *table, const struct point *point)
{
  char figure[FIGURE];
  table_cell(table, "%s", point ? point->map : "-");
  table_cell(table, "%s", point ? figure_plain(figure, point->median_ns) : "-");
  table_cell(table, "%s", point ? figure_spread(figure, &point->interval) : "-");
}

/* Floors that are none of what the cell's operations do are left out: threads that fight for a
 * counter may take longer than a hit, which draws nothing from it. */
static void floor_cells(struct table *table, const struct cell *cell, enum outcome outcome)
{
  char figure[FIGURE];
  for (size_t i = 0; i < FLOORS; i++) {
    const struct point *floor = cell->floor[i];
    bool holds = floor && point_is_floor_of(floor, outcome);
    table_cell(table, "%s", holds ? figure_plain(figure, floor->median_ns) : "-");
  }
}

static enum verdict cell_row(struct table *table, const struct cell *cell)
{
  char figure[FIGURE];
  const struct point *fastest = cell->peer;
  if (cell->own)
    keep_faster(&fastest, cell->own);
  table_row(table);
  report_tables_subject(table, fastest);
  side_cells(table, cell->own);
  side_cells(table, cell->peer);
  enum verdict verdict = NO_OWN;
  if (cell->own) {
    struct interval ratio = report_tables_ratio(cell->own, cell->peer);
    verdict = judge(&ratio);
    table_cell(table, "%s", figure_plain(figure, ratio.centre));
    table_cell(table, "%s", figure_range(figure, &ratio));
  } else {
    table_cell(table, "-");
    table_cell(table, "-");
  }
  table_cell(table, "%s", verdict_words[verdict]);
  bool both = cell->own && cell->new_map;
  table_cell(table, "%s",
             both ? figure_plain(figure, report_tables_ratio(cell->new_map, cell->own).centre)
                  : "-");
  floor_cells(table, cell, point_main_outcome(fastest));
  return verdict;
}

void winners_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},          {"thr", true, false},      {"pages", false, false},
      {"fastest", false, false},      {"region", false, true},   {"own map", false, false},
      {"ns/op", true, false},         {"± 95 %", true, true},    {"best peer", false, false},
      {"ns/op", true, false},         {"± 95 %", true, true},    {"own/peer", true, false},
      {"95 % interval", false, true}, {"verdict", false, false}, {NEW_MAP "/own", true, false},
      {"floor: hash", true, false},   {"chase", true, false},    {"id", true, false},
  };
  table_init(
      table, "Who is fastest: the best own map over the best peer",
      "own/peer is a ratio of times: below 1 the own map is faster. A verdict needs an "
      "interval without 1. Best\nis by the median of the same rounds, so of two close maps "
      "either may stand here. Floors are baselines,\nns/op: hash, of every operation; chase, "
      "of a hit that finds through an index and a record, alone (put_many may\noverlap "
      "several and go below it); id, of an insert whose id comes from one counter, which at "
      "several threads\nis as contended as can be.",
      columns, sizeof columns / sizeof *columns);
  size_t count[VERDICTS] = {0}, cells = 0;
  const struct point *group = NULL;
  for (size_t begin = 0, end; begin < points->count; begin = end) {
    struct cell cell = {0};
    const struct point *first = &points->items[begin];
    /* points are sorted so that a cell's stand together */
    for (end = begin; end < points->count && same_cell(first, &points->items[end]); end++)
      add_to_cell(&cell, &points->items[end]);
    if (!cell.peer)
      continue;
    report_tables_heading(table, &group, first);
    count[cell_row(table, &cell)]++;
    cells++;
  }
  if (cells)
    table_heading(table, "of %zu cells: own wins %zu, OWN LOSES %zu, undecided %zu, no own map %zu",
                  cells, count[OWN_WINS], count[OWN_LOSES],
                  count[TOO_CLOSE] + count[TOO_FEW_ROUNDS], count[NO_OWN]);
}
