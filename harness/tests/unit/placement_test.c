/* placement_test.c: orders, written down by hand from the machines' descriptions, and binding here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <hwloc.h>
#include <pthread.h>
#include <string.h>

#include "place/placement.h"

/* PUs of a core follow each other: package 0 has 0-7, package 1 has 8-15. */
#define TWO_BY_FOUR_BY_TWO "pack:2 [numa] core:4 pu:2"

/* A described machine, of which only the CPUs in the list may be used; NULL: all. */
static struct topology *machine(const char *description, const char *allowed)
{
  struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  if (topology_load_synthetic(description, &topology, error) != 0)
    fail_msg("%s", error);
  if (allowed) {
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    assert_int_equal(hwloc_bitmap_list_sscanf(set, allowed), 0);
    assert_int_equal(hwloc_topology_restrict(topology_hwloc(topology), set, 0), 0);
    hwloc_bitmap_free(set);
  }
  return topology;
}

struct expected {
  unsigned threads;
  int cpu[16], node[16];
};

static bool is_placed(const struct placement *placement, const struct expected *expected)
{
  if (placement_threads(placement) != expected->threads)
    return false;
  for (unsigned i = 0; i < expected->threads; i++) {
    struct seat_place seat = placement_seat(placement, i);
    if (seat.thread != i || seat.cpu != expected->cpu[i] || seat.node != expected->node[i]) {
      print_message("thread %u: CPU %d of node %d\n", i, seat.cpu, seat.node);
      return false;
    }
  }
  return true;
}

static void check(const char *description, const char *allowed, enum placement_kind kind,
                  const struct expected *expected)
{
  struct topology *topology = machine(description, allowed);
  struct placement *placement;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  if (placement_create(topology, kind, expected->threads, &placement, error) != 0)
    fail_msg("%s", error);
  assert_int_equal(placement_kind(placement), kind);
  if (!is_placed(placement, expected))
    fail_msg("%s of \"%s\" is not as expected", placement_kind_name(kind), description);
  placement_destroy(placement);
  topology_destroy(topology);
}

static void two_packages_compact(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, PLACE_COMPACT,
        &(struct expected){16,
                           {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                           {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}});
}

static void two_packages_scatter(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, PLACE_SCATTER,
        &(struct expected){16,
                           {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15},
                           {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}});
}

/* The same machine, numbered as Linux numbers it: first threads first. */
#define LINUX_NUMBERS "pack:2 [numa] core:4 pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)"

static void os_indexes_do_not_matter(void **state)
{
  (void)state;
  check(LINUX_NUMBERS, NULL, PLACE_COMPACT,
        &(struct expected){16,
                           {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15},
                           {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}});
  check(LINUX_NUMBERS, NULL, PLACE_SCATTER,
        &(struct expected){16,
                           {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15},
                           {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}});
}

static void fewer_threads_take_the_first_places(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, PLACE_COMPACT, &(struct expected){3, {0, 1, 2}, {0, 0, 0}});
  check(TWO_BY_FOUR_BY_TWO, NULL, PLACE_SCATTER, &(struct expected){3, {0, 8, 2}, {0, 1, 0}});
}

static void one_pu(void **state)
{
  (void)state;
  check("pu:1", NULL, PLACE_COMPACT, &(struct expected){1, {0}, {0}});
  check("pu:1", NULL, PLACE_SCATTER, &(struct expected){1, {0}, {0}});
}

static void eight_nodes(void **state)
{
  (void)state;
  check("numa:8 core:2 pu:1", NULL, PLACE_COMPACT,
        &(struct expected){16,
                           {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                           {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7}});
  check("numa:8 core:2 pu:1", NULL, PLACE_SCATTER,
        &(struct expected){16,
                           {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
                           {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7}});
}

static void nodes_take_turns_within_packages(void **state)
{
  (void)state;
  check("pack:2 numa:4 core:2 pu:1", NULL, PLACE_SCATTER,
        &(struct expected){16,
                           {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15},
                           {0, 4, 1, 5, 2, 6, 3, 7, 0, 4, 1, 5, 2, 6, 3, 7}});
}

static void caches_take_turns_within_nodes(void **state)
{
  (void)state;
  check("pack:1 l3:2 core:2 pu:2", NULL, PLACE_SCATTER,
        &(struct expected){8, {0, 4, 2, 6, 1, 5, 3, 7}, {0}});
}

/* Core 0 keeps only its second PU, core 6 too; core 1 keeps both, core 2 its first. */
static void restricted_cpuset(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, "1-4,13", PLACE_COMPACT,
        &(struct expected){5, {1, 2, 3, 4, 13}, {0, 0, 0, 0, 1}});
  check(TWO_BY_FOUR_BY_TWO, "1-4,13", PLACE_SCATTER,
        &(struct expected){5, {1, 13, 2, 4, 3}, {0, 1, 0, 0, 0}});
}

/* Package 0: two cores of two PUs. Package 1: four cores of one. No core gets a second thread
 * before every core has its first. */
static void asymmetric_packages(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, "0-3,8,10,12,14", PLACE_COMPACT,
        &(struct expected){8, {0, 1, 2, 3, 8, 10, 12, 14}, {0, 0, 0, 0, 1, 1, 1, 1}});
  check(TWO_BY_FOUR_BY_TWO, "0-3,8,10,12,14", PLACE_SCATTER,
        &(struct expected){8, {0, 8, 2, 10, 12, 14, 1, 3}, {0, 1, 0, 1, 1, 1, 0, 0}});
}

