/* node_memory_test.c: a region for each of two made-up nodes, and the matrix of accesses over them.
 * Blocks are heap memory here; which node they were asked of is what is tried. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "place/node_regions.h"
#include "run/access_matrix.h"
#include "tests/contract/cmocka_includes.h"

#define BLOCK ((size_t)4096)
enum { NODES = 2 };

static unsigned held[NODES]; /* blocks, by node */
static char *newest[NODES];  /* the block that was taken last */

static void *take(struct block_source *source, size_t bytes)
{
  int node = ((struct page_area *)source)->node;
  held[node]++;
  return newest[node] = aligned_alloc(4096, bytes);
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  (void)bytes;
  held[((struct page_area *)source)->node]--;
  free(block);
}

static struct page_area area[NODES] = {
    {.source = {.take = take, .give_back = give_back}, .node = 0},
    {.source = {.take = take, .give_back = give_back}, .node = 1}};
static struct page_source pages = {.config.memory.policy.kind = MEMORY_PER_NODE,
                                   .config.memory.nodes = 3,
                                   .area = area,
                                   .areas = NODES};

static const char *const region_names[] = {"region_locked", "region_shared", "region_sharded",
                                           "region_per_thread"};

struct kit {
  struct node_regions regions;
  const struct region_plugin *calls;
  struct map_config config;
  void *region;
  void *seat[NODES];
};

static void open_kit(struct kit *kit, const char *name)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(name, PLUGIN_REGION, error);
  if (!table)
    fail_msg("%s", error);
  memset(kit, 0, sizeof *kit);
  kit->config.region_config = (struct region_config){.block_bytes = BLOCK, .threads = NODES};
  node_regions_init(&kit->regions, &table->region, &pages, &kit->config);
  kit->calls = kit->config.region;
  assert_int_equal(kit->calls->create(&kit->config.region_config, &kit->region), 0);
  for (int node = 0; node < NODES; node++) {
    const struct seat_place place = {.thread = (unsigned)node, .cpu = node, .node = node};
    assert_int_equal(kit->calls->enter(kit->region, &place, &kit->seat[node]), 0);
  }
}

static void close_kit(struct kit *kit)
{
  for (int node = 0; node < NODES; node++)
    kit->calls->leave(kit->region, kit->seat[node]);
  kit->calls->destroy(kit->region);
  assert_int_equal(held[0] + held[1], 0);
}

static void a_seat_uses_its_nodes_blocks(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof region_names / sizeof *region_names; i++) {
    struct kit kit;
    struct region_stats stats;
    open_kit(&kit, region_names[i]);
    for (int round = 0; round < 200; round++) {
      for (int node = 0; node < NODES; node++) {
        char *piece = kit.calls->alloc(kit.region, kit.seat[node], 56 + 8 * (size_t)node);
        assert_non_null(piece);
        assert_true(piece >= newest[node] && piece + 56 <= newest[node] + BLOCK);
        memset(piece, node, 56);
      }
    }
    assert_true(held[0] >= 200 * 56 / BLOCK && held[1] >= 200 * 64 / BLOCK);
    kit.calls->stats(kit.region, &stats);
    assert_int_equal(stats.blocks, held[0] + held[1]);
    assert_int_equal(stats.used_bytes, 200 * (56 + 64));
    kit.calls->drop(kit.region);
    assert_int_equal(held[0] + held[1], 0);
    close_kit(&kit);
  }
}

