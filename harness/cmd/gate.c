/* gate.c: `tmb gate`: did a change make a map or the harness slower? */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/run_context.h"
#include "gate/gate_picture.h"
#include "gate/gate_report.h"
#include "report/gnuplot.h"

struct options {
  const char *from; /* NULL: measure */
  const char *out;  /* NULL: write no files */
};

enum option_key { OPTION_FROM = 256, OPTION_OUT };

static const struct argp_option option_list[] = {
    {"from", OPTION_FROM, "FILE", 0, "judge the pairs of an earlier gate again (pairs.jsonl)", 0},
    {"out", OPTION_OUT, "FOLDER", 0, "write gate.json, gate.md, junit.xml and a picture here", 0},
    {0},
};

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
  case ARGP_KEY_END:
    if (!options->from)
      argp_error(state, "which pairs? --from=FILE names them");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp parser = {
    option_list,
    parse_option,
    NULL,
    "Compares two builds, benchmark by benchmark, in pairs of fresh processes.\v"
    "Exit codes: 0 no regression above the limits; 1 a regression, or a wrong map; 2 inconclusive; "
    "3 incomplete, or the machine is unfit: the base differs from itself; 4 usage or tool error.",
    NULL,
    NULL,
    NULL};

/* The files of the report; a missing gnuplot costs the picture alone. */
static bool write_files(const struct pairs *pairs, const struct judgement *judgement,
                        const char *folder, char *error)
{
  char plots[4096];
  if (!gate_report_write(pairs, judgement, folder, error))
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
  return gate_picture_draw(pairs, judgement, plots, folder, error);
}

/* Judges, shows and writes; the exit code. */
static int judge(const struct pairs *pairs, const struct options *options)
{
  struct judgement judgement;
  char error[GATE_ERROR_BYTES];
  judgement_init(&judgement, pairs);
  gate_report_print(stdout, pairs, &judgement);
  int status = judgement.exit_code;
  if (options->out && !write_files(pairs, &judgement, options->out, error)) {
    fprintf(stderr, "tmb gate: %s\n", error);
    status = EXIT_ERROR;
  }
  judgement_fini(&judgement);
  return status;
}

int cmd_gate(int argc, char **argv)
{
  struct options options = {0};
  struct pairs pairs;
  char error[GATE_ERROR_BYTES];
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  if (!pairs_read(&pairs, options.from, error)) {
    fprintf(stderr, "tmb gate: %s\n", error);
    return EXIT_ERROR;
  }
  int status = judge(&pairs, &options);
  pairs_fini(&pairs);
  return status;
}
