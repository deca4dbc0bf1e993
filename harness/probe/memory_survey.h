/* memory_survey.h: what `tmb memory` measures: latency over the working set, and latency and
 * bandwidth from each node's CPUs to each node's memory. Values are measured here and now; nothing
 * is assumed about them. One survey at a time; it moves the calling thread from CPU to CPU. */
#ifndef TMB_MEMORY_SURVEY_H
#define TMB_MEMORY_SURVEY_H

#include "probe/memory_probe.h"

enum { SURVEY_SIZES_MOST = 64, SURVEY_REASON_BYTES = 128 };

struct survey_options {
  size_t most_bytes; /* of a working set; less where the machine has less room */
  unsigned passes;
  uint64_t seed; /* of the chases */
};

/* What an area turned out to be. */
struct survey_area {
  bool bound;
  double on_node_share, huge_share; /* as in probe_area.h */
};

struct survey_size {
  size_t bytes;
  struct probe_figure ns[PROBE_PAGES];
};

/* A CPU node and a memory node. */
struct survey_cell {
  unsigned cpu_node, memory_node;   /* OS indexes */
  unsigned cpus;                    /* of the CPU node: so many threads read for all_bytes_per_s */
  double distance;                  /* the firmware's, 10 is local; NaN: it does not say */
  size_t bytes;                     /* of the area */
  char reason[SURVEY_REASON_BYTES]; /* why nothing was measured; "" when it was */
  struct survey_area area[PROBE_PAGES];
  struct probe_figure latency_ns[PROBE_PAGES];
  struct probe_figure one_bytes_per_s[PROBE_PAGES], all_bytes_per_s[PROBE_PAGES];
};

struct memory_survey {
  unsigned cpu; /* that the latencies over the working set are of */
  int node;     /* and the memory; -1: the machine names no nodes */
  struct survey_area area[PROBE_PAGES];
  size_t size_count;
  struct survey_size size[SURVEY_SIZES_MOST];
  size_t cell_count;
  struct survey_cell *cell;
};

/* 0, or -errno with a sentence in error[TOPOLOGY_ERROR_BYTES]. memory_survey_fini() after both. */
int memory_survey_init(struct memory_survey *survey, const struct topology *topology,
                       const struct survey_options *options, char *error);
void memory_survey_fini(struct memory_survey *survey);

#endif
