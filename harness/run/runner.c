/* runner.c: see runner.h. */
#include "run/runner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/stopwatch.h"
#include "run/child.h"

#define PATH_BYTES 4096

void runner_file(char *out, size_t size, const char *folder, size_t point, unsigned round,
                 const char *suffix)
{
  snprintf(out, size, "%s/points/%04zu-%02u.%s", folder, point, round, suffix);
}

void runner_failure_file(char *out, size_t size, const char *folder, size_t point)
{
  snprintf(out, size, "%s/points/%04zu.failure", folder, point);
}

struct runner {
  const struct matrix *matrix;
  const struct runner_options *options;
  struct runner_outcome *outcome;
  double *cost_s; /* by point: its longest round so far */
  uint64_t start_ns;
  size_t done, planned; /* processes */
  struct child_watch watch;
};

static double elapsed_s(const struct runner *runner)
{
  return (double)(stopwatch_now_ns() - runner->start_ns) * 1e-9;
}

/* ---- one process ---- */

static pid_t start_process(const struct runner *runner, size_t index, unsigned round)
{
  const struct runner_options *options = runner->options;
  char out[PATH_BYTES], side[PATH_BYTES], log[PATH_BYTES], file[PATH_BYTES], time[64];
  char record[64], history[PATH_BYTES];
  char *argv[2 * CHOICES_MOST + 16];
  size_t n = 0;
  runner_file(file, sizeof file, options->folder, index, round, "json.part");
  snprintf(out, sizeof out, "--benchmark_out=%.*s", PATH_BYTES - 32, file);
  runner_file(file, sizeof file, options->folder, index, round, "side.part");
  snprintf(side, sizeof side, "--side=%.*s", PATH_BYTES - 32, file);
  snprintf(time, sizeof time, "--min-time=%g", runner->matrix->min_time_s);
  json_t *json = point_json(&runner->matrix->point[index]);
  char *point = json_dumps(json, JSON_COMPACT);
  json_decref(json);

  argv[n++] = (char *)(uintptr_t) "tmb";
  argv[n++] = (char *)(uintptr_t) "point";
  argv[n++] = point;
  argv[n++] = out;
  argv[n++] = (char *)(uintptr_t) "--benchmark_out_format=json";
  argv[n++] = side;
  argv[n++] = time;
  if (round == 0)
    argv[n++] = (char *)(uintptr_t) "--sample";
  if (round == 0 && runner->matrix->count_instructions)
    argv[n++] = (char *)(uintptr_t) "--count-instructions";
  if (options->record) {
    snprintf(record, sizeof record, "--record=%s", options->record);
    argv[n++] = record;
  }
  if (options->keep_history) {
    runner_file(file, sizeof file, options->folder, index, round, "history");
    snprintf(history, sizeof history, "--keep-history=%.*s", PATH_BYTES - 32, file);
    argv[n++] = history;
  }
  for (size_t i = 0; i < options->plugin_folders->count; i++) {
    argv[n++] = (char *)(uintptr_t) "--plugin-dir";
    argv[n++] = (char *)(uintptr_t)options->plugin_folders->item[i];
  }
  for (size_t i = 0; i < options->benchmark_flags->count; i++)
    argv[n++] = (char *)(uintptr_t)options->benchmark_flags->item[i];
  argv[n] = NULL;

  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  runner_file(log, sizeof log, options->folder, index, round, "log");
  int log_file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  pid_t child = -1;
  if (point && nowhere >= 0 && log_file >= 0)
    child = child_start(&runner->watch, "/proc/self/exe", argv, nowhere, log_file);
  close(nowhere);
  close(log_file);
  free(point);
  return child;
}

/* The last line of a file that is not empty, without its end. */
static void last_line(const char *path, char *out, size_t size)
{
  char line[2048];
  out[0] = '\0';
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0])
      snprintf(out, size, "%s", line);
  }
  if (file)
    fclose(file);
}

