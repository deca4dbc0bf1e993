/* sweep.c: `tmb sweep`: for each map, the highest rate of an open loop that keeps p99.9 of the
 * response time under a bound. Leaves a run's folder like `tmb bench`, with sweep.json in it, and
 * ends with the report. */
#include <argp.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/choice_options.h"
#include "cmd/commands.h"
#include "cmd/machine.h"
#include "cmd/run_context.h"
#include "load/plugin_loader.h"
#include "measure/stopwatch.h"
#include "report/figure.h"
#include "run/rate_sweep.h"
#include "run/results.h"
#include "run/run_directory.h"

struct options {
  struct matrix_choices choices;
  struct choice_list plugin_folders;
  struct rate_sweep sweep;
  const char *out, *resume;
  char *command; /* as it was given */
  double min_time_s, timeout_s;
  unsigned rounds;
  bool report;
};

enum option_key {
  OPTION_P999 = 256,
  OPTION_PRECISION,
  OPTION_FROM,
  OPTION_ROUNDS,
  OPTION_MIN_TIME,
  OPTION_TIMEOUT,
  OPTION_PLUGIN_DIR,
  OPTION_OUT,
  OPTION_RESUME,
  OPTION_NO_REPORT,
};

static const struct argp_option option_list[] = {
    {"p999", OPTION_P999, "TIME", 0,
     "the bound on p99.9 of the response time: 500ns, 100us, 2ms, 1s", 1},
    {NULL, 0, NULL, 0, "How:", 2},
    {"precision", OPTION_PRECISION, "PERCENT", 0,
     "stop when the lowest rate that fails is so close to the highest that passes (10)", 2},
    {"from", OPTION_FROM, "RATE", 0,
     "begin at this rate, operations a second of all threads together (an eighth of the slowest "
     "map's throughput in a closed loop)",
     2},
    {"rounds", OPTION_ROUNDS, "N", 0, "processes a rate and map (7)", 2},
    {"min-time", OPTION_MIN_TIME, "SECONDS", 0, "trial time wanted in each process (0.05)", 2},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "a process that takes longer hangs (300)", 2},
    {"plugin-dir", OPTION_PLUGIN_DIR, "FOLDER", 0, "also look for plug-ins here, first; repeatable",
     2},
    {NULL, 0, NULL, 0, "Results:", 3},
    {"out", OPTION_OUT, "FOLDER", 0, "write here (results/runs/<time>-<host>-<commit>)", 3},
    {"resume", OPTION_RESUME, "FOLDER", 0, "go on with an interrupted sweep", 3},
    {"no-report", OPTION_NO_REPORT, NULL, 0, "do not end with `tmb report`", 3},
    {0},
};

#define BOUND_MOST_NS 1e12

static double duration_ns(const char *text, struct argp_state *state)
{
  static const struct {
    const char *name;
    double ns;
  } units[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  char *end;
  double value = strtod(text, &end);
  for (size_t i = 0; end != text && i < sizeof units / sizeof *units; i++)
    if (strcmp(end, units[i].name) == 0 && value > 0 && value * units[i].ns <= BOUND_MOST_NS)
      return value * units[i].ns;
  argp_error(state, "--p999=%s: a time above 0 with its unit, such as 500ns, 100us, 2ms or 1s",
             text);
  return 0;
}

static double percent(const char *text, struct argp_state *state)
{
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= 1 && value <= 100))
    argp_error(state, "--precision=%s: per cent, from 1 to 100", text);
  return value / 100;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->choices;
    return 0;
  case OPTION_P999:
    options->sweep.p999_bound_ns = duration_ns(argument, state);
    return 0;
  case OPTION_PRECISION:
    options->sweep.precision = percent(argument, state);
    return 0;
  case OPTION_FROM:
    options->sweep.first_rate = choice_options_number(argument, "from", ARRIVALS_RATE_MOST, state);
    return 0;
  case OPTION_ROUNDS:
    options->rounds =
        (unsigned)choice_options_number(argument, "rounds", MATRIX_ROUNDS_MOST, state);
    return 0;
  case OPTION_MIN_TIME:
    options->min_time_s = choice_options_seconds(argument, "min-time", state);
    return 0;
  case OPTION_TIMEOUT:
    options->timeout_s = choice_options_seconds(argument, "timeout", state);
    return 0;
  case OPTION_PLUGIN_DIR:
    choice_options_add(&options->plugin_folders, argument, state);
    plugin_add_folder(argument);
    return 0;
  case OPTION_OUT:
    options->out = argument;
    return 0;
  case OPTION_RESUME:
    options->resume = argument;
    return 0;
  case OPTION_NO_REPORT:
    options->report = false;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  case ARGP_KEY_SUCCESS:
    if (!options->resume && !(options->sweep.p999_bound_ns > 0))
      argp_error(state, "which bound? --p999=100us, for example");
    if (!options->resume && options->choices.workloads.count != 1)
      argp_error(state, "which workload? --workload=NAME, one of them");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_child children[] = {{&choice_options, 0, NULL, 0}, {0}};

