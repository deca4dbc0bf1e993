/* generations: the tracer at work. All threads put the stacks and strings of a recorded program
 * into the tables of the generation under way; at a switch they go over to the other pair of
 * tables, and the last thread also cleans: it dumps the stacks of the generation that ended, writes
 * its strings out and gives its memory back.
 *
 * Where the map works in steps (MAP_INCREMENTAL) there is a yield point behind each step, and a
 * yield point means: what else stands on that processor goes on, here the thread's own stream of
 * puts. Where it does not, dump and reset are one section, and nothing is put on that processor
 * until it is over. A stall is the time between the ends of two successive puts of a thread,
 * whatever lay between them, so no wait is left out.
 *
 * Who waits for whom: nobody, but the cleaning, for the writers that are still in the generation
 * which ended. Each publishes where it is; until all have left, the cleaning thread goes on
 * writing.
 *
 * end() decodes what was written and holds it against what was put (tracer/trace_proof.h), as many
 * generations as the memory for batches allows. A map that interns nothing is not checked: null_map
 * shows what the streams, the clock and the records cost.
 */
#include <errno.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generations_trial.h"

#define GENERATIONS_MOST 4096
#define SLICE_STEPS 16          /* puts between two steps of the cleaning */
#define NEAR_SWITCH_NS 1000000u /* a stall this long after the cleaning is near it */
#define ARCHIVE_BYTES_MOST ((uint64_t)256 << 20) /* batches kept for the check */
#define GONE UINT64_MAX

enum kind { KIND_PUT, KIND_STALL, KIND_STALL_AT_SWITCH, KIND_STRETCH };
static const char *const latencies[] = {"put", "stall", "stall_at_switch", "stretch", NULL};

static const struct workload_parameter parameters[] = {
    [PARAMETER_KEYS] = {"keys",
                        "different keys of a generation, at most one an event; numbers make up for "
                        "what the corpus lacks; 0: as it is",
                        0, 0, 1e8},
    [PARAMETER_GENERATIONS] = {"generations", "of a trial, each as many events long as the others",
                               8, 1, GENERATIONS_MOST},
    [PARAMETER_RATE] = {"rate", "switches a second; 0: after events, as `generations` says", 0, 0,
                        1e6},
    [PARAMETER_STEP_STACKS] = {"step_stacks", "stacks dumped between yield points, at most", 16, 1,
                               1e6},
    [PARAMETER_STEP_BLOCKS] = {"step_blocks", "blocks given back between yield points, at most", 1,
                               1, 1e6},
    [PARAMETER_ONE_REGION] = {"one_region",
                              "1: a generation's two tables take their blocks from one region", 0,
                              0, 1},
    {0},
};

/* ---- begin ---- */

static void *counted(struct counting_source *counting, void *block)
{
  atomic_fetch_add_explicit(&counting->taken, block != NULL, memory_order_relaxed); /* a count */
  return block;
}

static void *take(struct block_source *source, size_t bytes)
{
  struct counting_source *counting = (struct counting_source *)source;
  return counted(counting, counting->inner->take(counting->inner, bytes));
}

static void *take_zeroed(struct block_source *source, size_t bytes)
{
  struct counting_source *counting = (struct counting_source *)source;
  return counted(counting, block_source_take_zeroed(counting->inner, bytes));
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  struct counting_source *counting = (struct counting_source *)source;
  counting->inner->give_back(counting->inner, block, bytes);
  atomic_fetch_add_explicit(&counting->back, 1, memory_order_relaxed); /* the same */
}

/* Pages for what the generations will write, about. */
static size_t batches_wanted(const struct workload_plan *plan)
{
  const struct key_set *keys = &plan->key_set;
  double bytes = (double)keys->offset[keys->count] * 2 + (double)keys->count * 16;
  bytes *= plan->parameter[PARAMETER_GENERATIONS];
  bytes = bytes < (double)ARCHIVE_BYTES_MOST ? bytes : (double)ARCHIVE_BYTES_MOST;
  return (size_t)(bytes / (double)TRACE_BATCH_BYTES) + 8;
}

static void destroy(struct tracing *t)
{
  unsigned threads = t->stage->plan->threads;
  for (unsigned w = 0; t->writer && w < threads; w++)
    free(t->writer[w].first_step);
  for (size_t g = 0; t->archive && g <= GENERATIONS_MOST; g++) {
    batch_pool_return(&t->pool, t->archive[g].strings);
    batch_pool_return(&t->pool, t->archive[g].stacks);
  }
  batch_pool_fini(&t->pool);
  free(t->writer);
  free(t->archive);
  free(t);
}

