/* memory_probe.h: latency of loads from an area, and the bandwidth of reading it. Called by `tmb
 * memory`. One probe at a time. */
#ifndef TMB_MEMORY_PROBE_H
#define TMB_MEMORY_PROBE_H

#include <stdint.h>

#include "probe/probe_area.h"

enum { PROBE_PASSES_MOST = 1000, PROBE_LINE_BYTES = 64, PROBE_LEAST_BYTES = 4096 };

/* Over the passes. */
struct probe_figure {
  double least, median, most;
};

/* Nanoseconds a load, by the calling thread, in a chase through the first `bytes` of the area
 * (PROBE_LEAST_BYTES at least). 0, or -errno with a sentence in error[TOPOLOGY_ERROR_BYTES];
 * -EPROTO: the chase is not what it should be, and nothing was measured. */
int memory_probe_latency_ns(const struct probe_area *area, size_t bytes, unsigned passes,
                            uint64_t seed, struct probe_figure *ns, char *error);

/* Bytes a second, each thread on its CPU (OS index) reading its part of the area once a pass. */
int memory_probe_bandwidth(const struct probe_area *area, const struct topology *topology,
                           const unsigned *cpus, unsigned threads, unsigned passes,
                           struct probe_figure *bytes_per_s, char *error);

/* Binds the calling thread. False: not possible here. */
bool memory_probe_bind(const struct topology *topology, unsigned cpu);

#endif
