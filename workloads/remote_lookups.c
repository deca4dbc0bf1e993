/* remote_lookups: each worker fills the map with keys of its own, and then looks up its own keys
 * or, with the probability `remote`, those of its partner in the other half of the team. With the
 * placement node:A+node:B the halves are on different nodes, and with cold pages and a region that
 * gives each thread blocks of its own a worker's keys lie on its node: then `remote` is the share
 * of lookups that end on another node. With another placement, pages or region it may not be: the
 * counter `remote_share` is what was seen. One worker alone has no partner but itself. */
#include "key_stream.h"

enum parameter { REMOTE };

static const struct workload_parameter parameters[] = {
    [REMOTE] = {"remote", "share of the lookups that are for a key of the partner's", 0.5, 0, 1},
    {0},
};

/* A key of that worker's own, uniform; key i is filled by worker i mod threads. */
static uint32_t draw_key(const struct workload_plan *plan, unsigned worker,
                         struct random_stream *stream)
{
  uint64_t own = (plan->keys - worker + plan->threads - 1) / plan->threads;
  return (uint32_t)(worker + plan->threads * random_stream_below(stream, own));
}

/* A worker has keys, when there are fewer than workers, only among the first. */
static bool has_keys(const struct workload_plan *plan, unsigned worker)
{
  return worker < plan->keys;
}

/* In the other half, as placement.h halves a team: the first half is the larger one. */
static unsigned partner_of(unsigned worker, unsigned threads)
{
  unsigned first = (threads + 1) / 2, second = threads - first;
  if (second == 0)
    return worker;
  return worker < first ? first + worker % second : worker - first;
}

static bool write_fill(struct workload_plan *plan, unsigned worker, const uint32_t *order,
                       uint32_t *keys)
{
  uint64_t count = 0;
  for (uint64_t i = 0; i < plan->keys; i++)
    if (order[i] % plan->threads == worker)
      keys[count++] = order[i];
  return tape_write(plan, &plan->fill[worker], keys, count, TAPE_PUT);
}

static bool write_lookups(struct workload_plan *plan, unsigned worker, uint32_t *keys)
{
  enum purpose { PURPOSE_DRAW = 1000 }; /* + thread */
  struct random_stream stream = random_stream_from(plan->seed, PURPOSE_DRAW + worker);
  unsigned partner = partner_of(worker, plan->threads);
  for (uint64_t i = 0; i < plan->operations; i++) {
    /* A draw of its own for each choice: one word for both would tie them together. */
    bool remote = random_stream_unit(&stream) < plan->parameter[REMOTE];
    unsigned of = remote ? partner : worker;
    keys[i] = draw_key(plan, has_keys(plan, of) ? of : 0, &stream);
  }
  return tape_write(plan, &plan->timed[worker], keys, plan->operations, TAPE_LOOKUP);
}

static int prepare(struct workload_plan *plan)
{
  enum purpose { PURPOSE_ORDER = 100 };
  uint64_t most = plan->keys > plan->operations ? plan->keys : plan->operations;
  uint32_t *keys = plan->allocate(plan, most * sizeof *keys);
  uint32_t *order = key_stream_permutation(plan, plan->keys, PURPOSE_ORDER);
  plan->fill = tapes_allocate(plan);
  plan->timed = tapes_allocate(plan);
  plan->start = START_FILLED;
  if (!keys || !order || !plan->fill || !plan->timed || !key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  for (unsigned t = 0; t < plan->threads; t++)
    if (!write_fill(plan, t, order, keys) || !write_lookups(plan, t, keys))
      return prepare_out_of_memory(plan);
  return 0;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "remote_lookups",
             .summary = "lookups of keys that the worker, or its partner in the other half of the "
                        "team, has put; "
                        "place node:A+node:B makes them remote"},
    .needs = NEEDS_LOOKUP,
    .parameters = parameters,
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
