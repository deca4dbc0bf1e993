/* misbehaving_map.c: a map that loads and then misbehaves in one way, which the build names with
 * -DTRICK=…: what `tmb bench` must survive and report. */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/intern_map.h"

enum trick {
  GIVES_TWO_IDS, /* a fresh id for each put */
  CRASHES,
  EXITS, /* with 1, as a sanitizer does */
  HANGS,
  LACKS_LOOKUP,  /* and has no oracle to fear: it is never put to the test */
  MOVES_THREADS, /* when they enter, to wherever the kernel lets them; says nothing to the oracle */
};

static const enum trick trick = TRICK;
static _Atomic uint64_t last_id;

static int create(const struct map_config *config, void **map)
{
  (void)config;
  *map = &last_id;
  return 0;
}

static void destroy(void *map)
{
  (void)map;
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  if (trick == CRASHES)
    abort();
  if (trick == EXITS)
    _exit(1);
  while (trick == HANGS)
    pause();
  return (struct map_put){.id = atomic_fetch_add(&last_id, 1) + 1, .added = true};
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  (void)place;
  *seat = map;
  if (trick != MOVES_THREADS)
    return 0;
  cpu_set_t all;
  CPU_ZERO(&all);
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
    CPU_SET(cpu, &all);
  return sched_setaffinity(0, sizeof all, &all) == 0 ? 0 : -errno;
}

static void leave(void *map, void *seat)
{
  (void)map, (void)seat;
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return 0;
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = TRICK == MOVES_THREADS ? MAP_IS_BASELINE : 0,
             .name = NAME,
             .summary = "misbehaves, on purpose"},
    .create = create,
    .destroy = destroy,
    .put = put,
    .enter = enter,
    .leave = leave,
    .lookup = TRICK == LACKS_LOOKUP ? NULL : lookup,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
