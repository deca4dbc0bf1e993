/* trace_buffer.h: the 64 KiB batches that a table writes its records into. A record that does not
 * fit ends the batch, which is flushed, and begins a new one.
 *
 *   batch  = kind, generation, record...     kind is a byte, all other numbers are varints
 *   record = 's', id, length, bytes          in a batch of strings: at most 1024 bytes
 *          | 'k', id, frames, frame...       in a batch of stacks: 1 to 128 frames
 *   frame  = pc, function, file, line        function and file are ids of strings, 0: not known
 *
 * Used by the tables of workloads/tracer; batch_reader.h reads batches again. A buffer is not
 * thread-safe (its table has a lock), a pool is.
 */
#ifndef TMB_TRACER_TRACE_BUFFER_H
#define TMB_TRACER_TRACE_BUFFER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_BATCH_BYTES ((size_t)64 * 1024)
#define TRACE_STRING_BYTES_MOST ((size_t)1024)
#define TRACE_STACK_DEPTH_MOST ((size_t)128)

enum batch_kind { BATCH_STRINGS = 'S', BATCH_STACKS = 'K' };
enum record_mark { RECORD_STRING = 's', RECORD_STACK = 'k' };

struct trace_batch {
  struct trace_batch *next;
  size_t used;
  unsigned char bytes[TRACE_BATCH_BYTES];
};

/* Batches that wait to be used again. */
struct batch_pool {
  pthread_mutex_t lock;
  struct trace_batch *idle; /* under lock */
};

/* Begins with so many batches whose pages are there. 0 or -ENOMEM. */
int batch_pool_init(struct batch_pool *, size_t batches);
/* Frees all that came back. */
void batch_pool_fini(struct batch_pool *);
/* A list of batches comes back. */
void batch_pool_return(struct batch_pool *, struct trace_batch *list);

struct trace_buffer {
  struct batch_pool *pool;
  enum batch_kind kind;
  uint64_t generation;
  struct trace_batch *open;        /* being written; NULL: none yet */
  struct trace_batch *full, **end; /* flushed, in order */
  uint64_t batches, bytes;         /* flushed */
  uint64_t lost;                   /* records for which there was no memory */
};

void trace_buffer_begin(struct trace_buffer *, struct batch_pool *, enum batch_kind,
                        uint64_t generation);
/* Room for a record of up to `bytes` bytes; NULL: no memory, the record is lost. */
unsigned char *trace_buffer_reserve(struct trace_buffer *, size_t bytes);
/* The record that was reserved ends before `end`. */
void trace_buffer_commit(struct trace_buffer *, const unsigned char *end);
void trace_buffer_flush(struct trace_buffer *);
/* Takes the flushed batches off the buffer. */
struct trace_batch *trace_buffer_take(struct trace_buffer *);

#endif