static void a_drop_can_be_made_in_steps(void **state)
{
  (void)state;
  struct kit kit;
  open_kit(&kit, "region_per_thread");
  assert_non_null(kit.calls->drop_step);
  for (int round = 0; round < 200; round++)
    for (int node = 0; node < NODES; node++)
      assert_non_null(kit.calls->alloc(kit.region, kit.seat[node], 64));
  unsigned steps = 1;
  for (unsigned before = held[0] + held[1]; !kit.calls->drop_step(kit.region, 1); steps++) {
    assert_true(before - held[0] - held[1] <= 1);
    before = held[0] + held[1];
  }
  assert_true(steps > 4);
  assert_int_equal(held[0] + held[1], 0);
  for (int round = 0; round < 200; round++)
    for (int node = 0; node < NODES; node++)
      assert_non_null(kit.calls->alloc(kit.region, kit.seat[node], 64));
  assert_true(held[0] > 1 && held[1] > 1);
  assert_true(kit.calls->drop_step(kit.region, held[0] + held[1])); /* as a reset does */
  assert_int_equal(held[0] + held[1], 0);
  close_kit(&kit);
}

/* ---- accesses ---- */

#define PAGE ((uintptr_t)4096)
enum { KEYS = 8 };

/* A map whose keys 1 … 4 are on page 100 and 5 … 8 on page 101; it holds all ids but 3. */
static int visit(void *map, map_visitor *visitor, void *arg)
{
  (void)map;
  for (uint64_t id = KEYS; id >= 1; id--)
    if (id != 3)
      visitor(arg, id, (const void *)((100 + (id - 1) / 4) * PAGE + 8 * id), 8);
  return 0;
}

/* Even pages on node 0, odd ones on node 1, and nothing at address 0. */
static int query(void *const *page, size_t count, int *node)
{
  for (size_t i = 0; i < count; i++)
    node[i] = page[i] ? (int)((uintptr_t)page[i] / PAGE % 2) : -EFAULT;
  return 0;
}

static struct access_matrix matrix_of(uint64_t *first, uint64_t *second, size_t steps,
                                      const int *node)
{
  struct tape timed[2] = {{.count = steps}, {.count = steps}};
  uint64_t *results[2] = {first, second};
  const struct workload_plan plan = {.threads = 2, .timed = timed};
  const struct map_plugin calls = {.visit = visit};
  int map;
  struct access_matrix matrix;
  assert_true(access_matrix_make(&matrix, &plan, results, node, &calls, &map, query));
  return matrix;
}

static void accesses_are_counted_by_nodes(void **state)
{
  (void)state;
  /* Three near and one far; then one far, one of a key that is not shown, one miss, one near. */
  uint64_t first[] = {result_word(1, true), result_word(2, false), result_word(4, false),
                      result_word(8, true)};
  uint64_t second[] = {result_word(1, false), result_word(3, false), result_word(0, false),
                       result_word(7, true)};
  struct access_matrix matrix = matrix_of(first, second, 4, (const int[]){0, 1});
  assert_int_equal(matrix.count[0][0], 3);
  assert_int_equal(matrix.count[0][1], 1);
  assert_int_equal(matrix.count[1][0], 1);
  assert_int_equal(matrix.count[1][1], 1);
  assert_int_equal(matrix.samples, 6);
  assert_int_equal(matrix.remote, 2);
  matrix = matrix_of(first, second, 4, (const int[]){0, -1}); /* nobody knows where that one is */
  assert_int_equal(matrix.samples, 4);
}

static void long_tapes_are_sampled(void **state)
{
  (void)state;
  const size_t steps = 1000000;
  uint64_t *words = malloc(steps * sizeof *words);
  assert_non_null(words);
  for (size_t i = 0; i < steps; i++)
    words[i] = result_word(i < steps / 4 ? 8 : 1, false);
  struct access_matrix matrix = matrix_of(words, words, steps, (const int[]){0, 0});
  free(words);
  assert_true(matrix.samples > ACCESS_SAMPLES_A_WORKER);
  assert_true(matrix.samples <= 2 * ACCESS_SAMPLES_A_WORKER);
  double share = (double)matrix.remote / (double)matrix.samples;
  assert_true(share > 0.24 && share < 0.26);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_seat_uses_its_nodes_blocks),
      cmocka_unit_test(a_drop_can_be_made_in_steps),
      cmocka_unit_test(accesses_are_counted_by_nodes),
      cmocka_unit_test(long_tapes_are_sampled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
