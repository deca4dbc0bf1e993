/* bench.c: `tmb bench`: makes the points of a matrix, runs them, leaves a folder of results and
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
#include "run/matrix.h"
#include "run/results.h"
#include "run/run_directory.h"
#include "run/runner.h"
#include "run/trial_counter.h"
#include "run/trial_recorder.h"

struct options {
  struct matrix_choices choices;
  struct choice_list plugin_folders, benchmark_flags;
  const char *profile, *out, *resume, *copy_to, *record;
  double min_time_s, budget_s, timeout_s; /* negative: not given */
  unsigned rounds;                        /* 0: not given */
  bool list_only, json_out, report, keep_history, count_instructions, strict;
};

enum option_key {
  OPTION_PROFILE = 256,
  OPTION_RATE,
  OPTION_ROUNDS,
  OPTION_MIN_TIME,
  OPTION_BUDGET,
  OPTION_TIMEOUT,
  OPTION_RECORD,
  OPTION_KEEP_HISTORY,
  OPTION_COUNT_INSTRUCTIONS,
  OPTION_STRICT,
  OPTION_OUT,
  OPTION_RESUME,
  OPTION_PLUGIN_DIR,
  OPTION_LIST,
  OPTION_NO_REPORT,
};

static const struct argp_option option_list[] = {
    {"profile", OPTION_PROFILE, "NAME|FILE", 0,
     "one that `tmb list` shows, or a JSON file; quick unless --workload is given", 1},
    {"rate", OPTION_RATE, "LIST", 0,
     "open loop: so many operations a second of all threads together; latency counts from when an "
     "operation was due",
     1},
    {NULL, 0, NULL, 0, "How:", 2},
    {"rounds", OPTION_ROUNDS, "N", 0, "processes a point", 2},
    {"min-time", OPTION_MIN_TIME, "SECONDS", 0, "trial time wanted in each process", 2},
    {"budget", OPTION_BUDGET, "SECONDS", 0, "begin no further round that would end later", 2},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "a process that takes longer hangs", 2},
    {"record", OPTION_RECORD, "full|sampled:P", 0,
     "in trials of their own record every operation, or those on the share P of the keys; check "
     "them",
     2},
    {"keep-history", OPTION_KEEP_HISTORY, NULL, 0,
     "with --record: keep what each process recorded last, points/*.history", 2},
    {"count-instructions", OPTION_COUNT_INSTRUCTIONS, NULL, 0,
     "in each point's first process step through some calls and count their instructions", 2},
    {"strict", OPTION_STRICT, NULL, 0, "exit 3 unless threads and pages stayed where they were put",
     2},
    {"plugin-dir", OPTION_PLUGIN_DIR, "FOLDER", 0, "also look for plug-ins here, first; repeatable",
     2},
    {NULL, 0, NULL, 0, "Results:", 3},
    {"out", OPTION_OUT, "FOLDER", 0, "write here (results/runs/<time>-<host>-<commit>)", 3},
    {"resume", OPTION_RESUME, "FOLDER", 0, "go on with an interrupted run", 3},
    {"list", OPTION_LIST, NULL, 0, "print the points and measure nothing", 3},
    {"no-report", OPTION_NO_REPORT, NULL, 0, "do not end with `tmb report`", 3},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case OPTION_PROFILE:
    options->profile = argument;
    return 0;
  case OPTION_RATE:
    choice_options_split(&options->choices.rates, argument, state);
    return 0;
  case OPTION_ROUNDS:
    options->rounds =
        (unsigned)choice_options_number(argument, "rounds", MATRIX_ROUNDS_MOST, state);
    return 0;
  case OPTION_MIN_TIME:
    options->min_time_s = choice_options_seconds(argument, "min-time", state);
    return 0;
  case OPTION_BUDGET:
    options->budget_s = choice_options_seconds(argument, "budget", state);
    return 0;
  case OPTION_TIMEOUT:
    options->timeout_s = choice_options_seconds(argument, "timeout", state);
    return 0;
  case OPTION_RECORD:
    if (!record_share_parse(argument, &(double){0}))
      argp_error(state, "--record=%s: full, or sampled:P with P above 0 and at most 1", argument);
    options->record = argument;
    return 0;
  case OPTION_KEEP_HISTORY:
    options->keep_history = true;
    return 0;
  case OPTION_COUNT_INSTRUCTIONS:
    options->count_instructions = true;
    return 0;
  case OPTION_STRICT:
    options->strict = true;
    return 0;
  case OPTION_OUT:
    options->out = argument;
    return 0;
  case OPTION_RESUME:
    options->resume = argument;
    return 0;
  case OPTION_PLUGIN_DIR:
    choice_options_add(&options->plugin_folders, argument, state);
    plugin_add_folder(argument);
    return 0;
  case OPTION_LIST:
    options->list_only = true;
    return 0;
  case OPTION_NO_REPORT:
    options->report = false;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &options->choices;
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
    "Measures maps: a matrix of points, each in processes of its own, in shuffled order. Google "
    "Benchmark's flags pass through; --benchmark_filter, _list_tests, _out and _format speak of "
    "the "
    "whole run.",
    children,
    NULL,
    NULL};

