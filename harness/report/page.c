/* page.c: see page.h. */
#include "report/page.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "report/figure.h"
#include "report/generation_report.h"
#include "report/memory.h"
#include "report/node_report.h"
#include "report/place_verdict.h"
#include "report/region_report.h"
#include "report/report_tables.h"
#include "report/response.h"
#include "report/scaling_model.h"
#include "report/svg.h"
#include "report/text.h"
#include "report/winners.h"

static const char style[] =
    ":root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --page: #ffffff;\n"
    "  --line: #d1d9e0; --band: #f4f6f8; --bad: #b42318; --card: #ffffff }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --soft: #a0a8b0;\n"
    "  --page: #141414; --line: #3a3f45; --band: #1f2226; --bad: #ff8a7a; --card: #141414 } }\n"
    "* { box-sizing: border-box }\n"
    "body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--page);\n"
    "  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }\n"
    "h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem }\n"
    "p, ul, dl { max-width: 60rem } .soft { color: var(--soft) } .bad { color: var(--bad) }\n"
    "code, pre { font: .9em ui-monospace, monospace } pre { background: var(--band);\n"
    "  padding: .7rem 1rem; overflow-x: auto }\n"
    "dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 }\n"
    "dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }\n"
    "figure { margin: 1.2rem 0; overflow-x: auto; border: 1px solid var(--line); border-radius: "
    "6px;"
    "\n  background: var(--card) }\n"
    "figure svg { display: block; width: 100%; min-width: 40rem; height: auto }\n"
    ".wide { overflow-x: auto }\n"
    "table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums;\n"
    "  white-space: nowrap }\n"
    "th, td { padding: .15rem .6rem; text-align: left; border-bottom: 1px solid var(--line) }\n"
    "th { color: var(--soft); font-weight: 600; vertical-align: bottom; white-space: normal }\n"
    ".right { text-align: right } tr.group td { background: var(--band); font-weight: 600 }\n"
    "td.void { color: var(--bad) }\n"
    "details { margin: .8rem 0 } summary { cursor: pointer }\n";

static void element(FILE *page, const char *tag, const char *text)
{
  fprintf(page, "<%s>", tag);
  text_html(page, text);
  fprintf(page, "</%s>\n", tag);
}

static void term(FILE *page, const char *name, const char *text)
{
  element(page, "dt", name);
  element(page, "dd", text);
}

/* The text is freed. */
static void term_owned(FILE *page, const char *name, char *text)
{
  term(page, name, text);
  free(text);
}

/* ---- tables ---- */

static void write_row(FILE *page, const struct table *table, const struct table_row *row)
{
  fputs(row->heading ? "<tr class=\"group\">" : "<tr>", page);
  for (size_t i = 0; i < row->cell_count; i++) {
    bool runs_on = i + 1 == row->cell_count && row->cell_count < table->column_count;
    if (runs_on)
      fprintf(page, "<td colspan=\"%zu\"%s>", table->column_count - i,
              row->heading ? "" : " class=\"void\"");
    else
      fputs(table->columns[i].right ? "<td class=\"right\">" : "<td>", page);
    text_html(page, row->cells[i]);
    fputs("</td>", page);
  }
  fputs("</tr>\n", page);
}

static void write_table(FILE *page, void fill(struct table *, const struct points *),
                        const struct points *points, bool folded)
{
  struct table table;
  fill(&table, points);
  if (table.row_count > 0) {
    element(page, "h2", table.title);
    if (table.note)
      element(page, "p", table.note);
    if (folded)
      fprintf(page, "<details><summary>%zu lines</summary>\n", table.row_count);
    fputs("<div class=\"wide\"><table><thead><tr>", page);
    for (size_t i = 0; i < table.column_count; i++) {
      fputs(table.columns[i].right ? "<th class=\"right\">" : "<th>", page);
      text_html(page, table.columns[i].title);
      fputs("</th>", page);
    }
    fputs("</tr></thead><tbody>\n", page);
    for (size_t i = 0; i < table.row_count; i++)
      write_row(page, &table, &table.rows[i]);
    fputs("</tbody></table></div>\n", page);
    if (folded)
      fputs("</details>\n", page);
  }
  table_fini(&table);
}

/* A paragraph a line. Frees the text, which may be NULL. */
static void write_lines(FILE *page, char *text)
{
  char *rest = text, *line;
  while (text && (line = strsep(&rest, "\n")) != NULL)
    if (line[0])
      element(page, "p", line);
  free(text);
}

/* ---- sections ---- */

static void write_head(FILE *page, const struct summary *summary)
{
  fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>tracemap-bench, commit ",
        page);
  text_html(page, summary->commit);
  fprintf(page, "</title>\n<style>\n%s</style></head><body>\n<h1>tracemap-bench</h1>\n", style);
  element(
      page, "p",
      "How fast concurrent interning maps are, two generations of the trace map of the Go "
      "runtime's execution tracer above all: " OLD_MAP
      ", the old one, 8192 buckets and a lock for inserts, and " NEW_MAP
      ", the new one, a lock-free 4-ary trie. After every trial an oracle checks what interning "
      "promises; a map that breaks a promise gets no figure.");
}

