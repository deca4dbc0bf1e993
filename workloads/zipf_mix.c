/* zipf_mix: puts and lookups of keys with a Zipf distribution, and now and then a key that nobody
 * has seen: steady tracing, with its three knobs. */

#include "key_stream.h"
#include "zipf.h"

enum purpose { PURPOSE_RANK = 100, PURPOSE_DRAW = 200 }; /* PURPOSE_DRAW + thread */

enum parameter { SKEW, NEW_SHARE, PUT_SHARE };

static const struct workload_parameter parameters[] = {
    [SKEW] = {"skew", "exponent of the distribution; 0 is uniform", 0.99, 0, 4},
    [NEW_SHARE] = {"new", "share of the operations that put a key not seen before", 0.01, 0, 1},
    [PUT_SHARE] = {"puts", "share of the other operations that are puts; the rest are lookups", 1,
                   0, 1},
    {0},
};

/* One thread's operations. `fresh` is the first of its own unseen keys. Returns how many it used.
 */
static uint64_t draw_steps(const struct workload_plan *plan, unsigned thread,
                           const struct zipf *zipf, const uint32_t *rank, uint64_t fresh,
                           uint32_t *keys, uint8_t *operations)
{
  struct random_stream stream = random_stream_from(plan->seed, PURPOSE_DRAW + thread);
  uint64_t used = 0;
  for (uint64_t i = 0; i < plan->operations; i++) {
    /* A draw of its own for each choice: one word for both would tie key and operation together. */
    bool is_new = random_stream_unit(&stream) < plan->parameter[NEW_SHARE];
    bool is_put = random_stream_unit(&stream) < plan->parameter[PUT_SHARE];
    uint32_t old = rank[zipf_draw(zipf, &stream)];
    keys[i] = is_new ? (uint32_t)(fresh + used) : old;
    operations[i] = is_new || is_put ? TAPE_PUT : TAPE_LOOKUP;
    used += is_new;
  }
  return used;
}

static int prepare(struct workload_plan *plan)
{
  uint64_t count = plan->operations;
  uint32_t *keys = plan->allocate(plan, count * sizeof *keys);
  uint8_t *operations = plan->allocate(plan, count * sizeof *operations);
  uint32_t *rank = key_stream_permutation(plan, plan->keys, PURPOSE_RANK);
  plan->timed = tapes_allocate(plan);
  if (!keys || !operations || !rank || !plan->timed)
    return prepare_out_of_memory(plan);
  struct zipf zipf = zipf_of(plan->keys, plan->parameter[SKEW]);

  /* The keys must exist before the tapes; how many are new is known once all steps were drawn. */
  uint64_t all = plan->keys;
  for (unsigned t = 0; t < plan->threads; t++)
    all += draw_steps(plan, t, &zipf, rank, all, keys, operations);
  if (!key_stream_generate(plan, all) || !tapes_fill_all(plan, plan->keys))
    return prepare_out_of_memory(plan);
  uint64_t fresh = plan->keys;
  for (unsigned t = 0; t < plan->threads; t++) {
    fresh += draw_steps(plan, t, &zipf, rank, fresh, keys, operations);
    if (!tape_write_mixed(plan, &plan->timed[t], keys, operations, count))
      return prepare_out_of_memory(plan);
  }
  plan->start = all > plan->keys ? START_EMPTY : START_FILLED;
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "zipf_mix",
             .summary = "puts and lookups with a Zipf distribution, some of keys not seen before"},
    .needs = NEEDS_LOOKUP,
    .parameters = parameters,
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
