/* producer_consumer: one half of the workers put fresh keys, the other half look up what these put,
 * in the same order, behind them: the lines that a producer writes travel to its consumer. With the
 * placement node:A+node:B producers stand on node A and consumers on node B.
 *
 * Each producer has keys of its own. The first of them, the share `lead`, are in the map before the
 * clock starts; it puts the rest while its consumer goes over as many keys from the first on. So a
 * consumer is that far behind at the start, and a tape waits for nobody: where lookups are much
 * faster than puts it may overtake, and misses. The counter `missed` tells how often.
 *
 * One worker alone is its own consumer: it puts and looks up in turn, and nothing travels. */
#include "key_stream.h"

enum parameter { LEAD };

static const struct workload_parameter parameters[] = {
    [LEAD] = {"lead",
              "share of the keys put before the clock starts: how far behind the lookups are", 0.25,
              0, 0.9},
    {0},
};

/* The keys of one producer, in the order of its puts. */
struct slice {
  const uint32_t *keys;
  uint64_t count, lead;
};

static struct slice slice_of(const struct workload_plan *plan, const uint32_t *order,
                             unsigned producer, unsigned producers)
{
  uint64_t from = plan->keys * producer / producers, to = plan->keys * (producer + 1) / producers;
  uint64_t lead = (uint64_t)((double)(to - from) * plan->parameter[LEAD]);
  return (struct slice){.keys = order + from, .count = to - from, .lead = lead};
}

/* Both roles in one tape. */
static bool write_both(struct workload_plan *plan, const struct slice *slice)
{
  uint64_t steps = slice->count - slice->lead;
  uint32_t *keys = plan->allocate(plan, 2 * steps * sizeof *keys);
  uint8_t *operations = plan->allocate(plan, 2 * steps * sizeof *operations);
  if (!keys || !operations)
    return false;
  for (uint64_t i = 0; i < steps; i++) {
    keys[2 * i] = slice->keys[slice->lead + i];
    operations[2 * i] = TAPE_PUT;
    keys[2 * i + 1] = slice->keys[i];
    operations[2 * i + 1] = TAPE_LOOKUP;
  }
  return tape_write_mixed(plan, &plan->timed[0], keys, operations, 2 * steps);
}

static bool write_role(struct workload_plan *plan, unsigned worker, unsigned producers,
                       const uint32_t *order)
{
  bool produces = worker < producers;
  struct slice slice = slice_of(plan, order, worker % producers, producers);
  const uint32_t *put = slice.keys + slice.lead;
  uint64_t steps = slice.count - slice.lead;
  if (produces && !tape_write(plan, &plan->fill[worker], slice.keys, slice.lead, TAPE_PUT))
    return false;
  if (plan->threads == 1)
    return write_both(plan, &slice);
  return produces ? tape_write(plan, &plan->timed[worker], put, steps, TAPE_PUT)
                  : tape_write(plan, &plan->timed[worker], slice.keys, steps, TAPE_LOOKUP);
}

static int prepare(struct workload_plan *plan)
{
  enum purpose { PURPOSE_ORDER = 100 };
  unsigned producers = (plan->threads + 1) / 2; /* as placement.h halves an odd number */
  if (!key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  const uint32_t *order = key_stream_permutation(plan, plan->keys, PURPOSE_ORDER);
  plan->fill = tapes_allocate(plan);
  plan->timed = tapes_allocate(plan);
  if (!order || !plan->fill || !plan->timed)
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++)
    if (!write_role(plan, t, producers, order))
      return prepare_out_of_memory(plan);
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "producer_consumer",
             .summary = "half of the threads put fresh keys, half look up what these put"},
    .needs = NEEDS_LOOKUP,
    .parameters = parameters,
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
