/* key.h: comparing keys. */
#ifndef TMB_KEY_H
#define TMB_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool key_equal(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
  return a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0;
}

#endif
