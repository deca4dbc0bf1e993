/* hash_index.c: see hash_index.h. */
#include "corpus/hash_index.h"

#include <stdlib.h>

struct hash_index_slot {
  uint64_t hash;
  uint32_t number; /* HASH_INDEX_NONE: free */
};

uint32_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_index_equal *equal,
                         const void *arg)
{
  if (index->capacity == 0)
    return HASH_INDEX_NONE;
  for (size_t i = hash & (index->capacity - 1);; i = (i + 1) & (index->capacity - 1)) {
    const struct hash_index_slot *slot = &index->slots[i];
    if (slot->number == HASH_INDEX_NONE)
      return HASH_INDEX_NONE;
    if (slot->hash == hash && equal(arg, slot->number))
      return slot->number;
  }
}

static void place(struct hash_index *index, uint64_t hash, uint32_t number)
{
  size_t i = hash & (index->capacity - 1);
  while (index->slots[i].number != HASH_INDEX_NONE)
    i = (i + 1) & (index->capacity - 1);
  index->slots[i] = (struct hash_index_slot){.hash = hash, .number = number};
}

static bool grow(struct hash_index *index)
{
  struct hash_index larger = {.capacity = index->capacity ? index->capacity * 2 : 64};
  larger.slots = malloc(larger.capacity * sizeof *larger.slots);
  if (larger.slots == NULL)
    return false;
  for (size_t i = 0; i < larger.capacity; i++)
    larger.slots[i] = (struct hash_index_slot){.number = HASH_INDEX_NONE};
  for (size_t i = 0; i < index->capacity; i++)
    if (index->slots[i].number != HASH_INDEX_NONE)
      place(&larger, index->slots[i].hash, index->slots[i].number);
  larger.count = index->count;
  free(index->slots);
  *index = larger;
  return true;
}

bool hash_index_add(struct hash_index *index, uint64_t hash, uint32_t number)
{
  if ((index->count + 1) * 2 > index->capacity && !grow(index))
    return false;
  place(index, hash, number);
  index->count++;
  return true;
}

void hash_index_fini(struct hash_index *index)
{
  free(index->slots);
  *index = (struct hash_index){0};
}
