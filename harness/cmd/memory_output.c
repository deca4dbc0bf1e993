/* memory_output.c: see memory_output.h. */
#include "cmd/memory_output.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/run_context.h"
#include "cmd/version.h"
#include "measure/machine_facts.h"
#include "report/drawing.h"
#include "report/figure.h"
#include "report/gnuplot.h"
#include "report/picture.h"
#include "run/matrix.h"
#include "run/results.h"

static const char *const page_names[PROBE_PAGES] = {"base", "huge"};

static bool is_emulated(void)
{
  struct machine_facts facts;
  machine_facts_read("", &facts);
  return machine_facts_emulated(&facts);
}

static double spread_percent(const struct probe_figure *figure)
{
  return figure->median > 0 ? (figure->most - figure->least) / figure->median * 100 : 0;
}

/* "100 %"; "not known". */
static const char *share_text(double share, char *text, size_t size)
{
  if (isnan(share))
    snprintf(text, size, "not known");
  else
    snprintf(text, size, "%.0f %%", share * 100);
  return text;
}

/* ---- text ---- */

static void print_area(const char *name, const struct survey_area *area)
{
  char here[16], huge[16];
  printf("  %s pages: %s, %s of the pages are there, %s of the bytes in huge pages\n", name,
         area->bound ? "bound to the node" : "not bound",
         share_text(area->on_node_share, here, sizeof here),
         share_text(area->huge_share, huge, sizeof huge));
}

static void print_sizes(const struct memory_survey *survey)
{
  printf("Latency of a load over the working set, CPU %u, memory of node %d\n", survey->cpu,
         survey->node);
  for (int pages = 0; pages < PROBE_PAGES; pages++)
    print_area(page_names[pages], &survey->area[pages]);
  puts("\n                base pages, ns a load       huge pages, ns a load\n"
       "working set     least  median  spread       least  median  spread");
  for (size_t i = 0; i < survey->size_count; i++) {
    char bytes[FIGURE];
    printf("%11s", figure_bytes(bytes, (double)survey->size[i].bytes));
    for (int pages = 0; pages < PROBE_PAGES; pages++) {
      const struct probe_figure *ns = &survey->size[i].ns[pages];
      printf("%s%8.2f%8.2f%6.0f %%", pages ? "    " : "  ", ns->least, ns->median,
             spread_percent(ns));
    }
    putchar('\n');
  }
}

static void print_cell(const struct survey_cell *cell)
{
  char bytes[FIGURE];
  if (cell->reason[0]) {
    printf("%8u  %6u  not measured: %s\n", cell->cpu_node, cell->memory_node, cell->reason);
    return;
  }
  for (int pages = 0; pages < PROBE_PAGES; pages++) {
    const struct survey_area *area = &cell->area[pages];
    char here[16], distance[16] = "-";
    if (!isnan(cell->distance))
      snprintf(distance, sizeof distance, "%.0f", cell->distance);
    printf("%8u  %6u  %8s  %5s  %9s  %9s  %7.1f %7.1f %5.0f %%  %8.2f  %8.2f\n", cell->cpu_node,
           cell->memory_node, distance, page_names[pages],
           area->bound ? share_text(area->on_node_share, here, sizeof here) : "not bound",
           figure_bytes(bytes, (double)cell->bytes), cell->latency_ns[pages].least,
           cell->latency_ns[pages].median, spread_percent(&cell->latency_ns[pages]),
           cell->one_bytes_per_s[pages].median / 1e9, cell->all_bytes_per_s[pages].median / 1e9);
  }
}

