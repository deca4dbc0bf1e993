/* unique_inserts: a fixed number of distinct keys, split over the threads, into an empty map. No
 * two threads ever put the same key, so nothing races but the structure itself. The number is fixed
 * because a map that inserts faster would otherwise end up larger, and so slower. */
#include "key_stream.h"

enum purpose { PURPOSE_ORDER = 100 };

static int prepare(struct workload_plan *plan)
{
  uint64_t count = plan->keys;
  if (!key_stream_generate(plan, count))
    return prepare_out_of_memory(plan);
  uint32_t *order = key_stream_permutation(plan, count, PURPOSE_ORDER);
  plan->timed = tapes_allocate(plan);
  if (!order || !plan->timed)
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    uint64_t from = count * t / plan->threads, to = count * (t + 1) / plan->threads;
    if (!tape_write(plan, &plan->timed[t], order + from, to - from, TAPE_PUT))
      return prepare_out_of_memory(plan);
  }
  return 0;
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
