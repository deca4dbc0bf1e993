/* stack_table.c: see stack_table.h. */
#include "tracer/stack_table.h"

#include "tracer/varint.h"

#define PC_BYTES 8

int stack_table_create(struct stack_table *table, const struct map_plugin *calls,
                       const struct map_config *config)
{
  table->calls = calls;
  return calls->create(config, &table->map);
}

void stack_table_destroy(struct stack_table *table)
{
  table->calls->destroy(table->map);
}

struct map_put stack_table_put(struct stack_table *table, void *seat, const void *pcs, size_t n)
{
  if (n > TRACE_STACK_DEPTH_MOST * PC_BYTES)
    n = TRACE_STACK_DEPTH_MOST * PC_BYTES;
  return table->calls->put(table->map, seat, pcs, n); /* of none: (0, false) */
}

void stack_dump_begin(struct stack_dump *dump, struct stack_table *stacks,
                      struct string_table *strings, void *string_seat, const struct corpus *corpus,
                      struct batch_pool *pool, uint64_t generation)
{
  *dump = (struct stack_dump){
      .stacks = stacks, .strings = strings, .string_seat = string_seat, .corpus = corpus};
  trace_buffer_begin(&dump->buffer, pool, BATCH_STACKS, generation);
}

static unsigned char *write_frame(struct stack_dump *dump, unsigned char *at, uint64_t pc)
{
  const struct corpus_frame *frame = corpus_frame(dump->corpus, pc);
  uint64_t function = 0, file = 0, line = 0;
  dump->frames++;
  if (frame) {
    struct string_table *strings = dump->strings;
    void *seat = dump->string_seat;
    function = string_table_put(strings, seat, frame->function, frame->function_length).id;
    file = string_table_put(strings, seat, frame->file, frame->file_length).id;
    line = frame->line;
  } else {
    dump->unknown_frames++;
  }
  return varint_write(varint_write(varint_write(varint_write(at, pc), function), file), line);
}

static bool write_stack(void *arg, uint64_t id, const void *pcs, size_t n)
{
  struct stack_dump *dump = arg;
  const unsigned char *bytes = pcs;
  size_t depth = n / PC_BYTES;
  unsigned char *at = trace_buffer_reserve(&dump->buffer, 1 + 2 * VARINT_BYTES_MOST +
                                                              depth * 4 * VARINT_BYTES_MOST);
  if (!at)
    return true; /* counted as lost */
  *at++ = RECORD_STACK;
  at = varint_write(varint_write(at, id), depth);
  for (size_t i = 0; i < depth; i++)
    at = write_frame(dump, at, corpus_pc(bytes + i * PC_BYTES));
  trace_buffer_commit(&dump->buffer, at);
  dump->dumped++;
  return true;
}

int stack_dump_step(struct stack_dump *dump, unsigned stacks)
{
  const struct stack_table *table = dump->stacks;
  int more = table->calls->visit_step(table->map, &dump->cursor, stacks, write_stack, dump);
  if (more == 0)
    trace_buffer_flush(&dump->buffer);
  return more;
}

int stack_dump_all(struct stack_dump *dump)
{
  const struct stack_table *table = dump->stacks;
  int failed = table->calls->visit(table->map, write_stack, dump);
  trace_buffer_flush(&dump->buffer);
  return failed;
}
