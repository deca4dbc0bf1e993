/* batched_hits: repeated_hits, but several puts are asked for in one call (put_many), as a tracer
 * does that writes out a buffer of events. A map without put_many is asked one by one.
 *
 * The call takes pointers to the strings, which are collected from the tape inside the clock. */
#include "key_stream.h"

#define BATCH_MOST 64

static const struct workload_parameter parameters[] = {
    {"batch", "puts a call", 16, 1, BATCH_MOST},
    {0},
};

static void run(const struct workload_plan *plan, struct worker *worker)
{
  const struct tape *tape = &plan->timed[worker->index];
  const size_t batch = (size_t)plan->parameter[0];
  const struct tape_step *step = tape->steps;
  struct map_key keys[BATCH_MOST];
  struct map_put puts[BATCH_MOST];
  for (uint64_t done = 0; done < tape->count;) {
    size_t count = 0;
    for (; count < batch && done + count < tape->count; count++, step = tape_next(step))
      keys[count] = (struct map_key){.bytes = tape_key(step), .n = step->length};
    map_put_many(worker->calls, worker->map, worker->seat, keys, count, puts);
    for (size_t i = 0; i < count; i++)
      worker->results[done++] = result_word(puts[i].id, puts[i].added);
  }
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "batched_hits",
             .summary = "puts of keys that are all in the map, several a call"},
    .parameters = parameters,
    .prepare = prepare_uniform_hits,
    .run = run,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