static const struct argp parser = {
    option_list,
    parse_option,
    NULL,
    "Operations come at a rate, as from outside, and are timed from when they were due. For each "
    "map the rate is raised until p99.9 of that time is above the bound, then the highest rate "
    "that keeps it is looked for. Every rate is measured in fresh processes, those of all maps in "
    "turn; it passes when the median over them is under the bound and at least 99 % of the rate "
    "was achieved.\v"
    "One workload, one number of keys (100000), of threads (1), and so on. Exit code 3 when some "
    "map meets the bound at no rate.",
    children,
    NULL,
    NULL};

static int say(const char *sentence)
{
  fprintf(stderr, "tmb sweep: %s\n", sentence);
  return EXIT_ERROR;
}

/* ---- the command, for whoever reads the results ---- */

static void write_word(FILE *out, const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "-_=,./:+%@";
  if (word[strspn(word, plain)] == '\0') {
    fprintf(out, " %s", word);
    return;
  }
  fputs(" '", out);
  for (; *word; word++)
    fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
  fputc('\'', out);
}

/* Before the options are parsed, which takes lists apart. NULL: no memory. */
static char *command_of(int argc, char **argv)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return NULL;
  fputs("tmb sweep", out);
  for (int i = 1; i < argc; i++)
    if (strncmp(argv[i], "--out", 5) != 0)
      write_word(out, argv[i]);
  return fclose(out) == 0 ? text : NULL;
}

/* ---- the run ---- */

/* What must be the same when a sweep is resumed. A new reference. */
static json_t *identity(const struct options *options)
{
  json_t *json = run_context_identity("sweep");
  json_object_set_new(json, "sweep", rate_sweep_json(&options->sweep));
  json_object_set_new(json, "command", json_string(options->command));
  return json;
}

static void choose(struct choice_list *list, const char *item)
{
  if (list->count == 0)
    list->item[list->count++] = item;
}

static bool make_matrix(struct options *options, struct matrix *matrix, char *error)
{
  if (options->choices.maps.count == 0)
    options->choices.maps = (struct choice_list){{"fixed_bucket", "hash_trie"}, 2};
  choose(&options->choices.keys, "100000");
  choose(&options->choices.threads, "1");
  const char *arrivals = options->choices.arrivals ? options->choices.arrivals : "poisson";
  if (!matrix_make(NULL, &options->choices, run_context_corpus(), matrix, error))
    return false;
  arrival_process_parse(arrivals, &options->sweep.arrivals); /* the matrix has refused others */
  for (size_t i = 1; i < matrix->count; i++) {
    if (strcmp(matrix->point[i].map, matrix->point[i - 1].map) == 0) {
      snprintf(error, MATRIX_ERROR_BYTES,
               "a sweep compares maps: give one region, one number of keys, one of threads … "
               "(%.300s and %.300s)",
               matrix->point[i - 1].name, matrix->point[i].name);
      matrix_fini(matrix);
      return false;
    }
  }
  matrix->rounds = options->rounds;
  matrix->min_time_s = options->min_time_s;
  matrix->timeout_s = options->timeout_s;
  return true;
}

