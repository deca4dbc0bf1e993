/* gate_report.c: see gate_report.h. */
#include "gate/gate_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gate/gate_table.h"
#include "record/allocate.h"
#include "record/whole_file.h"
#include "report/figure.h"
#include "report/text.h"

static const char *headline(const struct judgement *judgement)
{
  static const char *const of_code[] = {"pass", "FAIL", "inconclusive", "incomplete", "error"};
  return of_code[judgement->exit_code];
}

/* ---- sentences ---- */

/* A sentence about a verdict that needs one; malloc'ed, NULL: none. */
static char *sentence_of(const struct verdict *verdict)
{
  const char *arm = verdict->arm == PAIRS_SAME ? " (A/A)" : "";
  const struct verdict_ratio *ratio = &verdict->ratio[verdict->failed_view];
  char interval[FIGURE], *text = NULL;
  int n = 0;
  if (verdict->word == VERDICT_FAIL)
    n = asprintf(&text, "%s%s: FAIL by the %s, %.3f times the base (%s)", verdict->benchmark, arm,
                 manifest_in_pairs(verdict->tier) ? pairs_view_name(verdict->failed_view)
                                                  : "instructions",
                 ratio->estimate, gate_table_interval(interval, ratio));
  else if (verdict->reason[0])
    n = asprintf(&text, "%s%s: %s: %s", verdict->benchmark, arm, verdict_word_name(verdict->word),
                 verdict->reason);
  return n < 0 ? NULL : text;
}

/* Calls `say` with every sentence. */
static void all_sentences(const struct gate_report *report, FILE *out,
                          void say(FILE *out, const char *sentence))
{
  const struct judgement *judgement = report->judgement;
  for (size_t i = 0; i < judgement->count; i++) {
    char *sentence = sentence_of(&judgement->verdict[i]);
    if (sentence)
      say(out, sentence);
    free(sentence);
  }
  const json_t *removed = json_object_get(report->pairs->header, "removed");
  for (size_t i = 0; i < json_array_size(removed); i++) {
    char sentence[640];
    snprintf(sentence, sizeof sentence, "%.512s: no longer in the manifest, not compared",
             json_string_value(json_array_get(removed, i)));
    say(out, sentence);
  }
  if (report->pairs->torn)
    say(out, "the last line of the pairs was torn and is left out");
}

/* ---- terminal ---- */

static void say_plainly(FILE *out, const char *sentence)
{
  text_print(out, sentence);
  fputc('\n', out);
}

/* Shows every table of the report that has rows. */
static void all_tables(const struct gate_report *report, FILE *out,
                       void show(const struct table *, FILE *))
{
  struct table table;
  gate_table_verdicts(&table, report->judgement);
  show(&table, out);
  table_fini(&table);
  gate_table_counters(&table, report->pairs);
  show(&table, out);
  table_fini(&table);
  advice_table(&table, report->advice);
  show(&table, out);
  table_fini(&table);
}

void gate_report_print(FILE *out, const struct gate_report *report)
{
  all_tables(report, out, table_print);
  fputc('\n', out);
  all_sentences(report, out, say_plainly);
  fprintf(out, "gate: %s: ", headline(report->judgement));
  say_plainly(out, report->judgement->reason);
}

/* ---- Markdown ---- */

/* What would be markup is escaped. */
static void markdown_text(FILE *out, const char *text)
{
  for (; *text; text++) {
    if (strchr("\\`*_{}[]<>#|~&", *text))
      fputc('\\', out);
    fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
  }
}

static void say_in_markdown(FILE *out, const char *sentence)
{
  fputs("- ", out);
  markdown_text(out, sentence);
  fputc('\n', out);
}

