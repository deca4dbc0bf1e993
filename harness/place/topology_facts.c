/* topology_facts.c: what a loaded topology says about packages, nodes, cores, caches and PUs. */
#include "place/topology.h"

#include <hwloc.h>
#include <hwloc/distances.h>
#include <stdlib.h>
#include <string.h>

static unsigned count_of(const struct topology *self, hwloc_obj_type_t type)
{
  int count = hwloc_get_nbobjs_by_type(topology_hwloc(self), type);
  return count > 0 ? (unsigned)count : 0; /* negative: on several depths; none of ours can be */
}

struct topology_counts topology_counts(const struct topology *topology)
{
  return (struct topology_counts){
      .packages = count_of(topology, HWLOC_OBJ_PACKAGE),
      .nodes = count_of(topology, HWLOC_OBJ_NUMANODE),
      .cores = count_of(topology, HWLOC_OBJ_CORE),
      .pus = count_of(topology, HWLOC_OBJ_PU),
  };
}

static hwloc_obj_t ancestor(const struct topology *self, hwloc_obj_t object, hwloc_obj_type_t type)
{
  return hwloc_get_ancestor_obj_by_type(topology_hwloc(self), type, object);
}

/* Not hwloc's sibling_rank: that counts PUs which a container may not use. */
static unsigned rank_in_core(const struct topology *self, hwloc_obj_t pu, hwloc_obj_t core)
{
  unsigned rank = 0;
  for (hwloc_obj_t before = pu->prev_cousin;
       before && core && ancestor(self, before, HWLOC_OBJ_CORE) == core;
       before = before->prev_cousin)
    rank++;
  return rank;
}

/* Of the nodes that the PU is near to, the one with the fewest PUs, and of these the one with the
 * lowest OS index: memory-only nodes have their neighbour's PUs, or everybody's. */
static int own_node(const struct topology *self, hwloc_obj_t pu)
{
  int own = -1, fewest = 0;
  int os_index;
  hwloc_bitmap_foreach_begin(os_index, pu->nodeset)
  {
    hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(topology_hwloc(self), (unsigned)os_index);
    int pus = node ? hwloc_bitmap_weight(node->cpuset) : -1;
    if (pus > 0 && (own < 0 || pus < fewest)) {
      own = os_index;
      fewest = pus;
    }
  }
  hwloc_bitmap_foreach_end();
  return own;
}

struct topology_pu topology_pu(const struct topology *topology, unsigned index)
{
  hwloc_obj_t pu = hwloc_get_obj_by_type(topology_hwloc(topology), HWLOC_OBJ_PU, index);
  hwloc_obj_t core = ancestor(topology, pu, HWLOC_OBJ_CORE);
  hwloc_obj_t package = ancestor(topology, pu, HWLOC_OBJ_PACKAGE);
  return (struct topology_pu){
      .cpu = pu->os_index,
      .core = core ? (int)core->logical_index : -1,
      .rank = rank_in_core(topology, pu, core),
      .package = package ? (int)package->logical_index : -1,
      .node = own_node(topology, pu),
  };
}

static void list_cpus(hwloc_const_bitmap_t cpus, char *text, size_t size)
{
  static const char cut[] = "…";
  int length = hwloc_bitmap_list_snprintf(text, size, cpus);
  if (length >= 0 && (size_t)length >= size && size > sizeof cut)
    memcpy(text + size - sizeof cut, cut, sizeof cut);
}

static bool is_own_node_of_some_pu(const struct topology *self, hwloc_obj_t node)
{
  hwloc_obj_t pu = NULL;
  while ((pu = hwloc_get_next_obj_inside_cpuset_by_type(topology_hwloc(self), node->cpuset,
                                                        HWLOC_OBJ_PU, pu)))
    if (own_node(self, pu) == (int)node->os_index)
      return true;
  return false;
}

void topology_node(const struct topology *topology, unsigned index, struct topology_node *result)
{
  hwloc_obj_t node = hwloc_get_obj_by_type(topology_hwloc(topology), HWLOC_OBJ_NUMANODE, index);
  *result = (struct topology_node){
      .node = node->os_index,
      .memory_bytes = node->attr->numanode.local_memory,
      .memory_only = !is_own_node_of_some_pu(topology, node),
  };
  list_cpus(node->cpuset, result->cpus, sizeof result->cpus);
}

bool topology_cache(const struct topology *topology, unsigned index, struct topology_cache *cache)
{
  static const hwloc_obj_type_t level[] = {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE,
                                           HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L1CACHE};
  for (size_t i = 0; i < sizeof level / sizeof level[0]; i++) {
    unsigned count = count_of(topology, level[i]);
    if (count == 0 || index-- > 0)
      continue;
    hwloc_obj_t first = hwloc_get_obj_by_type(topology_hwloc(topology), level[i], 0);
    *cache = (struct topology_cache){
        .size_bytes = first->attr->cache.size,
        .count = count,
        .pus = (unsigned)hwloc_bitmap_weight(first->cpuset),
    };
    hwloc_obj_type_snprintf(cache->name, sizeof cache->name, first, 0);
    return true;
  }
  return false;
}

/* False: they leave some pair of nodes out. */
static bool copy_distances(const struct topology *self, struct hwloc_distances_s *from,
                           uint64_t *to)
{
  unsigned nodes = topology_counts(self).nodes;
  for (unsigned i = 0; i < nodes; i++) {
    for (unsigned j = 0; j < nodes; j++) {
      hwloc_uint64_t forth, back;
      if (hwloc_distances_obj_pair_values(
              from, hwloc_get_obj_by_type(topology_hwloc(self), HWLOC_OBJ_NUMANODE, i),
              hwloc_get_obj_by_type(topology_hwloc(self), HWLOC_OBJ_NUMANODE, j), &forth,
              &back) != 0)
        return false;
      to[i * nodes + j] = forth;
    }
  }
  return true;
}

uint64_t *topology_distances(const struct topology *topology)
{
  unsigned count = 1, nodes = topology_counts(topology).nodes;
  struct hwloc_distances_s *distances;
  if (hwloc_distances_get_by_type(topology_hwloc(topology), HWLOC_OBJ_NUMANODE, &count, &distances,
                                  HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) != 0 ||
      count == 0)
    return NULL;
  uint64_t *values = calloc((size_t)nodes * nodes, sizeof *values);
  if (values && !copy_distances(topology, distances, values)) {
    free(values);
    values = NULL;
  }
  hwloc_distances_release(topology_hwloc(topology), distances);
  return values;
}

void topology_allowed(const struct topology *topology, char *text, size_t size)
{
  list_cpus(hwloc_topology_get_topology_cpuset(topology_hwloc(topology)), text, size);
}
