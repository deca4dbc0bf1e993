/* generations_plan.c: see generations_plan.h. */
#include "generations_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define PC_BYTES 8
#define NONE UINT32_MAX

/* ---- keys, gathered one by one ---- */

struct gathered {
  unsigned char *bytes;
  size_t used, capacity;
  uint64_t *offset; /* count + 1 */
  uint8_t *kind;    /* enum corpus_kind */
  size_t count, room;
  uint32_t *slot; /* key + 1 by hash; 0: free */
  size_t slots;   /* a power of two, at least twice the count */
};

static void gathered_fini(struct gathered *g)
{
  free(g->bytes);
  free(g->offset);
  free(g->kind);
  free(g->slot);
}

static bool is_key(const struct gathered *g, uint32_t key, const void *bytes, size_t n)
{
  return g->offset[key + 1] - g->offset[key] == n &&
         memcmp(g->bytes + g->offset[key], bytes, n) == 0;
}

static size_t slot_of(const struct gathered *g, const void *bytes, size_t n)
{
  size_t mask = g->slots - 1, at = XXH3_64bits(bytes, n) & mask;
  while (g->slot[at] && !is_key(g, g->slot[at] - 1, bytes, n))
    at = (at + 1) & mask;
  return at;
}

static bool more_room(struct gathered *g, size_t n)
{
  if (g->used + n > g->capacity) {
    size_t capacity = 2 * g->capacity + n + 65536;
    unsigned char *bytes = realloc(g->bytes, capacity);
    if (!bytes)
      return false;
    g->bytes = bytes;
    g->capacity = capacity;
  }
  if (g->count < g->room)
    return true;
  size_t room = 2 * g->room + 1024, slots = 4096;
  while (slots < 2 * room)
    slots *= 2;
  uint64_t *offset = realloc(g->offset, (room + 1) * sizeof *offset);
  g->offset = offset ? offset : g->offset;
  uint8_t *kind = realloc(g->kind, room);
  g->kind = kind ? kind : g->kind;
  uint32_t *slot = calloc(slots, sizeof *slot);
  if (!offset || !kind || !slot) {
    free(slot);
    return false;
  }
  free(g->slot);
  g->slot = slot;
  g->slots = slots;
  g->room = room;
  g->offset[g->count] = g->used;
  for (uint32_t key = 0; key < g->count; key++)
    g->slot[slot_of(g, g->bytes + g->offset[key], g->offset[key + 1] - g->offset[key])] = key + 1;
  return true;
}

/* The key with these bytes, a new one where there was none. NONE: no memory. */
static uint32_t gather(struct gathered *g, const void *bytes, size_t n, enum corpus_kind kind)
{
  if (!more_room(g, n))
    return NONE;
  size_t at = slot_of(g, bytes, n);
  if (g->slot[at])
    return g->slot[at] - 1;
  memcpy(g->bytes + g->used, bytes, n);
  g->kind[g->count] = (uint8_t)kind;
  g->used += n;
  g->slot[at] = (uint32_t)++g->count;
  g->offset[g->count] = g->used;
  return (uint32_t)g->count - 1;
}

/* ---- making ---- */

struct maker {
  struct workload_plan *plan;
  struct generations_plan *own;
  struct gathered keys;
  struct dealt_puts *dealt;
  uint32_t *key_of_item; /* NONE: not yet */
  unsigned char *scratch;
  double numbered; /* share of the puts that get a number */
  uint64_t *pc;    /* to number stacks with */
  size_t pcs;
  unsigned digits; /* counters that a number needs */
};

static uint32_t item_of(const struct maker *maker, unsigned thread, uint64_t step)
{
  return maker->dealt[thread].items[step % maker->dealt[thread].count];
}

/* A worker that got no stream has nothing to do. */
static uint64_t steps_of(const struct maker *maker, unsigned thread)
{
  return maker->dealt[thread].count ? maker->plan->operations : 0;
}

/* Events of a generation, and how many different items are among them. */
static bool count_stretch(const struct maker *maker, uint64_t *events, uint64_t *different)
{
  uint8_t *seen = calloc(maker->own->corpus->item_count, 1);
  *events = *different = 0;
  for (unsigned t = 0; seen && t < maker->plan->threads; t++) {
    uint64_t steps = steps_of(maker, t) ? maker->own->stretch : 0;
    *events += steps;
    for (uint64_t i = 0; i < steps; i++) {
      uint8_t *item = &seen[item_of(maker, t, i)];
      *different += !*item;
      *item = 1;
    }
  }
  free(seen);
  return seen;
}

#define PCS_MOST 1024

