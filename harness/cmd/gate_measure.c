/* gate_measure.c: see gate_measure.h. */
#include "cmd/gate_measure.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/machine.h"
#include "gate/pair_run.h"
#include "gate/tmb_process.h"
#include "measure/perf_counters.h"
#include "record/allocate.h"
#include "run/run_directory.h"

#define VERSION_TIMEOUT_S 60

/* "tmb 0.1.0 (COMMIT, BUILD)", the line of tmb --version, taken apart in place. */
static bool read_version(char *line, struct pairs_build *build)
{
  char *open = strchr(line, '('), *comma = open ? strstr(open, ", ") : NULL;
  char *close = comma ? strrchr(comma, ')') : NULL;
  if (!close)
    return false;
  *comma = *close = '\0';
  *build = (struct pairs_build){.commit = open + 1, .build = comma + 2};
  return true;
}

/* The build's strings lie in *output. */
static bool ask_version(const char *tree, struct tmb_output *output, struct pairs_build *build,
                        char *error)
{
  char program[PATH_MAX];
  char *argv[] = {(char *)(uintptr_t) "tmb", (char *)(uintptr_t) "--version", NULL};
  struct child_watch watch;
  snprintf(program, sizeof program, "%s/bin/tmb", tree);
  child_begin(&watch);
  bool good = tmb_process_run(program, argv, VERSION_TIMEOUT_S, &watch, output);
  child_end(&watch);
  good = good && output->ended && output->status == 0 && read_version(output->said, build);
  if (!good)
    snprintf(error, GATE_ERROR_BYTES,
             "%.500s: does not run as tmb: name a build tree or an installation, a folder with "
             "bin/tmb and lib/tracemap-bench",
             program);
  return good;
}

static void manifest_path(char out[PATH_MAX], const char *tree)
{
  snprintf(out, PATH_MAX, "%s/share/tracemap-bench/gate.tsv", tree);
}

/* The benchmarks that the base's own manifest has and this one has not; ended by NULL. Names belong
 * to the base's manifest. */
static const char **find_removed(const struct manifest *manifest, const struct manifest *base)
{
  const char **removed = allocate(base->count + 1, sizeof *removed);
  size_t count = 0;
  for (size_t i = 0; i < base->count; i++)
    if (!manifest_find(manifest, base->row[i].benchmark, manifest_in_pairs(base->row[i].tier)))
      removed[count++] = base->row[i].benchmark;
  removed[count] = NULL;
  return removed;
}

/* The first benchmark of each number of threads has an A/A arm: noise depends on that number most.
 */
static const char **choose_same(const struct manifest *manifest)
{
  const char **same = allocate(manifest->count + 1, sizeof *same);
  size_t count = 0;
  for (size_t i = 0; i < manifest->count; i++) {
    bool first = manifest_in_pairs(manifest->row[i].tier);
    for (size_t before = 0; first && before < i; before++)
      first = !manifest_in_pairs(manifest->row[before].tier) ||
              manifest->row[before].threads != manifest->row[i].threads;
    if (first)
      same[count++] = manifest->row[i].benchmark;
  }
  same[count] = NULL;
  return same;
}

static json_t *machine_json(void)
{
  struct machine_facts facts;
  machine_read_before_run("tmb gate", &facts);
  return machine_facts_json(&facts);
}

/* Counters are figures beside the verdict; whoever misses them is told why. */
static void say_counters(void)
{
  struct perf_counters counters;
  char error[PERF_COUNTERS_ERROR_BYTES];
  if (perf_counters_open(&counters, perf_hardware, error))
    perf_counters_close(&counters);
  else
    fprintf(stderr, "tmb gate: no hardware counters: %s\n", error);
}

static bool create_pairs(const struct gate_measure_options *options,
                         const struct manifest *manifest, const struct manifest *base,
                         struct pairs *pairs, char *error)
{
  struct tmb_output output[PAIRS_SIDES] = {0};
  const size_t one_look[] = {options->pairs, 0};
  struct pairs_plan plan = {
      .seed = options->seed, .manifest = manifest, .look = options->pairs ? one_look : NULL};
  char path[PATH_MAX];
  bool good = true;
  for (int side = 0; side < PAIRS_SIDES && good; side++)
    good = ask_version(options->tree[side], &output[side], &plan.build[side], error);
  if (good && !run_directory_make_folders(options->folder)) {
    snprintf(error, GATE_ERROR_BYTES, "%.500s: cannot be made: %s", options->folder,
             strerror(errno));
    good = false;
  }
  if (good) {
    run_directory_file(path, options->folder, "pairs.jsonl");
    plan.machine = machine_json();
    plan.same = choose_same(manifest);
    plan.removed = find_removed(manifest, base);
    say_counters();
    good = pairs_create(pairs, path, &plan, error);
    json_decref(plan.machine);
    free((void *)(uintptr_t)plan.same);
    free((void *)(uintptr_t)plan.removed);
  }
  for (int side = 0; side < PAIRS_SIDES; side++)
    tmb_output_fini(&output[side]);
  return good;
}

bool gate_measure(const struct gate_measure_options *options, struct pairs *pairs,
                  bool *interrupted, char *error)
{
  char path[PATH_MAX], base_path[PATH_MAX];
  struct manifest manifest, base = {0};
  manifest_path(path, options->tree[PAIRS_CANDIDATE]);
  manifest_path(base_path, options->tree[PAIRS_BASE]);
  if (!manifest_read(&manifest, options->manifest ? options->manifest : path, error))
    return false;
  bool good = options->manifest || access(base_path, F_OK) != 0 || /* older than the gate */
              manifest_read(&base, base_path, error);
  good = good && create_pairs(options, &manifest, &base, pairs, error);
  manifest_fini(&base);
  manifest_fini(&manifest);
  if (!good)
    return false;
  const struct pair_run_options run = {
      .tree = {options->tree[PAIRS_BASE], options->tree[PAIRS_CANDIDATE]},
      .timeout_s = options->timeout_s,
      .progress = stderr};
  good = pair_run(pairs, &run, interrupted, error);
  if (!good)
    pairs_fini(pairs);
  return good;
}