static bool keep_output(const struct runner *runner, size_t index, unsigned round)
{
  static const char *const suffix[2][2] = {{"side.part", "side"}, {"json.part", "json"}};
  for (int i = 0; i < 2; i++) {
    char part[PATH_BYTES], whole[PATH_BYTES];
    runner_file(part, sizeof part, runner->options->folder, index, round, suffix[i][0]);
    runner_file(whole, sizeof whole, runner->options->folder, index, round, suffix[i][1]);
    if (rename(part, whole) != 0)
      return false;
  }
  return true;
}

/* What a failure means for the whole run. */
static void count_failure(struct runner_outcome *outcome, const char *reason)
{
  outcome->failed++;
  if (strcmp(reason, "oracle") == 0 || strcmp(reason, "crash") == 0 || strcmp(reason, "hang") == 0)
    outcome->wrong = true;
  else if (strcmp(reason, "refused") == 0)
    outcome->refused = true;
  else
    outcome->error = true;
}

static void note_failure(struct runner *runner, size_t index, unsigned round, const char *reason,
                         const char *detail)
{
  count_failure(runner->outcome, reason);
  char part[PATH_BYTES], whole[PATH_BYTES];
  runner_failure_file(whole, sizeof whole, runner->options->folder, index);
  snprintf(part, sizeof part, "%.*s.part", PATH_BYTES - 8, whole);
  json_t *json =
      json_pack("{s:i, s:s, s:s}", "round", (int)round, "reason", reason, "detail", detail);
  if (json && json_dump_file(json, part, 0) == 0)
    rename(part, whole);
  json_decref(json);
  if (runner->options->progress)
    fprintf(runner->options->progress, "\r\033[K%s: %s: %s\n", runner->matrix->point[index].name,
            reason, detail);
}

#define POINT_SAYS "tmb point: " /* before its sentence on standard error */

/* Writes down how a process failed. */
static void judge(struct runner *runner, size_t index, unsigned round, bool ended, int status)
{
  char log[PATH_BYTES], detail[2048];
  runner_file(log, sizeof log, runner->options->folder, index, round, "log");
  last_line(log, detail, sizeof detail);
  if (!ended) {
    snprintf(detail, sizeof detail, "killed after %g s", runner->matrix->timeout_s);
    note_failure(runner, index, round, "hang", detail);
  } else if (WIFSIGNALED(status)) {
    char text[2200];
    snprintf(text, sizeof text, "%s%s%s", strsignal(WTERMSIG(status)), detail[0] ? ": " : "",
             detail);
    note_failure(runner, index, round, "crash", text);
  } else if (WEXITSTATUS(status) == 1 && strncmp(detail, POINT_SAYS, strlen(POINT_SAYS)) != 0) {
    /* A plug-in ended the process, or its sanitizer: `tmb point` has a last word of its own. */
    char text[2200];
    snprintf(text, sizeof text, "exit code 1: %s", detail);
    note_failure(runner, index, round, "crash", text);
  } else if (WEXITSTATUS(status) == 1) {
    note_failure(runner, index, round, "oracle", detail);
  } else if (WEXITSTATUS(status) == 3) {
    note_failure(runner, index, round, "refused", detail);
  } else {
    note_failure(runner, index, round, "error", detail);
  }
}

/* ---- rounds ---- */

static bool file_exists(const char *path)
{
  return access(path, F_OK) == 0;
}

static bool finished_before(const struct runner *runner, size_t index, unsigned round)
{
  char path[PATH_BYTES];
  runner_file(path, sizeof path, runner->options->folder, index, round, "json");
  return file_exists(path);
}

static bool failed_before(const struct runner *runner, size_t index)
{
  char path[PATH_BYTES];
  runner_failure_file(path, sizeof path, runner->options->folder, index);
  return file_exists(path);
}

/* A run that is resumed has not forgotten what failed before. */
static void recall_failures(const struct runner *runner)
{
  for (size_t i = 0; i < runner->matrix->count; i++) {
    char path[PATH_BYTES];
    runner_failure_file(path, sizeof path, runner->options->folder, i);
    if (!file_exists(path))
      continue;
    json_t *failure = json_load_file(path, 0, NULL);
    const char *reason = json_string_value(json_object_get(failure, "reason"));
    count_failure(runner->outcome, reason ? reason : "error");
    json_decref(failure);
  }
}