/* The first different counters of the corpus's stacks. */
static bool collect_pcs(struct maker *maker, uint64_t numbers)
{
  const struct corpus *corpus = maker->own->corpus;
  maker->pc = calloc(PCS_MOST, sizeof *maker->pc);
  if (!maker->pc)
    return false;
  for (size_t i = 0; i < corpus->item_count && maker->pcs < PCS_MOST; i++) {
    const struct corpus_item *item = &corpus->items[i];
    for (size_t at = 0; item->kind == CORPUS_STACK && at < item->length && maker->pcs < PCS_MOST;
         at += PC_BYTES) {
      uint64_t pc = corpus_pc(item->bytes + at);
      size_t p = 0;
      while (p < maker->pcs && maker->pc[p] != pc)
        p++;
      if (p == maker->pcs)
        maker->pc[maker->pcs++] = pc;
    }
  }
  for (; maker->pcs < 2; maker->pcs++) /* a corpus with next to no stacks */
    maker->pc[maker->pcs] = UINT64_C(0x1000) + maker->pcs;
  maker->digits = 1;
  for (double reach = (double)maker->pcs; reach < (double)numbers; reach *= (double)maker->pcs)
    maker->digits++;
  return true;
}

static void store_pc(unsigned char *out, uint64_t pc)
{
  for (unsigned i = 0; i < PC_BYTES; i++)
    out[i] = (unsigned char)(pc >> (i * 8));
}

/* The item in scratch, numbered; its new length. */
static size_t number_item(const struct maker *maker, const struct corpus_item *item,
                          uint64_t number)
{
  size_t n = item->length;
  if (item->kind == CORPUS_STRING) {
    memcpy(maker->scratch, item->bytes, n);
    return n + (size_t)sprintf((char *)maker->scratch + n, "#%llu", (unsigned long long)number);
  }
  size_t most = (CORPUS_STACK_DEPTH_MAX - maker->digits) * PC_BYTES;
  n = n < most ? n : most;
  memcpy(maker->scratch, item->bytes, n);
  for (unsigned digit = 0; digit < maker->digits; digit++, number /= maker->pcs, n += PC_BYTES)
    store_pc(maker->scratch + n, maker->pc[number % maker->pcs]);
  return n;
}

/* A key of the item's own kind. A string and a stack may have the same bytes, keys may not: the
 * later one gets a number that no other has. */
static uint32_t gather_item(struct maker *maker, uint32_t index, bool numbered, uint64_t number)
{
  const struct corpus_item *item = &maker->own->corpus->items[index];
  uint32_t key = maker->key_of_item[index];
  if (!numbered && key != NONE)
    return key;
  size_t n = item->length;
  const void *bytes = item->bytes;
  if (numbered) {
    n = number_item(maker, item, number);
    bytes = maker->scratch;
  }
  key = gather(&maker->keys, bytes, n, item->kind);
  for (uint64_t other = UINT32_MAX; key != NONE && maker->keys.kind[key] != item->kind; other--) {
    n = number_item(maker, item, other);
    key = gather(&maker->keys, maker->scratch, n, item->kind);
  }
  if (!numbered)
    maker->key_of_item[index] = key;
  return key;
}

static bool is_numbered(const struct maker *maker, uint64_t position)
{
  double share = maker->numbered;
  return (uint64_t)((double)(position + 1) * share) > (uint64_t)((double)position * share);
}

/* The keys of all steps of one worker. */
static bool gather_steps(struct maker *maker, unsigned thread, uint32_t *keys)
{
  uint64_t stretch = maker->own->stretch;
  for (uint64_t i = 0; i < steps_of(maker, thread); i++) {
    uint64_t position = i % stretch;
    keys[i] = gather_item(maker, item_of(maker, thread, i), is_numbered(maker, position),
                          thread * stretch + position);
    if (keys[i] == NONE)
      return false;
  }
  return true;
}

/* The key set that was gathered, in the plan's memory. */
static bool keep_keys(struct maker *maker)
{
  struct workload_plan *plan = maker->plan;
  struct gathered *keys = &maker->keys;
  unsigned char *bytes = plan->allocate(plan, keys->used);
  uint64_t *offset = plan->allocate(plan, (keys->count + 1) * sizeof *offset);
  if (!bytes || !offset)
    return false;
  memcpy(bytes, keys->bytes, keys->used);
  memcpy(offset, keys->offset, (keys->count + 1) * sizeof *offset);
  plan->key_set = (struct key_set){bytes, offset, keys->count};
  return true;
}

static bool write_tape(struct maker *maker, unsigned thread, const uint32_t *keys)
{
  struct workload_plan *plan = maker->plan;
  uint64_t steps = steps_of(maker, thread);
  uint8_t *stack_step = plan->allocate(plan, steps + 1);
  if (!stack_step || !tape_write(plan, &maker->own->timed[thread], keys, steps, TAPE_PUT))
    return false;
  for (uint64_t i = 0; i < steps; i++)
    stack_step[i] = maker->keys.kind[keys[i]] == CORPUS_STACK;
  maker->own->stack_step[thread] = stack_step;
  return true;
}

