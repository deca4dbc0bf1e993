/* page_census.h: on which NUMA nodes pages are now, asked of the kernel with move_pages(2), which
 * moves nothing when no target is named. run/ counts the pages of regions, keys and histories, and
 * looks up where single keys lie. No state of its own: thread-safe.
 */
#ifndef TMB_PAGE_CENSUS_H
#define TMB_PAGE_CENSUS_H

#include "place/memory_policy.h"

/* Writes for each page the node that it is on, or -errno (-ENOENT: it is not there). 0, or -errno
 * when nothing can be asked. */
typedef int page_query(void *const *pages, size_t count, int *node);
page_query page_query_kernel;

/* Pages of a set of areas. */
struct page_census {
  uint64_t on_node[NODES_MOST];
  uint64_t misplaced; /* there, but on none of the nodes that were expected */
  uint64_t absent;    /* not touched yet, or not there any more */
  uint64_t unknown;   /* the kernel did not say, or a node above NODES_MOST */
  bool sampled;       /* some area was so large that not every page was asked for */
  int error;          /* -errno of a query that failed as a whole; 0: none did */
};

/* Adds the pages of an area. expected: nodes that they may be on; 0: any. Of an area of more than
 * CENSUS_PAGES_MOST pages every n-th run of 1024 is asked for, and counted n times. */
enum { CENSUS_PAGES_MOST = 1 << 18 };
void page_census_add(struct page_census *, page_query *, const void *area, size_t bytes,
                     node_set expected);

/* Pages that are on some node. */
uint64_t page_census_present(const struct page_census *);

#endif
