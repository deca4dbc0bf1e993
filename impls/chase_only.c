/* chase_only: hashes the string and follows two loads, of which the second needs the first: of a
 * slot in a cache line of an index, at a place that the hash chooses, and of the record that the
 * slot names. It compares nothing. What a hit costs at least that finds its string through an index
 * and a record, unless its map overlaps it with others (put_many); what the processor overlaps of
 * successive calls by itself, it overlaps here too.
 *
 * The memory is as large as that of a compact map that holds the expected keys: a record of 40
 * bytes for each, and an index of 12.8 bytes a key. It comes from where a region's blocks come
 * from, so it has the pages that the run asks for. create() touches it; there is no reset, as a map
 * that was reset holds no such memory.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#include "common/baseline.h"
#include "common/hash.h"

#define LINE_SLOTS 5u /* of the 8 that a line has room for: as full as lines that split */
#define RECORDS_MOST UINT32_MAX

struct record {
  uint64_t id;
  unsigned char bytes[32]; /* nobody reads them */
};

struct line {
  alignas(64) const struct record *slot[LINE_SLOTS];
};

struct chase {
  struct key_hash hash;
  struct block_source *source;
  size_t bytes;
  uint64_t lines;
  struct line *line; /* behind the last one stand the records, one a slot */
};

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static const struct record **slot_at(const struct chase *chase, uint64_t number)
{
  return &chase->line[number / LINE_SLOTS].slot[number % LINE_SLOTS];
}

/* Every slot names another record, in random order, so that no prefetcher guesses it. */
static void lay(struct chase *chase)
{
  struct record *records = (struct record *)(void *)(chase->line + chase->lines);
  uint64_t state = 1;
  for (uint64_t i = 0; i < chase->lines * LINE_SLOTS; i++) {
    const struct record **other = slot_at(chase, draw(&state) % (i + 1));
    records[i] = (struct record){.id = i + 1};
    *slot_at(chase, i) = *other;
    *other = &records[i];
  }
}

static size_t whole_pages(size_t bytes)
{
  return (bytes + 4095) & ~(size_t)4095;
}

static int create(const struct map_config *config, void **map)
{
  if (config->expected_keys > RECORDS_MOST)
    return -ENOMEM;
  struct chase *chase = malloc(sizeof *chase);
  if (!chase)
    return -ENOMEM;
  /* At least one line: the number of keys may not be known. */
  const uint64_t lines = config->expected_keys / LINE_SLOTS + 1;
  *chase = (struct chase){
      .hash = key_hash_of(config),
      .source = config->region_config.source,
      .bytes = whole_pages(lines * (sizeof(struct line) + LINE_SLOTS * sizeof(struct record))),
      .lines = lines,
  };
  chase->line = chase->source->take(chase->source, chase->bytes);
  if (!chase->line) {
    free(chase);
    return -ENOMEM;
  }
  lay(chase);
  *map = chase;
  return 0;
}

static void destroy(void *map)
{
  struct chase *chase = map;
  chase->source->give_back(chase->source, chase->line, chase->bytes);
  free(chase);
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  const struct chase *chase = map;
  const uint64_t hash = key_hash(&chase->hash, bytes, n);
  const uint64_t number = (uint64_t)((unsigned __int128)hash * chase->lines >> 64);
  const uint64_t slot = (uint64_t)(uint32_t)hash * LINE_SLOTS >> 32; /* of other bits */
  return (struct map_put){.id = chase->line[number].slot[slot]->id};
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  return put(map, seat, bytes, n).id;
}

static const struct map_plugin plugin = {
    .head = BASELINE_HEAD("chase_only",
                          "the hash and two dependent loads: what a hit through an index costs"),
    .create = create,
    .destroy = destroy,
    .put = put,
    .lookup = lookup,
    .steal_id = baseline_steal_id,
    .visit = baseline_visit,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
