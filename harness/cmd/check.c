/* check.c: `tmb check`: are recorded histories linearizable? */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "check/intern_history.h"
#include "check/linearize.h"
#include "check/timeline.h"
#include "cmd/commands.h"
#include "record/allocate.h"
#include "record/history.h"

#define OPERATIONS_SHOWN 20

struct options {
  enum history_model model;
  uint64_t budget;
  const char *timeline;
  bool witness, json, quiet;
  bool missing; /* a directory without histories was named */
  char **files;
  size_t file_count, file_room;
};

/* What happened to all files together. */
struct tally {
  bool violation, unknown, error;
  bool drawn; /* the timeline has been written */
};

struct outcome {
  const char *file;
  const struct history *history;
  struct linearize_result result;
  size_t keys;
  double seconds;
};

static const char *verdict_name(enum linearize_verdict verdict)
{
  static const char *const names[] = {
      [LINEARIZABLE] = "linearizable", [VIOLATION] = "VIOLATION", [UNKNOWN] = "unknown"};
  return names[verdict];
}

/* Input. */

static void add_file(struct options *options, const char *path)
{
  options->files = allocate_one_more(options->files, options->file_count, &options->file_room,
                                     sizeof *options->files);
  size_t n = strlen(path) + 1;
  options->files[options->file_count++] = memcpy(allocate(n, 1), path, n);
}

static int is_history(const struct dirent *entry)
{
  static const char ending[] = ".jsonl";
  size_t n = strlen(entry->d_name), m = sizeof ending - 1;
  return entry->d_name[0] != '.' && n > m && strcmp(entry->d_name + n - m, ending) == 0;
}

/* A file, "-", or a directory: its files *.jsonl by name. */
static bool add_argument(struct options *options, const char *argument)
{
  struct stat what;
  if (strcmp(argument, "-") == 0 || stat(argument, &what) != 0 || !S_ISDIR(what.st_mode)) {
    add_file(options, argument);
    return true;
  }
  struct dirent **entries;
  int count = scandir(argument, &entries, is_history, alphasort);
  if (count <= 0) {
    fprintf(stderr, "%s: %s; name a directory that holds histories\n", argument,
            count < 0 ? strerror(errno) : "no file *.jsonl in it");
    return false;
  }
  for (int i = 0; i < count; i++) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", argument, entries[i]->d_name) >= 0)
      add_file(options, path);
    free(path);
    free(entries[i]);
  }
  free(entries);
  return true;
}

/* Output. */

static double now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static size_t count_keys(const struct history *history)
{
  bool *seen = allocate_zeroed(history->value_count, sizeof *seen);
  size_t keys = 0;
  for (size_t i = 0; i < history->op_count; i++) {
    history_value key = history->ops[i].key;
    if (key == VALUE_ABSENT || seen[key])
      continue;
    seen[key] = true;
    keys++;
  }
  free(seen);
  return keys;
}

static void print_op(const struct history *history, uint32_t index, const char *mark)
{
  const struct history_op *op = &history->ops[index];
  printf("  %5s  process ", mark);
  history_print_value(history, op->process, stdout);
  fputs(": ", stdout);
  history_print_call(history, op, stdout);
  fputs(" -> ", stdout);
  history_print_result(history, op, stdout);
  printf("  [%" PRId64 ", ", op->call);
  if (op->open)
    fputs("open)", stdout);
  else
    printf("%" PRId64 "]", op->end);
  printf("  line %" PRIu32 "\n", op->line);
}

static void print_violation(const struct outcome *outcome)
{
  const struct linearize_result *result = &outcome->result;
  printf("  %s:\n", result->reason);
  for (size_t i = 0; i < result->shown_count; i++) {
    if (i == OPERATIONS_SHOWN) {
      printf("         and %zu more\n", result->shown_count - i);
      break;
    }
    char mark[24] = "";
    for (size_t j = 0; j < result->order_count; j++)
      if (result->order[j] == result->shown[i])
        snprintf(mark, sizeof mark, "%zu.", j + 1);
    print_op(outcome->history, result->shown[i], result->shown[i] == result->stuck ? "x" : mark);
  }
  if (result->stuck != UINT32_MAX && result->order_count)
    puts("  Numbers are the order that comes farthest; x cannot follow it.");
}

