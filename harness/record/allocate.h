/* allocate.h: memory for the tools that read and check histories. They have nothing to save when it
 * runs out: they say so and end with exit code 4. Used by record, check and gate; never while a map
 * is being measured. Thread-safe. */
#ifndef TMB_ALLOCATE_H
#define TMB_ALLOCATE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* `count` times `size` bytes, those of `array` (may be NULL) kept. */
static inline void *allocate_again(void *array, size_t count, size_t size)
{
  void *grown = reallocarray(array, count ? count : 1, size);
  if (!grown) {
    fputs("tmb: out of memory\n", stderr);
    exit(4);
  }
  return grown;
}

static inline void *allocate(size_t count, size_t size)
{
  return allocate_again(NULL, count, size);
}

static inline void *allocate_zeroed(size_t count, size_t size)
{
  void *zeroed = calloc(count ? count : 1, size);
  if (!zeroed) {
    fputs("tmb: out of memory\n", stderr);
    exit(4);
  }
  return zeroed;
}

/* The same, beginning on a cache line; contents unspecified. */
static inline void *allocate_lines(size_t count, size_t size)
{
  void *lines = NULL;
  if (posix_memalign(&lines, 64, (count ? count : 1) * size) != 0) {
    fputs("tmb: out of memory\n", stderr);
    exit(4);
  }
  return lines;
}

/* Room for an element behind the `count` that `array` holds now; *room is what it has room for. */
static inline void *allocate_one_more(void *array, size_t count, size_t *room, size_t size)
{
  if (count < *room)
    return array;
  *room = *room ? 2 * *room : 16;
  return allocate_again(array, *room, size);
}

#endif
