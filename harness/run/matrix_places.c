/* matrix_places.c: see matrix_places.h. */
#include "run/matrix_places.h"

#include <stdio.h>
#include <string.h>

/* Both orders of two nodes: who puts and who reads makes a difference. Returns how many pairs. */
static unsigned add_pairs(const struct topology *topology, json_t *places)
{
  unsigned nodes = topology_counts(topology).nodes, pairs = 0;
  for (unsigned i = 0; i < nodes; i++) {
    for (unsigned j = 0; j < nodes; j++) {
      struct topology_node first, second;
      char place[64];
      topology_node(topology, i, &first);
      topology_node(topology, j, &second);
      if (first.memory_only || second.memory_only)
        continue;
      snprintf(place, sizeof place, "node:%u+node:%u", first.node, second.node);
      json_array_append_new(places, json_string(place));
      pairs++;
    }
  }
  return pairs;
}

json_t *matrix_places(json_t *list, const struct topology *topology, unsigned *pairs)
{
  json_t *out = json_array(), *item;
  size_t i;
  json_array_foreach(list, i, item)
  {
    const char *place = json_string_value(item);
    if (place && strcmp(place, "pairs") == 0)
      *pairs = add_pairs(topology, out);
    else
      json_array_append(out, item);
  }
  json_decref(list);
  return out;
}
