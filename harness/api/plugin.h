/* plugin.h: what every plug-in of tracemap-bench has in common.
 *
 * A plug-in is a shared object that exports one symbol, tmb_plugin(), which returns a table of
 * calls. The table's first member is a struct plugin; its kind says which table it is: struct
 * map_plugin (intern_map.h), struct region_plugin (region.h) or struct workload_plugin
 * (workload.h).
 *
 * Lifetime: a plug-in is never unloaded; the table and all strings in it must stay valid until the
 * process ends. The host copies the table, so it may be const.
 *
 * Compatibility: kind and abi_major must match exactly. Tables grow only at their tail: the host
 * copies min(size, its own sizeof) bytes into a zeroed table, so a plug-in that was built against
 * an older header of the same major version keeps working, and a call that is NULL is one that the
 * plug-in does not support. Structures that are passed to calls never change within a major
 * version.
 */
#ifndef TMB_PLUGIN_H
#define TMB_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TMB_ABI_MAJOR 3u

#define PLUGIN_EXPORT __attribute__((visibility("default")))

enum plugin_kind { PLUGIN_MAP = 1, PLUGIN_REGION = 2, PLUGIN_WORKLOAD = 3 };

struct plugin {
  uint32_t kind;       /* enum plugin_kind */
  uint32_t abi_major;  /* TMB_ABI_MAJOR */
  uint32_t size;       /* bytes of the whole table, this member included */
  uint32_t promises;   /* enum map_promise or enum region_promise; 0 for a workload */
  const char *name;    /* as on the command line: [a-z0-9_]+, the file's name without suffix */
  const char *summary; /* one line for `tmb list` */
};

/* The one exported symbol. Called once, from one thread, after dlopen. Must not return NULL. */
PLUGIN_EXPORT const struct plugin *tmb_plugin(void);

/* Where a thread stands. Passed when it takes a seat in a map or region. */
struct seat_place {
  unsigned thread; /* 0 … threads-1 within its team */
  int cpu;         /* OS index of the processing unit that it is bound to, -1: not bound */
  int node;        /* OS index of that unit's NUMA node, -1: not known */
};

#ifdef __cplusplus
}
#endif
#endif
