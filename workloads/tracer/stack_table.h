/* stack_table.h: the tracer's table of stacks: 1 to 128 program counters, interned as raw bytes. A
 * dump shows all stacks and expands each into frames; the names of functions and files are put into
 * the generation's string table as it goes.
 *
 * put is thread-safe, one thread a seat of the map. Nothing may run beside a dump but puts into the
 * string table.
 */
#ifndef TMB_TRACER_STACK_TABLE_H
#define TMB_TRACER_STACK_TABLE_H

#include "corpus/corpus.h"
#include "tracer/string_table.h"

struct stack_table {
  const struct map_plugin *calls;
  void *map; /* the table's own */
};

/* 0, or -errno of the map's create(). */
int stack_table_create(struct stack_table *, const struct map_plugin *, const struct map_config *);
void stack_table_destroy(struct stack_table *);

/* Interns a stack of n bytes, a whole number of 8-byte counters, the innermost first; what lies
 * beyond TRACE_STACK_DEPTH_MOST is cut off. The empty stack has id 0. */
struct map_put stack_table_put(struct stack_table *, void *seat, const void *pcs, size_t n);

/* A dump under way. */
struct stack_dump {
  struct stack_table *stacks;
  struct string_table *strings;
  void *string_seat;           /* of the thread that dumps, in the string table */
  const struct corpus *corpus; /* knows functions, files and lines */
  struct trace_buffer buffer;
  struct map_cursor cursor;
  uint64_t dumped, frames, unknown_frames;
};

void stack_dump_begin(struct stack_dump *, struct stack_table *, struct string_table *,
                      void *string_seat, const struct corpus *, struct batch_pool *,
                      uint64_t generation);
/* At most `stacks` stacks. 1: there are more, 0: all are written and flushed, else -errno. The map
 * has visit_step. */
int stack_dump_step(struct stack_dump *, unsigned stacks);
/* All in one go. 0 or -errno. */
int stack_dump_all(struct stack_dump *);

#endif
