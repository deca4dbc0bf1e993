/* string_table.h: the tracer's table of strings: each string that is new gets a record in the
 * table's buffer, written under the table's own lock by whoever added it.
 *
 * put and emit are thread-safe, one thread a seat of the map. No other call may run beside them.
 */
#ifndef TMB_TRACER_STRING_TABLE_H
#define TMB_TRACER_STRING_TABLE_H

#include "api/intern_map.h"
#include "tracer/trace_buffer.h"

struct string_table {
  const struct map_plugin *calls;
  void *map; /* the table's own */
  pthread_mutex_t lock;
  struct trace_buffer buffer; /* under lock */
  uint64_t records;           /* under lock */
};

/* 0, or -errno of the map's create(). */
int string_table_create(struct string_table *, const struct map_plugin *,
                        const struct map_config *);
void string_table_destroy(struct string_table *);
/* The records of a generation follow. The map is empty. */
void string_table_begin(struct string_table *, struct batch_pool *, uint64_t generation);

/* Interns the whole string; of a new one the first TRACE_STRING_BYTES_MOST bytes are written. */
struct map_put string_table_put(struct string_table *, void *seat, const void *bytes, size_t n);
/* Writes a string under an id of its own, without interning it. */
uint64_t string_table_emit(struct string_table *, void *seat, const void *bytes, size_t n);

#endif
