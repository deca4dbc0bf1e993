/* record.h: an interned string with its id, as split_line keeps it. Written before it is published,
 * never after, never moved.
 *
 * A short record spends five bytes on its head. Where the string has 255 bytes or more, or the id
 * no longer fits 32 bits, both stand in a longer head behind it.
 */
#ifndef SPLIT_LINE_RECORD_H
#define SPLIT_LINE_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/key.h"

#define RECORD_IS_LONG 255

struct record {
  uint32_t id; /* 0 in a long record */
  uint8_t n;   /* RECORD_IS_LONG in a long record */
  unsigned char bytes[];
};

struct long_record {
  uint32_t no_id;  /* 0 */
  uint8_t is_long; /* RECORD_IS_LONG */
  uint64_t id, n;
  unsigned char bytes[];
};

#define RECORD_HEAD_BYTES offsetof(struct record, bytes)

static inline uint64_t record_id(const struct record *record)
{
  if (record->n != RECORD_IS_LONG)
    return record->id;
  return ((const struct long_record *)(const void *)record)->id;
}

static inline const unsigned char *record_bytes(const struct record *record, size_t *n)
{
  if (record->n != RECORD_IS_LONG) {
    *n = record->n;
    return record->bytes;
  }
  const struct long_record *whole = (const struct long_record *)(const void *)record;
  *n = whole->n;
  return whole->bytes;
}

/* Whether a record of these must be long. */
static inline bool record_is_long(uint64_t id, size_t n)
{
  return n >= RECORD_IS_LONG || id > UINT32_MAX;
}

/* What a record takes; 0 when that is more than can be counted. */
static inline size_t record_size(bool is_long, size_t n)
{
  if (!is_long)
    return RECORD_HEAD_BYTES + n;
  return n <= SIZE_MAX - sizeof(struct long_record) ? sizeof(struct long_record) + n : 0;
}

static inline void record_write(struct record *record, bool is_long, uint64_t id, const void *bytes,
                                size_t n)
{
  if (!is_long) {
    record->id = (uint32_t)id;
    record->n = (uint8_t)n;
    memcpy(record->bytes, bytes, n);
    return;
  }
  struct long_record *whole = (struct long_record *)(void *)record;
  whole->no_id = 0;
  whole->is_long = RECORD_IS_LONG;
  whole->id = id;
  whole->n = n;
  memcpy(whole->bytes, bytes, n);
}

static inline bool record_holds(const struct record *record, const void *bytes, size_t n)
{
  size_t held;
  const unsigned char *own = record_bytes(record, &held);
  return key_equal(own, held, bytes, n);
}

#endif