/* Takes Google Benchmark's flags out of argv; those about the whole run are obeyed here. False at
 * one that cannot be. */
static bool take_benchmark_flags(struct options *options, int *argc, char **argv)
{
  int kept = 1;
  for (int i = 1; i < *argc; i++) {
    char *flag = argv[i];
    if (strncmp(flag, "--benchmark_", 12) != 0)
      argv[kept++] = flag;
    else if (strncmp(flag, "--benchmark_filter=", 19) == 0)
      options->choices.filter = flag + 19;
    else if (strncmp(flag, "--benchmark_list_tests", 22) == 0)
      options->list_only = strcmp(flag + 22, "=false") != 0;
    else if (strncmp(flag, "--benchmark_out=", 16) == 0)
      options->copy_to = flag + 16;
    else if (strcmp(flag, "--benchmark_format=json") == 0)
      options->json_out = true;
    else if (strncmp(flag, "--benchmark_out_format=", 23) == 0 && strcmp(flag + 23, "json") != 0) {
      fprintf(stderr, "tmb bench: %s: results are written as json; console is on the screen\n",
              flag);
      return false;
    } else if (strncmp(flag, "--benchmark_out_format=", 23) != 0 &&
               strncmp(flag, "--benchmark_format=", 19) != 0) {
      if (options->benchmark_flags.count == CHOICES_MOST) {
        fprintf(stderr, "tmb bench: %s: at most %d flags of Google Benchmark\n", flag,
                CHOICES_MOST);
        return false;
      }
      options->benchmark_flags.item[options->benchmark_flags.count++] = flag;
    }
  }
  argv[kept] = NULL;
  *argc = kept;
  return true;
}

static const char *profile_path(const struct options *options)
{
  static char path[PATH_MAX];
  const char *profile = options->profile;
  if (!profile && options->choices.workloads.count)
    return NULL;
  if (!profile)
    profile = "quick";
  if (strchr(profile, '/') || strchr(profile, '.'))
    return profile;
  char name[256];
  snprintf(name, sizeof name, "matrices/%.200s.json", profile);
  return run_context_data(name, path, sizeof path) ? path : NULL;
}

struct name_list {
  char text[256]; /* with commas between; what does not fit is left out */
};

static void add_name(void *arg, const char *name, const char *path)
{
  struct name_list *names = arg;
  size_t n = strlen(names->text);
  (void)path;
  snprintf(names->text + n, sizeof names->text - n, "%s%s", n ? ", " : "", name);
}

static bool profile_is_there(const struct options *options, char *error)
{
  const char *path = profile_path(options);
  if (!path || access(path, R_OK) == 0)
    return true;
  struct name_list names = {0};
  run_context_each_profile(add_name, &names);
  snprintf(error, MATRIX_ERROR_BYTES,
           "--profile=%.256s: no such file; give one with its folder, or one of %s",
           options->profile ? options->profile : "quick", names.text);
  return false;
}

/* ---- the run ---- */

static int say(const char *sentence)
{
  fprintf(stderr, "tmb bench: %s\n", sentence);
  return EXIT_ERROR;
}

/* What must be the same when a run is resumed. A new reference. */
static json_t *identity(const struct options *options)
{
  return run_context_identity(options->profile                   ? options->profile
                              : options->choices.workloads.count ? "options"
                                                                 : "quick");
}

static bool name_directory(const struct options *options, struct run_directory *directory)
{
  if (options->resume)
    return run_directory_reopen(directory, options->resume);
  char name[PATH_MAX];
  if (options->out)
    snprintf(name, sizeof name, "%s", options->out);
  else
    run_context_folder(name, sizeof name);
  run_directory_name(directory, name);
  return true;
}

