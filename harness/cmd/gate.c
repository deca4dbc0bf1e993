/* gate.c: `tmb gate`: did a change make a map or the harness slower? */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd/commands.h"
#include "cmd/gate_measure.h"
#include "cmd/run_context.h"
#include "gate/gate_picture.h"
#include "gate/gate_report.h"
#include "report/gnuplot.h"

struct options {
  const char *from;    /* NULL: measure */
  const char *out;     /* with from, NULL: write no files */
  const char *history; /* NULL: none */
  struct gate_measure_options measure;
};

enum option_key {
  OPTION_FROM = 256,
  OPTION_OUT,
  OPTION_HISTORY,
  OPTION_MANIFEST,
  OPTION_PAIRS,
  OPTION_SEED,
  OPTION_TIMEOUT
};

static const struct argp_option option_list[] = {
    {"from", OPTION_FROM, "FILE", 0, "judge the pairs of an earlier gate again (pairs.jsonl)", 0},
    {"out", OPTION_OUT, "FOLDER", 0,
     "write gate.json, gate.md, junit.xml, a picture and the pairs here (results/gate/TIME)", 0},
    {"history", OPTION_HISTORY, "FILE", 0,
     "ratios of maps in earlier gates: compare with them, and add this gate's", 0},
    {"manifest", OPTION_MANIFEST, "FILE", 0,
     "the benchmarks (gate.tsv beside the candidate's program)", 0},
    {"pairs", OPTION_PAIRS, "N", 0,
     "measure N pairs of each benchmark, then judge once (20, judge, 40, 80, 160)", 0},
    {"seed", OPTION_SEED, "N", 0, "of the keys and of the order within pairs", 0},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "after which a process counts as hanging (60)", 0},
    {0},
};

static void set_seed(struct gate_measure_options *measure, char *argument, struct argp_state *state)
{
  char *end;
  errno = 0;
  long long seed = strtoll(argument, &end, 10);
  if (!*argument || *end || errno || seed < 0)
    argp_error(state, "--seed=%s: a whole number, not negative", argument);
  measure->seed = (uint64_t)seed;
}

static void set_pairs(struct gate_measure_options *measure, char *argument,
                      struct argp_state *state)
{
  char *end;
  long long pairs = strtoll(argument, &end, 10);
  if (!*argument || *end || pairs < 1 || pairs > PAIRS_MOST)
    argp_error(state, "--pairs=%s: a whole number from 1 to %d", argument, PAIRS_MOST);
  measure->pairs = (size_t)pairs;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case OPTION_FROM:
    options->from = argument;
    return 0;
  case OPTION_OUT:
    options->out = argument;
    return 0;
  case OPTION_HISTORY:
    options->history = argument;
    return 0;
  case OPTION_MANIFEST:
    options->measure.manifest = argument;
    return 0;
  case OPTION_PAIRS:
    set_pairs(&options->measure, argument, state);
    return 0;
  case OPTION_SEED:
    set_seed(&options->measure, argument, state);
    return 0;
  case OPTION_TIMEOUT:
    options->measure.timeout_s = strtod(argument, NULL);
    if (!(options->measure.timeout_s > 0))
      argp_error(state, "--timeout=%s: seconds, more than 0", argument);
    return 0;
  case ARGP_KEY_ARG:
    if (state->arg_num >= PAIRS_SIDES)
      argp_error(state, "two build trees, BASE and CANDIDATE, and no more");
    options->measure.tree[state->arg_num] = argument;
    return 0;
  case ARGP_KEY_END:
    if (!options->from && state->arg_num < PAIRS_SIDES)
      argp_error(state, "which builds? BASE and CANDIDATE are build trees; or --from=FILE");
    if (options->from && state->arg_num > 0)
      argp_error(state, "--from=FILE judges pairs that are there: leave the build trees out");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp parser = {
    option_list,
    parse_option,
    "[BASE CANDIDATE]",
    "Compares two builds, benchmark by benchmark, in pairs of fresh processes.\v"
    "Exit codes: 0 no regression above the limits; 1 a regression, or a wrong map; 2 inconclusive; "
    "3 incomplete, or the machine is unfit: the base differs from itself; 4 usage or tool error.",
    NULL,
    NULL,
    NULL};

/* The files of the report; a missing gnuplot costs the picture alone. */
static bool write_files(const struct gate_report *report, const char *folder, char *error)
{
  char plots[4096];
  if (!gate_report_write(report, folder, error))
    return false;
  if (!gnuplot_present()) {
    fputs("tmb gate: gnuplot is not installed, so there is no picture: `make setup` installs it\n",
          stderr);
    return true;
  }
  if (!run_context_data("plots", plots, sizeof plots)) {
    snprintf(error, GATE_ERROR_BYTES, "the plot scripts' path is too long");
    return false;
  }
  return gate_picture_draw(report->pairs, report->judgement, plots, folder, error);
}

/* A gate that is incomplete, or of an unfit machine, is no history. */
static bool show(const struct gate_report *report, const struct options *options, char *error)
{
  gate_report_print(stdout, report);
  return (!options->out || write_files(report, options->out, error)) &&
         (!options->history || report->judgement->exit_code > EXIT_INCONCLUSIVE ||
          advice_keep(report->advice, options->history, error));
}

/* Judges, shows and writes; the exit code. */
static int judge(const struct pairs *pairs, const struct options *options)
{
  struct judgement judgement;
  struct advice advice;
  char error[GATE_ERROR_BYTES];
  judgement_init(&judgement, pairs);
  int status = judgement.exit_code;
  bool good = advice_init(&advice, pairs, options->history, error);
  if (good) {
    good = show(&(struct gate_report){pairs, &judgement, &advice}, options, error);
    advice_fini(&advice);
  }
  if (!good) {
    fprintf(stderr, "tmb gate: %s\n", error);
    status = EXIT_ERROR;
  }
  judgement_fini(&judgement);
  return status;
}

/* Where a gate goes that names no folder. */
static void name_folder(char *out, size_t size)
{
  time_t now = time(NULL);
  struct tm local;
  localtime_r(&now, &local);
  strftime(out, size, "results/gate/%Y%m%d-%H%M%S", &local);
}

/* False: nothing to judge, the exit code is in *status. */
static bool get_pairs(struct options *options, struct pairs *pairs, int *status)
{
  char error[GATE_ERROR_BYTES];
  static char folder[64];
  bool interrupted = false;
  if (!options->from && !options->out) {
    name_folder(folder, sizeof folder);
    options->out = folder;
  }
  options->measure.folder = options->out;
  bool good = options->from ? pairs_read(pairs, options->from, error)
                            : gate_measure(&options->measure, pairs, &interrupted, error);
  if (!good) {
    fprintf(stderr, "tmb gate: %s\n", error);
    *status = EXIT_ERROR;
  } else if (interrupted) {
    fprintf(stderr, "tmb gate: interrupted; the finished pairs are in %s/pairs.jsonl\n",
            options->out);
    pairs_fini(pairs);
    *status = EXIT_INCOMPLETE;
  }
  return good && !interrupted;
}

int cmd_gate(int argc, char **argv)
{
  struct options options = {.measure = {.seed = RUN_CONTEXT_SEED, .timeout_s = 60}};
  struct pairs pairs;
  int status;
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  if (!get_pairs(&options, &pairs, &status))
    return status;
  status = judge(&pairs, &options);
  pairs_fini(&pairs);
  if (options.out)
    fprintf(stderr, "results: %s\n", options.out);
  return status;
}
