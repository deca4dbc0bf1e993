/* generation.c: see generation.h. */
#include "tracer/generation.h"

#include <stdatomic.h>

int generation_create(struct generation *generation, const struct map_plugin *calls,
                      const struct map_config *config, bool one_region)
{
  struct map_config own = *config;
  generation->one_region = one_region;
  if (one_region) {
    shared_region_init(&generation->region, config->region, &config->region_config);
    shared_region_lend(&generation->region, &own);
  }
  int failed = string_table_create(&generation->strings, calls, &own);
  if (!failed) {
    failed = stack_table_create(&generation->stacks, calls, &own);
    if (failed)
      string_table_destroy(&generation->strings);
  }
  if (failed && one_region)
    shared_region_fini(&generation->region);
  return failed;
}

void generation_destroy(struct generation *generation)
{
  stack_table_destroy(&generation->stacks);
  string_table_destroy(&generation->strings);
  if (generation->one_region)
    shared_region_fini(&generation->region);
}

int generation_enter(struct generation *generation, const struct seat_place *place,
                     struct generation_seat *seat)
{
  const struct map_plugin *calls = generation->stacks.calls;
  *seat = (struct generation_seat){0};
  if (!calls->enter)
    return 0;
  int failed = calls->enter(generation->strings.map, place, &seat->strings);
  if (failed)
    return failed;
  failed = calls->enter(generation->stacks.map, place, &seat->stacks);
  if (failed)
    calls->leave(generation->strings.map, seat->strings);
  return failed;
}

void generation_leave(struct generation *generation, const struct generation_seat *seat)
{
  const struct map_plugin *calls = generation->stacks.calls;
  if (!calls->leave)
    return;
  calls->leave(generation->stacks.map, seat->stacks);
  calls->leave(generation->strings.map, seat->strings);
}

/* ---- cleaning ---- */

void cleaning_begin(struct cleaning *cleaning, struct generation *subject,
                    const struct generation_seat *seat)
{
  cleaning->subject = subject;
  cleaning->phase = CLEANING_DUMP;
  stack_dump_begin(&cleaning->dump, &subject->stacks, &subject->strings, seat->strings,
                   cleaning->corpus, cleaning->pool, subject->number);
}

static void note(struct stretches *stretches, uint64_t ns, uint64_t items)
{
  stretches->total_ns += ns;
  if (ns <= stretches->longest_ns)
    return;
  stretches->longest_ns = ns;
  stretches->longest_items = items;
}

static void note_longest(struct cleaning_record *record, uint64_t ns)
{
  record->steps++;
  if (ns > record->longest_ns)
    record->longest_ns = ns;
}

/* The dump is over: the strings are written out, and the figures taken while the tables are there.
 */
static void finish_dump(struct cleaning *cleaning)
{
  const struct stack_dump *dump = &cleaning->dump;
  struct string_table *strings = &cleaning->subject->strings;
  struct cleaning_record *record = &cleaning->record;
  trace_buffer_flush(&strings->buffer);
  record->stacks += dump->dumped;
  record->strings += strings->records;
  record->frames += dump->frames;
  record->unknown_frames += dump->unknown_frames;
  record->batches += dump->buffer.batches + strings->buffer.batches;
  record->bytes += dump->buffer.bytes + strings->buffer.bytes;
  record->lost += dump->buffer.lost + strings->buffer.lost;
}

/* Relaxed: a count that this thread's own calls have raised. */
static uint64_t blocks_so_far(const struct cleaning *cleaning)
{
  return atomic_load_explicit(cleaning->blocks_back, memory_order_relaxed);
}

/* A step of the phase. 1: there is more in it, 0: it is over, else -errno. */
static int step(struct cleaning *cleaning)
{
  const struct map_plugin *calls = cleaning->subject->stacks.calls;
  if (cleaning->phase == CLEANING_DUMP) {
    int more = stack_dump_step(&cleaning->dump, cleaning->step_stacks);
    if (more == 0)
      finish_dump(cleaning);
    return more;
  }
  void *map = cleaning->phase == CLEANING_STACKS ? cleaning->subject->stacks.map
                                                 : cleaning->subject->strings.map;
  return calls->reset_step(map, cleaning->step_blocks);
}

static bool one_step(struct cleaning *cleaning)
{
  uint64_t stacks = cleaning->dump.dumped, blocks = blocks_so_far(cleaning);
  bool dumping = cleaning->phase == CLEANING_DUMP;
  uint64_t from_ns = cleaning->now_ns();
  int more = step(cleaning);
  uint64_t took_ns = cleaning->now_ns() - from_ns;
  blocks = blocks_so_far(cleaning) - blocks;
  cleaning->record.blocks += blocks;
  note(dumping ? &cleaning->record.dump : &cleaning->record.reset, took_ns,
       dumping ? cleaning->dump.dumped - stacks : blocks);
  note_longest(&cleaning->record, took_ns);
  if (more < 0)
    cleaning->error = more;
  if (more < 0 || (more == 0 && cleaning->phase == CLEANING_STRINGS))
    cleaning->phase = CLEANING_DONE;
  else if (more == 0)
    cleaning->phase++;
  return cleaning->phase != CLEANING_DONE;
}

/* As the old tracer has it: dump and reset with no point in between where anything else may run. */
static void whole_section(struct cleaning *cleaning)
{
  const struct map_plugin *calls = cleaning->subject->stacks.calls;
  uint64_t blocks = blocks_so_far(cleaning);
  uint64_t from_ns = cleaning->now_ns();
  int failed = stack_dump_all(&cleaning->dump);
  finish_dump(cleaning);
  uint64_t dumped_ns = cleaning->now_ns();
  if (!failed)
    failed = calls->reset(cleaning->subject->stacks.map);
  if (!failed)
    failed = calls->reset(cleaning->subject->strings.map);
  uint64_t end_ns = cleaning->now_ns();
  blocks = blocks_so_far(cleaning) - blocks;
  cleaning->record.blocks += blocks;
  note(&cleaning->record.dump, dumped_ns - from_ns, cleaning->dump.dumped);
  note(&cleaning->record.reset, end_ns - dumped_ns, blocks);
  note_longest(&cleaning->record, end_ns - from_ns);
  cleaning->error = failed;
  cleaning->phase = CLEANING_DONE;
}

bool cleaning_step(struct cleaning *cleaning)
{
  if (cleaning->in_steps)
    return one_step(cleaning);
  whole_section(cleaning);
  return false;
}
