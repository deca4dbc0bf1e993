/* report.c: the table of promises; see stress.h. */
#include <jansson.h>
#include <string.h>

#include "stress/stress.h"

const char *stress_promise_name(enum stress_promise promise)
{
  static const char *const names[] = {
      [PROMISE_INTERNING] = "interning", [PROMISE_REFUSAL] = "clean-refusal",
      [PROMISE_DENSE_IDS] = "dense-ids", [PROMISE_ORDERED_IDS] = "ordered-ids",
      [PROMISE_LOCK_FREE] = "lock-free", [PROMISE_SIGNAL_SAFE] = "async-signal-safe",
  };
  return names[promise];
}

static const char *claim_name(enum stress_claim claim)
{
  static const char *const names[] = {
      [CLAIM_NO] = "no", [CLAIM_IN_PART] = "in part", [CLAIM_YES] = "yes"};
  return names[claim];
}

static const char *shown_name(enum stress_shown shown)
{
  static const char *const names[] = {[SHOWN_NOTHING] = "not tested",
                                      [SHOWN_TOO_LITTLE] = "not shown",
                                      [SHOWN_CONFIRMED] = "confirmed",
                                      [SHOWN_NOT_REFUTED] = "not refuted",
                                      [SHOWN_REFUTED] = "refuted"};
  return names[shown];
}

/* The map may keep its strings elsewhere. */
static const char *region_name(const struct subject *subject)
{
  return subject->map->head.promises & MAP_USES_REGION ? subject->region->head.name : "none";
}

static bool is_wrong(const struct stress_row *row)
{
  return row->shown == SHOWN_REFUTED && row->claim != CLAIM_NO;
}

static int widest(const struct stress_report *report, const char *title, bool region)
{
  size_t width = strlen(title);
  for (size_t i = 0; i < report->row_count; i++) {
    const struct subject *subject = report->rows[i].subject;
    size_t n = strlen(region ? region_name(subject) : subject->map->head.name);
    width = n > width ? n : width;
  }
  return (int)width;
}

static void print_row(const struct stress_row *row, int map_width, int region_width, FILE *out)
{
  fprintf(out, "%-*s  %-*s  %-17s  %-7s  %-11s  %s\n", map_width, row->subject->map->head.name,
          region_width, region_name(row->subject), stress_promise_name(row->promise),
          claim_name(row->claim), is_wrong(row) ? "REFUTED" : shown_name(row->shown),
          row->evidence);
  if (row->shown != SHOWN_REFUTED)
    return;
  fprintf(out, "    %s, epoch %llu, after %.2f s: %s\n", row->scenario->name,
          (unsigned long long)row->refutation.epoch, row->refutation.after_s, row->refutation.how);
  if (is_wrong(row))
    fprintf(out, "    to repeat: %s\n", row->command);
}

void stress_report_print(const struct stress_report *report, const struct stress_options *options,
                         FILE *out)
{
  int map_width = widest(report, "map", false), region_width = widest(report, "region", true);
  fprintf(out, "seed %llu, %g s a map and region, at most %u threads\n\n",
          (unsigned long long)options->seed, options->time_s, options->threads);
  fprintf(out, "%-*s  %-*s  %-17s  %-7s  %-11s  %s\n", map_width, "map", region_width, "region",
          "promise", "claimed", "shown", "evidence");
  unsigned claimed = 0, refuted = 0;
  for (size_t i = 0; i < report->row_count; i++) {
    const struct stress_row *row = &report->rows[i];
    print_row(row, map_width, region_width, out);
    claimed += row->claim != CLAIM_NO;
    refuted += is_wrong(row);
  }
  fprintf(out, "\n%u promises claimed, %u of them refuted\n", claimed, refuted);
}

static json_t *row_json(const struct stress_row *row)
{
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "map", row->subject->map->head.name, "region",
                region_name(row->subject), "promise", stress_promise_name(row->promise), "claimed",
                claim_name(row->claim), "shown", shown_name(row->shown), "evidence", row->evidence);
  if (row->shown == SHOWN_REFUTED)
    json_object_set_new(json, "refutation",
                        json_pack("{s:s, s:I, s:f, s:s, s:s}", "scenario", row->scenario->name,
                                  "epoch", (json_int_t)row->refutation.epoch, "after_s",
                                  row->refutation.after_s, "how", row->refutation.how, "repeat",
                                  row->command));
  return json;
}

bool stress_report_print_json(const struct stress_report *report,
                              const struct stress_options *options, FILE *out)
{
  json_t *rows = json_array();
  for (size_t i = 0; i < report->row_count; i++)
    json_array_append_new(rows, row_json(&report->rows[i]));
  json_t *json =
      json_pack("{s:i, s:I, s:f, s:i, s:o}", "v", 1, "seed", (json_int_t)options->seed, "time_s",
                options->time_s, "threads", (int)options->threads, "rows", rows);
  bool written = json && json_dumpf(json, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
  json_decref(json);
  return written;
}
