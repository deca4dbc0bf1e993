/* wrong_workload.c: a workload that is right but for one defect, which the build names with
 * -DDEFECT=…: what the contract tests must catch. With SOUND it has none. Keys are made as in
 * workloads/; each thread puts all of them, after a fill of all. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "key_stream.h"

enum defect {
  SOUND,
  SAME_KEY_TWICE,
  LONG_KEY,
  OTHER_BYTES,     /* a step's bytes are not its key's */
  KEY_BEYOND,      /* a step names a key that is not there */
  COUNTS_ONE_LESS, /* a tape has one step more than it says */
  BYTES_WRONG,     /* a tape's size is wrong */
  HIDDEN_LOOKUP,   /* looks up without saying that it needs lookup */
  FILLS_HALF,      /* START_FILLED, and timed puts of keys that the fill left out */
  IGNORES_SEED,
  USES_CLOCK,         /* not from the seed alone */
  SAYS_NOTHING,       /* fails without a sentence */
  IGNORES_SHORTAGE,   /* says 0 although memory was short */
  SKIPS_LAST,         /* run() leaves out the last step */
  FORGETS_RESULT,     /* run() does not write one word */
  WRITES_BEYOND,      /* run() writes one word too many */
  LIES_ON_PARAMETERS, /* the initial value is out of range */
};

static const enum defect defect = DEFECT;

static int fail_for_memory(struct workload_plan *plan)
{
  if (defect == SAYS_NOTHING)
    return -ENOMEM;
  prepare_out_of_memory(plan);
  return defect == IGNORES_SHORTAGE ? 1 : -ENOMEM;
}

static void spoil_keys(struct workload_plan *plan)
{
  unsigned char *bytes = (unsigned char *)(uintptr_t)plan->key_set.bytes;
  uint64_t *offset = (uint64_t *)(uintptr_t)plan->key_set.offset;
  uint64_t count = plan->key_set.count;
  size_t first = (size_t)(offset[1] - offset[0]);
  for (uint64_t i = 1; i < count && defect == SAME_KEY_TWICE; i++)
    if (offset[i + 1] - offset[i] == first)
      memcpy(bytes + offset[i], bytes, first);
  if (defect == LONG_KEY && count >= 100)
    for (int i = 1; i < 16; i++) /* one key swallows fifteen */
      offset[i] = offset[0] + (uint64_t)i;
}

static void spoil_tape(const struct workload_plan *plan, struct tape *tape)
{
  struct tape_step *step = (struct tape_step *)(uintptr_t)tape->steps;
  if (tape->count < 100)
    return;
  tape->count -= defect == COUNTS_ONE_LESS;
  tape->bytes += defect == BYTES_WRONG ? 8 : 0;
  for (int i = 0; i < 50; i++)
    step = (struct tape_step *)(uintptr_t)tape_next(step);
  if (defect == KEY_BEYOND)
    step->key = (uint32_t)plan->key_set.count;
  if (defect == HIDDEN_LOOKUP)
    step->operation = TAPE_LOOKUP;
  if (defect == OTHER_BYTES)
    *(unsigned char *)(uintptr_t)tape_key(step) ^= 1;
}

static int prepare(struct workload_plan *plan)
{
  struct timespec now;
  uint64_t wanted_seed = plan->seed;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (defect == IGNORES_SEED)
    plan->seed = 1;
  if (defect == USES_CLOCK)
    plan->seed += (uint64_t)now.tv_nsec;
  plan->timed = tapes_allocate(plan);
  if (!plan->timed || !key_stream_generate(plan, plan->keys))
    return fail_for_memory(plan);
  spoil_keys(plan);
  if (!tapes_fill_all(plan, defect == FILLS_HALF ? (plan->keys + 1) / 2 : plan->keys))
    return fail_for_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    uint32_t *order = key_stream_permutation(plan, plan->keys, 100 + t);
    if (!order || !tape_write(plan, &plan->timed[t], order, plan->keys, TAPE_PUT))
      return fail_for_memory(plan);
    spoil_tape(plan, &plan->timed[t]);
  }
  plan->start = START_FILLED;
  plan->seed = wanted_seed;
  return 0;
}

static void run(const struct workload_plan *plan, struct worker *worker)
{
  struct tape tape = plan->timed[worker->index];
  tape.count -= defect == SKIPS_LAST;
  uint64_t before = tape.count > 5 ? worker->results[5] : 0;
  tape_play(&tape, worker, worker->results);
  if (defect == FORGETS_RESULT && tape.count > 5)
    worker->results[5] = before;
  if (defect == WRITES_BEYOND)
    worker->results[tape.count] = 0;
}

static const struct workload_parameter parameters[] = {
    {"strength", "does nothing", DEFECT == LIES_ON_PARAMETERS ? 5 : 1, 0, 2}, {0}};

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = NAME,
             .summary = "has one defect, on purpose"},
    .parameters = parameters,
    .prepare = prepare,
    .run = run,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
