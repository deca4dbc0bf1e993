/* place_verdict.c: see place_verdict.h. */
#include "report/place_verdict.h"

#include "report/memory.h"
#include "report/report_tables.h"

enum subject { THREADS, PAGES, SUBJECTS };

static const struct {
  const char *words, *verdict, *reason; /* the last two: members of an entry */
} subjects[SUBJECTS] = {
    {"threads", "placement", "placement_reason"},
    {"pages", "memory", "memory_reason"},
};

/* In the order of the sentence. */
enum verdict { HELD, FREE, BROKEN, UNKNOWN, UNSAID, VERDICTS };

static enum verdict verdict_of(json_t *entry, enum subject subject)
{
  static const char *const names[] = {[HELD] = "held", [FREE] = "free", [BROKEN] = "broken"};
  const char *name = json_string_value(json_object_get(entry, subjects[subject].verdict));
  if (!name)
    return UNSAID;
  int verdict = HELD;
  while (verdict < UNKNOWN && strcmp(names[verdict], name) != 0)
    verdict++; /* "unknown", and words of other versions */
  return (enum verdict)verdict;
}

static bool is_bad(enum verdict verdict)
{
  return verdict == BROKEN || verdict == UNKNOWN;
}

bool place_verdict_is_bad(const struct point *point)
{
  for (size_t i = 0; i < point->round_count; i++)
    for (int subject = 0; subject < SUBJECTS; subject++)
      if (is_bad(verdict_of(point->rounds[i].entry, (enum subject)subject)))
        return true;
  return false;
}

static char *sentence(const struct points *points, enum subject subject)
{
  static const char *const words[VERDICTS] = {
      [HELD] = "held",
      [FREE] = "were left to the kernel, as asked for",
      [BROKEN] = "DID NOT HOLD, marked" PLACE_VERDICT_MARK,
      [UNKNOWN] = "are NOT KNOWN to have held, marked" PLACE_VERDICT_MARK,
      [UNSAID] = "do not say",
  };
  size_t count[VERDICTS] = {0}, all = 0;
  for (size_t i = 0; i < points->count + points->open_count; i++) {
    const struct point *point = &points->items[i];
    all += point->round_count;
    for (size_t r = 0; r < point->round_count; r++)
      count[verdict_of(point->rounds[r].entry, subject)]++;
  }
  char *text;
  size_t size;
  FILE *out = memory_checked(open_memstream(&text, &size));
  const char *separator = "";
  for (int verdict = 0; verdict < VERDICTS; verdict++) {
    if (count[verdict] == 0)
      continue;
    fprintf(out, "%s%zu of %zu rounds %s", separator, count[verdict], all, words[verdict]);
    separator = "; ";
  }
  fclose(out);
  return memory_checked(text);
}

char *place_verdict_threads(const struct points *points)
{
  return sentence(points, THREADS);
}

char *place_verdict_pages(const struct points *points)
{
  return sentence(points, PAGES);
}

static void list_round(struct table *table, const struct point *point, const struct round *round)
{
  for (int subject = 0; subject < SUBJECTS; subject++) {
    enum verdict verdict = verdict_of(round->entry, (enum subject)subject);
    if (!is_bad(verdict))
      continue;
    const char *reason = json_string_value(json_object_get(round->entry, subjects[subject].reason));
    table_row(table);
    report_tables_subject(table, point);
    table_cell(table, "%.0f", json_number_value(json_object_get(round->entry, "repetition_index")));
    table_cell(table, "%s %s", subjects[subject].words,
               verdict == BROKEN ? "did not hold" : "not known");
    table_cell(table, "%s", reason ? reason : "");
  }
}

void place_verdict_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},  {"thr", true, false},     {"pages", false, false},
      {"map", false, false},  {"region", false, false}, {"round", true, false},
      {"what", false, false}, {"seen", false, false},
  };
  table_init(table, "Not where they were put",
             "A figure of such a round is of another arrangement than its name says.", columns,
             sizeof columns / sizeof *columns);
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count + points->open_count; i++) {
    const struct point *point = &points->items[i];
    if (!place_verdict_is_bad(point))
      continue;
    report_tables_heading(table, &group, point);
    for (size_t r = 0; r < point->round_count; r++)
      list_round(table, point, &point->rounds[r]);
  }
}