/* Seconds that the rest will take, if each process takes as long as the mean of those before. */
static double left_s(const struct runner *runner)
{
  if (!runner->done)
    return 0;
  return elapsed_s(runner) / (double)runner->done * (double)(runner->planned - runner->done);
}

static void show_progress(const struct runner *runner, size_t index)
{
  FILE *out = runner->options->progress;
  if (!out)
    return;
  unsigned left = (unsigned)left_s(runner);
  const char *name = runner->matrix->point[index].name;
  if (isatty(fileno(out)))
    fprintf(out, "\r\033[K[%zu/%zu] %um%02us left  %.90s", runner->done + 1, runner->planned,
            left / 60, left % 60, name);
  else if (runner->done % 25 == 0)
    fprintf(out, "[%zu/%zu] %um%02us left  %s\n", runner->done + 1, runner->planned, left / 60,
            left % 60, name);
  fflush(out);
}

static void run_process(struct runner *runner, size_t index, unsigned round)
{
  show_progress(runner, index);
  uint64_t from_ns = stopwatch_now_ns();
  int status = 0;
  pid_t child = start_process(runner, index, round);
  if (child < 0) {
    note_failure(runner, index, round, "error", "the process was not started");
    return;
  }
  bool ended = child_wait(&runner->watch, child, runner->matrix->timeout_s, &status);
  double took_s = (double)(stopwatch_now_ns() - from_ns) * 1e-9;
  if (took_s > runner->cost_s[index])
    runner->cost_s[index] = took_s;
  if (child_stop_asked())
    return;
  if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0 && keep_output(runner, index, round))
    runner->outcome->finished++;
  else
    judge(runner, index, round, ended, status);
}

/* A small generator for the order alone; any seed gives a different one each round. */
static void shuffle(size_t *order, size_t count, uint64_t seed)
{
  for (size_t i = 0; i < count; i++) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    size_t j = (size_t)((seed >> 33) % (i + 1));
    order[i] = order[j];
    order[j] = i;
  }
}

static void run_round(struct runner *runner, unsigned round, size_t *order)
{
  const struct matrix *matrix = runner->matrix;
  shuffle(order, matrix->count, matrix->point[0].seed + round);
  for (size_t i = 0; i < matrix->count && !child_stop_asked(); i++, runner->done++) {
    size_t index = order[i];
    if (finished_before(runner, index, round) || failed_before(runner, index))
      continue;
    bool too_long = round > 0 && matrix->budget_s > 0 &&
                    elapsed_s(runner) + runner->cost_s[index] > matrix->budget_s;
    if (too_long)
      runner->outcome->left_out++;
    else
      run_process(runner, index, round);
  }
}

bool runner_run(const struct matrix *matrix, const struct runner_options *options,
                struct runner_outcome *outcome, char *error)
{
  *outcome = (struct runner_outcome){0};
  struct runner runner = {.matrix = matrix,
                          .options = options,
                          .outcome = outcome,
                          .cost_s = calloc(matrix->count, sizeof(double)),
                          .start_ns = stopwatch_now_ns(),
                          .planned = matrix->count * matrix->rounds};
  size_t *order = calloc(matrix->count, sizeof *order);
  if (!runner.cost_s || !order) {
    snprintf(error, MATRIX_ERROR_BYTES, "no memory for %zu points", matrix->count);
    free(runner.cost_s);
    free(order);
    return false;
  }
  recall_failures(&runner);
  child_begin(&runner.watch);
  for (unsigned round = 0; round < matrix->rounds && !child_stop_asked(); round++)
    run_round(&runner, round, order);
  child_end(&runner.watch);
  outcome->interrupted = child_stop_asked();
  if (options->progress && isatty(fileno(options->progress)))
    fputs("\r\033[K", options->progress);
  free(runner.cost_s);
  free(order);
  return true;
}
