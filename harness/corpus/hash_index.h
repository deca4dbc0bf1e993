/* hash_index.h: finds the number of an element of somebody's array by a hash of its content.
 *
 * Open addressing, linear probing; the owner of the array compares contents. Used by the builder
 * for items and streams and by the importer of Go traces for ids. One thread. */
#ifndef TMB_CORPUS_HASH_INDEX_H
#define TMB_CORPUS_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_INDEX_NONE UINT32_MAX

struct hash_index {
  struct hash_index_slot *slots;
  size_t capacity; /* 0 or a power of two */
  size_t count;
};

/* Is element `number` the wanted one? */
typedef bool hash_index_equal(const void *arg, uint32_t number);

/* The number of the element, or HASH_INDEX_NONE. */
uint32_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_index_equal *equal,
                         const void *arg);

/* Adds an element that is not in it yet. False: no memory, nothing was changed. */
bool hash_index_add(struct hash_index *index, uint64_t hash, uint32_t number);

/* Gives the memory back; index is empty afterwards. A zeroed index is an empty one. */
void hash_index_fini(struct hash_index *index);

#endif
