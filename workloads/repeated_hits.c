/* repeated_hits: every key is in the map; threads put keys again, drawn uniformly. What a tracer
 * does nearly all of the time. */
#include "key_stream.h"

enum purpose { PURPOSE_DRAW = 100 }; /* + thread */

static int prepare(struct workload_plan *plan)
{
  plan->start = START_FILLED;
  if (!key_stream_generate(plan, plan->keys) || !tapes_fill_all(plan, plan->keys) ||
      !(plan->timed = tapes_drawn(plan, PURPOSE_DRAW)))
    return prepare_out_of_memory(plan);
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
