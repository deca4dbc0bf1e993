/* cold_storm: all threads need the same K unseen keys at once, each in an order of its own: a new
 * generation begins. What counts is trial_ns, the time until all threads have all keys. */
#include "key_stream.h"

enum purpose { PURPOSE_ORDER = 100 }; /* + thread */

static int prepare(struct workload_plan *plan)
{
  uint64_t count = plan->keys;
  plan->timed = tapes_allocate(plan);
  if (!plan->timed || !key_stream_generate(plan, count))
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    uint32_t *order = key_stream_permutation(plan, count, PURPOSE_ORDER + t);
    if (!order || !tape_write(plan, &plan->timed[t], order, count, TAPE_PUT))
      return prepare_out_of_memory(plan);
  }
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "cold_storm",
             .summary = "all threads need the same unseen keys at once: time until all have them"},
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