/* Makes or takes up the matrix. *plan, when resumed, owns the matrix's strings. */
static bool make_matrix(struct options *options, const struct run_directory *directory,
                        struct matrix *matrix, json_t **plan, char *error)
{
  if (!options->resume)
    return profile_is_there(options, error) && matrix_make(profile_path(options), &options->choices,
                                                           run_context_corpus(), matrix, error);
  *plan = run_directory_plan(directory, error);
  if (!*plan)
    return false;
  const char *profile =
      json_string_value(json_object_get(json_object_get(*plan, "identity"), "profile"));
  options->profile = profile ? profile : "";
  json_t *is = identity(options);
  bool same = run_directory_is_of(directory, *plan, is, error);
  json_decref(is);
  return same && matrix_from_json(json_object_get(*plan, "matrix"), matrix, error);
}

/* ---- the end ---- */

static bool begin(const struct run_directory *directory, const struct options *options,
                  const struct matrix *matrix, char *error)
{
  struct machine_facts facts;
  machine_read_before_run("tmb bench", &facts);
  json_t *is = identity(options);
  bool good = run_directory_begin(directory, is, &facts, matrix, error);
  json_decref(is);
  return good;
}

static bool write_results(const struct matrix *matrix, const struct run_directory *directory,
                          const struct options *options, bool interrupted, char *error)
{
  json_t *context = identity(options);
  json_object_set_new(context, "seed", json_integer((json_int_t)matrix->point[0].seed));
  json_object_set_new(context, "timer_cost_ns", json_integer((json_int_t)stopwatch_cost_ns()));
  bool good = results_write(matrix, directory->partial, context, interrupted, error);
  json_decref(context);
  return good;
}

static int exit_of(const struct runner_outcome *outcome)
{
  return outcome->wrong                             ? EXIT_WRONG
         : outcome->error                           ? EXIT_ERROR
         : outcome->interrupted || outcome->refused ? EXIT_INCOMPLETE
                                                    : EXIT_GOOD;
}

static bool copy_results(const char *from_folder, const char *to, char *error)
{
  char path[PATH_MAX];
  json_error_t at;
  run_directory_file(path, from_folder, "bench.json");
  json_t *bench = json_load_file(path, 0, &at);
  bool good =
      strcmp(to, "-") == 0
          ? bench && json_dumpf(bench, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(10)) == 0
          : results_dump(bench, to, error);
  json_decref(bench);
  return good;
}

/* What recording found and cost, over all points that finished. */
static void say_recording(const char *folder)
{
  char path[PATH_MAX];
  json_error_t at;
  run_directory_file(path, folder, "bench.json");
  json_t *bench = json_load_file(path, 0, &at);
  double operations = 0, least = 0, most = 0, error_ns = 0;
  size_t i, rounds = 0;
  json_t *entry;
  json_array_foreach(json_object_get(bench, "benchmarks"), i, entry)
  {
    json_t *figure = json_object_get(entry, "record_slowdown");
    if (!figure)
      continue;
    double slowdown = json_number_value(figure);
    least = rounds == 0 || slowdown < least ? slowdown : least;
    most = slowdown > most ? slowdown : most;
    operations += json_number_value(json_object_get(entry, "record_operations"));
    double widened = json_number_value(json_object_get(entry, "record_clock_error_ns"));
    error_ns = widened > error_ns ? widened : error_ns;
    rounds++;
  }
  json_decref(bench);
  fprintf(
      stderr,
      "recording: %.0f operations of %zu processes were linearizable; recorded trials took %.2f "
      "to %.2f times as long as others; clock error at most %.0f ns\n",
      operations, rounds, least, most, error_ns);
}

/* Why threads or pages of an entry were not where they were put, or cannot be shown to have been;
 * NULL: they were, or nothing was asked for. */
static const char *what_did_not_hold(const json_t *entry)
{
  static const struct {
    const char *verdict, *reason;
  } of[] = {{"placement", "placement_reason"}, {"memory", "memory_reason"}};
  const char *good[] = {placement_verdict_name(PLACEMENT_HELD),
                        placement_verdict_name(PLACEMENT_FREE)};
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    const char *verdict = json_string_value(json_object_get(entry, of[i].verdict));
    const char *reason = json_string_value(json_object_get(entry, of[i].reason));
    if (verdict && strcmp(verdict, good[0]) != 0 && strcmp(verdict, good[1]) != 0)
      return reason ? reason : verdict;
  }
  return NULL;
}

/* Names the first process whose threads or pages did not stay where they were put. Returns whether
 * there is one. */
