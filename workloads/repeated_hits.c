/* repeated_hits: every key is in the map; threads put keys again, drawn uniformly. What a tracer
 * does nearly all of the time. */
#include "key_stream.h"

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "repeated_hits",
             .summary = "puts of keys that are all in the map, uniform"},
    .prepare = prepare_uniform_hits,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
