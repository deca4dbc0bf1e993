/* mine.c: a map of one's own, against the installed headers alone: one mutex around a table of
 * chains. Small and correct, not fast. Built and measured so:
 *
 *   cc -O2 -shared -fPIC $(pkg-config --cflags tracemap-bench) mine.c -o mine.so
 *   tmb bench --map=./mine.so
 */
#include <api/intern_map.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CHAINS = 1024 };

struct node {
  struct node *next;
  uint64_t id;
  size_t length;
  unsigned char bytes[];
};

struct mine {
  pthread_mutex_t lock; /* guards all below */
  uint64_t ids;         /* drawn so far */
  struct node *chain[CHAINS];
};

static int create(const struct map_config *config, void **map)
{
  (void)config;
  struct mine *mine = calloc(1, sizeof *mine);
  if (!mine)
    return -ENOMEM;
  pthread_mutex_init(&mine->lock, NULL);
  *map = mine;
  return 0;
}

static void destroy(void *map)
{
  struct mine *mine = map;
  for (size_t i = 0; i < CHAINS; i++) {
    while (mine->chain[i]) {
      struct node *node = mine->chain[i];
      mine->chain[i] = node->next;
      free(node);
    }
  }
  pthread_mutex_destroy(&mine->lock);
  free(mine);
}

static struct node **chain_of(struct mine *mine, const unsigned char *bytes, size_t n)
{
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < n; i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  return &mine->chain[hash % CHAINS];
}

static struct map_put put_locked(struct mine *mine, const void *bytes, size_t n)
{
  struct node **head = chain_of(mine, bytes, n);
  for (const struct node *node = *head; node; node = node->next) {
    if (node->length == n && memcmp(node->bytes, bytes, n) == 0)
      return (struct map_put){.id = node->id, .added = false};
  }
  struct node *fresh = malloc(sizeof *fresh + n);
  if (!fresh)
    return (struct map_put){.id = 0, .added = false};
  fresh->next = *head;
  fresh->id = ++mine->ids;
  fresh->length = n;
  memcpy(fresh->bytes, bytes, n);
  *head = fresh;
  return (struct map_put){.id = fresh->id, .added = true};
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct mine *mine = map;
  if (n == 0)
    return (struct map_put){.id = 0, .added = false};
  pthread_mutex_lock(&mine->lock);
  struct map_put result = put_locked(mine, bytes, n);
  pthread_mutex_unlock(&mine->lock);
  return result;
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_DENSE_IDS | MAP_ORDERED_IDS,
             .name = "mine",
             .summary = "one mutex around a table of chains"},
    .create = create,
    .destroy = destroy,
    .put = put,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