static void show_in_markdown(const struct table *table, FILE *out)
{
  if (table->row_count == 0)
    return;
  fprintf(out, "\n**%s**\n\n%s\n\n|", table->title, table->note);
  for (size_t i = 0; i < table->column_count; i++)
    fprintf(out, " %s |", table->columns[i].title);
  fputs("\n|", out);
  for (size_t i = 0; i < table->column_count; i++)
    fputs(table->columns[i].right ? "---:|" : "---|", out);
  fputc('\n', out);
  for (size_t i = 0; i < table->row_count; i++) {
    const struct table_row *row = &table->rows[i];
    fputc('|', out);
    for (size_t j = 0; j < table->column_count; j++) {
      fputs(row->heading && j == 0 ? " *" : " ", out);
      if (j < row->cell_count)
        markdown_text(out, row->cells[j]);
      fputs(row->heading && j == 0 ? "* |" : " |", out);
    }
    fputc('\n', out);
  }
}

void gate_report_markdown(FILE *out, const struct gate_report *report)
{
  const struct pairs *pairs = report->pairs;
  fprintf(out, "## Regression gate: %s\n\n", headline(report->judgement));
  markdown_text(out, report->judgement->reason);
  fputs("\n\nbase ", out);
  markdown_text(out, pairs_commit(pairs, PAIRS_BASE));
  fputs(", candidate ", out);
  markdown_text(out, pairs_commit(pairs, PAIRS_CANDIDATE));
  fputs(", machine ", out);
  markdown_text(out, pairs_fingerprint(pairs));
  fputc('\n', out);
  all_tables(report, out, show_in_markdown);
  fputc('\n', out);
  all_sentences(report, out, say_in_markdown);
}

/* ---- JUnit ---- */

/* The element of JUnit that says a verdict; NULL: a test that passed. */
static const char *junit_element(const struct verdict *verdict)
{
  switch (verdict->word) {
  case VERDICT_PASS:
    return NULL;
  case VERDICT_FAIL:
    return verdict->arm == PAIRS_SAME         ? "error"
           : verdict->tier == MANIFEST_ADVICE ? "skipped"
                                              : "failure";
  case VERDICT_WRONG:
    return "failure";
  case VERDICT_INCOMPLETE:
    return "error";
  case VERDICT_INCONCLUSIVE:
  case VERDICT_NEW:
  case VERDICT_UNFIT:
    break;
  }
  return "skipped";
}

static unsigned count_words(const struct judgement *judgement, const char *element)
{
  unsigned count = 0;
  for (size_t i = 0; i < judgement->count; i++) {
    const char *own = junit_element(&judgement->verdict[i]);
    count += own && strcmp(own, element) == 0;
  }
  return count;
}

static void junit_case(FILE *out, const struct verdict *verdict)
{
  const char *element = junit_element(verdict);
  char *sentence = sentence_of(verdict);
  fprintf(out, "  <testcase classname=\"gate.%s\" name=\"",
          verdict->arm == PAIRS_SAME ? "same" : manifest_tier_name(verdict->tier));
  text_html(out, verdict->benchmark);
  fputs("\">", out);
  if (element) {
    fprintf(out, "<%s message=\"", element);
    text_html(out, sentence ? sentence : verdict_word_name(verdict->word));
    fputs("\"/>", out);
  }
  fputs("</testcase>\n", out);
  free(sentence);
}

void gate_report_junit(FILE *out, const struct gate_report *report)
{
  const struct pairs *pairs = report->pairs;
  const struct judgement *judgement = report->judgement;
  fprintf(out,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"tmb gate\" tests=\"%zu\" "
          "failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n  <properties>\n",
          judgement->count, count_words(judgement, "failure"), count_words(judgement, "error"),
          count_words(judgement, "skipped"));
  const char *const property[][2] = {{"base", pairs_commit(pairs, PAIRS_BASE)},
                                     {"candidate", pairs_commit(pairs, PAIRS_CANDIDATE)},
                                     {"machine", pairs_fingerprint(pairs)},
                                     {"reason", judgement->reason}};
  for (size_t i = 0; i < sizeof property / sizeof *property; i++) {
    fprintf(out, "    <property name=\"%s\" value=\"", property[i][0]);
    text_html(out, property[i][1]);
    fputs("\"/>\n", out);
  }
  fputs("  </properties>\n", out);
  for (size_t i = 0; i < judgement->count; i++)
    junit_case(out, &judgement->verdict[i]);
  fputs("</testsuite>\n", out);
}