static void print_lines(const struct options *options, const struct outcome *outcome)
{
  const struct linearize_result *result = &outcome->result;
  if (options->quiet && result->verdict == LINEARIZABLE)
    return;
  printf("%s: %s, %zu operations", outcome->file, verdict_name(result->verdict),
         outcome->history->op_count);
  if (outcome->keys)
    printf(", %zu key%s", outcome->keys, outcome->keys == 1 ? "" : "s");
  printf(", %.1f ms", 1e3 * outcome->seconds);
  if (result->verdict == UNKNOWN)
    printf(": %s", result->reason);
  putchar('\n');
  if (result->verdict == VIOLATION && !options->quiet)
    print_violation(outcome);
  if (options->witness && result->verdict == LINEARIZABLE)
    for (size_t i = 0; i < result->order_count; i++) {
      char mark[24];
      snprintf(mark, sizeof mark, "%zu.", i + 1);
      print_op(outcome->history, result->order[i], mark);
    }
}

static json_t *numbers(const struct history *history, const uint32_t *ops, size_t count)
{
  json_t *array = json_array();
  for (size_t i = 0; i < count; i++)
    json_array_append_new(array, json_integer(history->ops[ops[i]].number));
  return array;
}

/* A file's name need not be UTF-8. */
static json_t *file_name(const char *name)
{
  json_t *text = json_string(name);
  return text ? text : json_string("(a name that is not UTF-8)");
}

static void print_json(json_t *object)
{
  json_dumpf(object, stdout, JSON_COMPACT);
  putchar('\n');
  json_decref(object);
}

static void print_json_outcome(const struct options *options, const struct outcome *outcome)
{
  const struct linearize_result *result = &outcome->result;
  const struct history *history = outcome->history;
  static const char *const names[] = {
      [LINEARIZABLE] = "linearizable", [VIOLATION] = "violation", [UNKNOWN] = "unknown"};
  json_t *object = json_object();
  json_object_set_new(object, "file", file_name(outcome->file));
  json_object_set_new(object, "model", json_string(history_model_name(history->model)));
  json_object_set_new(object, "verdict", json_string(names[result->verdict]));
  json_object_set_new(object, "operations", json_integer((json_int_t)history->op_count));
  json_object_set_new(object, "keys", json_integer((json_int_t)outcome->keys));
  json_object_set_new(object, "seconds", json_real(outcome->seconds));
  json_object_set_new(object, "steps", json_integer((json_int_t)result->steps));
  if (result->verdict != LINEARIZABLE)
    json_object_set_new(object, "reason", json_string(result->reason));
  if (result->verdict == VIOLATION) {
    json_object_set_new(object, "core", numbers(history, result->core, result->core_count));
    json_object_set_new(object, "order", numbers(history, result->order, result->order_count));
    if (result->stuck != UINT32_MAX)
      json_object_set_new(object, "stuck", json_integer(history->ops[result->stuck].number));
  }
  if (options->witness && result->verdict == LINEARIZABLE)
    json_object_set_new(object, "witness", numbers(history, result->order, result->order_count));
  print_json(object);
}

static void print_error(const struct options *options, const char *file, const char *text,
                        struct tally *tally)
{
  tally->error = true;
  fprintf(stderr, "%s\n", text);
  if (!options->json)
    return;
  json_t *object = json_object();
  json_object_set_new(object, "file", file_name(file));
  json_object_set_new(object, "verdict", json_string("error"));
  json_object_set_new(object, "reason", json_string(text));
  print_json(object);
}

/* The linear-time check decides what the search leaves open, and else must agree with it. */
static void cross_check(const struct history *history, struct linearize_result *result)
{
  struct intern_certificate certificate;
  if (!intern_history_check(history, &certificate))
    return;
  bool good = certificate.verdict == INTERN_LINEARIZABLE;
  if (result->verdict == UNKNOWN) {
    result->verdict = good ? LINEARIZABLE : VIOLATION;
    result->reason = intern_verdict_text(certificate.verdict);
  } else if (good != (result->verdict == LINEARIZABLE)) {
    result->defect = "the linear-time check and the search differ";
  }
}

