/* node_times.c: see node_times.h. */
#include "run/node_times.h"

#include <string.h>

unsigned node_times_init(struct node_times *times, const struct placement *placement)
{
  unsigned nodes = 0;
  for (unsigned t = 0; t < placement_threads(placement); t++) {
    int node = placement_seat(placement, t).node;
    if (node < 0)
      return 0;
    unsigned at = 0;
    while (at < nodes && times[at].node < node)
      at++;
    if (at < nodes && times[at].node == node)
      continue;
    memmove(&times[at + 1], &times[at], (nodes - at) * sizeof *times);
    times[at] = (struct node_times){.node = node};
    nodes++;
  }
  return nodes > 1 ? nodes : 0;
}

void node_times_begin(struct node_times *times, unsigned nodes)
{
  for (unsigned i = 0; i < nodes; i++)
    times[i] = (struct node_times){.node = times[i].node};
}

void node_times_add(struct node_times *times, unsigned nodes, int node, double ops_per_s)
{
  for (unsigned i = 0; i < nodes; i++) {
    if (times[i].node != node)
      continue;
    bool first = !(times[i].ops_per_s > 0);
    times[i].slowest = first || ops_per_s < times[i].slowest ? ops_per_s : times[i].slowest;
    times[i].fastest = ops_per_s > times[i].fastest ? ops_per_s : times[i].fastest;
    times[i].ops_per_s += ops_per_s;
  }
}