static void memory_only_nodes_get_no_threads(void **state)
{
  (void)state;
  check("pack:2 [numa] [numa] core:2 pu:1", NULL, PLACE_SCATTER,
        &(struct expected){4, {0, 2, 1, 3}, {0, 2, 0, 2}});
}

static void none_places_nobody(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, PLACE_NONE, &(struct expected){2, {-1, -1}, {-1, -1}});
}

static void the_check_of_orders_can_fail(void **state)
{
  (void)state;
  struct topology *topology = machine("pack:2 [numa] core:1 pu:2", NULL);
  struct placement *placement;
  char error[TOPOLOGY_ERROR_BYTES];
  assert_int_equal(placement_create(topology, PLACE_SCATTER, 4, &placement, error), 0);
  assert_true(is_placed(placement, &(struct expected){4, {0, 2, 1, 3}, {0, 1, 0, 1}}));
  assert_false(is_placed(placement, &(struct expected){4, {0, 1, 2, 3}, {0, 0, 1, 1}}));
  assert_false(is_placed(placement, &(struct expected){4, {0, 2, 1, 3}, {0, 0, 0, 0}}));
  assert_false(is_placed(placement, &(struct expected){3, {0, 2, 1}, {0, 1, 0}}));
  placement_destroy(placement);
  topology_destroy(topology);
}

static void too_many_threads_are_refused(void **state)
{
  (void)state;
  struct topology *topology = machine(TWO_BY_FOUR_BY_TWO, "1-4,13");
  struct placement *placement = NULL;
  char error[TOPOLOGY_ERROR_BYTES];
  for (int kind = 0; kind < PLACE_KINDS; kind++) {
    error[0] = '\0';
    assert_int_equal(placement_create(topology, (enum placement_kind)kind, 6, &placement, error),
                     -ERANGE);
    assert_non_null(strstr(error, "6 threads do not fit on 5 processing units (1-4,13)"));
    assert_int_equal(placement_create(topology, (enum placement_kind)kind, 0, &placement, error),
                     -EINVAL);
    assert_int_equal(placement_create(topology, (enum placement_kind)kind, 5, &placement, error),
                     0);
    placement_destroy(placement);
  }
  topology_destroy(topology);
}

static void names_are_read_back(void **state)
{
  (void)state;
  enum placement_kind kind;
  for (int i = 0; i < PLACE_KINDS; i++) {
    assert_true(placement_kind_parse(placement_kind_name((enum placement_kind)i), &kind));
    assert_int_equal(kind, i);
  }
  assert_false(placement_kind_parse("", &kind));
  assert_false(placement_kind_parse("compac", &kind));
  assert_false(placement_kind_parse("compact ", &kind));
}

static void another_machine_is_not_bound_on(void **state)
{
  (void)state;
  struct topology *topology = machine("pu:1", NULL); /* CPU 0 is here too, most likely */
  struct placement *placement;
  struct placement_proof proof;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  assert_int_equal(placement_create(topology, PLACE_COMPACT, 1, &placement, error), 0);
  assert_int_equal(placement_bind(placement, 0, error), -ENOTSUP);
  assert_non_null(strstr(error, "another machine"));
  placement_verify(placement, 0, &proof);
  assert_int_equal(proof.verdict, PLACEMENT_BROKEN);
  placement_destroy(placement);
  topology_destroy(topology);
}

/* ---- on this machine ---- */

struct visit {
  const struct placement *placement;
  int bind;           /* which seat to bind to, -1: none */
  unsigned verify;    /* which seat to verify as */
  cpu_set_t affinity; /* left by the bind */
  struct placement_proof proof;
  int status;
};