static void write_failures(FILE *page, const struct summary *summary)
{
  const struct points *points = summary->points;
  if (points->failure_count == 0)
    return;
  fprintf(page, "<h2 class=\"bad\">Failures: %zu</h2>\n<ul>\n", points->failure_count);
  for (size_t i = 0; i < points->failure_count; i++) {
    const struct failure *failure = &points->failures[i];
    fputs("<li><b class=\"bad\">", page);
    text_html(page, failure->reason);
    fprintf(page, "</b> in round %u of <code>", failure->round);
    text_html(page, failure->name);
    fputs("</code>: ", page);
    text_html(page, failure->detail);
    fputs("</li>\n", page);
  }
  fputs("</ul>\n<p>Such a point has no figure in any table or picture.</p>\n", page);
}

static void write_overview(FILE *page, const struct summary *summary)
{
  char figure[FIGURE];
  fputs("<dl>\n", page);
  term_owned(
      page, "program",
      memory_format("tmb %s, commit %s, %s", summary->version, summary->commit, summary->build));
  term(page, "machine", summary->machine);
  term_owned(page, "rounds", summary_rounds_sentence(summary));
  term_owned(page, "harness", summary_harness_sentence(summary));
  if (isfinite(summary->timer_cost_ns)) {
    term_owned(page, "timer",
               memory_format("reading the clock twice costs %s, inside every latency",
                             figure_time(figure, summary->timer_cost_ns)));
  }
  term_owned(page, "A/A", summary_self_sentence(summary));
  term_owned(page, "threads", place_verdict_threads(summary->points));
  term_owned(page, "pages", place_verdict_pages(summary->points));
  char *accesses = node_report_words(summary->points);
  if (accesses)
    term_owned(page, "accesses", accesses);
  fputs("</dl>\n", page);
  write_failures(page, summary);
}

static void write_how_to_read(FILE *page)
{
  fputs(
      "<h2>How to read it</h2>\n<ul>\n"
      "<li><b>Point</b>: one combination of workload, map, region, keys, threads and pages. "
      "<b>Round</b>: one fresh process that measures one point; the rounds of all points are "
      "shuffled.</li>\n"
      "<li><b>ns/op</b> is thread time: wall time times threads, divided by operations. Threads "
      "that do not disturb each other keep the ns/op of one thread.</li>\n"
      "<li>The figure is the median over the rounds. <b>&plusmn;</b> and bars are Student's "
      "95&nbsp;% "
      "interval of the mean logarithm over the rounds, so it holds what differs between processes. "
      "Few rounds make it wide. A dash: a single round. In a picture, points at one x stand side "
      "by side so that their bars do.</li>\n"
      "<li><b>A/A</b>: some points are measured twice. Where their ratio is not 1 within its "
      "interval, take differences of that size between maps for noise.</li>\n"
      "<li><b>Cold</b> pages are touched first inside the clock; <b>warm</b> ones were touched by "
      "an "
      "earlier trial.</li>\n"
      "<li><b>Latencies</b> are of single operations, sampled, with the cost of the clock inside. "
      "Throughput is not one over latency.</li>\n"
      "<li>null_map does nothing: its figure is what the harness costs, and part of every other "
      "one. The other floors are limits of the machine: hash_only hashes the string, chase_only "
      "then follows two loads, the second from where the first says, id_only draws an id from a "
      "shared counter. Each stands where the operations must do that.</li>\n"
      "<li>No curve goes beyond the threads that were measured.</li>\n</ul>\n",
      page);
}

static const char *picture_meaning(const char *name)
{
  static const struct {
    const char *name, *meaning;
  } known[] = {
      {"throughput",
       "Both axes are logarithmic, so a curve along its dashes scales ideally, and the "
       "distance between two curves is their ratio."},
      {"scaling", "Each map over its own one thread. On the dashes: ideal; flat at 1: a further "
                  "thread gains nothing. Dots with a shaded band: a model, drawn only where it "
                  "fits at least 6 numbers of threads, and never beyond them."},
      {"cost",
       "Both axes are logarithmic. A chain that grows with n shows as a straight rise, a "
       "depth that grows with log n as a slow one; steps are caches that the map outgrows. Grey "
       "dashes: floors, measured in the same run."},
      {"latency",
       "The x axis is in nines: each step to the right is a tenth of the operations that "
       "are left. Markers: p50, p90, p99, p99.9, p99.99."},
      {"response",
       "Operations come at a rate whether or not the one before is done. From when it was due: a "
       "stall or a queue counts for every operation that it holds up. The last panel shows what "
       "one would see by timing each call from its actual start, as closed loops do: near the "
       "limit it stays low while callers already wait."},
      {"generations",
       "Left the old map, right the new one, with the same events. Shaded: the dump and the reset "
       "of "
       "the generation that ended. Where they are one section nothing is put meanwhile, and the "
       "first put behind it has waited all that time; in steps, writing slows down and goes on."},
      {"stretches", "Both axes are logarithmic. Whoever is due on that processor waits so long. "
                    "One section grows "
                    "with the keys; a step does not, and what its longest one has above its p99.9 "
                    "is the machine's "
                    "doing: the more steps, the more chances."},
      {"memory", "At few keys the block and the bucket array weigh most."},
      {"regions", "One curve a region. Threads that wait for one cache line bend a curve down."},
      {"region_waste", "Both axes are logarithmic. What a thread's own block costs grows with the "
                       "threads, whether they allocate much or little."},
      {"cold_warm", "The gap is what page faults and first touches cost."},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].name, name) == 0)
      return known[i].meaning;
  return "";
}