static bool begin(struct options *options, struct run_directory *directory, struct matrix *matrix,
                  char *error)
{
  char folder[PATH_MAX];
  if (options->out)
    snprintf(folder, sizeof folder, "%s", options->out);
  else
    run_context_folder(folder, sizeof folder);
  run_directory_name(directory, folder);
  if (!make_matrix(options, matrix, error))
    return false;
  struct machine_facts facts;
  machine_read_before_run("tmb sweep", &facts);
  json_t *is = identity(options);
  bool good = run_directory_begin(directory, is, &facts, matrix, error);
  json_decref(is);
  if (!good)
    matrix_fini(matrix);
  return good;
}

/* *plan owns the matrix's strings. */
static bool take_up(struct options *options, struct run_directory *directory, struct matrix *matrix,
                    json_t **plan, char *error)
{
  if (!run_directory_reopen(directory, options->resume)) {
    snprintf(error, MATRIX_ERROR_BYTES,
             "--resume: the folder of an interrupted sweep ends in .partial");
    return false;
  }
  *plan = run_directory_plan(directory, error);
  if (!*plan)
    return false;
  const json_t *was = json_object_get(*plan, "identity"), *sweep = json_object_get(was, "sweep");
  const char *command = json_string_value(json_object_get(was, "command"));
  if (!sweep) {
    snprintf(error, MATRIX_ERROR_BYTES, "%.300s: is no sweep: `tmb bench --resume` goes on with it",
             directory->partial);
    return false;
  }
  free(options->command);
  options->command = strdup(command ? command : "");
  if (!rate_sweep_from_json(sweep, &options->sweep, error))
    return false;
  json_t *is = identity(options);
  bool same = run_directory_is_of(directory, *plan, is, error);
  json_decref(is);
  return same && matrix_from_json(json_object_get(*plan, "matrix"), matrix, error);
}

/* ---- what is said ---- */

static void say_try(void *arg, const struct rate_try *done)
{
  (void)arg;
  char map[96], rate[FIGURE], p999[FIGURE], least[FIGURE], most[FIGURE];
  plugin_short_name(done->point->map, map, sizeof map);
  figure_rate(rate, (double)done->point->rate);
  if (!done->measured) {
    fprintf(stderr, "%-16s %7s/s  no figure\n", map, rate);
    return;
  }
  fprintf(stderr,
          "%-16s %7s/s  %-6s  p99.9 %s (%s to %s, %u of %u rounds under), %.1f %% of the rate\n",
          map, rate, done->passed ? "passes" : "fails", figure_time(p999, done->p999_ns),
          figure_time(least, done->p999_least_ns), figure_time(most, done->p999_most_ns),
          done->rounds_under, done->rounds, 100 * done->achieved_share);
}

static double rate_of(const json_t *map, const char *member)
{
  return json_number_value(json_object_get(map, member));
}

static const char *reason(const char *limit)
{
  if (limit && strcmp(limit, "rate") == 0)
    return "is not achieved";
  if (limit && strcmp(limit, "machine") == 0)
    return "is above it, but so is p99.9 of the start delay of an idle worker: the machine is not "
           "quiet enough for this bound";
  return "is above it";
}

/* One sentence a map. False when one of them has no rate. */
static bool say_verdict(const json_t *verdict)
{
  char bound[FIGURE], rate[FIGURE], failed[FIGURE];
  figure_time(bound, rate_of(verdict, "p999_bound_ns"));
  bool all = true;
  size_t i;
  json_t *map;
  json_array_foreach(json_object_get(verdict, "maps"), i, map)
  {
    const char *name = json_string_value(json_object_get(map, "map"));
    const char *found = json_string_value(json_object_get(map, "verdict"));
    const char *why = reason(json_string_value(json_object_get(map, "limit")));
    figure_rate(rate, rate_of(map, "rate"));
    figure_rate(failed, rate_of(map, "rate_failed"));
    if (strcmp(found, "found") == 0)
      fprintf(stderr, "%s: p99.9 is at most %s up to %s/s; %s/s %s\n", name, bound, rate, failed,
              why);
    else if (strcmp(found, "unbounded") == 0)
      fprintf(stderr, "%s: p99.9 is at most %s at every rate, up to %s/s\n", name, bound, rate);
    else if (strcmp(found, "none") == 0)
      fprintf(stderr, "%s: no rate that was tried meets the bound of %s: even %s/s %s\n", name,
              bound, failed, why);
    else if (strcmp(found, "failed") == 0)
      fprintf(stderr, "%s: no verdict, as a point has no figure\n", name);
    all = all && json_is_integer(json_object_get(map, "rate"));
  }
  return all;
}

