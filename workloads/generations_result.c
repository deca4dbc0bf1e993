/* generations_result.c: what came of a trial of generations: whether what was written is what was
 * put, and its figures. Called by generations.c when all threads have ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generations_trial.h"
#include "tracer/trace_proof.h"

size_t generation_name(char name[40], uint64_t number)
{
  return (size_t)snprintf(name, 40, "generation %llu", (unsigned long long)number);
}

static void give_batches(struct trace_proof *proof, const struct trace_batch *batch)
{
  for (; batch; batch = batch->next)
    trace_proof_batch(proof, batch->bytes, batch->used);
}

/* The steps of one writer that went into the generation; *step is the first of them, and stands
 * behind the last afterwards. */
static void prove_writer(const struct tracing *t, struct trace_proof *proof, unsigned thread,
                         uint64_t generation, const struct tape_step **step)
{
  const struct writer *writer = &t->writer[thread];
  uint64_t from = generation <= writer->last ? writer->first_step[generation]
                                             : t->stage->plan->timed[thread].count;
  uint64_t to = generation < writer->last ? writer->first_step[generation + 1]
                                          : t->stage->plan->timed[thread].count;
  for (uint64_t i = from; i < to; i++, *step = tape_next(*step)) {
    uint64_t word = t->stage->results[thread][i];
    struct trace_put put = {.thread = thread,
                            .kind = t->plan->stack_step[thread][i] ? CORPUS_STACK : CORPUS_STRING,
                            .key = (*step)->key,
                            .bytes = tape_key(*step),
                            .n = (*step)->length,
                            .id = result_id(word),
                            .added = result_added(word)};
    trace_proof_put(proof, &put);
  }
}

static bool prove_generation(const struct tracing *t, struct trace_proof *proof, uint64_t number,
                             const struct tape_step **step)
{
  const struct archive *archive = &t->archive[number];
  char name[40];
  size_t n = generation_name(name, number);
  trace_proof_begin(proof, number, archive->kept);
  give_batches(proof, archive->strings);
  give_batches(proof, archive->stacks);
  trace_proof_emitted(proof, archive->emitted, name, n);
  for (unsigned w = 0; w < t->stage->plan->threads; w++)
    prove_writer(t, proof, w, number, &step[w]);
  return trace_proof_end(proof);
}

int tracing_prove(const struct tracing *t)
{
  struct stage *stage = t->stage;
  const struct workload_plan *plan = stage->plan;
  struct trace_proof *proof =
      trace_proof_create(t->plan->corpus, plan->key_set.count, plan->threads);
  const struct tape_step **step = calloc(plan->threads, sizeof *step);
  int result = proof && step ? 0 : -ENOMEM;
  if (result)
    snprintf(stage->error, sizeof stage->error, "no memory to check what was written");
  for (unsigned w = 0; !result && w < plan->threads; w++)
    step[w] = plan->timed[w].steps;
  for (uint64_t g = 1; !result && g <= t->switches + 1; g++) {
    if (prove_generation(t, proof, g, step))
      continue;
    snprintf(stage->error, sizeof stage->error, "%s", trace_proof_contradiction(proof));
    result = -EBADMSG;
  }
  trace_proof_destroy(proof);
  free(step);
  return result;
}

int tracing_failure(const struct tracing *t)
{
  struct stage *stage = t->stage;
  for (unsigned w = 0; w < stage->plan->threads; w++) {
    int failed = t->writer[w].error;
    if (failed) {
      snprintf(stage->error, sizeof stage->error, "thread %u got no seat: %s", w,
               strerror(-failed));
      return failed;
    }
  }
  if (t->cleaning.error)
    snprintf(stage->error, sizeof stage->error, "a dump or reset failed: %s",
             strerror(-t->cleaning.error));
  else if (t->kept_blocks)
    snprintf(stage->error, sizeof stage->error,
             "generation %llu keeps %llu blocks after its tables were reset",
             (unsigned long long)t->keeper, (unsigned long long)t->kept_blocks);
  else if (t->cleaning.record.lost)
    snprintf(stage->error, sizeof stage->error, "no memory for %llu records",
             (unsigned long long)t->cleaning.record.lost);
  return t->cleaning.error         ? t->cleaning.error
         : t->kept_blocks          ? -EBADMSG
         : t->cleaning.record.lost ? -ENOMEM
                                   : 0;
}

static double over(double value, uint64_t count)
{
  return count ? value / (double)count : 0;
}

void tracing_figures(const struct tracing *t)
{
  struct stage *stage = t->stage;
  const struct cleaning_record *record = &t->cleaning.record;
  uint64_t keys = record->stacks + record->strings, checked = 0;
  for (uint64_t g = 1; g <= t->switches + 1; g++)
    checked += t->archive[g].kept;
  const struct {
    const char *name;
    double value;
    enum figure_rule rule;
  } figures[] = {
      {"stretch_ns", (double)record->longest_ns, FIGURE_MOST},
      {"stretch_dump_ns", (double)record->dump.longest_ns, FIGURE_MOST},
      {"stretch_dump_stacks", (double)record->dump.longest_items, FIGURE_MOST},
      {"stretch_reset_ns", (double)record->reset.longest_ns, FIGURE_MOST},
      {"stretch_reset_blocks", (double)record->reset.longest_items, FIGURE_MOST},
      {"cleaning_steps", over((double)record->steps, t->switches + 1), FIGURE_MEDIAN},
      {"dump_ns_per_stack", over((double)record->dump.total_ns, record->stacks), FIGURE_MEDIAN},
      {"reset_ns_per_key", over((double)record->reset.total_ns, keys), FIGURE_MEDIAN},
      {"reset_ns_per_block", over((double)record->reset.total_ns, record->blocks), FIGURE_MEDIAN},
      {"written_bytes", (double)record->bytes, FIGURE_MEDIAN},
      {"written_bytes_per_key", over((double)record->bytes, keys), FIGURE_MEDIAN},
      {"written_batches", (double)record->batches, FIGURE_MEDIAN},
      {"region_blocks_per_generation", over((double)record->blocks, t->switches + 1),
       FIGURE_MEDIAN},
      {"keys_per_generation", over((double)keys, t->switches + 1), FIGURE_MEDIAN},
      {"switches", (double)t->switches, FIGURE_MEDIAN},
      {"late_switches", (double)t->late_switches, FIGURE_MEDIAN},
      {"generations_checked", (double)checked, FIGURE_MEDIAN},
      {"unknown_frame_share", over((double)record->unknown_frames, record->frames), FIGURE_MEDIAN},
  };
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
    stage->figure(stage, figures[i].name, figures[i].value, figures[i].rule);
}