/* What the first generation holds. */
static bool report_facts(struct maker *maker, uint32_t *const *keys, uint64_t events)
{
  struct workload_plan *plan = maker->plan;
  uint8_t *seen = calloc(maker->keys.count, 1);
  uint64_t different = 0, stacks = 0, bytes = 0;
  for (unsigned t = 0; seen && t < plan->threads; t++) {
    for (uint64_t i = 0; steps_of(maker, t) && i < maker->own->stretch; i++) {
      uint32_t key = keys[t][i];
      if (seen[key])
        continue;
      seen[key] = 1;
      different++;
      stacks += maker->keys.kind[key] == CORPUS_STACK;
      bytes += maker->keys.offset[key + 1] - maker->keys.offset[key];
    }
  }
  free(seen);
  plan->keys = different;
  plan->fact[0] = (struct plan_fact){"generation_keys", (double)different};
  plan->fact[1] = (struct plan_fact){"generation_stacks", (double)stacks};
  plan->fact[2] = (struct plan_fact){"generation_events", (double)events};
  plan->fact[3] = (struct plan_fact){"numbered_share", maker->numbered};
  plan->fact[4] = (struct plan_fact){"mean_key_bytes", (double)bytes / (double)different};
  plan->fact[5] =
      (struct plan_fact){"frames_with_symbols", (double)maker->own->corpus->frame_count};
  return seen;
}

/* What share of the puts must be numbered. */
static bool choose_share(struct maker *maker, uint64_t *events)
{
  uint64_t different;
  if (!count_stretch(maker, events, &different))
    return false;
  double wanted = maker->plan->parameter[PARAMETER_KEYS];
  double rest = (double)*events - (double)different;
  double missing = wanted - (double)different;
  maker->numbered = missing <= 0 || rest <= 0 ? 0 : missing >= rest ? 1 : missing / rest;
  return true;
}

static bool make(struct maker *maker)
{
  struct workload_plan *plan = maker->plan;
  const struct corpus *corpus = maker->own->corpus;
  uint64_t events;
  size_t longest = CORPUS_STACK_DEPTH_MAX * PC_BYTES;
  for (size_t i = 0; i < corpus->item_count; i++)
    longest = corpus->items[i].length > longest ? corpus->items[i].length : longest;
  uint32_t **keys = plan->allocate(plan, plan->threads * sizeof *keys);
  maker->own->stack_step = plan->allocate(plan, plan->threads * sizeof *maker->own->stack_step);
  maker->dealt = corpus_streams_deal(plan, corpus);
  maker->key_of_item = malloc(corpus->item_count * sizeof *maker->key_of_item);
  maker->scratch = malloc(longest + 32);
  if (!keys || !maker->own->stack_step || !maker->dealt || !maker->key_of_item || !maker->scratch)
    return false;
  memset(maker->key_of_item, 0xff, corpus->item_count * sizeof *maker->key_of_item);
  if (!choose_share(maker, &events) || !collect_pcs(maker, UINT32_MAX))
    return false;
  for (unsigned t = 0; t < plan->threads; t++) {
    keys[t] = plan->allocate(plan, (plan->operations + 1) * sizeof **keys);
    if (!keys[t] || !gather_steps(maker, t, keys[t]))
      return false;
  }
  if (!keep_keys(maker))
    return false;
  for (unsigned t = 0; t < plan->threads; t++)
    if (!write_tape(maker, t, keys[t]))
      return false;
  return report_facts(maker, keys, events);
}

int generations_plan_prepare(struct workload_plan *plan)
{
  struct corpus *corpus;
  int failed = corpus_streams_read(plan, "generations", &corpus);
  if (failed)
    return failed;
  struct generations_plan *own =
      plan->allocate(plan, sizeof *own + plan->threads * sizeof own->timed[0]);
  if (!own) {
    corpus_destroy(corpus);
    return prepare_out_of_memory(plan);
  }
  plan->timed = own->timed;
  own->corpus = corpus;
  own->stretch = (uint64_t)((double)plan->operations / plan->parameter[PARAMETER_GENERATIONS]);
  own->stretch += own->stretch == 0;
  struct maker maker = {.plan = plan, .own = own};
  bool made = make(&maker);
  gathered_fini(&maker.keys);
  free(maker.key_of_item);
  free(maker.scratch);
  free(maker.pc);
  return made ? 0 : prepare_out_of_memory(plan);
}

const struct generations_plan *generations_plan_of(const struct workload_plan *plan)
{
  const char *timed = (const char *)plan->timed;
  return (const struct generations_plan *)(timed - offsetof(struct generations_plan, timed));
}

void generations_plan_cleanup(struct workload_plan *plan)
{
  if (plan->timed)
    corpus_destroy(generations_plan_of(plan)->corpus);
}
