/* string_table.c: see string_table.h. */
#include "tracer/string_table.h"

#include <string.h>

#include "tracer/varint.h"

int string_table_create(struct string_table *table, const struct map_plugin *calls,
                        const struct map_config *config)
{
  *table = (struct string_table){.calls = calls};
  int failed = calls->create(config, &table->map);
  if (!failed)
    pthread_mutex_init(&table->lock, NULL);
  return failed;
}

void string_table_destroy(struct string_table *table)
{
  table->calls->destroy(table->map);
  pthread_mutex_destroy(&table->lock);
}

void string_table_begin(struct string_table *table, struct batch_pool *pool, uint64_t generation)
{
  trace_buffer_begin(&table->buffer, pool, BATCH_STRINGS, generation);
  table->records = 0;
}

static void write_record(struct string_table *table, uint64_t id, const void *bytes, size_t n)
{
  if (n > TRACE_STRING_BYTES_MOST)
    n = TRACE_STRING_BYTES_MOST;
  pthread_mutex_lock(&table->lock);
  unsigned char *at = trace_buffer_reserve(&table->buffer, 1 + 2 * VARINT_BYTES_MOST + n);
  if (at) {
    *at++ = RECORD_STRING;
    at = varint_write(varint_write(at, id), n);
    memcpy(at, bytes, n);
    trace_buffer_commit(&table->buffer, at + n);
    table->records++;
  }
  pthread_mutex_unlock(&table->lock);
}

struct map_put string_table_put(struct string_table *table, void *seat, const void *bytes, size_t n)
{
  struct map_put put = table->calls->put(table->map, seat, bytes, n);
  if (put.added)
    write_record(table, put.id, bytes, n);
  return put;
}

uint64_t string_table_emit(struct string_table *table, void *seat, const void *bytes, size_t n)
{
  uint64_t id = table->calls->steal_id(table->map, seat);
  write_record(table, id, bytes, n);
  return id;
}
