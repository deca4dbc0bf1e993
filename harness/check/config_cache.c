/* config_cache.c: see config_cache.h. */
#include "check/config_cache.h"

#include <string.h>
#include <xxhash.h>

#include "record/allocate.h"

#define PLACE_BITS 40
#define PLACE_MASK (((uint64_t)1 << PLACE_BITS) - 1)

enum { KEY_HEAD = 2, SET_HEAD = 1 };

void config_cache_init(struct config_cache *cache, size_t spent_words)
{
  *cache = (struct config_cache){
      .spent_words = spent_words, .slot_count = 256, .key_room = 1024, .set_room = 1024};
  cache->slots = allocate_zeroed(cache->slot_count, sizeof *cache->slots);
  cache->keys = allocate(cache->key_room, sizeof *cache->keys);
  cache->sets = allocate(cache->set_room, sizeof *cache->sets);
}

void config_cache_fini(struct config_cache *cache)
{
  free(cache->slots);
  free(cache->keys);
  free(cache->sets);
}

static size_t room_for(size_t used, size_t more, size_t room)
{
  return used + more > room ? 2 * room + more : room;
}

size_t config_cache_bytes(const struct config_cache *cache, size_t n)
{
  size_t keys = room_for(cache->key_words, KEY_HEAD + n, cache->key_room);
  size_t sets = room_for(cache->set_words, SET_HEAD + cache->spent_words, cache->set_room);
  bool grows = 2 * (cache->key_count + 1) > cache->slot_count;
  size_t slots = grows ? 3 * cache->slot_count : cache->slot_count; /* old and new */
  return (keys + sets + slots) * sizeof(uint64_t);
}

static void grow_slots(struct config_cache *cache)
{
  free(cache->slots);
  cache->slot_count *= 2;
  cache->slots = allocate_zeroed(cache->slot_count, sizeof *cache->slots);
  for (size_t place = 0; place < cache->key_words; place += KEY_HEAD + cache->keys[place]) {
    uint64_t hash =
        XXH3_64bits(&cache->keys[place + KEY_HEAD], cache->keys[place] * sizeof *cache->keys);
    size_t slot = hash & (cache->slot_count - 1);
    while (cache->slots[slot])
      slot = (slot + 1) & (cache->slot_count - 1);
    cache->slots[slot] = (hash & ~PLACE_MASK) | (place + 1);
  }
}

/* The key's head, entered if it is new. */
static uint64_t *find_key(struct config_cache *cache, const uint64_t *key, size_t n)
{
  if (2 * (cache->key_count + 1) > cache->slot_count)
    grow_slots(cache);
  uint64_t hash = XXH3_64bits(key, n * sizeof *key);
  size_t slot = hash & (cache->slot_count - 1);
  for (; cache->slots[slot]; slot = (slot + 1) & (cache->slot_count - 1)) {
    if ((cache->slots[slot] ^ hash) & ~PLACE_MASK)
      continue;
    uint64_t *other = &cache->keys[(cache->slots[slot] & PLACE_MASK) - 1];
    if (other[0] == n && memcmp(other + KEY_HEAD, key, n * sizeof *key) == 0)
      return other;
  }
  size_t room = room_for(cache->key_words, KEY_HEAD + n, cache->key_room);
  if (room != cache->key_room)
    cache->keys = allocate_again(cache->keys, cache->key_room = room, sizeof *cache->keys);
  cache->slots[slot] = (hash & ~PLACE_MASK) | (cache->key_words + 1);
  uint64_t *head = &cache->keys[cache->key_words];
  head[0] = n;
  head[1] = 0;
  memcpy(head + KEY_HEAD, key, n * sizeof *key);
  cache->key_words += KEY_HEAD + n;
  cache->key_count++;
  return head;
}

bool config_cache_add(struct config_cache *cache, const uint64_t *key, size_t n,
                      const uint64_t *spent, uint64_t *work)
{
  uint64_t *head = find_key(cache, key, n);
  for (uint64_t place = head[1]; place; place = cache->sets[place - 1]) {
    const uint64_t *set = &cache->sets[place - 1 + SET_HEAD];
    uint64_t outside = 0;
    for (size_t i = 0; i < cache->spent_words; i++)
      outside |= set[i] & ~spent[i];
    if (!outside)
      return false;
    ++*work;
  }
  size_t room = room_for(cache->set_words, SET_HEAD + cache->spent_words, cache->set_room);
  if (room != cache->set_room)
    cache->sets = allocate_again(cache->sets, cache->set_room = room, sizeof *cache->sets);
  uint64_t *set = &cache->sets[cache->set_words];
  set[0] = head[1];
  if (cache->spent_words)
    memcpy(set + SET_HEAD, spent, cache->spent_words * sizeof *spent);
  head[1] = cache->set_words + 1;
  cache->set_words += SET_HEAD + cache->spent_words;
  return true;
}
