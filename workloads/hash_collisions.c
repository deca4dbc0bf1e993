/* hash_collisions: inserts under a hash that collides on purpose, then hits on what was inserted:
 * what an unlucky or hostile set of keys does to a map. It must degrade, and never fail.
 *
 * full: groups of `group` keys share all 64 bits of their hash.
 * prefix: groups of `group` keys share the upper 48 bits, where a trie that starts at the top and a
 *         table that starts at the bottom part ways.
 */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "key_stream.h"

enum purpose { PURPOSE_ORDER = 100 };

enum parameter { GROUP, PREFIX };

static const struct workload_parameter parameters[] = {
    [GROUP] = {"group", "keys that share a hash, about", 16, 1, 4096},
    [PREFIX] = {"prefix", "1: only the upper 48 bits are shared; 0: all 64", 0, 0, 1},
    {0},
};

/* The seed is the number of different groups. */
static uint64_t full_collision(const void *bytes, size_t n, uint64_t groups)
{
  uint64_t group = XXH3_64bits(bytes, n) % groups;
  return XXH3_64bits(&group, sizeof group);
}

static uint64_t prefix_collision(const void *bytes, size_t n, uint64_t groups)
{
  const uint64_t own = 0xffff;
  return (full_collision(bytes, n, groups) & ~own) | (XXH3_64bits(bytes, n) >> 32 & own);
}

static int prepare(struct workload_plan *plan)
{
  uint64_t count = plan->keys;
  plan->hash = plan->parameter[PREFIX] > 0 ? prefix_collision : full_collision;
  uint64_t groups = (uint64_t)((double)count / plan->parameter[GROUP]);
  plan->hash_seed = groups ? groups : 1;
  if (!key_stream_generate(plan, count))
    return prepare_out_of_memory(plan);
  uint32_t *order = key_stream_permutation(plan, count, PURPOSE_ORDER);
  uint32_t *twice = plan->allocate(plan, 2 * count * sizeof *twice);
  plan->timed = tapes_allocate(plan);
  if (!order || !twice || !plan->timed)
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++) {
    uint64_t from = count * t / plan->threads, to = count * (t + 1) / plan->threads;
    for (uint64_t i = from; i < to; i++)
      twice[i - from] = twice[to - from + i - from] = order[i];
    if (!tape_write(plan, &plan->timed[t], twice, 2 * (to - from), TAPE_PUT))
      return prepare_out_of_memory(plan);
  }
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "hash_collisions",
             .summary = "inserts and hits under a hash that collides on purpose"},
    .parameters = parameters,
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
