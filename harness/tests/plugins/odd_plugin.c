/* odd_plugin.c: a plug-in whose table has one oddity, which the build names with -DTRICK=…. Loaded
 * by plugin_loader_test. Its calls are never called. */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api/intern_map.h"
#include "api/workload.h"

enum trick {
  SOUND_MAP,
  SOUND_REGION,
  SOUND_WORKLOAD,
  OLDER, /* a table that ends behind put, and bytes behind it that mean nothing */
  NEWER, /* a table that goes on */
  RETURNS_NULL,
  NO_SYMBOL,      /* built with WITHOUT_ENTRY */
  UNDEFINED_CALL, /* needs a function that nobody has */
  UNKNOWN_KIND,
  OTHER_VERSION,
  SHORT_HEAD,
  SHORT_TABLE, /* ends before put */
  NO_CREATE,
  NO_DESTROY,
  NO_PUT,
  ENTER_ALONE,
  LEAVE_ALONE,
  REGION_NO_CREATE,
  REGION_NO_DESTROY,
  REGION_NO_ALLOC,
  REGION_NO_DROP,
  REGION_NO_STATS,
  REGION_ENTER_ALONE,
  WORKLOAD_NO_PREPARE,
  WORKLOAD_NO_RUN,
  STAGED_WORKLOAD,
  ACT_ALONE,
  RUN_AND_ACT,
  NO_NAME,
  EMPTY_NAME,
  BAD_NAME,
  NO_SUMMARY,
  CRASHES_IN_CONSTRUCTOR,
  EXITS_IN_CONSTRUCTOR,
  HANGS_IN_CONSTRUCTOR,
  CRASHES_IN_ENTRY,
};

static const enum trick trick = TRICK;

static void nothing(void) {}

/* Any function of the right type: all that the loader asks is whether there is one. */
#define CALL(member) ((__typeof__(member))(uintptr_t)nothing)

static struct {
  struct map_plugin map;
  uint64_t tail[8];
} table;
static struct region_plugin region;
static struct workload_plugin workload;

static struct plugin head(uint32_t kind, size_t size)
{
  return (struct plugin){
      .kind = trick == UNKNOWN_KIND ? 9 : kind,
      .abi_major = trick == OTHER_VERSION ? TMB_ABI_MAJOR + 1 : TMB_ABI_MAJOR,
      .size = (uint32_t)(trick == SHORT_HEAD ? sizeof(struct plugin) - 1 : size),
      .name = trick == NO_NAME      ? NULL
              : trick == EMPTY_NAME ? ""
              : trick == BAD_NAME   ? "Bad-Name"
                                    : NAME,
      .summary = trick == NO_SUMMARY ? NULL : "odd on purpose",
  };
}

static const struct plugin *make_map(void)
{
  size_t size = trick == OLDER         ? offsetof(struct map_plugin, lookup)
                : trick == SHORT_TABLE ? offsetof(struct map_plugin, put)
                : trick == NEWER       ? sizeof table
                                       : sizeof table.map;
  struct map_plugin *map = &table.map;
  map->head = head(PLUGIN_MAP, size);
  if (trick != NO_CREATE)
    map->create = CALL(map->create);
  if (trick != NO_DESTROY)
    map->destroy = CALL(map->destroy);
  if (trick != NO_PUT)
    map->put = CALL(map->put);
  if (trick == ENTER_ALONE)
    map->enter = CALL(map->enter);
  if (trick == LEAVE_ALONE)
    map->leave = CALL(map->leave);
  map->lookup = CALL(map->lookup); /* of OLDER, a byte that means something else */
  table.tail[0] = 1;
  return &map->head;
}

static const struct plugin *make_region(void)
{
  region.head = head(PLUGIN_REGION, sizeof region);
  if (trick != REGION_NO_CREATE)
    region.create = CALL(region.create);
  if (trick != REGION_NO_DESTROY)
    region.destroy = CALL(region.destroy);
  if (trick != REGION_NO_ALLOC)
    region.alloc = CALL(region.alloc);
  if (trick != REGION_NO_DROP)
    region.drop = CALL(region.drop);
  if (trick != REGION_NO_STATS)
    region.stats = CALL(region.stats);
  if (trick == REGION_ENTER_ALONE)
    region.enter = CALL(region.enter);
  return &region.head;
}

static const struct plugin *make_workload(void)
{
  workload.head = head(PLUGIN_WORKLOAD, sizeof workload);
  if (trick != WORKLOAD_NO_PREPARE)
    workload.prepare = CALL(workload.prepare);
  bool staged = trick == STAGED_WORKLOAD || trick == RUN_AND_ACT;
  if (trick != WORKLOAD_NO_RUN && trick != STAGED_WORKLOAD)
    workload.run = CALL(workload.run);
  if (staged || trick == ACT_ALONE)
    workload.act = CALL(workload.act);
  if (staged) {
    workload.begin = CALL(workload.begin);
    workload.end = CALL(workload.end);
  }
  return &workload.head;
}

void a_call_that_nobody_has(void);

__attribute__((constructor)) static void start(void)
{
  if (trick == CRASHES_IN_CONSTRUCTOR)
    abort();
  if (trick == EXITS_IN_CONSTRUCTOR)
    syscall(SYS_exit_group, 0); /* ThreadSanitizer of clang turns _exit(0) into one of its own */
  if (trick == HANGS_IN_CONSTRUCTOR && alarm(1) > 1)
    for (;;) /* the loader has set an alarm: no need to wait for all of it */
      pause();
  if (trick == UNDEFINED_CALL)
    a_call_that_nobody_has();
}

#ifdef WITHOUT_ENTRY
#define tmb_plugin another_name
PLUGIN_EXPORT const struct plugin *another_name(void);
#endif

const struct plugin *tmb_plugin(void)
{
  if (trick == RETURNS_NULL)
    return NULL;
  if (trick == CRASHES_IN_ENTRY)
    abort();
  if (trick == SOUND_REGION || (trick >= REGION_NO_CREATE && trick <= REGION_ENTER_ALONE))
    return make_region();
  if (trick == SOUND_WORKLOAD || (trick >= WORKLOAD_NO_PREPARE && trick <= RUN_AND_ACT))
    return make_workload();
  return make_map();
}
