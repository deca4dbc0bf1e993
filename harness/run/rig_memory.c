/* rig_memory.c: see rig_memory.h. */
#include "run/rig_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/trial_rig.h"

/* Address space: far more than the maps here need, as a source that runs dry refuses blocks. */
#define RESERVATION_FACTOR 16
/* A staged workload may take and give back blocks over and over, and a warm source hands each out
 * once a trial. */
#define STAGE_RESERVATION_BYTES ((size_t)16 << 30)

static enum trial_problem refuse(enum trial_problem problem, char *error, const char *sentence)
{
  snprintf(error, POINT_ERROR_BYTES, "%s", sentence);
  return problem;
}

enum trial_problem rig_memory_plan(struct trial_rig *rig, char *error)
{
  rig->memory.query = page_query_kernel;
  for (int i = 0; i < POINT_MEMORIES; i++) {
    const char *text = rig->point->memory[i];
    struct memory_policy policy = {.kind = MEMORY_FIRST_TOUCH};
    char sentence[TOPOLOGY_ERROR_BYTES];
    if (text && !memory_policy_parse(text, &policy, sentence))
      return refuse(TRIAL_ERROR, error, sentence);
    int failed = memory_plan_make(&policy, rig->topology, &rig->memory.plan[i], sentence);
    if (failed)
      return refuse(failed == -ENOTSUP ? TRIAL_REFUSED : TRIAL_ERROR, error, sentence);
  }
  plan_memory_place(&rig->plan, &rig->memory.plan[POINT_MEM_KEYS]);
  if (rig->memory.plan[POINT_MEM_HISTORY].policy.kind == MEMORY_FIRST_TOUCH)
    return TRIAL_GOOD;
  const struct page_source_config config = {.logged = true,
                                            .reserve_bytes = (size_t)1 << 32,
                                            .memory = rig->memory.plan[POINT_MEM_HISTORY]};
  return page_source_init(&rig->memory.history, &config) == 0
             ? TRIAL_GOOD
             : refuse(TRIAL_ERROR, error, "no memory for the list of recorded tapes");
}

enum trial_problem rig_memory_settle(struct trial_rig *rig, char *error)
{
  const struct workload_plan *plan = &rig->plan.plan;
  for (unsigned t = 0; t < plan->threads; t++) {
    int node = placement_seat(rig->placement, t).node;
    if (!plan_memory_settle(&rig->plan, plan->timed[t].steps, node) ||
        !plan_memory_settle(&rig->plan, rig->timed_results[t], node) ||
        (plan->fill && (!plan_memory_settle(&rig->plan, plan->fill[t].steps, node) ||
                        !plan_memory_settle(&rig->plan, rig->fill_results[t], node))))
      return refuse(TRIAL_REFUSED, error, rig->plan.refusal);
  }
  return TRIAL_GOOD;
}

/* ---- the region's blocks ---- */

/* The part of the region's bytes that is expected on one of the policy's nodes: its threads' part,
 * where threads are told apart. A thread that is not bound may be anywhere. */
static double share_of(const struct trial_rig *rig, int node)
{
  const struct memory_plan *plan = &rig->memory.plan[POINT_MEM];
  unsigned threads = rig->plan.plan.threads, here = 0;
  if (plan->policy.kind == MEMORY_BIND)
    return 1;
  if (plan->policy.kind == MEMORY_INTERLEAVE)
    return 1.0 / __builtin_popcountll(plan->nodes);
  for (unsigned t = 0; t < threads; t++) {
    int of_thread = placement_seat(rig->placement, t).node;
    here += of_thread < 0 || of_thread == node;
  }
  return (double)here / threads;
}

static bool region_fits(const struct trial_rig *rig, size_t bytes, char *error)
{
  const struct memory_plan *plan = &rig->memory.plan[POINT_MEM];
  char sentence[TOPOLOGY_ERROR_BYTES];
  for (int node = 0; node < NODES_MOST && plan->policy.kind != MEMORY_FIRST_TOUCH; node++) {
    uint64_t of_node = (uint64_t)((double)bytes * share_of(rig, node));
    if (node_set_has(plan->nodes, node) &&
        !memory_fits("", (unsigned)node, of_node, "the region", sentence)) {
      snprintf(error, POINT_ERROR_BYTES, "%s", sentence);
      return false;
    }
  }
  return true;
}

enum trial_problem rig_memory_make_pages(struct trial_rig *rig, size_t bytes, char *error)
{
  size_t reserved = bytes * RESERVATION_FACTOR;
  if (rig->stage && reserved < STAGE_RESERVATION_BYTES)
    reserved = STAGE_RESERVATION_BYTES;
  const struct page_source_config config = {.pages = rig->point->pages,
                                            .huge = rig->point->huge_pages,
                                            .logged = true,
                                            .reserve_bytes = reserved,
                                            .memory = rig->memory.plan[POINT_MEM]};
  bool takes_blocks = rig->map_calls->head.promises & MAP_USES_REGION ||
                      rig->workload->needs & NEEDS_NO_MAP; /* then the workload itself does */
  if (takes_blocks && !region_fits(rig, bytes, error))
    return TRIAL_REFUSED;
  int failed = page_source_init(&rig->pages, &config);
  if (failed) {
    snprintf(error, POINT_ERROR_BYTES, "no memory for the region's blocks: %s", strerror(-failed));
    return TRIAL_ERROR;
  }
  for (unsigned i = 0; takes_blocks && config.pages == PAGES_WARM && i < rig->pages.areas; i++) {
    int node = rig->pages.area[i].node;
    page_source_touch(&rig->pages, i,
                      node < 0 ? bytes : (size_t)((double)bytes * share_of(rig, node)));
  }
  rig->config.region_config = (struct region_config){.block_bytes = rig->point->block_bytes,
                                                     .threads = rig->plan.plan.threads};
  node_regions_init(&rig->memory.node_regions, rig->config.region, &rig->pages, &rig->config);
  return TRIAL_GOOD;
}

