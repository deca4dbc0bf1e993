/* detect_by_history.c: two threads do a few random operations on a few strings, again and again,
 * under a recording map; what was recorded is judged, by the linear-time interning check or by the
 * general checker.
 *
 * A batch is many such encounters in one map, each with strings of its own, between two resets. The
 * strings of an encounter are alike: some begin with others, some differ in their last byte only.
 * Every other batch hashes nearly all of them to the same few values. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "check/linearize.h"
#include "check/recording_check.h"
#include "measure/stopwatch.h"
#include "place/block_source.h"
#include "place/placement.h"
#include "record/tape_clock.h"
#include "run/worker_team.h"
#include "tests/mutants/detector.h"

enum {
  THREADS = 2,
  STRINGS = 4,    /* of an encounter */
  OPERATIONS = 5, /* of a thread in an encounter */
  ENCOUNTERS_MOST = 400,
  STRING_BYTES = 24,
  STEAL_ONE_IN = 64
};

struct step {
  unsigned char string;   /* index into the encounter's */
  unsigned char function; /* enum recorded_function */
};

struct batch {
  const struct detector_task *task;
  struct worker_team *team;
  struct placement *placement;
  unsigned encounters;
  char string[ENCOUNTERS_MOST][STRINGS][STRING_BYTES]; /* terminated; the end is no part of it */
  struct step step[THREADS][ENCOUNTERS_MOST][OPERATIONS];
  struct recording_map *recording;
  bool refused; /* a seat */
};

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static uint64_t few_hashes(const void *bytes, size_t n, uint64_t seed)
{
  return (XXH3_64bits_withSeed(bytes, n, seed) & 3) << 62;
}

static void draw(struct batch *batch, uint64_t *random)
{
  for (unsigned e = 0; e < batch->encounters; e++) {
    for (unsigned s = 0; s < STRINGS; s++) {
      static const char *const ends[STRINGS] = {"", "a", "b", "ab"};
      snprintf(batch->string[e][s], STRING_BYTES, "%u%s", e, ends[s]);
    }
    for (unsigned t = 0; t < THREADS; t++)
      for (unsigned i = 0; i < OPERATIONS; i++) {
        uint64_t word = next_random(random);
        enum recorded_function function = word & 1 ? RECORDED_LOOKUP : RECORDED_PUT;
        if ((word >> 8) % STEAL_ONE_IN == 0)
          function = RECORDED_STEAL;
        batch->step[t][e][i] =
            (struct step){.string = (word >> 32) % STRINGS, .function = (unsigned char)function};
      }
  }
}

static void meet(void *arg, unsigned thread)
{
  struct batch *batch = arg;
  const struct map_plugin *calls = recording_map_calls(batch->recording);
  struct seat_place place = placement_seat(batch->placement, thread);
  void *seat = NULL;
  if (calls->enter(batch->recording, &place, &seat) != 0) {
    batch->refused = true;
    seat = NULL;
  }
  for (unsigned e = 0; e < batch->encounters; e++) {
    worker_team_start_line(batch->team);
    for (unsigned i = 0; seat && i < OPERATIONS; i++) {
      struct step step = batch->step[thread][e][i];
      const char *string = batch->string[e][step.string];
      if (step.function == RECORDED_STEAL && calls->steal_id)
        calls->steal_id(batch->recording, seat);
      else if (step.function == RECORDED_LOOKUP && calls->lookup)
        calls->lookup(batch->recording, seat, string, strlen(string));
      else
        calls->put(batch->recording, seat, string, strlen(string));
    }
  }
  if (seat)
    calls->leave(batch->recording, seat);
}

typedef bool recording_judge(struct recording_map *, int64_t error_ns, char *finding);

