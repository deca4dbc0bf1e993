/* same_key_race: all threads put the same keys in the same order into an empty map: interning's
 * core case, two threads that meet the same new string at the same moment. */
#include "key_stream.h"

enum purpose { PURPOSE_ORDER = 100 };

static int prepare(struct workload_plan *plan)
{
  uint64_t count = plan->keys;
  if (!key_stream_generate(plan, count))
    return prepare_out_of_memory(plan);
  uint32_t *order = key_stream_permutation(plan, count, PURPOSE_ORDER);
  plan->timed = tapes_allocate(plan);
  /* One tape for all: they read it, so sharing it costs nothing. */
  if (!order || !plan->timed || !tape_write(plan, &plan->timed[0], order, count, TAPE_PUT))
    return prepare_out_of_memory(plan);
  for (unsigned t = 1; t < plan->threads; t++)
    plan->timed[t] = plan->timed[0];
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "same_key_race",
             .summary = "all threads put the same keys in the same order into an empty map"},
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
