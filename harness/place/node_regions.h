/* node_regions.h: a region for each NUMA node, of any region plug-in, under one table of calls:
 * what the memory policy per-node puts a map on. A seat uses the region of its node, whose blocks
 * have that node's pages; where its node is not known, that of the CPU on which it enters.
 *
 * Costs one indirect call more an alloc. Promises, progress and errors are the inner region's.
 */
#ifndef TMB_NODE_REGIONS_H
#define TMB_NODE_REGIONS_H

#include "api/intern_map.h"
#include "place/block_source.h"

struct node_regions {
  struct block_source source; /* first: what region_config must name; passes on to the pages */
  struct region_plugin calls; /* what map_config must name */
  const struct region_plugin *inner;
  struct page_source *pages; /* with an area a node */
};

/* Has a map that is created from the config take its blocks from those pages: through a region a
 * node under the policy per-node, else straight. The inner table and the pages outlive it. */
void node_regions_init(struct node_regions *, const struct region_plugin *inner,
                       struct page_source *pages, struct map_config *);

#endif