static void write_pictures(FILE *page, const char *folder, const struct pictures *pictures,
                           const char *without_pictures)
{
  if (!pictures) {
    element(page, "h2", "Pictures");
    element(page, "p", without_pictures);
    return;
  }
  for (size_t i = 0; i < pictures->count; i++) {
    const struct picture *picture = &pictures->items[i];
    char *path = memory_format("%s/plots/%s.svg", folder, picture->name);
    element(page, "h2", picture->title);
    element(page, "p", picture_meaning(picture->name));
    fputs("<figure>\n", page);
    if (!svg_inline(page, path, picture->title))
      element(page, "p", "This picture could not be read.");
    fputs("</figure>\n", page);
    free(path);
  }
}

static void write_machine(FILE *page, const struct summary *summary)
{
  json_t *facts = json_object_get(summary->runs->machine, "facts"), *fact;
  size_t index, concerns = 0;
  element(page, "h2", "The machine");
  json_array_foreach(facts, index, fact) concerns +=
      json_is_string(json_object_get(fact, "concern"));
  if (concerns > 0) {
    element(page, "p", "What spoils measurements here:");
    fputs("<ul>\n", page);
    json_array_foreach(facts, index, fact)
    {
      const char *concern = json_string_value(json_object_get(fact, "concern"));
      if (concern)
        element(page, "li", concern);
    }
    fputs("</ul>\n", page);
  }
  fputs("<dl>\n", page);
  json_array_foreach(facts, index, fact) term_owned(
      page, json_string_value(json_object_get(fact, "name")), run_folder_fact_value(fact));
  term(page, "fingerprint", summary->fingerprint);
  fputs("</dl>\n", page);
}

static void write_reproduction(FILE *page, const struct summary *summary)
{
  element(page, "h2", "How to reproduce it");
  fputs("<p>On this machine, from a checkout of commit <code>", page);
  text_html(page, summary->commit);
  fputs("</code>:</p>\n<pre>make setup\n", page);
  for (size_t i = 0; i < summary->run_count; i++) {
    const json_t *context = json_object_get(summary->runs[i].bench, "context");
    const char *command = run_folder_context(&summary->runs[i], "command");
    if (command[0]) {
      text_html(page, command);
      fputc('\n', page);
      continue;
    }
    char *seed = json_dumps(json_object_get(context, "seed"), JSON_ENCODE_ANY);
    fputs("tmb bench --profile=", page);
    text_html(page, run_folder_context(&summary->runs[i], "profile"));
    fputs(" --seed=", page);
    text_html(page, seed ? seed : "?");
    fputc('\n', page);
    free(seed);
  }
  fputs("</pre>\n<p>Keys and operations follow from the seed. Times do not: compare ratios.</p>\n",
        page);
}

static void write_page(FILE *page, const char *folder, const struct summary *summary,
                       const struct pictures *pictures, const char *without_pictures)
{
  const struct points *points = summary->points;
  write_head(page, summary);
  write_overview(page, summary);
  write_how_to_read(page);
  write_pictures(page, folder, pictures, without_pictures);
  write_table(page, response_sweep_table, points, false);
  write_table(page, winners_table, points, false);
  write_table(page, report_tables_generations, points, false);
  write_table(page, report_tables_scaling, points, false);
  write_table(page, scaling_model_table, points, true);
  write_table(page, generation_report_table, points, false);
  write_table(page, region_report_table, points, false);
  write_lines(page, region_report_words(points));
  write_table(page, node_report_times, points, false);
  write_table(page, node_report_accesses, points, false);
  write_table(page, place_verdict_table, points, false);
  write_table(page, report_tables_facts, points, false);
  write_table(page, report_tables_self, points, false);
  write_table(page, report_tables_harness, points, true);
  write_table(page, report_tables_points, points, true);
  write_table(page, response_table, points, true);
  write_machine(page, summary);
  write_reproduction(page, summary);
  fputs("</body></html>\n", page);
}

bool page_write(const char *folder, const struct summary *summary, const struct pictures *pictures,
                const char *without_pictures, char *error)
{
  char *final = memory_format("%s/report.html", folder),
       *partial = memory_format("%s.partial", final);
  FILE *page = fopen(partial, "w");
  bool good = page != NULL;
  if (page) {
    write_page(page, folder, summary, pictures, without_pictures);
    good = !ferror(page);
    good = fclose(page) == 0 && good;
  }
  good = good && rename(partial, final) == 0;
  if (!good) {
    snprintf(error, RUN_ERROR, "%s: %s", final, strerror(errno));
    unlink(partial);
  }
  free(final);
  free(partial);
  return good;
}