static int make_writers(struct tracing *t, unsigned threads)
{
  t->writer = aligned_alloc(alignof(struct writer), threads * sizeof *t->writer);
  t->archive = calloc(GENERATIONS_MOST + 1, sizeof *t->archive);
  if (!t->writer || !t->archive)
    return -ENOMEM;
  memset(t->writer, 0, threads * sizeof *t->writer);
  for (unsigned w = 0; w < threads; w++) {
    atomic_init(&t->writer[w].in, 1);
    t->writer[w].last = 1;
    t->writer[w].first_step = calloc(GENERATIONS_MOST + 2, sizeof(uint64_t));
    if (!t->writer[w].first_step)
      return -ENOMEM;
  }
  return 0;
}

static int make_tables(struct tracing *t)
{
  const struct stage *stage = t->stage;
  bool one_region = stage->plan->parameter[PARAMETER_ONE_REGION] > 0;
  for (int g = 0; g < 2; g++) {
    struct map_config config = *stage->config;
    t->source[g] = (struct counting_source){
        .source = {.take = take, .give_back = give_back, .take_zeroed = take_zeroed},
        .inner = config.region_config.source};
    config.region_config.source = &t->source[g].source;
    int failed = generation_create(&t->generation[g], stage->calls, &config, one_region);
    if (failed && g == 1)
      generation_destroy(&t->generation[0]);
    if (failed)
      return failed;
  }
  return 0;
}

static void open_tables(struct tracing *t, uint64_t number)
{
  struct generation *generation = &t->generation[number & 1];
  generation->number = number;
  string_table_begin(&generation->strings, &t->pool, number);
}

static void make_cleaning(struct tracing *t)
{
  const struct map_plugin *calls = t->stage->calls;
  const double *parameter = t->stage->plan->parameter;
  t->cleaning = (struct cleaning){.corpus = t->plan->corpus,
                                  .pool = &t->pool,
                                  .now_ns = t->stage->now_ns,
                                  .step_stacks = (unsigned)parameter[PARAMETER_STEP_STACKS],
                                  .step_blocks = (unsigned)parameter[PARAMETER_STEP_BLOCKS],
                                  .in_steps = calls->head.promises & MAP_INCREMENTAL &&
                                              calls->visit_step && calls->reset_step};
}

static int begin(struct stage *stage)
{
  const struct workload_plan *plan = stage->plan;
  struct tracing *t = aligned_alloc(alignof(struct tracing), sizeof *t);
  if (!t) {
    snprintf(stage->error, sizeof stage->error, "no memory");
    return -ENOMEM;
  }
  memset(t, 0, sizeof *t);
  t->stage = stage;
  t->plan = generations_plan_of(plan);
  atomic_init(&t->current, 1);
  int failed = batch_pool_init(&t->pool, batches_wanted(plan));
  if (!failed)
    failed = make_writers(t, plan->threads);
  if (!failed)
    failed = make_tables(t);
  if (failed) {
    snprintf(stage->error, sizeof stage->error, "tables were not created: %s", strerror(-failed));
    destroy(t);
    return failed;
  }
  make_cleaning(t);
  open_tables(t, 1);
  stage->own = t;
  return 0;
}

/* ---- act: the conductor ---- */

static unsigned conductor(const struct tracing *t)
{
  return t->stage->plan->threads - 1;
}

static void emit_name(struct tracing *t, uint64_t number)
{
  char name[40];
  size_t n = generation_name(name, number);
  t->archive[number].emitted =
      string_table_emit(&t->generation[number & 1].strings,
                        t->writer[conductor(t)].seat[number & 1].strings, name, n);
}

static bool all_left(const struct tracing *t, uint64_t generation)
{
  for (unsigned w = 0; w < t->stage->plan->threads; w++) {
    /* Pairs with the stores in move_on() and act(). */
    uint64_t in = atomic_load_explicit(&t->writer[w].in, memory_order_acquire);
    if (in <= generation)
      return false;
  }
  return true;
}

static bool is_due(const struct tracing *t, uint64_t step, uint64_t now_ns)
{
  double rate = t->stage->plan->parameter[PARAMETER_RATE];
  if (t->switches + 1 >= GENERATIONS_MOST)
    return false;
  return rate > 0 ? (double)(now_ns - t->switched_ns) * rate >= 1e9
                  : step - t->switched_step >= t->plan->stretch;
}

