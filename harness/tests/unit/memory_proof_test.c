/* memory_proof_test.c: pages counted and judged. The kernel of a machine with one node cannot put a
 * page on another, so a made-up one answers here; ci/numa/ asks real ones. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "place/memory_proof.h"
#include "tests/contract/cmocka_includes.h"

#define PAGE ((uintptr_t)4096)

/* Made-up kernels. The areas are addresses only: nothing is there. */

static int all_on_one(void *const *pages, size_t count, int *node)
{
  (void)pages;
  for (size_t i = 0; i < count; i++)
    node[i] = 1;
  return 0;
}

static int in_turns(void *const *pages, size_t count, int *node)
{
  for (size_t i = 0; i < count; i++)
    node[i] = (int)((uintptr_t)pages[i] / PAGE % 2);
  return 0;
}

static int in_turns_of_huge_pages(void *const *pages, size_t count, int *node)
{
  for (size_t i = 0; i < count; i++)
    node[i] = (int)((uintptr_t)pages[i] / PAGE / 512 % 2);
  return 0;
}

/* Page 7 strayed, page 9 was never touched. */
static int one_strayed(void *const *pages, size_t count, int *node)
{
  for (size_t i = 0; i < count; i++) {
    uintptr_t page = (uintptr_t)pages[i] / PAGE;
    node[i] = page == 7 ? 0 : page == 9 ? -ENOENT : 1;
  }
  return 0;
}

static int not_told(void *const *pages, size_t count, int *node)
{
  (void)pages, (void)count, (void)node;
  return -EPERM;
}

static struct page_census census_of(page_query *query, uintptr_t first, size_t pages,
                                    node_set expected)
{
  struct page_census census = {.error = 0};
  page_census_add(&census, query, (const void *)(first * PAGE), pages * PAGE, expected);
  return census;
}

static struct memory_plan plan_of(const char *text, node_set nodes)
{
  struct memory_plan plan = {.nodes = nodes};
  char error[TOPOLOGY_ERROR_BYTES];
  assert_true(memory_policy_parse(text, &plan.policy, error));
  return plan;
}

static void check_verdict(const char *policy, node_set nodes, struct page_census census, bool huge,
                          enum memory_verdict verdict, const char *words)
{
  struct memory_plan plan = plan_of(policy, nodes);
  struct memory_proof proof = {.verdict = MEMORY_FREE};
  memory_proof_add(&proof, &plan, "region", &census, huge);
  assert_string_equal(memory_verdict_name(proof.verdict), memory_verdict_name(verdict));
  if (!strstr(proof.reason, words))
    fail_msg("'%s' does not say '%s'", proof.reason, words);
}

static void pages_are_counted(void **state)
{
  (void)state;
  struct page_census census = census_of(one_strayed, 1, 100, 2);
  assert_int_equal(census.on_node[1], 98);
  assert_int_equal(census.on_node[0], 1);
  assert_int_equal(census.misplaced, 1);
  assert_int_equal(census.absent, 1);
  assert_int_equal(page_census_present(&census), 99);
  assert_false(census.sampled);
  census = census_of(in_turns, 0, 5000, 0);
  assert_int_equal(census.on_node[0], 2500);
  assert_int_equal(census.misplaced, 0);
  census = census_of(not_told, 0, 5000, 0);
  assert_int_equal(census.unknown, 5000);
  assert_int_equal(census.error, -EPERM);
  census = (struct page_census){.error = 0};
  page_census_add(&census, all_on_one, (const void *)(PAGE + 4000), 200, 0); /* across a border */
  assert_int_equal(census.on_node[1], 2);
  page_census_add(&census, all_on_one, (const void *)PAGE, 0, 0);
  assert_int_equal(census.on_node[1], 2);
}

static void large_areas_are_sampled(void **state)
{
  (void)state;
  const size_t pages = 10 * (size_t)CENSUS_PAGES_MOST;
  struct page_census census = census_of(in_turns_of_huge_pages, 0, pages, 0);
  assert_true(census.sampled);
  assert_true(page_census_present(&census) > pages - pages / 20);
  assert_true(page_census_present(&census) < pages + pages / 20);
  check_verdict("interleave", 3, census, true, MEMORY_HELD, "");
}