static int exit_of(const struct runner_outcome *outcome, bool all)
{
  return outcome->wrong                                     ? EXIT_WRONG
         : outcome->error                                   ? EXIT_ERROR
         : outcome->interrupted || outcome->refused || !all ? EXIT_INCOMPLETE
                                                            : EXIT_GOOD;
}

static void say_failures(const struct matrix *matrix, const char *folder)
{
  for (size_t i = 0; i < matrix->count; i++) {
    char path[PATH_MAX];
    runner_failure_file(path, sizeof path, folder, i);
    json_t *failure = json_load_file(path, 0, NULL);
    const char *reason = json_string_value(json_object_get(failure, "reason"));
    const char *detail = json_string_value(json_object_get(failure, "detail"));
    if (failure)
      fprintf(stderr, "%s: %s: %s\n", matrix->point[i].name, reason ? reason : "error",
              detail ? detail : "");
    json_decref(failure);
  }
}

static bool write_results(const struct options *options, const struct matrix *matrix,
                          const struct run_directory *directory, bool interrupted,
                          const json_t *verdict, char *error)
{
  char path[PATH_MAX];
  json_t *context = identity(options);
  json_object_set_new(context, "seed", json_integer((json_int_t)matrix->point[0].seed));
  json_object_set_new(context, "timer_cost_ns", json_integer((json_int_t)stopwatch_cost_ns()));
  run_directory_file(path, directory->partial, "sweep.json");
  bool good = results_write(matrix, directory->partial, context, interrupted, error) &&
              results_dump(verdict, path, error);
  json_decref(context);
  return good;
}

static int run(struct options *options, struct matrix *matrix,
               const struct run_directory *directory)
{
  char error[MATRIX_ERROR_BYTES] = "";
  struct choice_list no_flags = {0};
  struct runner_options runner = {.folder = directory->partial,
                                  .plugin_folders = &options->plugin_folders,
                                  .benchmark_flags = &no_flags};
  struct runner_outcome outcome;
  json_t *verdict;
  if (!rate_sweep_run(&options->sweep, matrix, &runner, say_try, NULL, &outcome, &verdict, error))
    return say(error);
  if (!write_results(options, matrix, directory, outcome.interrupted, verdict, error)) {
    json_decref(verdict);
    return say(error);
  }
  say_failures(matrix, directory->partial);
  bool all = say_verdict(verdict);
  json_decref(verdict);
  const char *results = directory->partial;
  if (outcome.interrupted)
    fprintf(stderr, "tmb sweep: interrupted; what was finished is kept: --resume=%s goes on\n",
            directory->partial);
  else if (rename(directory->partial, directory->final) == 0)
    results = directory->final;
  int code = exit_of(&outcome, all);
  if (options->report && !outcome.interrupted) {
    char *argv[] = {(char *)(uintptr_t) "tmb report", (char *)(uintptr_t)results, NULL};
    int reported = cmd_report(2, argv);
    code = code ? code : reported;
  }
  fprintf(stderr, "results: %s\n", results);
  return code;
}

int cmd_sweep(int argc, char **argv)
{
  char error[MATRIX_ERROR_BYTES] = "";
  struct options options = {.choices.seed = RUN_CONTEXT_SEED,
                            .sweep.precision = 0.1,
                            .command = command_of(argc, argv),
                            .rounds = 7,
                            .min_time_s = 0.05,
                            .timeout_s = 300,
                            .report = true};
  if (!options.command)
    return say("no memory");
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  struct matrix matrix = {0};
  struct run_directory directory;
  json_t *plan = NULL;
  bool ready = options.resume ? take_up(&options, &directory, &matrix, &plan, error)
                              : begin(&options, &directory, &matrix, error);
  int code = ready ? run(&options, &matrix, &directory) : say(error);
  if (ready)
    matrix_fini(&matrix);
  json_decref(plan);
  free(options.command);
  return code;
}
