/* report.c: `tmb report`: shows runs: tables in the terminal, pictures and a page beside the run.
 */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "report/generation_report.h"
#include "report/gnuplot.h"
#include "report/node_report.h"
#include "report/page.h"
#include "report/place_verdict.h"
#include "report/region_report.h"
#include "report/report_tables.h"
#include "report/response.h"
#include "report/scaling_model.h"
#include "report/winners.h"

#define RUNS_MOST 64

struct options {
  const char *runs[RUNS_MOST];
  size_t run_count;
  const char *out;
  bool no_plots;
};

enum option_key { OPTION_OUT = 256, OPTION_NO_PLOTS };

static const struct argp_option option_list[] = {
    {"out", OPTION_OUT, "FOLDER", 0, "write here (the run's own folder, when it is one run)", 0},
    {"no-plots", OPTION_NO_PLOTS, NULL, 0, "tables and page without pictures", 0},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case OPTION_OUT:
    options->out = argument;
    return 0;
  case OPTION_NO_PLOTS:
    options->no_plots = true;
    return 0;
  case ARGP_KEY_ARG:
    if (options->run_count == RUNS_MOST)
      argp_error(state, "at most %d runs", RUNS_MOST);
    options->runs[options->run_count++] = argument;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "which run? name its folder");
    return 0;
  case ARGP_KEY_SUCCESS:
    if (options->run_count > 1 && !options->out)
      argp_error(state, "several runs need --out=FOLDER for what is made of them");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp parser = {
    option_list,
    parse_option,
    "RUN...",
    "Prints the tables of a run and writes report.html and plots/ into its folder. Several runs of "
    "one build on one machine are pooled.\v"
    "The exit code speaks of the report, not of the run: 0 made, 3 made without pictures because "
    "gnuplot is missing, or, of an emulated machine, nothing but where threads and pages were; 4 "
    "not made.",
    NULL,
    NULL,
    NULL};

static bool load_runs(const struct options *options, struct run_folder *runs, size_t *loaded,
                      char *error)
{
  char paths[2][PATH_MAX];
  for (size_t i = 0; i < options->run_count; i++) {
    for (size_t j = 0; j < i; j++) {
      if (realpath(options->runs[i], paths[0]) && realpath(options->runs[j], paths[1]) &&
          strcmp(paths[0], paths[1]) == 0) {
        snprintf(error, RUN_ERROR, "%s is named twice", options->runs[i]);
        return false;
      }
    }
    ++*loaded;
    if (!run_folder_init(&runs[i], options->runs[i], error) ||
        !run_folder_same_subject(&runs[0], &runs[i], error))
      return false;
  }
  return true;
}

static void print_table(void fill(struct table *, const struct points *),
                        const struct points *points)
{
  struct table table;
  fill(&table, points);
  table_print(&table, stdout);
  table_fini(&table);
}

/* Where threads and pages were: no times. */
static void print_places(const struct points *points)
{
  print_table(node_report_accesses, points);
  print_table(place_verdict_table, points);
}

static void print_region_words(const struct points *points)
{
  char *words = region_report_words(points), *rest = words, *line;
  if (words)
    putchar('\n');
  while (words && (line = strsep(&rest, "\n")) != NULL)
    if (line[0])
      summary_print_line(stdout, "regions", line);
  free(words);
}

static void print_tables(const struct summary *summary)
{
  const struct points *points = summary->points;
  summary_print(summary, stdout);
  print_table(report_tables_points, points);
  print_table(winners_table, points);
  print_table(report_tables_generations, points);
  print_table(report_tables_scaling, points);
  if (scaling_model_is_possible(points))
    print_table(scaling_model_table, points);
  else
    printf(
        "\nScaling model: no fit. It takes %d thread counts on a curve, and none has so many: the "
        "intervals of\nthe table above are all that can be said.\n",
        USL_LEAST_COUNTS);
  print_table(node_report_times, points);
  print_places(points);
  print_table(report_tables_facts, points);
  print_table(report_tables_self, points);
  print_table(generation_report_table, points);
  print_table(region_report_table, points);
  print_region_words(points);
  print_table(response_table, points);
  print_table(response_sweep_table, points);
}

/* The scripts stand at one place relative to the program, built or installed. */
static void find_plots(char *plots, size_t size)
{
  char program[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  program[n > 0 ? n : 0] = '\0';
  char *slash = strrchr(program, '/');
  if (slash)
    *slash = '\0';
  snprintf(plots, size, "%s/../share/tracemap-bench/plots", program);
}

static int write_report(const struct options *options, const struct summary *summary,
                        const struct pictures *pictures, char *error)
{
  const char *folder = options->out ? options->out : options->runs[0];
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    snprintf(error, RUN_ERROR, "%s: %s", folder, strerror(errno));
    return EXIT_ERROR;
  }
  const char *without = NULL;
  if (options->no_plots)
    without = "This page was made with --no-plots.";
  else if (!gnuplot_present())
    without = "gnuplot is not installed, so there are no pictures: `make setup` installs it, `tmb "
              "report` on this folder then draws them.";
  char plots[PATH_MAX + 64];
  find_plots(plots, sizeof plots);
  if (!without && !pictures_draw(pictures, summary, plots, folder, error))
    return EXIT_ERROR;
  if (!page_write(folder, summary, without ? NULL : pictures, without, error))
    return EXIT_ERROR;
  printf("\n%s/report.html\n", folder);
  if (!without || options->no_plots)
    return EXIT_GOOD;
  fprintf(stderr, "tmb report: %s\n", without);
  return EXIT_INCOMPLETE;
}

/* Times of an emulated machine are a program's; drawn, they would look like speed. What it is for
 * is where threads and pages were, so that is shown. */
static const struct run_folder *emulated_one(const struct run_folder *runs, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (run_folder_is_emulated(&runs[i]))
      return &runs[i];
  return NULL;
}

static int refuse_emulated(const struct run_folder *run, const struct points *points)
{
  summary_print_places(points, stdout);
  print_places(points);
  fflush(stdout);
  fprintf(stderr,
          "tmb report: %s: measured on an emulated machine: its times are no speed, so there is no "
          "report of them. Where threads and pages were is above\n",
          run->path);
  return EXIT_INCOMPLETE;
}

static int report(const struct options *options, const struct run_folder *runs, size_t count,
                  const struct points *points, char *error)
{
  const struct run_folder *emulated = emulated_one(runs, count);
  if (emulated)
    return refuse_emulated(emulated, points);
  struct summary summary;
  struct pictures pictures;
  summary_init(&summary, runs, count, points);
  pictures_init(&pictures, points);
  print_tables(&summary);
  int status = write_report(options, &summary, &pictures, error);
  pictures_fini(&pictures);
  summary_fini(&summary);
  return status;
}

int cmd_report(int argc, char **argv)
{
  struct options options = {0};
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  struct run_folder runs[RUNS_MOST];
  size_t loaded = 0;
  char error[RUN_ERROR] = "";
  int status = EXIT_ERROR;
  if (load_runs(&options, runs, &loaded, error)) {
    struct points points;
    if (points_init(&points, runs, loaded, error))
      status = report(&options, runs, loaded, &points, error);
    points_fini(&points);
  }
  for (size_t i = 0; i < loaded; i++)
    run_folder_fini(&runs[i]);
  if (status == EXIT_ERROR)
    fprintf(stderr, "tmb report: %s\n", error);
  return status;
}