static void real_pages_are_counted(void **state)
{
  (void)state;
  char *area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal(area, MAP_FAILED);
  memset(area, 1, 3 * PAGE);
  struct page_census census = {.error = 0};
  page_census_add(&census, page_query_kernel, area, 8 * PAGE, 0);
  munmap(area, 8 * PAGE);
  if (census.error)
    skip(); /* a container may forbid the question */
  assert_int_equal(page_census_present(&census), 3);
  assert_int_equal(census.absent, 5);
}

static void pages_in_place_hold(void **state)
{
  (void)state;
  check_verdict("bind:1", 2, census_of(all_on_one, 0, 64, 2), false, MEMORY_HELD, "");
  check_verdict("interleave", 3, census_of(in_turns, 0, 64, 3), false, MEMORY_HELD, "");
  check_verdict("interleave", 2, census_of(all_on_one, 0, 64, 2), false, MEMORY_HELD, "");
  check_verdict("per-node", 3, census_of(all_on_one, 0, 64, 2), false, MEMORY_HELD, "");
  check_verdict("first-touch", 3, census_of(all_on_one, 0, 64, 0), false, MEMORY_FREE, "");
}

static void pages_elsewhere_break_it(void **state)
{
  (void)state;
  check_verdict("bind:1", 2, census_of(one_strayed, 0, 64, 2), false, MEMORY_BROKEN,
                "region: 1 pages are not on their node (of 1); there are node 0: 1, node 1: 62");
  check_verdict("bind:0", 1, census_of(all_on_one, 0, 64, 1), false, MEMORY_BROKEN, "64 pages");
  check_verdict("local", 3, census_of(all_on_one, 0, 64, 1), false, MEMORY_BROKEN, "64 pages");
  check_verdict("per-node", 3, census_of(in_turns, 0, 64, 1), false, MEMORY_BROKEN, "32 pages");
  check_verdict("interleave", 3, census_of(all_on_one, 0, 64, 3), false, MEMORY_BROKEN,
                "not spread evenly");
  check_verdict("interleave:0", 1, census_of(in_turns, 0, 64, 1), false, MEMORY_BROKEN, "32 pages");
}

static void stripes_as_large_as_asked_for_are_even(void **state)
{
  (void)state;
  const struct page_census census = census_of(in_turns_of_huge_pages, 0, 512, 3);
  assert_int_equal(census.on_node[0], 512);
  check_verdict("interleave", 3, census, false, MEMORY_BROKEN, "not spread evenly");
  check_verdict("interleave", 3, census, true, MEMORY_HELD, "");
  check_verdict("interleave@2097152", 3, census, false, MEMORY_HELD, "");
}

static void what_is_not_told_is_not_known(void **state)
{
  (void)state;
  check_verdict("bind:1", 2, census_of(not_told, 0, 64, 2), false, MEMORY_UNKNOWN,
                "Operation not permitted");
}

static void the_worst_is_kept(void **state)
{
  (void)state;
  struct memory_plan plan = plan_of("bind:1", 2);
  struct memory_proof proof = {.verdict = MEMORY_FREE};
  const struct page_census none = {.error = 0}, good = census_of(all_on_one, 0, 64, 2),
                           strayed = census_of(one_strayed, 0, 64, 2);
  memory_proof_add(&proof, &plan, "region", &none, false);
  assert_int_equal(proof.verdict, MEMORY_FREE);
  memory_proof_add(&proof, &plan, "region", &good, false);
  assert_int_equal(proof.verdict, MEMORY_HELD);
  memory_proof_add(&proof, &plan, "keys", &strayed, false);
  memory_proof_add(&proof, &plan, "region", &good, false);
  assert_int_equal(proof.verdict, MEMORY_BROKEN);
  assert_non_null(strstr(proof.reason, "keys: "));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pages_are_counted),
      cmocka_unit_test(large_areas_are_sampled),
      cmocka_unit_test(real_pages_are_counted),
      cmocka_unit_test(pages_in_place_hold),
      cmocka_unit_test(pages_elsewhere_break_it),
      cmocka_unit_test(stripes_as_large_as_asked_for_are_even),
      cmocka_unit_test(what_is_not_told_is_not_known),
      cmocka_unit_test(the_worst_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
