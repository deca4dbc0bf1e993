/* boundaries.c: see boundaries.h. */
#include "report/boundaries.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "place/placement.h"
#include "report/memory.h"

__attribute__((format(printf, 3, 4))) static void add(struct boundaries *boundaries,
                                                      unsigned threads, const char *format, ...)
{
  if (boundaries->count == BOUNDARIES_MOST)
    return;
  struct boundary *boundary = &boundaries->item[boundaries->count++];
  boundary->threads = threads;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(boundary->label, sizeof boundary->label, format, arguments);
  va_end(arguments);
}

/* Whether the PU of thread i is on a node, or core, that one of those before is on. */
static bool seen_before(const struct topology_pu *pus, unsigned i, bool core)
{
  for (unsigned j = 0; j < i; j++)
    if (core ? pus[j].core == pus[i].core : pus[j].node == pus[i].node)
      return true;
  return false;
}

static void walk(const struct topology_pu *pus, unsigned count, struct boundaries *boundaries)
{
  unsigned nodes = 1;
  bool shares = false;
  for (unsigned i = 1; i < count; i++) {
    if (pus[i].node >= 0 && !seen_before(pus, i, false))
      add(boundaries, i, "%u nodes", ++nodes);
    if (!shares && pus[i].core >= 0 && seen_before(pus, i, true)) {
      add(boundaries, i, "shared cores");
      shares = true;
    }
  }
}

static void find_in(const struct topology *topology, const char *place,
                    struct boundaries *boundaries)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  struct placement *placement;
  unsigned count = placement_room(topology, place, sentence);
  bool joined =
      strchr(place, '+') != NULL; /* thread i of more threads is elsewhere than of fewer */
  if (count == 0 || joined || placement_create(topology, place, count, &placement, sentence) != 0)
    return;
  if (placement_is_free(placement))
    count = 0;
  struct topology_pu *pus = memory_zeroed(count, sizeof *pus);
  for (unsigned thread = 0; thread < count; thread++)
    for (unsigned i = 0; i < topology_counts(topology).pus; i++)
      if ((int)topology_pu(topology, i).cpu == placement_seat(placement, thread).cpu)
        pus[thread] = topology_pu(topology, i);
  walk(pus, count, boundaries);
  free(pus);
  placement_destroy(placement);
}

void boundaries_find(const char *folder, const char *place, struct boundaries *boundaries)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  struct topology *topology;
  char *path = memory_format("%s/topology.xml", folder);
  boundaries->count = 0;
  if (access(path, R_OK) == 0 && topology_load_xml(path, &topology, sentence) == 0) {
    find_in(topology, place, boundaries);
    topology_destroy(topology);
  }
  free(path);
}
