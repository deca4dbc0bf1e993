/* plugin_loader.h: finds plug-ins, refuses what is not one with a sentence, copies their tables.
 *
 * A plug-in is named by its file without suffix, looked up in the plug-in folders in order, or by a
 * path (anything with a slash in it). Plug-ins are never unloaded. Not thread-safe: load before
 * threads start.
 */
#ifndef TMB_PLUGIN_LOADER_H
#define TMB_PLUGIN_LOADER_H

#include "api/intern_map.h"
#include "api/plugin.h"
#include "api/region.h"
#include "api/workload.h"

#define PLUGIN_ERROR_BYTES 512

/* A table of any kind, copied; the tail that an older plug-in lacks is zero. */
union plugin_table {
  struct plugin head;
  struct map_plugin map;
  struct region_plugin region;
  struct workload_plugin workload;
};

/* Loads one plug-in and checks that it is of the kind wanted (0: any). Returns a table that lives
 * until the process ends (the same one when the name was loaded before), or NULL with a sentence in
 * error[PLUGIN_ERROR_BYTES] that names the file and what is wrong with it. */
const union plugin_table *plugin_load(const char *name_or_path, uint32_t kind, char *error);

/* Adds a folder that is searched before those added earlier and before the one beside the program.
 * The string must stay valid. At most 16. */
void plugin_add_folder(const char *folder);

/* The folder of the plug-ins that belong to this program. */
const char *plugin_default_folder(void);

/* Shows every file *.so of the plug-in folders, sorted by name within a folder: its table, or NULL
 * and the sentence that refuses it. A name found in an earlier folder hides later ones. */
typedef void plugin_seen(void *arg, const char *path, const union plugin_table *,
                         const char *error);
void plugin_each(plugin_seen *, void *arg);

#endif
