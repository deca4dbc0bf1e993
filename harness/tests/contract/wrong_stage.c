/* wrong_stage.c: a workload that conducts its own trials and is right but for one defect, which the
 * build names with -DDEFECT=…: what the contract tests must catch. With SOUND it has none; those
 * that ask for something have none either. All threads put all keys into one map. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "key_stream.h"

enum defect {
  SOUND,
  LEAKS,          /* the map is not destroyed */
  BLIND,          /* end() looks at nothing */
  SPEECHLESS,     /* end() finds what is wrong, and says nothing */
  ALWAYS_ANGRY,   /* end() refuses every map */
  CANNOT_BEGIN,   /* with memory for everything */
  UNKNOWN_KIND,   /* a latency of a kind that it did not declare */
  NO_NUMBER,      /* a figure that is none */
  LOUD_NAME,      /* a figure with capitals in its name */
  MANY_LATENCIES, /* more kinds than a stage has */
  ASKS_VISIT,
  ASKS_RESET,
  ASKS_STEAL,
  ASKS_NO_MAP,
};

static const enum defect defect = DEFECT;

enum kind { KIND_PUT };

static int prepare(struct workload_plan *plan)
{
  plan->timed = tapes_allocate(plan);
  if (!plan->timed || !key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    uint32_t *order = key_stream_permutation(plan, plan->keys, 100 + t);
    if (!order || !tape_write(plan, &plan->timed[t], order, plan->keys, TAPE_PUT))
      return prepare_out_of_memory(plan);
  }
  return 0;
}

static int begin(struct stage *stage)
{
  int failed = defect == CANNOT_BEGIN ? -ENOMEM : stage->calls->create(stage->config, &stage->own);
  if (failed)
    snprintf(stage->error, sizeof stage->error, "the map was not created");
  return failed;
}

static void act(struct stage *stage, unsigned thread)
{
  const struct map_plugin *calls = stage->calls;
  const struct tape *tape = &stage->plan->timed[thread];
  void *seat = NULL;
  if (calls->enter && calls->enter(stage->own, &stage->place[thread], &seat) != 0)
    return; /* its words say so: id 0 */
  const struct tape_step *step = tape->steps;
  uint64_t from_ns = stage->now_ns();
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    struct map_put put = calls->put(stage->own, seat, tape_key(step), step->length);
    stage->results[thread][i] = result_word(put.id, put.added);
    uint64_t to_ns = stage->now_ns();
    stage->latency(stage, thread, defect == UNKNOWN_KIND ? KIND_PUT + 1 : KIND_PUT, from_ns, to_ns);
    from_ns = to_ns;
  }
  if (thread == 0)
    stage->span(stage, "first", stage->start_ns, from_ns);
  if (calls->leave)
    calls->leave(stage->own, seat);
}

/* One id a key, and one thread that added it. */
static bool is_right(const struct stage *stage)
{
  const struct workload_plan *plan = stage->plan;
  if (stage->calls->head.promises & MAP_IS_BASELINE)
    return true;
  uint64_t *id = calloc(plan->key_set.count, sizeof *id), *added = calloc(1, sizeof *added);
  bool right = id && added;
  for (unsigned t = 0; right && t < plan->threads; t++) {
    const struct tape_step *step = plan->timed[t].steps;
    for (uint64_t i = 0; i < plan->timed[t].count; i++, step = tape_next(step)) {
      uint64_t word = stage->results[t][i];
      right &= result_id(word) && (!id[step->key] || id[step->key] == result_id(word));
      id[step->key] = result_id(word);
      *added += result_added(word);
    }
  }
  right = right && *added == plan->key_set.count;
  free(id);
  free(added);
  return right;
}

static int end(struct stage *stage)
{
  bool right = (is_right(stage) || defect == BLIND) && defect != ALWAYS_ANGRY;
  if (!right && defect != SPEECHLESS)
    snprintf(stage->error, sizeof stage->error, "the results contradict each other");
  if (defect != LEAKS)
    stage->calls->destroy(stage->own);
  stage->figure(stage, defect == LOUD_NAME ? "KEYS" : "keys_put",
                defect == NO_NUMBER ? (double)NAN : (double)stage->plan->key_set.count,
                FIGURE_MEDIAN);
  return right ? 0 : -EBADMSG;
}

static const char *const latencies[] = {
    "put", DEFECT == MANY_LATENCIES ? "b" : NULL, "c", "d", "e", "f", "g", "h", "i", NULL};

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = NAME,
             .summary = "conducts its own trials, has one defect, on purpose"},
    .needs = DEFECT == ASKS_VISIT    ? NEEDS_VISIT
             : DEFECT == ASKS_RESET  ? NEEDS_RESET
             : DEFECT == ASKS_STEAL  ? NEEDS_STEAL
             : DEFECT == ASKS_NO_MAP ? NEEDS_NO_MAP
                                     : 0,
    .prepare = prepare,
    .begin = begin,
    .act = act,
    .end = end,
    .latencies = latencies,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
