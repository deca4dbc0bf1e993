/* false_promise.c: fixed_bucket with a promise that it does not keep: what `tmb stress` must catch.
 * A target a defect, by these definitions:
 *
 *   FALSE_NAME      the plug-in's name, a string
 *   FALSE_PROMISES  enum map_promise, instead of those of fixed_bucket
 *   FALSE_ID        what it says instead of id, an expression
 *   FALSE_RESET     1: reset keeps the region's blocks
 *   FALSE_REFUSAL   1: a put that is refused says (1, true)
 *   FALSE_STEAL     1: it gives no ids away
 *   FALSE_CRASH     1: the first reset crashes
 */
#define tmb_plugin fixed_bucket_plugin
#include "fixed_bucket.c"
#undef tmb_plugin

#ifndef FALSE_ID
#define FALSE_ID id
#endif
#ifndef FALSE_RESET
#define FALSE_RESET 0
#endif
#ifndef FALSE_REFUSAL
#define FALSE_REFUSAL 0
#endif
#ifndef FALSE_STEAL
#define FALSE_STEAL 0
#endif
#ifndef FALSE_CRASH
#define FALSE_CRASH 0
#endif

static uint64_t false_id(uint64_t id)
{
  return id ? (FALSE_ID) : 0;
}

static struct map_put false_put(void *map, void *seat, const void *bytes, size_t n)
{
  struct map_put result = put(map, seat, bytes, n);
  if (FALSE_REFUSAL && result.id == 0)
    return (struct map_put){.id = 1, .added = true};
  result.id = false_id(result.id);
  return result;
}

static uint64_t false_lookup(void *map, void *seat, const void *bytes, size_t n)
{
  return false_id(lookup(map, seat, bytes, n));
}

static uint64_t false_steal_id(void *map, void *seat)
{
  return FALSE_STEAL ? 0 : false_id(steal_id(map, seat));
}

static int false_reset(void *map)
{
  struct fixed_bucket *m = map;
  if (FALSE_CRASH)
    abort();
  if (!FALSE_RESET)
    return reset(map);
  for (size_t i = 0; i < BUCKETS; i++)
    store_relaxed(&m->bucket[i], NULL); /* no put runs */
  store_relaxed(&m->last_id, 0);
  return 0;
}

struct false_visit {
  map_visitor *visitor;
  void *arg;
};

static bool show_false_id(void *arg, uint64_t id, const void *bytes, size_t n)
{
  struct false_visit *visit_of = arg;
  return visit_of->visitor(visit_of->arg, false_id(id), bytes, n);
}

static int false_visit(void *map, map_visitor *visitor, void *arg)
{
  return visit(map, show_false_id, &(struct false_visit){visitor, arg});
}

static struct map_plugin false_plugin;

PLUGIN_EXPORT const struct plugin *tmb_plugin(void)
{
  false_plugin = plugin;
  false_plugin.head.name = FALSE_NAME;
  false_plugin.head.promises = FALSE_PROMISES | MAP_USES_REGION;
  false_plugin.usual_region = "region_shared";
  false_plugin.put = false_put;
  false_plugin.lookup = false_lookup;
  false_plugin.steal_id = false_steal_id;
  false_plugin.reset = false_reset;
  false_plugin.visit = false_visit;
  return &false_plugin.head;
}
