/* config_cache.h: the configurations that a search has entered: which steps that returned are taken
 * and the state (the key), and which open steps are taken (the spent set).
 *
 * A configuration is hopeless if one with the same key and a subset of its spent set was: open
 * steps are never needed for their own sake, so whoever has spent fewer can go on in every way that
 * the other can. So one is worth entering only if no such configuration is in the cache. Exact:
 * whole keys are compared, not hashes.
 *
 * Called by search.c. Not thread-safe.
 */
#ifndef TMB_CONFIG_CACHE_H
#define TMB_CONFIG_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_cache {
  size_t spent_words; /* of every spent set */
  uint64_t *slots; /* 0: free; else 24 bits of the hash above 40 bits of place in `keys`, plus 1 */
  size_t slot_count, key_count;
  uint64_t *keys; /* each: its number of words, the place of its first spent set, its words */
  size_t key_words, key_room;
  uint64_t *sets; /* each: the place of the next plus 1, or 0; then the set */
  size_t set_words, set_room;
};

void config_cache_init(struct config_cache *cache, size_t spent_words);
void config_cache_fini(struct config_cache *cache);

/* Adds the configuration; false when it is not worth entering. *work grows by the number of sets
 * that were looked at. */
bool config_cache_add(struct config_cache *cache, const uint64_t *key, size_t n,
                      const uint64_t *spent, uint64_t *work);

/* What adding one with a key of n words may bring it to. */
size_t config_cache_bytes(const struct config_cache *cache, size_t n);

#endif
