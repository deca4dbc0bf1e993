/* half.c: `tmb half`: what this build takes for one point, as JSON on standard output. `tmb gate`
 * starts two for each pair, one of each build. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/trial_exit.h"
#include "load/plugin_loader.h"
#include "run/half.h"

struct options {
  const char *point;
  unsigned chunks;
  bool instructions;
};

enum option_key { OPTION_CHUNKS = 256, OPTION_INSTRUCTIONS, OPTION_PLUGIN_DIR };

static const struct argp_option option_list[] = {
    {"chunks", OPTION_CHUNKS, "N", 0, "chunks to time, 8 to 1000 (8)", 0},
    {"count-instructions", OPTION_INSTRUCTIONS, NULL, 0,
     "time nothing; count the instructions of some calls", 0},
    {"plugin-dir", OPTION_PLUGIN_DIR, "FOLDER", 0, "also look for plug-ins here, first", 0},
    {0},
};

static void set_chunks(struct options *options, char *argument, struct argp_state *state)
{
  char *end;
  unsigned long chunks = strtoul(argument, &end, 10);
  if (*end || chunks < HALF_CHUNKS_LEAST || chunks > HALF_CHUNKS_MOST)
    argp_error(state, "--chunks=%s: a number from %d to %d", argument, HALF_CHUNKS_LEAST,
               HALF_CHUNKS_MOST);
  options->chunks = (unsigned)chunks;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case OPTION_CHUNKS:
    set_chunks(options, argument, state);
    return 0;
  case OPTION_INSTRUCTIONS:
    options->instructions = true;
    return 0;
  case OPTION_PLUGIN_DIR:
    plugin_add_folder(argument);
    return 0;
  case ARGP_KEY_ARG:
    if (options->point)
      argp_error(state, "one point at a time");
    options->point = argument;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "which point? a JSON object, as in a run's plan.json");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp parser = {
    option_list,
    parse_option,
    "POINT",
    "Measures one half of a pair of the regression gate: a fixed number of trials of one point.",
    NULL,
    NULL,
    NULL};

static json_t *measure(const struct options *options, const json_t *json,
                       enum trial_problem *problem)
{
  struct point point;
  char error[POINT_ERROR_BYTES];
  json_t *half = NULL;
  *problem = TRIAL_ERROR;
  if (point_from_json(json, &point, error))
    half = options->instructions ? half_count_instructions(&point, problem, error)
                                 : half_measure(&point, options->chunks, problem, error);
  if (!half)
    fprintf(stderr, "tmb half: %s\n", error);
  return half;
}

int cmd_half(int argc, char **argv)
{
  struct options options = {.chunks = HALF_CHUNKS_LEAST};
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  json_error_t at;
  json_t *json = json_loads(options.point, 0, &at);
  if (!json) {
    fprintf(stderr, "tmb half: column %d: %s\n", at.column, at.text);
    return EXIT_ERROR;
  }
  enum trial_problem problem;
  json_t *half = measure(&options, json, &problem);
  if (half && (json_dumpf(half, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) != 0 ||
               puts("") < 0 || fflush(stdout) != 0)) {
    perror("tmb half: standard output");
    problem = TRIAL_ERROR;
  }
  json_decref(half);
  json_decref(json);
  return trial_exit(problem);
}
