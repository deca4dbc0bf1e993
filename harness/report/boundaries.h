/* boundaries.h: after how many threads a placement reaches another node, or shares cores: where a
 * curve over threads may bend for the machine's reasons. From a run's topology.xml. Called by
 * pictures.c; not thread-safe. */
#ifndef TMB_REPORT_BOUNDARIES_H
#define TMB_REPORT_BOUNDARIES_H

#include <stddef.h>

enum { BOUNDARIES_MOST = 16 };

struct boundary {
  unsigned threads; /* so many are still on this side */
  char label[32];   /* what the next one brings: "2 nodes", "shared cores" */
};

struct boundaries {
  struct boundary item[BOUNDARIES_MOST];
  size_t count; /* 0: none, or not known: no topology.xml, no order (place none) */
};

/* folder: of the run. place: as in the results, "scatter". */
void boundaries_find(const char *folder, const char *place, struct boundaries *boundaries);

#endif
