/* memory_policy.h: on which NUMA nodes an area's pages are to be, how that is asked of the kernel,
 * and how much a node has room for. block_source.c and run/ make areas by it.
 *
 *   policy = first-touch | local | bind:N | interleave[:LIST][@BYTES] | per-node
 *   LIST   = OS indexes of nodes and ranges of them: 0,2-3
 *
 * first-touch: nothing is asked for; a page goes to the node of the thread that touches it first.
 * local:       what is asked for goes to the node of the CPU that asks.
 * bind:N:      everything on node N, strictly.
 * interleave:  the nodes of LIST (all, when there is none) take turns, page by page, or with @BYTES
 *              every so many bytes. Huge pages make a turn 2 MiB: small tables never spread.
 * per-node:    a region for each node, with that node's memory; a seat uses its own node's.
 *
 * There is no '/' and no space in it, so it stands in a point's name. Plain values and calls
 * without state: thread-safe.
 */
#ifndef TMB_MEMORY_POLICY_H
#define TMB_MEMORY_POLICY_H

#include "place/topology.h"

enum memory_kind {
  MEMORY_FIRST_TOUCH,
  MEMORY_LOCAL,
  MEMORY_BIND,
  MEMORY_INTERLEAVE,
  MEMORY_PER_NODE
};

#define MEMORY_SPELLINGS "first-touch, local, bind:N, interleave[:LIST][@BYTES], per-node"

/* Nodes by OS index, a bit each. */
typedef uint64_t node_set;
enum { NODES_MOST = 64 };

static inline bool node_set_has(node_set nodes, int node)
{
  return node >= 0 && node < NODES_MOST && nodes >> node & 1;
}

struct memory_policy {
  enum memory_kind kind;
  node_set nodes;        /* of bind and of interleave:LIST; 0: as the machine has */
  uint64_t stripe_bytes; /* of interleave@BYTES, a multiple of 4096; 0: a page */
};

/* False with a sentence in error[TOPOLOGY_ERROR_BYTES]: not a policy. */
bool memory_policy_parse(const char *text, struct memory_policy *, char *error);

/* A policy on a machine. */
struct memory_plan {
  struct memory_policy policy;
  node_set nodes; /* that it uses: all with memory that this process may use, for first-touch */
};

/* 0; or with a sentence -EINVAL: a node that is not there or has no
 * memory; -ENOTSUP: this machine cannot bind memory. On a topology that is not this system plans
 * can be made, not used. */
int memory_plan_make(const struct memory_policy *, const struct topology *, struct memory_plan *,
                     char *error);

/* How the pages of one area are to be. All zero: the kernel decides. */
struct page_properties {
  bool huge;       /* ask for huge pages */
  bool interleave; /* over the nodes; else strictly on the one node */
  node_set nodes;  /* 0: no policy */
};

/* Gives a mapping its properties, before it is touched; with `move`, pages that are elsewhere
 * already are moved. Async-signal-safe. 0 or -errno. */
int page_properties_apply(const struct page_properties *, void *area, size_t bytes, bool move);

/* What the plan asks of an area as a whole: bind, or interleave by pages; else none. */
struct page_properties memory_plan_properties(const struct memory_plan *);

/* Bytes that can be put on a node and still leave it a margin (a sixteenth of its memory), so that
 * a strict binding never meets an empty node: the kernel would kill the process. `root` is "" or a
 * copy of /sys to read instead. UINT64_MAX: not known. */
uint64_t memory_room_bytes(const char *root, unsigned node);

/* Whether `bytes` on that node, and no more, fit; else a sentence with the sizes. */
bool memory_fits(const char *root, unsigned node, uint64_t bytes, const char *what, char *error);

/* "0-1,4". Cut when it does not fit. */
void node_set_text(node_set, char *text, size_t size);

#endif