/* ---- JSON ---- */

/* null where there is no figure. */
static json_t *number(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *verdict_json(const struct verdict *verdict)
{
  json_t *ratios = json_object();
  for (enum pairs_view view = 0; view < PAIRS_VIEWS; view++) {
    const struct verdict_ratio *ratio = &verdict->ratio[view];
    if (isfinite(ratio->estimate))
      json_object_set_new(ratios,
                          manifest_in_pairs(verdict->tier) ? pairs_view_name(view) : "instructions",
                          json_pack("{s:f, s:o, s:o}", "estimate", ratio->estimate, "low",
                                    ratio->low > 0 ? number(ratio->low) : json_null(), "high",
                                    number(ratio->high)));
  }
  json_t *json = json_pack(
      "{s:s, s:s, s:s, s:s, s:f, s:s, s:I, s:o, s:o, s:o, s:o}", "benchmark", verdict->benchmark,
      "arm", pairs_arm_name(verdict->arm), "tier", manifest_tier_name(verdict->tier), "direction",
      manifest_direction_name(verdict->direction), "limit", verdict->limit, "verdict",
      verdict_word_name(verdict->word), "pairs", (json_int_t)verdict->pairs, "base",
      number(verdict->base), "candidate", number(verdict->candidate), "ratio", ratios, "seen",
      number(verdict->seen));
  char *sentence = sentence_of(verdict);
  if (sentence)
    json_object_set_new(json, "sentence", json_string(sentence));
  free(sentence);
  return json;
}

json_t *gate_report_json(const struct gate_report *report)
{
  const struct pairs *pairs = report->pairs;
  const struct judgement *judgement = report->judgement;
  json_t *verdicts = json_array();
  for (size_t i = 0; i < judgement->count; i++)
    json_array_append_new(verdicts, verdict_json(&judgement->verdict[i]));
  return json_pack(
      "{s:s, s:i, s:s, s:b, s:O, s:O, s:O, s:s, s:O, s:o, s:O}", "schema", "tracemap-bench/gate/1",
      "exit_code", judgement->exit_code, "reason", judgement->reason, "torn", pairs->torn, "seed",
      json_object_get(pairs->header, "seed"), "base", json_object_get(pairs->header, "base"),
      "candidate", json_object_get(pairs->header, "candidate"), "fingerprint",
      pairs_fingerprint(pairs), "removed", json_object_get(pairs->header, "removed"), "verdicts",
      verdicts, "ratios", json_object_get(report->advice->line, "ratios"));
}

static void write_json(FILE *out, const struct gate_report *report)
{
  json_t *json = gate_report_json(report);
  if (json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0)
    fputc('\n', out);
  json_decref(json);
}

/* ---- files ---- */

bool gate_report_write(const struct gate_report *report, const char *folder, char *error)
{
  static const struct {
    const char *name;
    void (*write)(FILE *, const struct gate_report *);
  } files[] = {{"gate.md", gate_report_markdown},
               {"junit.xml", gate_report_junit},
               {"gate.json", write_json}};
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    snprintf(error, GATE_ERROR_BYTES, "%.400s: %s", folder, strerror(errno));
    return false;
  }
  bool good = true;
  for (size_t i = 0; good && i < sizeof files / sizeof *files; i++) {
    size_t size = strlen(folder) + strlen(files[i].name) + 2;
    char *path = allocate(size, 1);
    snprintf(path, size, "%s/%s", folder, files[i].name);
    struct whole_file file;
    struct history_error sentence;
    good = whole_file_open(&file, path, &sentence);
    if (good) {
      files[i].write(file.out, report);
      good = whole_file_end(&file, &sentence);
    }
    if (!good)
      snprintf(error, GATE_ERROR_BYTES, "%.1000s", sentence.text);
    free(path);
  }
  return good;
}
