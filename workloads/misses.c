/* misses: lookups of keys that are not in the map, as many of them as there are keys in it. */
#include "key_stream.h"

enum purpose { PURPOSE_DRAW = 100 }; /* + thread */

static int prepare(struct workload_plan *plan)
{
  uint32_t *drawn = plan->allocate(plan, plan->operations * sizeof *drawn);
  plan->timed = tapes_allocate(plan);
  plan->start = START_FILLED;
  if (!drawn || !plan->timed || !key_stream_generate(plan, 2 * plan->keys) ||
      !tapes_fill_all(plan, plan->keys))
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    struct random_stream stream = random_stream_from(plan->seed, PURPOSE_DRAW + t);
    for (uint64_t i = 0; i < plan->operations; i++)
      drawn[i] = (uint32_t)(plan->keys + random_stream_below(&stream, plan->keys));
    if (!tape_write(plan, &plan->timed[t], drawn, plan->operations, TAPE_LOOKUP))
      return prepare_out_of_memory(plan);
  }
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "misses",
             .summary = "lookups of keys that are not in the map"},
    .needs = NEEDS_LOOKUP,
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