void memory_output_print(const struct memory_survey *survey, const struct topology *topology)
{
  struct topology_cache cache;
  if (is_emulated())
    puts("This machine is emulated: these times are a program's, and no speed. Where pages are is "
         "true.\n");
  print_sizes(survey);
  puts("\nFrom each node's CPUs to each node's memory; distances are the firmware's, 10 is local;\n"
       "bandwidth of reading, by one CPU and by all CPUs of the node, median over the passes\n\n"
       "CPUs of  memory            pages  on that             latency, ns             GB/s\n"
       "    node    node  distance         node         size    least  median spread  one CPU  all "
       "CPUs");
  for (size_t i = 0; i < survey->cell_count; i++)
    print_cell(&survey->cell[i]);
  if (topology_cache(topology, 0, &cache) && survey->cell_count > 0 &&
      survey->cell[0].bytes < 2 * cache.size_bytes) {
    char area[FIGURE], size[FIGURE];
    printf("\n%s are less than twice the %s of %s that this machine reports: part of these values "
           "may be the cache's.\n",
           figure_bytes(area, (double)survey->cell[0].bytes), cache.name,
           figure_bytes(size, (double)cache.size_bytes));
  }
}

/* ---- JSON ---- */

static json_t *known(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *figure_json(const struct probe_figure *figure)
{
  return json_pack("{s:f, s:f, s:f}", "least", figure->least, "median", figure->median, "most",
                   figure->most);
}

static json_t *area_json(const struct survey_area *area)
{
  return json_pack("{s:b, s:o, s:o}", "bound", (int)area->bound, "on_node_share",
                   known(area->on_node_share), "huge_share", known(area->huge_share));
}

static json_t *latency_json(const struct memory_survey *survey)
{
  json_t *sizes = json_array();
  for (size_t i = 0; i < survey->size_count; i++)
    json_array_append_new(sizes,
                          json_pack("{s:I, s:o, s:o}", "bytes", (json_int_t)survey->size[i].bytes,
                                    "base_ns", figure_json(&survey->size[i].ns[PROBE_BASE_PAGES]),
                                    "huge_ns", figure_json(&survey->size[i].ns[PROBE_HUGE_PAGES])));
  return json_pack("{s:i, s:i, s:o, s:o, s:o}", "cpu", (int)survey->cpu, "node", survey->node,
                   "base_pages", area_json(&survey->area[PROBE_BASE_PAGES]), "huge_pages",
                   area_json(&survey->area[PROBE_HUGE_PAGES]), "sizes", sizes);
}

static json_t *cell_json(const struct survey_cell *cell)
{
  json_t *json = json_pack("{s:i, s:i, s:o, s:I, s:i}", "cpu_node", (int)cell->cpu_node,
                           "memory_node", (int)cell->memory_node, "distance", known(cell->distance),
                           "bytes", (json_int_t)cell->bytes, "threads", (int)cell->cpus);
  if (cell->reason[0]) {
    json_object_set_new(json, "not_measured", json_string(cell->reason));
    return json;
  }
  for (int pages = 0; pages < PROBE_PAGES; pages++)
    json_object_set_new(json, page_names[pages],
                        json_pack("{s:o, s:o, s:o, s:o}", "pages", area_json(&cell->area[pages]),
                                  "latency_ns", figure_json(&cell->latency_ns[pages]),
                                  "one_bytes_per_s", figure_json(&cell->one_bytes_per_s[pages]),
                                  "all_bytes_per_s", figure_json(&cell->all_bytes_per_s[pages])));
  return json;
}

json_t *memory_output_json(const struct memory_survey *survey, const struct topology *topology,
                           const struct survey_options *options)
{
  char fingerprint[MACHINE_FINGERPRINT_BYTES];
  struct machine_facts facts;
  struct topology_cache cache;
  json_t *matrix = json_array(), *caches = json_array();
  machine_facts_read("", &facts);
  machine_facts_fingerprint(&facts, fingerprint);
  for (unsigned i = 0; topology_cache(topology, i, &cache); i++)
    json_array_append_new(caches, json_pack("{s:s, s:I}", "name", cache.name, "size_bytes",
                                            (json_int_t)cache.size_bytes));
  for (size_t i = 0; i < survey->cell_count; i++)
    json_array_append_new(matrix, cell_json(&survey->cell[i]));
  json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:o}", "v", 1, "fingerprint",
                           fingerprint, "commit", tmb_commit, "build", tmb_build, "passes",
                           (int)options->passes, "seed", (json_int_t)options->seed, "caches",
                           caches, "latency", latency_json(survey), "matrix", matrix);
  if (json && machine_facts_emulated(&facts))
    json_object_set_new(json, "emulated", json_true());
  return json;
}

