/* array.h: arrays that grow. Used by everything in this room that gathers things one by one. */
#ifndef TMB_CORPUS_ARRAY_H
#define TMB_CORPUS_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

/* array, with room for `count` elements, moved where needed; *capacity is 0 for NULL. NULL: no
 * memory, and array and *capacity are as they were. */
static inline void *array_reserve(void *array, size_t *capacity, size_t count, size_t element_bytes)
{
  if (count <= *capacity)
    return array;
  size_t wanted = *capacity * 2 > count ? *capacity * 2 : count + 8;
  void *larger = realloc(array, wanted * element_bytes);
  if (larger != NULL)
    *capacity = wanted;
  return larger;
}

#endif
