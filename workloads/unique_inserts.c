/* unique_inserts: a fixed number of distinct keys, split over the threads, into an empty map. No
 * two threads ever put the same key, so nothing races but the structure itself. The number is fixed
 * because a map that inserts faster would otherwise end up larger, and so slower. */
#include "key_stream.h"

enum purpose { PURPOSE_ORDER = 100 };

static int prepare(struct workload_plan *plan)
{
  if (!key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  plan->timed = tapes_split(plan, plan->keys, PURPOSE_ORDER);
  return plan->timed ? 0 : prepare_out_of_memory(plan);
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "unique_inserts",
             .summary = "distinct keys, split over the threads, into an empty map"},
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