static void *visit(void *opaque)
{
  struct visit *self = opaque;
  char error[TOPOLOGY_ERROR_BYTES];
  if (self->bind >= 0)
    self->status = placement_bind(self->placement, (unsigned)self->bind, error);
  sched_getaffinity(0, sizeof self->affinity, &self->affinity);
  placement_verify(self->placement, self->verify, &self->proof);
  return NULL;
}

/* In a thread of its own, so that the test's binding stays as it is. */
static struct visit visit_in_thread(const struct placement *placement, int bind, unsigned verify)
{
  struct visit self = {.placement = placement, .bind = bind, .verify = verify};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, visit, &self), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  return self;
}

struct here {
  struct topology *topology;
  struct placement *placement;
  unsigned threads;
};

static struct here plan_here(enum placement_kind kind)
{
  struct here here;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  if (topology_load(&here.topology, error) != 0)
    fail_msg("%s", error);
  here.threads = topology_counts(here.topology).pus;
  assert_int_equal(placement_create(here.topology, kind, here.threads, &here.placement, error), 0);
  return here;
}

static void leave_here(struct here *here)
{
  placement_destroy(here->placement);
  topology_destroy(here->topology);
}

static void bound_threads_are_where_they_should_be(void **state)
{
  (void)state;
  struct here here = plan_here(PLACE_SCATTER);
  for (unsigned i = 0; i < here.threads; i++) {
    int cpu = placement_seat(here.placement, i).cpu;
    struct visit seen = visit_in_thread(here.placement, (int)i, i);
    assert_int_equal(seen.status, 0);
    assert_int_equal(CPU_COUNT(&seen.affinity), 1);
    assert_true(CPU_ISSET((size_t)cpu, &seen.affinity));
    assert_int_equal(seen.proof.verdict, PLACEMENT_HELD);
    assert_int_equal(seen.proof.last_cpu, cpu);
    assert_string_equal(seen.proof.reason, "");
  }
  leave_here(&here);
}

static void unbound_and_misplaced_threads_are_found_out(void **state)
{
  (void)state;
  struct here here = plan_here(PLACE_COMPACT);
  if (here.threads < 2) {
    leave_here(&here);
    skip();
  }
  struct visit unbound = visit_in_thread(here.placement, -1, 0);
  assert_int_equal(unbound.proof.verdict, PLACEMENT_BROKEN);
  assert_non_null(strstr(unbound.proof.reason, "should be bound to CPU"));
  struct visit misplaced = visit_in_thread(here.placement, 1, 0);
  assert_int_equal(misplaced.status, 0);
  assert_int_equal(misplaced.proof.verdict, PLACEMENT_BROKEN);
  leave_here(&here);
}

static void nothing_is_asked_of_unplaced_threads(void **state)
{
  (void)state;
  struct here here = plan_here(PLACE_NONE);
  cpu_set_t before;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  struct visit seen = visit_in_thread(here.placement, 0, 0);
  assert_int_equal(seen.status, 0);
  assert_true(CPU_EQUAL(&before, &seen.affinity));
  assert_int_equal(seen.proof.verdict, PLACEMENT_FREE);
  assert_true(seen.proof.last_cpu >= 0);
  assert_string_equal(placement_verdict_name(seen.proof.verdict), "free");
  leave_here(&here);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_packages_compact),
      cmocka_unit_test(two_packages_scatter),
      cmocka_unit_test(os_indexes_do_not_matter),
      cmocka_unit_test(fewer_threads_take_the_first_places),
      cmocka_unit_test(one_pu),
      cmocka_unit_test(eight_nodes),
      cmocka_unit_test(nodes_take_turns_within_packages),
      cmocka_unit_test(caches_take_turns_within_nodes),
      cmocka_unit_test(restricted_cpuset),
      cmocka_unit_test(asymmetric_packages),
      cmocka_unit_test(memory_only_nodes_get_no_threads),
      cmocka_unit_test(none_places_nobody),
      cmocka_unit_test(the_check_of_orders_can_fail),
      cmocka_unit_test(too_many_threads_are_refused),
      cmocka_unit_test(names_are_read_back),
      cmocka_unit_test(another_machine_is_not_bound_on),
      cmocka_unit_test(bound_threads_are_where_they_should_be),
      cmocka_unit_test(unbound_and_misplaced_threads_are_found_out),
      cmocka_unit_test(nothing_is_asked_of_unplaced_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