/* ---- files ---- */

static void fill_picture(struct picture *picture, const struct memory_survey *survey,
                         const struct topology *topology)
{
  static const char *const color[PROBE_PAGES] = {"#d95f02", "#1f77b4"};
  static const int marker[PROBE_PAGES] = {5, 7};
  struct topology_cache cache;
  size_t panel = picture_panel(picture, "CPU %u, memory of node %d", survey->cpu, survey->node);
  double most = 0;
  for (int pages = 0; pages < PROBE_PAGES; pages++) {
    char title[64], share[16];
    snprintf(title, sizeof title, "%s pages (%s of the bytes in huge ones)", page_names[pages],
             share_text(survey->area[pages].huge_share, share, sizeof share));
    size_t curve = picture_curve(picture, title, color[pages], marker[pages], 1, 2);
    for (size_t i = 0; i < survey->size_count; i++) {
      const struct probe_figure *ns = &survey->size[i].ns[pages];
      most = (double)survey->size[i].bytes;
      picture_mark(picture, panel, curve, most, ns->median, ns->least, ns->most);
    }
  }
  for (unsigned i = 0; topology_cache(topology, i, &cache); i++) {
    char label[80], size[FIGURE];
    snprintf(label, sizeof label, "%s %s", cache.name,
             figure_bytes(size, (double)cache.size_bytes));
    if (cache.size_bytes >= PROBE_LEAST_BYTES && (double)cache.size_bytes <= most)
      picture_boundary(picture, panel, (double)cache.size_bytes, label);
  }
}

static bool draw(const struct memory_survey *survey, const struct topology *topology,
                 const char *folder, char *error)
{
  char plots[PATH_MAX], build[256];
  struct machine_facts facts;
  struct picture picture;
  if (!run_context_data("plots", plots, sizeof plots)) {
    snprintf(error, MEMORY_OUTPUT_ERROR, "the plot scripts' path is too long");
    return false;
  }
  machine_facts_read("", &facts);
  snprintf(build, sizeof build, "commit %s, %s", tmb_commit, tmb_build);
  const char *const footer[2] = {machine_facts_find(&facts, "processor")->value, build};
  picture_init(&picture, "memory_latency", "Latency of a load over the working set",
               "random pointer chase; median over the passes, bars from the least to the most; "
               "lines: caches as reported",
               AXIS_SIZE, AXIS_TIME);
  fill_picture(&picture, survey, topology);
  bool good = drawing_make(&picture, 1, plots, footer, folder, error);
  picture_fini(&picture);
  return good;
}

int memory_output_files(const struct memory_survey *survey, const struct topology *topology,
                        const json_t *json, const char *folder, char *error)
{
  char path[PATH_MAX], sentence[MATRIX_ERROR_BYTES];
  snprintf(path, sizeof path, "%s/memory.json", folder);
  if (!results_dump(json, path, sentence)) {
    snprintf(error, MEMORY_OUTPUT_ERROR, "%.1000s", sentence);
    return EXIT_ERROR;
  }
  if (is_emulated()) {
    snprintf(error, MEMORY_OUTPUT_ERROR,
             "measured on an emulated machine: its times are no speed, so there is no picture");
    return EXIT_INCOMPLETE;
  }
  if (!gnuplot_present()) {
    snprintf(error, MEMORY_OUTPUT_ERROR,
             "gnuplot is not installed, so there is no picture: `make setup` installs it");
    return EXIT_INCOMPLETE;
  }
  return draw(survey, topology, folder, error) ? EXIT_GOOD : EXIT_ERROR;
}
