/* record.h: an interned string with its id, as split_line keeps it. Written before it is published,
 * never moved, never changed, but for an id that is given later (ids.h): 0 until then.
 *
 * A short record spends five bytes on its head. Where the string has 255 bytes or more, or the id
 * no longer fits 32 bits, both stand in a longer head behind it.
 */
#ifndef SPLIT_LINE_RECORD_H
#define SPLIT_LINE_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/atomics.h"
#include "common/key.h"

#define RECORD_IS_LONG 255

struct record {
  _Atomic uint32_t id; /* 0 in a long record */
  uint8_t n;           /* RECORD_IS_LONG in a long record */
  unsigned char bytes[];
};

struct long_record {
  uint32_t no_id;  /* 0 */
  uint8_t is_long; /* RECORD_IS_LONG */
  _Atomic uint64_t id;
  uint64_t n;
  unsigned char bytes[];
};

#define RECORD_HEAD_BYTES offsetof(struct record, bytes)

static inline struct long_record *record_long(const struct record *record)
{
  return (struct long_record *)(uintptr_t)record;
}

/* 0: none yet. */
static inline uint64_t record_id(const struct record *record)
{
  /* Acquire: pairs with record_give_id(), for the ids that were given before. */
  return record->n != RECORD_IS_LONG ? load_acquire(&record->id)
                                     : load_acquire(&record_long(record)->id);
}

/* Unless it has one; its id. Of a short one the id must fit. */
static inline uint64_t record_give_id(struct record *record, uint64_t id)
{
  /* Pairs with record_id(). */
  if (record->n == RECORD_IS_LONG) {
    uint64_t present = 0;
    return cas_publish(&record_long(record)->id, &present, id) ? id : present;
  }
  uint32_t present = 0;
  return cas_publish(&record->id, &present, (uint32_t)id) ? id : present;
}

static inline const unsigned char *record_bytes(const struct record *record, size_t *n)
{
  if (record->n != RECORD_IS_LONG) {
    *n = record->n;
    return record->bytes;
  }
  const struct long_record *whole = record_long(record);
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
    atomic_init(&record->id, (uint32_t)id);
    record->n = (uint8_t)n;
    memcpy(record->bytes, bytes, n);
    return;
  }
  struct long_record *whole = record_long(record);
  whole->no_id = 0;
  whole->is_long = RECORD_IS_LONG;
  atomic_init(&whole->id, id);
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