static bool judge_linear(struct recording_map *recording, int64_t error_ns, char *finding)
{
  struct intern_certificate certificate = recording_check(recording, error_ns);
  if (certificate.verdict == INTERN_LINEARIZABLE)
    return false;
  recording_certificate_print(recording, &certificate, finding, FINDING_BYTES);
  if (intern_verdict_blames_harness(certificate.verdict))
    detector_fails(finding);
  return true;
}

static bool judge_general(struct recording_map *recording, int64_t error_ns, char *finding)
{
  struct history *history = recording_history(recording, error_ns, "mutant");
  struct linearize_budget budget = {.steps = 100000, .bytes = LINEARIZE_BYTES};
  struct linearize_result result = linearize(history, budget);
  if (result.defect)
    detector_fails(result.defect);
  if (result.verdict == VIOLATION)
    snprintf(finding, FINDING_BYTES, "%s; %zu operations prove it", result.reason,
             result.core_count);
  bool found = result.verdict == VIOLATION;
  linearize_result_fini(&result);
  history_destroy(history);
  return found;
}

static int64_t calibrated_error_ns(struct tape_clock *clock)
{
  char error[TAPE_CLOCK_ERROR_BYTES];
  if (!tape_clock_calibrate(clock, error))
    detector_fails(error);
  return tape_clock_error_ns(clock);
}

/* One batch in a new map. */
static bool try_batch(struct batch *batch, struct tape_clock *clock, struct map_config *config,
                      recording_judge *judge, char *finding)
{
  const struct map_plugin *map = batch->task->map;
  void *inner;
  detector_alive();
  calibrated_error_ns(clock);
  if (map->create(config, &inner) != 0)
    detector_fails("the map was not created");
  const struct recording_options options = {.share = 1,
                                            .operations = (uint64_t)batch->encounters * OPERATIONS};
  batch->recording = recording_map_create(map, inner, &options);
  worker_team_run(batch->team, meet, batch);
  if (batch->refused)
    detector_fails("the map gave no seat");
  bool found = judge(batch->recording, calibrated_error_ns(clock), finding);
  recording_map_destroy(batch->recording);
  if (!found)
    map->destroy(inner); /* a wrong map may not survive it */
  return found;
}

static bool detect(const struct detector_task *task, recording_judge *judge, char *finding)
{
  char error[TOPOLOGY_ERROR_BYTES];
  struct topology *topology;
  struct batch *batch = calloc(1, sizeof *batch);
  if (!batch)
    detector_fails("no memory");
  batch->task = task;
  if (topology_load(&topology, error) != 0 ||
      placement_create(topology, "compact", THREADS, &batch->placement, error) != 0 ||
      worker_team_create(batch->placement, &batch->team, error) != 0)
    detector_fails(error);
  struct page_source pages;
  if (page_source_init(&pages, &(struct page_source_config){.pages = PAGES_COLD}) != 0)
    detector_fails("no memory");
  struct map_config config = {
      .region = task->region,
      .threads = THREADS,
      .region_config = {.block_bytes = 4096, .source = &pages.source, .threads = THREADS}};
  struct tape_clock *clock = tape_clock_create();

  uint64_t random = task->seed;
  bool found = false;
  for (unsigned i = 0; !found && (i == 0 || stopwatch_now_ns() < task->end_ns); i++) {
    bool collide = i % 2;
    config.hash = collide ? few_hashes : NULL;
    config.hash_seed = next_random(&random);
    batch->encounters = collide ? ENCOUNTERS_MOST / 8 : ENCOUNTERS_MOST; /* lists grow long */
    draw(batch, &random);
    found = try_batch(batch, clock, &config, judge, finding);
  }
  tape_clock_destroy(clock);
  worker_team_destroy(batch->team);
  placement_destroy(batch->placement);
  topology_destroy(topology);
  free(batch);
  return found;
}

bool detect_by_recording(const struct detector_task *task, char *finding)
{
  return detect(task, judge_linear, finding);
}

bool detect_by_search(const struct detector_task *task, char *finding)
{
  return detect(task, judge_general, finding);
}
