/* trace_buffer.c: see trace_buffer.h. */
#include "tracer/trace_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/varint.h"

int batch_pool_init(struct batch_pool *pool, size_t batches)
{
  pool->idle = NULL;
  pthread_mutex_init(&pool->lock, NULL);
  for (size_t i = 0; i < batches; i++) {
    struct trace_batch *batch = malloc(sizeof *batch);
    if (!batch) {
      batch_pool_fini(pool);
      return -ENOMEM;
    }
    memset(batch, 0, sizeof *batch);
    batch->next = pool->idle;
    pool->idle = batch;
  }
  return 0;
}

void batch_pool_fini(struct batch_pool *pool)
{
  while (pool->idle) {
    struct trace_batch *batch = pool->idle;
    pool->idle = batch->next;
    free(batch);
  }
  pthread_mutex_destroy(&pool->lock);
}

void batch_pool_return(struct batch_pool *pool, struct trace_batch *list)
{
  pthread_mutex_lock(&pool->lock);
  while (list) {
    struct trace_batch *batch = list;
    list = batch->next;
    batch->next = pool->idle;
    pool->idle = batch;
  }
  pthread_mutex_unlock(&pool->lock);
}

static struct trace_batch *take_batch(struct batch_pool *pool)
{
  pthread_mutex_lock(&pool->lock);
  struct trace_batch *batch = pool->idle;
  if (batch)
    pool->idle = batch->next;
  pthread_mutex_unlock(&pool->lock);
  return batch ? batch : malloc(sizeof *batch);
}

void trace_buffer_begin(struct trace_buffer *buffer, struct batch_pool *pool, enum batch_kind kind,
                        uint64_t generation)
{
  *buffer = (struct trace_buffer){
      .pool = pool, .kind = kind, .generation = generation, .end = &buffer->full};
}

static struct trace_batch *open_batch(struct trace_buffer *buffer)
{
  struct trace_batch *batch = take_batch(buffer->pool);
  if (batch) {
    batch->next = NULL;
    batch->bytes[0] = (unsigned char)buffer->kind;
    batch->used = (size_t)(varint_write(batch->bytes + 1, buffer->generation) - batch->bytes);
  }
  return batch;
}

unsigned char *trace_buffer_reserve(struct trace_buffer *buffer, size_t bytes)
{
  if (buffer->open && buffer->open->used + bytes > TRACE_BATCH_BYTES)
    trace_buffer_flush(buffer);
  if (!buffer->open)
    buffer->open = open_batch(buffer);
  if (buffer->open && buffer->open->used + bytes <= TRACE_BATCH_BYTES)
    return buffer->open->bytes + buffer->open->used;
  buffer->lost++;
  return NULL;
}

void trace_buffer_commit(struct trace_buffer *buffer, const unsigned char *end)
{
  buffer->open->used = (size_t)(end - buffer->open->bytes);
}

void trace_buffer_flush(struct trace_buffer *buffer)
{
  if (!buffer->open)
    return;
  buffer->batches++;
  buffer->bytes += buffer->open->used;
  *buffer->end = buffer->open;
  buffer->end = &buffer->open->next;
  buffer->open = NULL;
}

struct trace_batch *trace_buffer_take(struct trace_buffer *buffer)
{
  struct trace_batch *full = buffer->full;
  buffer->full = NULL;
  buffer->end = &buffer->full;
  return full;
}
