/* cold_storm: all threads need the same K unseen keys at once, each in an order of its own: a new
 * generation begins. What counts is trial_ns, the time until all threads have all keys. */
#include "key_stream.h"

enum purpose { PURPOSE_ORDER = 100 }; /* + thread */

static int prepare(struct workload_plan *plan)
{
  if (!key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  plan->timed = tapes_of_all(plan, plan->keys, PURPOSE_ORDER);
  return plan->timed ? 0 : prepare_out_of_memory(plan);
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
