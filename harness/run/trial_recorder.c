/* trial_recorder.c: see trial_recorder.h. */
#include "run/trial_recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/recording_check.h"
#include "record/allocate.h"
#include "record/recording_map.h"
#include "record/tape_clock.h"

struct trial_recorder {
  struct recording_options options;
  struct tape_clock *clock;
  struct recording_map *recording; /* of the last trial; NULL: none */
  const char *map_name;
  struct trial_recorder_facts facts;
};

bool record_share_parse(const char *text, double *share)
{
  if (strcmp(text, "full") == 0) {
    *share = 1;
    return true;
  }
  if (strncmp(text, "sampled:", 8) != 0)
    return false;
  char *end;
  *share = strtod(text + 8, &end);
  return end != text + 8 && *end == 0 && *share > 0 && *share <= 1;
}

struct trial_recorder *trial_recorder_create(double share, uint64_t seed)
{
  struct trial_recorder *recorder = allocate_zeroed(1, sizeof *recorder);
  recorder->options = (struct recording_options){.share = share, .seed = seed};
  recorder->clock = tape_clock_create();
  return recorder;
}

static void forget(struct trial_recorder *recorder)
{
  if (recorder->recording)
    recording_map_destroy(recorder->recording);
  recorder->recording = NULL;
}

void trial_recorder_destroy(struct trial_recorder *recorder)
{
  forget(recorder);
  tape_clock_destroy(recorder->clock);
  free(recorder);
}

static const struct map_plugin *wrap(void *arg, const struct map_plugin *calls, void *map,
                                     void **watched)
{
  struct trial_recorder *recorder = arg;
  recorder->map_name = calls->head.name;
  recorder->recording = recording_map_create(calls, map, &recorder->options);
  *watched = recorder->recording;
  return recording_map_calls(recorder->recording);
}

/* What a worker will write at most, steals apart. */
static uint64_t expected_operations(struct trial_rig *rig, double share)
{
  struct trial_facts facts;
  trial_rig_facts(rig, &facts);
  const struct workload_plan *plan = facts.plan;
  uint64_t most = 0;
  for (unsigned t = 0; t < plan->threads; t++) {
    uint64_t count = plan->timed[t].count + (plan->fill ? plan->fill[t].count : 0);
    most = count > most ? count : most;
  }
  return (uint64_t)((double)most * share) + 16;
}

static uint64_t expected_bytes(struct trial_rig *rig, uint64_t operations)
{
  struct trial_facts facts;
  trial_rig_facts(rig, &facts);
  return operations * sizeof(struct recorded_op) * facts.plan->threads;
}

static enum trial_problem judge(struct trial_recorder *recorder, char *error)
{
  struct recording_map *recording = recorder->recording;
  struct intern_certificate certificate =
      recording_check(recording, recorder->facts.clock_error_ns);
  if (certificate.verdict == INTERN_LINEARIZABLE)
    return TRIAL_GOOD;
  int n = snprintf(error, POINT_ERROR_BYTES, "interning check: ");
  recording_certificate_print(recording, &certificate, error + n, POINT_ERROR_BYTES - (size_t)n);
  return intern_verdict_blames_harness(certificate.verdict) ? TRIAL_ERROR : TRIAL_WRONG;
}

/* Before and after each trial, so that a clock that moves meanwhile is not believed. */
static enum trial_problem calibrate(struct trial_recorder *recorder, char *error)
{
  char sentence[TAPE_CLOCK_ERROR_BYTES];
  if (!tape_clock_calibrate(recorder->clock, sentence)) {
    snprintf(error, POINT_ERROR_BYTES, "recording: %s", sentence);
    return TRIAL_ERROR;
  }
  recorder->facts.clock_error_ns = tape_clock_error_ns(recorder->clock);
  return TRIAL_GOOD;
}

enum trial_problem trial_recorder_run(struct trial_recorder *recorder, struct trial_rig *rig,
                                      struct trial_times *times, char *error)
{
  forget(recorder);
  enum trial_problem problem = calibrate(recorder, error);
  if (problem)
    return problem;
  recorder->options.operations = expected_operations(rig, recorder->options.share);
  problem = trial_rig_history_begin(rig, expected_bytes(rig, recorder->options.operations),
                                    &recorder->options.source, error);
  if (problem)
    return problem;
  const struct trial_watcher watcher = {.wrap = wrap, .arg = recorder};
  problem = trial_run_watched(rig, &watcher, times, error);
  if (!recorder->recording)
    return problem;
  trial_rig_history_end(rig);
  if (!problem)
    problem = calibrate(recorder, error);
  if (!problem)
    problem = judge(recorder, error);
  recorder->facts.trials++;
  recorder->facts.operations += recording_map_operations(recorder->recording);
  return problem;
}

bool trial_recorder_keep(struct trial_recorder *recorder, const char *path, char *error)
{
  error[0] = 0;
  if (!recorder->recording)
    return false;
  struct history_error sentence;
  struct history *history =
      recording_history(recorder->recording, recorder->facts.clock_error_ns, recorder->map_name);
  bool saved = history_save(history, path, &sentence);
  history_destroy(history);
  if (!saved)
    snprintf(error, POINT_ERROR_BYTES, "%s", sentence.text);
  return saved;
}

struct trial_recorder_facts trial_recorder_facts(const struct trial_recorder *recorder)
{
  return recorder->facts;
}
