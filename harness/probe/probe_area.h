/* probe_area.h: memory to probe: of a size, on a node, in small or huge pages, and what it really
 * is. Called by `tmb memory`. Not thread-safe. */
#ifndef TMB_PROBE_AREA_H
#define TMB_PROBE_AREA_H

#include <stdbool.h>
#include <stddef.h>

#include "place/topology.h"

enum probe_pages { PROBE_BASE_PAGES, PROBE_HUGE_PAGES, PROBE_PAGES };

struct probe_area {
  unsigned char *bytes; /* aligned to a huge page; all pages touched */
  size_t size;
  bool bound;           /* to the node that was asked for */
  double on_node_share; /* of the pages looked at; NaN: the kernel does not tell */
  double huge_share;    /* of the bytes, in huge pages */
  void *mapping;
  size_t mapping_size;
};

/* node: OS index; negative: wherever the first touch puts it. Asking is no binding: see `bound` and
 * on_node_share. 0, or -errno with a sentence in error[TOPOLOGY_ERROR_BYTES]. */
int probe_area_init(struct probe_area *area, const struct topology *topology, size_t size, int node,
                    enum probe_pages pages, char *error);
void probe_area_fini(struct probe_area *area);

/* How large an area may be so that neither the machine, nor the control group, nor that node
 * (negative: any) runs short: a quarter of what is free. 0: not known. `root` as in system_file.h.
 */
size_t probe_area_room(const char *root, int node);

#endif