static void switch_over(struct tracing *t, uint64_t step, uint64_t now_ns)
{
  uint64_t next = atomic_load_explicit(&t->current, memory_order_relaxed) +
                  1;    /* written by this thread alone */
  open_tables(t, next); /* before anybody sees that they are in use */
  emit_name(t, next);
  atomic_store_explicit(&t->near_switch_until_ns, UINT64_MAX, memory_order_relaxed);
  atomic_store_explicit(&t->current, next, memory_order_release); /* pairs with the load in act() */
  t->stage->span(t->stage, "switch", now_ns, now_ns);
  t->switches++;
  t->switched_step = step;
  t->switched_ns = now_ns;
  t->conduct = CONDUCT_LEAVE;
}

/* Its batches are kept for the check while there is room. */
static void archive_batches(struct tracing *t)
{
  struct generation *generation = t->cleaning.subject;
  struct archive *archive = &t->archive[generation->number];
  struct trace_buffer *buffer[2] = {&generation->strings.buffer, &t->cleaning.dump.buffer};
  uint64_t bytes = (buffer[0]->batches + buffer[1]->batches) * sizeof(struct trace_batch);
  archive->kept = t->archive_bytes + bytes <= ARCHIVE_BYTES_MOST;
  struct trace_batch *list[2] = {trace_buffer_take(buffer[0]), trace_buffer_take(buffer[1])};
  if (archive->kept) {
    t->archive_bytes += bytes;
    archive->strings = list[0];
    archive->stacks = list[1];
  } else {
    batch_pool_return(&t->pool, list[0]);
    batch_pool_return(&t->pool, list[1]);
  }
}

/* Nobody takes from the generation's source now. */
static void count_kept_blocks(struct tracing *t)
{
  struct counting_source *source = &t->source[t->cleaning.subject->number & 1];
  uint64_t kept = atomic_load_explicit(&source->taken, memory_order_relaxed) -
                  atomic_load_explicit(&source->back, memory_order_relaxed); /* as said */
  if (!kept || t->kept_blocks)
    return;
  t->kept_blocks = kept;
  t->keeper = t->cleaning.subject->number;
}

/* Marks what the step that lies behind has ended. */
static void mark_phases(struct tracing *t, enum cleaning_phase before, uint64_t dump_ns,
                        uint64_t now_ns)
{
  enum cleaning_phase after = t->cleaning.phase;
  uint64_t dumped_at_ns = now_ns;
  if (before == CLEANING_DUMP && after == CLEANING_DONE)
    dumped_at_ns = t->phase_from_ns + dump_ns; /* dump and reset in one */
  if (before == CLEANING_DUMP && after != CLEANING_DUMP) {
    t->stage->span(t->stage, "dump", t->phase_from_ns, dumped_at_ns);
    t->phase_from_ns = dumped_at_ns;
  }
  if (after == CLEANING_DONE)
    t->stage->span(t->stage, "reset", t->phase_from_ns, now_ns);
}

/* One stretch of cleaning. */
static void clean(struct tracing *t)
{
  enum cleaning_phase before = t->cleaning.phase;
  uint64_t dump_ns = t->cleaning.record.dump.total_ns;
  uint64_t from_ns = t->stage->now_ns();
  bool more = cleaning_step(&t->cleaning);
  uint64_t now_ns = t->stage->now_ns();
  t->stage->latency(t->stage, conductor(t), KIND_STRETCH, from_ns, now_ns);
  mark_phases(t, before, t->cleaning.record.dump.total_ns - dump_ns, now_ns);
  t->slice_left = SLICE_STEPS;
  if (more)
    return;
  archive_batches(t);
  count_kept_blocks(t);
  t->late_switches += t->late;
  t->late = false;
  atomic_store_explicit(&t->near_switch_until_ns, now_ns + NEAR_SWITCH_NS, memory_order_relaxed);
  t->conduct = CONDUCT_WRITE;
}

static void start_cleaning(struct tracing *t, uint64_t generation)
{
  t->phase_from_ns = t->stage->now_ns();
  t->cleaning.blocks_back = &t->source[generation & 1].back;
  cleaning_begin(&t->cleaning, &t->generation[generation & 1],
                 &t->writer[conductor(t)].seat[generation & 1]);
  t->slice_left = 0;
  t->conduct = CONDUCT_CLEAN;
}

/* Called behind each put of the last thread but its last one. True: time went by. */
static bool conduct(struct tracing *t, uint64_t step, uint64_t now_ns)
{
  switch (t->conduct) {
  case CONDUCT_WRITE:
    if (!is_due(t, step, now_ns))
      return false;
    switch_over(t, step, now_ns);
    return true;
  case CONDUCT_LEAVE:
    if (all_left(t, atomic_load_explicit(&t->current, memory_order_relaxed) - 1))
      start_cleaning(t, atomic_load_explicit(&t->current, memory_order_relaxed) - 1);
    return false;
  default:
    t->late = is_due(t, step, now_ns);
    if (t->slice_left && --t->slice_left)
      return false;
    clean(t);
    return true;
  }
}

