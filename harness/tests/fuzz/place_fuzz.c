/* place_fuzz.c: any bytes as the spelling of a placement, on a machine of two packages, memory-only
 * nodes and siblings. What is taken seats every thread on a CPU of its own. */
#include <stdlib.h>
#include <string.h>

#include "place/placement.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { CPUS = 12 };

static void require(bool holds)
{
  if (!holds)
    abort();
}

static const struct topology *machine(void)
{
  static struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES];
  if (!topology)
    require(topology_load_synthetic("pack:2 [numa] [numa] core:3 pu:2", &topology, error) == 0);
  return topology;
}

/* As many threads as fit, and then one more. */
static void seat(const char *place, unsigned room)
{
  char error[TOPOLOGY_ERROR_BYTES];
  struct placement *placement;
  bool taken[CPUS] = {false};
  require(placement_create(machine(), place, room, &placement, error) == 0);
  for (unsigned i = 0; i < room && !placement_is_free(placement); i++) {
    int cpu = placement_seat(placement, i).cpu;
    require(cpu >= 0 && cpu < CPUS && !taken[cpu]);
    taken[cpu] = true;
  }
  placement_destroy(placement);
  require(placement_create(machine(), place, room + 1, &placement, error) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  char error[TOPOLOGY_ERROR_BYTES] = "";
  char *place = malloc(n + 1);
  require(place != NULL);
  memcpy(place, bytes, n);
  place[n] = '\0';
  bool spelled = placement_is_spelled(place, error);
  require(spelled == (error[0] == '\0'));
  unsigned room = placement_room(machine(), place, error);
  require(room <= CPUS && (spelled || room == 0) && (room > 0 || error[0] != '\0'));
  if (room > 0)
    seat(place, room);
  free(place);
  return 0;
}