/* ---- recorded tapes ---- */

enum trial_problem trial_rig_history_begin(struct trial_rig *rig, uint64_t bytes,
                                           struct block_source **source, char *error)
{
  const struct memory_plan *plan = &rig->memory.plan[POINT_MEM_HISTORY];
  *source = NULL;
  if (plan->policy.kind == MEMORY_FIRST_TOUCH)
    return TRIAL_GOOD;
  char sentence[TOPOLOGY_ERROR_BYTES];
  unsigned nodes =
      plan->policy.kind == MEMORY_INTERLEAVE ? (unsigned)__builtin_popcountll(plan->nodes) : 1;
  for (int node = 0; plan->policy.kind != MEMORY_LOCAL && node < NODES_MOST; node++)
    if (node_set_has(plan->nodes, node) &&
        !memory_fits("", (unsigned)node, bytes / nodes, "the recorded history", sentence))
      return refuse(TRIAL_REFUSED, error, sentence);
  page_source_rewind(&rig->memory.history);
  *source = &rig->memory.history.source;
  return TRIAL_GOOD;
}

/* ---- the proof ---- */

struct counting {
  struct page_census *census;
  page_query *query;
};

static void count_area(void *arg, const struct page_area *area, const void *memory, size_t bytes)
{
  const struct counting *counting = arg;
  page_census_add(counting->census, counting->query, memory, bytes, area->properties.nodes);
}

static void prove_source(struct trial_rig *rig, enum point_memory which,
                         const struct page_source *source, const char *what, bool huge,
                         struct page_census *census)
{
  struct counting counting = {census, rig->memory.query};
  *census = (struct page_census){0};
  if (source->area)
    page_source_each(source, count_area, &counting);
  memory_proof_add(&rig->memory.facts.proof, &rig->memory.plan[which], what, census, huge);
}

static void prove_keys(struct trial_rig *rig)
{
  struct page_census *census = &rig->memory.facts.keys;
  *census = (struct page_census){0};
  plan_memory_census(&rig->plan, rig->memory.query, census);
  memory_proof_add(&rig->memory.facts.proof, &rig->memory.plan[POINT_MEM_KEYS], "keys", census,
                   false);
}

void rig_memory_prove_before(struct trial_rig *rig)
{
  prove_keys(rig);
  prove_source(rig, POINT_MEM, &rig->pages, "region", rig->point->huge_pages,
               &rig->memory.facts.region);
}

void trial_rig_history_end(struct trial_rig *rig)
{
  prove_source(rig, POINT_MEM_HISTORY, &rig->memory.history, "history", false,
               &rig->memory.facts.history);
}

/* Where each worker stands, or, unbound, last stood. */
static void find_workers(const struct trial_rig *rig, int *node)
{
  for (unsigned t = 0; t < rig->plan.plan.threads; t++) {
    node[t] = placement_seat(rig->placement, t).node;
    int cpu = rig->record[t].proof.last_cpu;
    for (unsigned i = 0; node[t] < 0 && i < topology_counts(rig->topology).pus; i++) {
      struct topology_pu pu = topology_pu(rig->topology, i);
      if ((int)pu.cpu == cpu)
        node[t] = pu.node;
    }
  }
}

bool trial_rig_prove_memory(struct trial_rig *rig)
{
  rig_memory_prove_before(rig);
  int *node = calloc(rig->plan.plan.threads, sizeof *node);
  if (!node)
    return false;
  find_workers(rig, node);
  bool good = access_matrix_make(&rig->memory.facts.access, &rig->plan.plan, rig->timed_results,
                                 node, rig->map_calls, rig->map, rig->memory.query);
  free(node);
  return good;
}

const struct trial_memory *trial_rig_memory(const struct trial_rig *rig)
{
  return &rig->memory.facts;
}

void rig_memory_fini(struct rig_memory *memory)
{
  if (memory->history.area)
    page_source_fini(&memory->history);
}

/* ---- counters ---- */

static void census_counters(const struct page_census *census, const char *what, counter_sink *sink,
                            void *arg)
{
  for (int node = 0; node < NODES_MOST; node++) {
    char name[64];
    snprintf(name, sizeof name, "%s_pages_node_%d", what, node);
    if (census->on_node[node])
      sink(arg, name, (double)census->on_node[node]);
  }
}

void trial_memory_counters(const struct trial_memory *memory, counter_sink *sink, void *arg)
{
  census_counters(&memory->region, "region", sink, arg);
  census_counters(&memory->keys, "keys", sink, arg);
  census_counters(&memory->history, "history", sink, arg);
  const struct access_matrix *access = &memory->access;
  if (!access->samples)
    return;
  double samples = (double)access->samples;
  sink(arg, "access_samples", samples);
  sink(arg, "remote_share", (double)access->remote / samples);
  for (int of = 0; of < NODES_MOST; of++) {
    for (int on = 0; on < NODES_MOST; on++) {
      char name[64];
      snprintf(name, sizeof name, "access_node_%d_%d", of, on);
      if (access->count[of][on])
        sink(arg, name, (double)access->count[of][on] / samples);
    }
  }
}
