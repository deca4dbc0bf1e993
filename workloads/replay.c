/* replay: the puts of a recorded program, each thread's in their order, repeats included, into an
 * empty map. A worker plays the streams that it was dealt one after the other.
 *
 * The key kind and the number of keys are the corpus's own. What it holds is reported: the share of
 * puts that repeat an earlier one, distinct keys, mean size, streams. */
#include <stdlib.h>
#include <string.h>

#include "corpus_streams.h"

/* Items become keys, item i is key i. */
static bool keys_from_items(struct workload_plan *plan, const struct corpus *corpus)
{
  uint64_t *offset = plan->allocate(plan, (corpus->item_count + 1) * sizeof *offset);
  if (!offset)
    return false;
  uint64_t total = 0;
  for (size_t i = 0; i < corpus->item_count; total += corpus->items[i].length, i++)
    offset[i] = total;
  offset[corpus->item_count] = total;
  unsigned char *bytes = plan->allocate(plan, total);
  if (!bytes)
    return false;
  for (size_t i = 0; i < corpus->item_count; i++)
    memcpy(bytes + offset[i], corpus->items[i].bytes, corpus->items[i].length);
  plan->key_set = (struct key_set){bytes, offset, corpus->item_count};
  return true;
}

static int by_bytes(const void *a, const void *b)
{
  const struct corpus_item *left = *(const struct corpus_item *const *)a;
  const struct corpus_item *right = *(const struct corpus_item *const *)b;
  if (left->length != right->length)
    return left->length < right->length ? -1 : 1;
  int order = memcmp(left->bytes, right->bytes, left->length);
  return order ? order : left < right ? -1 : 1;
}

/* The key of each item: its own index, or that of an earlier item with the same bytes. A string and
 * a stack may be equal, and here both go into one map. NULL: no memory. */
static uint32_t *keys_of_items(struct workload_plan *plan, const struct corpus *corpus)
{
  const struct corpus_item **sorted = plan->allocate(plan, corpus->item_count * sizeof *sorted);
  uint32_t *key = plan->allocate(plan, corpus->item_count * sizeof *key);
  if (!sorted || !key)
    return NULL;
  for (size_t i = 0; i < corpus->item_count; i++)
    sorted[i] = &corpus->items[i];
  qsort(sorted, corpus->item_count, sizeof *sorted, by_bytes);
  for (size_t i = 0; i < corpus->item_count; i++) {
    const struct corpus_item *item = sorted[i], *before = i ? sorted[i - 1] : NULL;
    bool same = before && before->length == item->length &&
                memcmp(before->bytes, item->bytes, item->length) == 0;
    key[item - corpus->items] =
        same ? key[before - corpus->items] : (uint32_t)(item - corpus->items);
  }
  return key;
}

/* Each worker's puts as its tape. */
static bool write_tapes(struct workload_plan *plan, const struct corpus *corpus)
{
  const uint32_t *key = keys_of_items(plan, corpus);
  struct dealt_puts *dealt = corpus_streams_deal(plan, corpus);
  if (!key || !dealt)
    return false;
  for (unsigned t = 0; t < plan->threads; t++) {
    for (uint64_t i = 0; i < dealt[t].count; i++)
      dealt[t].items[i] = key[dealt[t].items[i]];
    if (!tape_write(plan, &plan->timed[t], dealt[t].items, dealt[t].count, TAPE_PUT))
      return false;
  }
  return true;
}

static void report_facts(struct workload_plan *plan, const struct corpus *corpus)
{
  double items = (double)corpus->item_count, puts = (double)corpus->put_count;
  plan->fact[0] = (struct plan_fact){"puts", puts};
  plan->fact[1] = (struct plan_fact){"distinct_keys", items};
  plan->fact[2] = (struct plan_fact){"repeat_share", 1 - items / puts};
  plan->fact[3] = (struct plan_fact){"strings", (double)corpus->string_count};
  plan->fact[4] = (struct plan_fact){"stacks", (double)corpus->stack_count};
  plan->fact[5] = (struct plan_fact){"mean_key_bytes",
                                     (double)plan->key_set.offset[corpus->item_count] / items};
  plan->fact[6] = (struct plan_fact){"streams", (double)corpus->stream_count};
}

static int prepare(struct workload_plan *plan)
{
  struct corpus *corpus;
  int failed = corpus_streams_read(plan, "replay", &corpus);
  if (failed)
    return failed;
  plan->keys = corpus->item_count;
  plan->timed = tapes_allocate(plan);
  bool made = plan->timed && keys_from_items(plan, corpus) && write_tapes(plan, corpus);
  if (made)
    report_facts(plan, corpus);
  corpus_destroy(corpus);
  return made ? 0 : prepare_out_of_memory(plan);
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "replay",
             .summary = "the puts of a recorded program, thread by thread, in their order"},
    .needs = NEEDS_CORPUS,
    .prepare = prepare,
    .run = run_timed_tape,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
