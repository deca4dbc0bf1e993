/* half_process.c: see half_process.h. */
#include "gate/half_process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/tmb_process.h"
#include "run/point.h"

#define PATH_BYTES 4096
#define HALF_SAYS "tmb half: " /* before its sentence on standard error */

static void plugin_path(char out[PATH_BYTES], const char *tree, const char *name)
{
  snprintf(out, PATH_BYTES, "%s/lib/tracemap-bench/%s.so", tree, name);
}

/* False when the tree has no such plug-in. */
static bool take_from_tree(json_t *point, const char *member, const char *tree, char *reason)
{
  char path[PATH_BYTES];
  plugin_path(path, tree, json_string_value(json_object_get(point, member)));
  if (access(path, F_OK) != 0) {
    snprintf(reason, HALF_REASON_BYTES, "%.3000s: is not there", path);
    return false;
  }
  return json_object_set_new(point, member, json_string(path)) == 0;
}

static bool is_about_the_harness(const json_t *point)
{
  return strcmp(json_string_value(json_object_get(point, "map")), "null_map") == 0;
}

/* The last line that is not empty. */
static const char *last_words(char *text)
{
  size_t n = strlen(text);
  while (n && text[n - 1] == '\n')
    text[--n] = '\0';
  const char *end = strrchr(text, '\n');
  return end ? end + 1 : text;
}

static void judge(struct half_outcome *outcome, const struct half_task *task, const char *command,
                  struct tmb_output *output)
{
  bool exited = output->ended && WIFEXITED(output->status);
  bool old = strstr(output->complaints, "no verb 'half'"); /* from before there was a gate */
  const char *words = last_words(output->complaints);
  char how[64];
  outcome->trouble = PAIRS_FAILED;
  if (!output->ended)
    snprintf(how, sizeof how, "killed after %g s", task->timeout_s);
  else if (!exited)
    snprintf(how, sizeof how, "%s", strsignal(WTERMSIG(output->status)));
  else
    snprintf(how, sizeof how, "exit code %d", WEXITSTATUS(output->status));
  if (exited && WEXITSTATUS(output->status) == 1 &&
      strncmp(words, HALF_SAYS, strlen(HALF_SAYS)) == 0)
    outcome->trouble = PAIRS_WRONG;
  if (old)
    outcome->trouble = PAIRS_MISSING;
  snprintf(outcome->reason, sizeof outcome->reason, "%s: %.1000s; command: %.2500s", how,
           words[0] ? words : "it said nothing", command);
}

static bool take_numbers(struct half_outcome *outcome, const struct manifest_row *row)
{
  const json_t *chunks = json_object_get(outcome->json, "chunk_ns");
  size_t count = json_array_size(chunks);
  outcome->instructions =
      (uint64_t)json_integer_value(json_object_get(outcome->json, "instructions"));
  if (!manifest_in_pairs(row->tier))
    return outcome->instructions > 0;
  double *chunk_ns = calloc(count ? count : 1, sizeof *chunk_ns);
  for (size_t i = 0; chunk_ns && i < count; i++)
    chunk_ns[i] = json_number_value(json_array_get(chunks, i));
  outcome->half =
      (struct pairs_half){.chunk_ns = chunk_ns,
                          .chunk_count = count,
                          .cpu_ns = json_number_value(json_object_get(outcome->json, "cpu_ns")),
                          .counters = json_object_get(outcome->json, "counters")};
  return chunk_ns && count >= PAIRS_CHUNKS_LEAST;
}

static void run(const struct half_task *task, const char *program, json_t *point,
                const struct child_watch *watch, struct half_outcome *outcome)
{
  bool in_pairs = manifest_in_pairs(task->row->tier);
  char *text = json_dumps(point, JSON_COMPACT);
  const char *option = in_pairs ? "--chunks=16" : "--count-instructions";
  char *argv[] = {(char *)(uintptr_t) "tmb", (char *)(uintptr_t) "half", (char *)(uintptr_t)option,
                  text, NULL};
  char command[2 * PATH_BYTES];
  snprintf(command, sizeof command, "%s half %s '%s'", program, option, text ? text : "");
  struct tmb_output output;
  if (!text || !tmb_process_run(program, argv, task->timeout_s, watch, &output)) {
    snprintf(outcome->reason, sizeof outcome->reason, "not started: %.3000s", command);
    free(text);
    return;
  }
  if (output.ended && WIFEXITED(output.status) && WEXITSTATUS(output.status) == 0)
    outcome->json = json_loads(output.said, 0, NULL);
  outcome->good = outcome->json && take_numbers(outcome, task->row);
  if (!outcome->good)
    judge(outcome, task, command, &output);
  tmb_output_fini(&output);
  free(text);
}

void half_process_run(const struct half_task *task, const struct child_watch *watch,
                      struct half_outcome *outcome)
{
  *outcome = (struct half_outcome){.trouble = PAIRS_FAILED};
  const char *tree = task->tree[task->side];
  char program[PATH_BYTES], sentence[POINT_ERROR_BYTES];
  json_t *point =
      point_json_of_name(task->row->benchmark, task->row->operations, task->seed, sentence);
  if (!point) {
    snprintf(outcome->reason, sizeof outcome->reason, "%s", sentence);
    return;
  }
  bool own = is_about_the_harness(point);
  snprintf(program, sizeof program, "%s/bin/tmb", own ? tree : task->tree[PAIRS_CANDIDATE]);
  if (take_from_tree(point, "map", tree, outcome->reason) &&
      take_from_tree(point, "region", tree, outcome->reason))
    run(task, program, point, watch, outcome);
  else
    outcome->trouble = PAIRS_MISSING;
  json_decref(point);
}

void half_process_fini(struct half_outcome *outcome)
{
  free((void *)(uintptr_t)outcome->half.chunk_ns);
  json_decref(outcome->json);
  *outcome = (struct half_outcome){0};
}
