/* repeated_hits: every key is in the map; threads put keys again, drawn uniformly. What a tracer
 * does nearly all of the time. */
#include "key_stream.h"

enum purpose { PURPOSE_DRAW = 100 }; /* + thread */

static int prepare(struct workload_plan *plan)
{
  uint32_t *drawn = plan->allocate(plan, plan->operations * sizeof *drawn);
  plan->timed = tapes_allocate(plan);
  plan->start = START_FILLED;
  if (!drawn || !plan->timed || !key_stream_generate(plan, plan->keys) ||
      !tapes_fill_all(plan, plan->keys))
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    struct random_stream stream = random_stream_from(plan->seed, PURPOSE_DRAW + t);
    for (uint64_t i = 0; i < plan->operations; i++)
      drawn[i] = (uint32_t)random_stream_below(&stream, plan->keys);
    if (!tape_write(plan, &plan->timed[t], drawn, plan->operations, TAPE_PUT))
      return prepare_out_of_memory(plan);
  }
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "repeated_hits",
             .summary = "puts of keys that are all in the map, uniform"},
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