static void draw(const struct options *options, const struct outcome *outcome, struct tally *tally)
{
  struct history_error error;
  if (tally->drawn || outcome->result.shown_count == 0)
    return;
  tally->drawn = true;
  if (!timeline_save(outcome->history, &outcome->result, options->timeline, &error))
    print_error(options, outcome->file, error.text, tally);
  else if (!options->json && !options->quiet)
    printf("  drawn in %s\n", options->timeline);
}

static void check_file(const struct options *options, const char *file, struct tally *tally)
{
  struct history_error error;
  double begin = now();
  struct history *history = history_load(file, options->model, &error);
  if (!history) {
    print_error(options, file, error.text, tally);
    return;
  }
  struct outcome outcome = {.file = file, .history = history, .keys = count_keys(history)};
  outcome.result = linearize(history, (struct linearize_budget){options->budget, LINEARIZE_BYTES});
  cross_check(history, &outcome.result);
  outcome.seconds = now() - begin;
  if (outcome.result.defect) {
    snprintf(error.text, sizeof error.text,
             "%.400s: the checker contradicts itself (%s): please report this history", file,
             outcome.result.defect);
    print_error(options, file, error.text, tally);
  } else {
    tally->violation = tally->violation || outcome.result.verdict == VIOLATION;
    tally->unknown = tally->unknown || outcome.result.verdict == UNKNOWN;
    if (options->json)
      print_json_outcome(options, &outcome);
    else
      print_lines(options, &outcome);
    if (options->timeline && outcome.result.verdict == VIOLATION)
      draw(options, &outcome, tally);
  }
  linearize_result_fini(&outcome.result);
  history_destroy(history);
}

/* Options. */

static uint64_t parse_budget(const char *text, struct argp_state *state)
{
  char *end;
  errno = 0;
  unsigned long long budget = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || errno || budget == 0)
    argp_error(state, "--budget=%s: a number of steps is expected, such as 20000000", text);
  return budget;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case 'm':
    options->model = history_model_named(argument);
    if (!options->model)
      argp_error(state, "--model=%s: expected register, kv, set or intern", argument);
    return 0;
  case 'b':
    options->budget = parse_budget(argument, state);
    return 0;
  case 't':
    options->timeline = argument;
    if (!timeline_is_name(argument))
      argp_error(state, "--timeline=%s: let the name end in .svg or .html", argument);
    return 0;
  case 'w':
    options->witness = true;
    return 0;
  case 'j':
    options->json = true;
    return 0;
  case 'q':
    options->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    if (!add_argument(options, argument))
      options->missing = true;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "name a history file, a directory of files *.jsonl, or - for standard input");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option option_list[] = {
    {"model", 'm', "MODEL", 0, "register, kv, set or intern, whatever the header says", 0},
    {"budget", 'b', "STEPS", 0,
     "give up on a key after trying an operation so often (20000000); the answer is then: unknown",
     0},
    {"timeline", 't', "FILE", 0, "draw the first violation, as .svg or .html", 0},
    {"witness", 'w', NULL, 0, "print the order that explains a linearizable history", 0},
    {"json", 'j', NULL, 0, "print a JSON object a file", 0},
    {"quiet", 'q', NULL, 0, "print a line only for what is not linearizable", 0},
    {0},
};

static const struct argp parser = {
    option_list,
    parse_option,
    "FILE...",
    "Tells whether histories are linearizable. A FILE holds a history as JSON lines; - is standard "
    "input; of a directory, all files *.jsonl.\v"
    "Exit code: 0 all are linearizable, 1 one is a violation, 2 none is, but one is unknown, 4 one "
    "cannot be read (the others have been checked).",
    NULL,
    NULL,
    NULL};

int cmd_check(int argc, char **argv)
{
  struct options options = {.budget = LINEARIZE_STEPS};
  if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
    return EXIT_ERROR;
  struct tally tally = {.error = options.missing};
  for (size_t i = 0; i < options.file_count; i++) {
    check_file(&options, options.files[i], &tally);
    free(options.files[i]);
  }
  free(options.files);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "tmb check: cannot write: %s\n", strerror(errno));
    tally.error = true;
  }
  return tally.error       ? EXIT_ERROR
         : tally.violation ? EXIT_WRONG
         : tally.unknown   ? EXIT_INCONCLUSIVE
                           : EXIT_GOOD;
}
