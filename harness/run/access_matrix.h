/* access_matrix.h: whose memory the workers use: for a sample of the timed steps, the node of the
 * worker against the node of the page that holds the key's bytes in the map.
 *
 * Sampled, and of key bytes alone: a map's table, its nodes on the way and the tapes are not in it.
 * Called when no worker runs.
 */
#ifndef TMB_ACCESS_MATRIX_H
#define TMB_ACCESS_MATRIX_H

#include "api/workload.h"
#include "place/page_census.h"

struct access_matrix {
  uint32_t count[NODES_MOST][NODES_MOST]; /* [node of the worker][node of the page] */
  uint64_t samples;                       /* that both nodes are known of */
  uint64_t remote;                        /* of these, with different nodes */
};

enum { ACCESS_SAMPLES_A_WORKER = 4096 };

/* results: by worker, a word a step, as the last trial left them in this map. worker_node: by
 * worker, -1: not known. A map without visit gives no samples. False: no memory. */
bool access_matrix_make(struct access_matrix *, const struct workload_plan *,
                        uint64_t *const *results, const int *worker_node, const struct map_plugin *,
                        void *map, page_query *);

#endif
