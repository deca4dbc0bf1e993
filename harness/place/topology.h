/* topology.h: what machine there is, or another one to plan for. Everybody who asks about
 * processors asks here; placement.h orders them.
 *
 * A topology is read-only once loaded: any number of threads may use it. Words as in hwloc: a
 * package is a socket, a node is a NUMA node, a PU (processing unit) is what the operating system
 * calls a CPU. PUs and nodes are named by their OS index.
 */
#ifndef TMB_TOPOLOGY_H
#define TMB_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topology;
struct hwloc_topology; /* hwloc_topology_t points to one; include <hwloc.h> to use it */

enum { TOPOLOGY_ERROR_BYTES = 512 };

/* All three: 0 and *topology, or -errno with a sentence in error[TOPOLOGY_ERROR_BYTES]. What cannot
 * be loaded is never replaced by the real machine. The last two fork: no other thread may run. */

/* This machine, as far as this process may use it: cgroup and affinity are respected, so load
 * before any binding. Refuses when the environment tells hwloc to report another machine. */
int topology_load(struct topology **topology, char *error);
/* A machine described in hwloc's words: "pack:2 [numa] core:4 pu:2". */
int topology_load_synthetic(const char *description, struct topology **topology, char *error);
/* A machine that topology_export_xml or lstopo wrote down. */
int topology_load_xml(const char *path, struct topology **topology, char *error);
void topology_destroy(struct topology *topology);

/* Writes hwloc's XML, whole or not at all. 0, or -errno with a sentence. */
int topology_export_xml(const struct topology *topology, const char *path, char *error);
/* Has hwloc's program lstopo draw it; the format is the name's ending: "machine.svg". Whole or not
 * at all. 0, or -errno with a sentence; -ENOENT: lstopo is not installed. */
int topology_draw(const struct topology *topology, const char *path, char *error);

struct topology_counts {
  unsigned packages, nodes, cores, pus; /* those this process may use; cores 0: not known */
};
struct topology_counts topology_counts(const struct topology *topology);

struct topology_pu {
  unsigned cpu;  /* OS index */
  int core;      /* the core's number in topology order, from 0; -1: not known */
  unsigned rank; /* among the PUs of its core that may be used, from 0 */
  int package;   /* the package's number in topology order; -1: not known */
  int node;      /* OS index of its NUMA node (the lowest, where a memory-only node shares its PUs);
                    -1: none that may be used */
};
/* The PU with that number in topology order: siblings in a core, cores in a cache, caches in a node
 * stand together. index < counts.pus. */
struct topology_pu topology_pu(const struct topology *topology, unsigned index);

struct topology_node {
  unsigned node;         /* OS index */
  uint64_t memory_bytes; /* 0: not known */
  bool memory_only;      /* has no PUs of its own: `cpus` are its nearest neighbour's */
  char cpus[256];        /* OS indexes: "0-3,8"; "…" at the end when there is more */
};
/* The node with that number in topology order. index < counts.nodes. */
void topology_node(const struct topology *topology, unsigned index, struct topology_node *node);

struct topology_cache {
  char name[32];       /* "L1d", "L2", "L3" */
  uint64_t size_bytes; /* of one; 0: not known */
  unsigned count;      /* of them */
  unsigned pus;        /* that share the first one */
};
/* The cache levels, nearest to memory first. False: no such level. */
bool topology_cache(const struct topology *topology, unsigned index, struct topology_cache *cache);

/* The PUs that this process may use, as OS indexes: "0-3,8". Cut with "…" when it does not fit. */
void topology_allowed(const struct topology *topology, char *text, size_t size);

/* The whole machine, of which this process may use only what topology_counts() counts: a container
 * or taskset forbids the rest. Of another machine: what its description holds. */
struct topology_whole {
  unsigned pus;   /* online */
  char cpus[256]; /* of these, OS indexes: "0-63"; "…" at the end when there is more */
};
/* Looks anew at this machine; false when it cannot. */
bool topology_whole(const struct topology *topology, struct topology_whole *whole);
/* Whether the whole machine has a CPU with that OS index, online or not. */
bool topology_has_cpu(const struct topology *topology, unsigned cpu);

/* What the firmware says of the distances between nodes (10: local, as ACPI's SLIT has it), in
 * topology order: from node i to node j at [i * nodes + j]. NULL: not known. To be freed. */
uint64_t *topology_distances(const struct topology *topology);

struct topology_support {
  bool this_system;    /* loaded by topology_load; nothing may be bound on another machine */
  bool bind_thread;    /* a thread can be bound to a PU, and asked where it is bound */
  bool last_cpu;       /* a thread can be asked which PU it last ran on */
  bool bind_memory;    /* an area can be bound to a node */
  bool locate_memory;  /* an area can be asked which nodes its pages are on */
  bool migrate_memory; /* pages can be moved */
};
struct topology_support topology_support(const struct topology *topology);

/* For this room, and for what hwloc itself does better. Not to be changed. */
struct hwloc_topology *topology_hwloc(const struct topology *topology);

#endif
