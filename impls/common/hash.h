/* hash.h: the one hash of all maps: XXH3 64, inlined, unless the config names another. */
#ifndef TMB_HASH_H
#define TMB_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "api/intern_map.h"

/* The part of a map_config that a map keeps. */
struct key_hash {
  map_hash *function; /* NULL: XXH3 64 */
  uint64_t seed;
};

static inline struct key_hash key_hash_of(const struct map_config *config)
{
  return (struct key_hash){.function = config->hash, .seed = config->hash_seed};
}

static inline uint64_t key_hash(const struct key_hash *hash, const void *bytes, size_t n)
{
  if (hash->function)
    return hash->function(bytes, n, hash->seed);
  return XXH3_64bits_withSeed(bytes, n, hash->seed);
}

#endif