static bool say_misplaced(const char *folder)
{
  char path[PATH_MAX];
  json_error_t at;
  run_directory_file(path, folder, "bench.json");
  json_t *bench = json_load_file(path, 0, &at), *entries = json_object_get(bench, "benchmarks");
  const json_t *entry;
  const char *name = NULL, *reason = NULL;
  size_t i, misplaced = 0;
  json_array_foreach(entries, i, entry)
  {
    const char *why = what_did_not_hold(entry);
    if (why && misplaced++ == 0) {
      name = json_string_value(json_object_get(entry, "name"));
      reason = why;
    }
  }
  if (misplaced)
    fprintf(stderr,
            "tmb bench: the placement of %zu of %zu processes did not hold; the first: %s: %s\n",
            misplaced, json_array_size(entries), name, reason);
  json_decref(bench);
  return misplaced;
}

static int run(const struct matrix *matrix, struct options *options,
               const struct run_directory *directory, char *error)
{
  struct runner_options runner = {.folder = directory->partial,
                                  .plugin_folders = &options->plugin_folders,
                                  .benchmark_flags = &options->benchmark_flags,
                                  .record = options->record,
                                  .keep_history = options->keep_history,
                                  .progress = stderr};
  struct runner_outcome outcome;
  if (!runner_run(matrix, &runner, &outcome, error) ||
      !write_results(matrix, directory, options, outcome.interrupted, error))
    return say(error);
  const char *results = directory->partial;
  if (outcome.interrupted)
    fprintf(stderr, "tmb bench: interrupted; what was finished is kept: --resume=%s goes on\n",
            directory->partial);
  else if (rename(directory->partial, directory->final) == 0)
    results = directory->final;
  if (outcome.left_out)
    fprintf(stderr, "tmb bench: %zu rounds were left out for want of time\n", outcome.left_out);
  if ((options->copy_to && !copy_results(results, options->copy_to, error)) ||
      (options->json_out && !copy_results(results, "-", error)))
    return say(error);
  if (options->record)
    say_recording(results);
  int code = exit_of(&outcome);
  if (say_misplaced(results) && options->strict && code == EXIT_GOOD)
    code = EXIT_INCOMPLETE;
  if (options->report && !outcome.interrupted) {
    char *argv[] = {(char *)(uintptr_t) "tmb report", (char *)(uintptr_t)results, NULL};
    int reported = cmd_report(2, argv);
    code = code ? code : reported;
  }
  fprintf(stderr, "results: %s\n", results);
  return code;
}

static void set_times(const struct options *options, struct matrix *matrix)
{
  if (options->rounds)
    matrix->rounds = options->rounds;
  if (options->min_time_s > 0)
    matrix->min_time_s = options->min_time_s;
  if (options->budget_s > 0)
    matrix->budget_s = options->budget_s;
  if (options->timeout_s > 0)
    matrix->timeout_s = options->timeout_s;
}

/* A run without counts is still a run: says once why there will be none. */
static void set_counting(const struct options *options, struct matrix *matrix)
{
  char error[CALL_COUNTER_ERROR_BYTES];
  matrix->count_instructions |= options->count_instructions;
  if (matrix->count_instructions && !options->list_only && !trial_counter_available(error)) {
    fprintf(stderr, "tmb bench: instructions are not counted: %s\n", error);
    matrix->count_instructions = false;
  }
}

int cmd_bench(int argc, char **argv)
{
  char error[MATRIX_ERROR_BYTES] = "";
  struct options options = {.choices.seed = RUN_CONTEXT_SEED,
                            .min_time_s = -1,
                            .budget_s = -1,
                            .timeout_s = -1,
                            .report = true};
  if (!take_benchmark_flags(&options, &argc, argv))
    return EXIT_ERROR;
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  if (options.keep_history && !options.record)
    return say("--keep-history: nothing is recorded; give --record as well");

  struct matrix matrix;
  struct run_directory directory;
  json_t *plan = NULL;
  int code = EXIT_GOOD;
  if (!name_directory(&options, &directory))
    return say("--resume: the folder of an interrupted run ends in .partial");
  if (!make_matrix(&options, &directory, &matrix, &plan, error)) {
    json_decref(plan);
    return say(error);
  }
  if (matrix.node_pairs == 1)
    fputs("tmb bench: pairs: one node has CPUs here, so there is one pair, of it with itself\n",
          stderr);
  set_times(&options, &matrix);
  set_counting(&options, &matrix);
  if (options.list_only) {
    for (size_t i = 0; i < matrix.count; i++)
      puts(matrix.point[i].name);
  } else if (!options.resume && !begin(&directory, &options, &matrix, error)) {
    code = say(error);
  } else {
    code = run(&matrix, &options, &directory, error);
  }
  matrix_fini(&matrix);
  json_decref(plan);
  return code;
}
