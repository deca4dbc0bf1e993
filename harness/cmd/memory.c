/* memory.c: `tmb memory`: measured latency and bandwidth of this machine's memory. */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/memory_output.h"
#include "cmd/run_context.h"

struct options {
  struct survey_options survey;
  const char *out;
  bool json;
};

static size_t parse_size(const char *text, struct argp_state *state)
{
  static const char units[] = "KMG";
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  const char *unit = *end ? strchr(units, *end) : NULL;
  int shift = unit ? 10 * (int)(unit - units + 1) : 0;
  if (text[0] < '0' || text[0] > '9' || errno || (*end && (!unit || end[1])) ||
      value > SIZE_MAX >> 1 >> shift || value << shift < PROBE_LEAST_BYTES)
    argp_error(state, "--max=%s: a size of at least %dK: 64K, 512M, 2G", text,
               PROBE_LEAST_BYTES / 1024);
  return (size_t)value << shift;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  char *end;
  switch (key) {
  case 'j':
    options->json = true;
    return 0;
  case 'o':
    options->out = argument;
    return 0;
  case 'm':
    options->survey.most_bytes = parse_size(argument, state);
    return 0;
  case 'p':
    options->survey.passes = (unsigned)strtoul(argument, &end, 10);
    if (argument[0] < '0' || argument[0] > '9' || *end || options->survey.passes < 1 ||
        options->survey.passes > PROBE_PASSES_MOST)
      argp_error(state, "--passes=%s: a number from 1 to %d", argument, PROBE_PASSES_MOST);
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option option_list[] = {
    {"json", 'j', NULL, 0, "print JSON", 0},
    {"out", 'o', "FOLDER", 0, "write memory.json there, and memory_latency.svg and .png", 0},
    {"max", 'm', "SIZE", 0, "largest working set (512M); less where less memory is free", 0},
    {"passes", 'p', "N", 0, "measure each value so often (7)", 0},
    {0},
};

static const struct argp parser = {
    option_list,
    parse_option,
    NULL,
    "Measures memory: latency over the working set, then latency and bandwidth from each node's "
    "CPUs to each node's memory, with base pages and with huge ones. Latency is of a random "
    "pointer chase, bandwidth of reading. Values are of here and now; `tmb doctor` says what "
    "spoils them.",
    NULL,
    NULL,
    NULL};

static int fail(const char *sentence)
{
  fprintf(stderr, "tmb memory: %s\n", sentence);
  return EXIT_ERROR;
}

static int show(const struct options *options, const struct memory_survey *survey,
                const struct topology *topology)
{
  char error[MEMORY_OUTPUT_ERROR];
  json_t *json = memory_output_json(survey, topology, &options->survey);
  if (!json)
    return fail("no memory for the JSON");
  int code = EXIT_GOOD;
  if (options->json) {
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
  } else {
    memory_output_print(survey, topology);
  }
  if (options->out && mkdir(options->out, 0777) != 0 && errno != EEXIST) {
    snprintf(error, sizeof error, "%.300s: %s", options->out, strerror(errno));
    code = fail(error);
  } else if (options->out) {
    code = memory_output_files(survey, topology, json, options->out, error);
    if (code != EXIT_GOOD)
      fprintf(stderr, "tmb memory: %s\n", error);
  }
  json_decref(json);
  if (fflush(stdout) != 0 || ferror(stdout))
    return fail("standard output cannot be written");
  return code;
}

int cmd_memory(int argc, char **argv)
{
  struct options options = {
      .survey = {.most_bytes = (size_t)512 << 20, .passes = 7, .seed = RUN_CONTEXT_SEED}};
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  char sentence[TOPOLOGY_ERROR_BYTES];
  struct topology *topology;
  if (topology_load(&topology, sentence) != 0)
    return fail(sentence);
  struct memory_survey survey;
  int code = memory_survey_init(&survey, topology, &options.survey, sentence) == 0
                 ? show(&options, &survey, topology)
                 : fail(sentence);
  memory_survey_fini(&survey);
  topology_destroy(topology);
  return code;
}