/* The trace stops: what is left of the last two generations is cleaned. */
static void conduct_to_end(struct tracing *t)
{
  uint64_t last = atomic_load_explicit(&t->current, memory_order_relaxed);
  while (!all_left(t, last))
    sched_yield();
  if (t->conduct == CONDUCT_LEAVE)
    start_cleaning(t, last - 1);
  while (t->conduct == CONDUCT_CLEAN)
    clean(t);
  start_cleaning(t, last);
  while (t->conduct == CONDUCT_CLEAN)
    clean(t);
}

/* ---- act: the writers ---- */

/* From now on the writer's puts go into that generation, from this step on. */
static void move_on(struct writer *writer, uint64_t generation, uint64_t step)
{
  while (writer->last < generation)
    writer->first_step[++writer->last] = step;
  atomic_store_explicit(&writer->in, generation,
                        memory_order_release); /* pairs with the load in all_left() */
}

static uint64_t put_step(struct tracing *t, struct writer *writer, uint64_t generation, bool stack,
                         const struct tape_step *step)
{
  struct generation *tables = &t->generation[generation & 1];
  struct generation_seat *seat = &writer->seat[generation & 1];
  struct map_put put =
      stack ? stack_table_put(&tables->stacks, seat->stacks, tape_key(step), step->length)
            : string_table_put(&tables->strings, seat->strings, tape_key(step), step->length);
  return result_word(put.id, put.added);
}

static void write_stream(struct tracing *t, unsigned thread)
{
  struct stage *stage = t->stage;
  struct writer *writer = &t->writer[thread];
  const struct tape *tape = &stage->plan->timed[thread];
  const uint8_t *stack_step = t->plan->stack_step[thread];
  const struct tape_step *step = tape->steps;
  bool conducts = thread == conductor(t);
  uint64_t ended_ns = stage->now_ns(), began_ns = ended_ns;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    /* Pairs with the store in switch_over(). */
    uint64_t generation = atomic_load_explicit(&t->current, memory_order_acquire);
    if (generation != writer->last)
      move_on(writer, generation, i);
    stage->results[thread][i] = put_step(t, writer, generation, stack_step[i], step);
    uint64_t now_ns = stage->now_ns();
    stage->latency(stage, thread, KIND_PUT, began_ns, now_ns);
    stage->latency(stage, thread, KIND_STALL, ended_ns, now_ns);
    if (now_ns <
        atomic_load_explicit(&t->near_switch_until_ns, memory_order_relaxed)) /* only sorts */
      stage->latency(stage, thread, KIND_STALL_AT_SWITCH, ended_ns, now_ns);
    began_ns = ended_ns = now_ns;
    if (conducts && i + 1 < tape->count && conduct(t, i + 1, now_ns))
      began_ns = stage->now_ns();
  }
}

static void leave(struct tracing *t, struct writer *writer, int entered)
{
  for (int g = 0; g < entered; g++)
    generation_leave(&t->generation[g], &writer->seat[g]);
}

static void act(struct stage *stage, unsigned thread)
{
  struct tracing *t = stage->own;
  struct writer *writer = &t->writer[thread];
  int entered = 0;
  while (entered < 2 && !writer->error) {
    writer->error =
        generation_enter(&t->generation[entered], &stage->place[thread], &writer->seat[entered]);
    entered += !writer->error;
  }
  if (!writer->error && thread == conductor(t)) {
    t->switched_ns = stage->start_ns;
    emit_name(t, 1);
  }
  if (!writer->error)
    write_stream(t, thread);
  atomic_store_explicit(&writer->in, GONE,
                        memory_order_release); /* pairs with the load in all_left() */
  if (!writer->error && thread == conductor(t))
    conduct_to_end(t);
  leave(t, writer, entered);
}

/* ---- end ---- */

static int end(struct stage *stage)
{
  struct tracing *t = stage->own;
  int result = tracing_failure(t);
  if (!result && !(stage->calls->head.promises & MAP_IS_BASELINE))
    result = tracing_prove(t);
  tracing_figures(t);
  generation_destroy(&t->generation[0]);
  generation_destroy(&t->generation[1]);
  destroy(t);
  return result;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "generations",
             .summary =
                 "the tracer: tables filled, dumped and dropped in turn while writing goes on"},
    .needs = NEEDS_CORPUS | NEEDS_VISIT | NEEDS_RESET | NEEDS_STEAL,
    .parameters = parameters,
    .prepare = generations_plan_prepare,
    .cleanup = generations_plan_cleanup,
    .begin = begin,
    .act = act,
    .end = end,
    .latencies = latencies,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
