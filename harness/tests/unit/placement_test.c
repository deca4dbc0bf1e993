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

static void check(const char *description, const char *allowed, const char *place,
                  const struct expected *expected)
{
  struct topology *topology = machine(description, allowed);
  struct placement *placement;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  if (placement_create(topology, place, expected->threads, &placement, error) != 0)
    fail_msg("%s", error);
  assert_int_equal(placement_is_free(placement), strcmp(place, "none") == 0);
  if (!is_placed(placement, expected))
    fail_msg("%s of \"%s\" is not as expected", place, description);
  placement_destroy(placement);
  topology_destroy(topology);
}

/* ---- six machines ---- */

/* Their orders, worked out by hand from what they are; the nodes of the threads below the CPUs. */
struct machine_orders {
  const char *description, *allowed; /* as machine() has them */
  unsigned cpus;
  int compact[16], cores_first[16], scatter[16], smt_first[16];
  int node_of[16]; /* by CPU */
  const char *node_place;
  unsigned node_threads;
  int node_order[8];
};

static const struct machine_orders machines[] = {
    /* Two packages of four cores of two. */
    {.description = TWO_BY_FOUR_BY_TWO,
     .cpus = 16,
     .compact = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     .cores_first = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
     .scatter = {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15},
     .smt_first = {0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15},
     .node_of = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1},
     .node_place = "node:1",
     .node_threads = 8,
     .node_order = {8, 10, 12, 14, 9, 11, 13, 15}},
    /* Eight nodes of two cores without siblings. */
    {.description = "numa:8 core:2 pu:1",
     .cpus = 16,
     .compact = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     .cores_first = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     .scatter = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
     .smt_first = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
     .node_of = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7},
     .node_place = "node:5",
     .node_threads = 2,
     .node_order = {10, 11}},
    /* Asymmetric. Package 0: two cores of two. Package 1: four cores of one. */
    {.description = TWO_BY_FOUR_BY_TWO,
     .allowed = "0-3,8,10,12,14",
     .cpus = 8,
     .compact = {0, 1, 2, 3, 8, 10, 12, 14},
     .cores_first = {0, 2, 8, 10, 12, 14, 1, 3},
     .scatter = {0, 8, 2, 10, 12, 14, 1, 3},
     .smt_first = {0, 1, 8, 2, 3, 10, 12, 14},
     .node_of = {0, 0, 0, 0, [8] = 1, [10] = 1, [12] = 1, [14] = 1},
     .node_place = "node:0",
     .node_threads = 4,
     .node_order = {0, 2, 1, 3}},
    /* Two packages with a node each and one more that has memory only: nodes 1 and 3. */
    {.description = "pack:2 [numa] [numa] core:2 pu:2",
     .cpus = 8,
     .compact = {0, 1, 2, 3, 4, 5, 6, 7},
     .cores_first = {0, 2, 4, 6, 1, 3, 5, 7},
     .scatter = {0, 4, 2, 6, 1, 5, 3, 7},
     .smt_first = {0, 1, 4, 5, 2, 3, 6, 7},
     .node_of = {0, 0, 0, 0, 2, 2, 2, 2},
     .node_place = "node:2",
     .node_threads = 4,
     .node_order = {4, 6, 5, 7}},
    /* Restricted. Cores 0 and 6 keep only their second CPU, core 1 both, core 2 its first. */
    {.description = TWO_BY_FOUR_BY_TWO,
     .allowed = "1-4,13",
     .cpus = 5,
     .compact = {1, 2, 3, 4, 13},
     .cores_first = {1, 2, 4, 13, 3},
     .scatter = {1, 13, 2, 4, 3},
     .smt_first = {1, 13, 2, 3, 4},
     .node_of = {[13] = 1},
     .node_place = "node:0",
     .node_threads = 4,
     .node_order = {1, 2, 4, 3}},
    /* Two packages of two nodes of two cores of two. */
    {.description = "pack:2 numa:2 core:2 pu:2",
     .cpus = 16,
     .compact = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     .cores_first = {0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
     .scatter = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
     .smt_first = {0, 1, 8, 9, 4, 5, 12, 13, 2, 3, 10, 11, 6, 7, 14, 15},
     .node_of = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3},
     .node_place = "node:3",
     .node_threads = 4,
     .node_order = {12, 14, 13, 15}},
};

static void check_order(const struct machine_orders *m, const char *place, const int *cpus,
                        unsigned count)
{
  struct expected expected = {.threads = count};
  for (unsigned i = 0; i < count; i++) {
    expected.cpu[i] = cpus[i];
    expected.node[i] = m->node_of[cpus[i]];
  }
  check(m->description, m->allowed, place, &expected);
  char error[TOPOLOGY_ERROR_BYTES];
  struct topology *topology = machine(m->description, m->allowed);
  assert_int_equal(placement_room(topology, place, error), count);
  topology_destroy(topology);
}

static void six_machines_have_these_orders(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
    const struct machine_orders *m = &machines[i];
    check_order(m, "compact", m->compact, m->cpus);
    check_order(m, "cores-first", m->cores_first, m->cpus);
    check_order(m, "scatter", m->scatter, m->cpus);
    check_order(m, "smt-first", m->smt_first, m->cpus);
    check_order(m, m->node_place, m->node_order, m->node_threads);
  }
}

/* ---- lists and roles ---- */

static void lists_are_taken_as_they_stand(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, "cpus:9,0,4-6",
        &(struct expected){5, {9, 0, 4, 5, 6}, {1, 0, 0, 0, 0}});
  check(TWO_BY_FOUR_BY_TWO, NULL, "cpus:9,0,4-6", &(struct expected){2, {9, 0}, {1, 0}});
}

static void parts_share_the_threads(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, "node:0+node:1",
        &(struct expected){5, {0, 2, 4, 8, 10}, {0, 0, 0, 1, 1}});
  check(TWO_BY_FOUR_BY_TWO, NULL, "node:1+node:0",
        &(struct expected){4, {8, 10, 0, 2}, {1, 1, 0, 0}});
  check(TWO_BY_FOUR_BY_TWO, NULL, "node:1+node:0", &(struct expected){1, {8}, {1}});
  check(TWO_BY_FOUR_BY_TWO, NULL, "node:0+node:0",
        &(struct expected){4, {0, 2, 4, 6}, {0, 0, 0, 0}});
  check(TWO_BY_FOUR_BY_TWO, NULL, "cpus:8,0+node:0",
        &(struct expected){4, {8, 0, 2, 4}, {1, 0, 0, 0}});
  check("numa:8 core:2 pu:1", NULL, "node:7+node:3+cpus:0",
        &(struct expected){5, {14, 15, 6, 7, 0}, {7, 7, 3, 3, 0}});
}

static void room_is_what_fits(void **state)
{
  (void)state;
  static const struct {
    const char *place;
    unsigned room;
  } known[] = {{"compact", 5},       {"none", 5},          {"node:1", 1},    {"node:0+node:1", 3},
               {"node:1+node:0", 2}, {"node:0+node:0", 4}, {"cpus:13,1", 2}, {"cpus:1+cpus:1", 1}};
  struct topology *topology = machine(TWO_BY_FOUR_BY_TWO, "1-4,13"); /* four on node 0, one on 1 */
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    struct placement *placement;
    char error[TOPOLOGY_ERROR_BYTES] = "";
    unsigned room = placement_room(topology, known[i].place, error);
    if (room != known[i].room)
      fail_msg("%s has room for %u, not %u", known[i].place, known[i].room, room);
    assert_int_equal(placement_create(topology, known[i].place, room, &placement, error), 0);
    placement_destroy(placement);
    assert_int_equal(placement_create(topology, known[i].place, room + 1, &placement, error),
                     -ERANGE);
    assert_non_null(strstr(error, "oversubscribed"));
    assert_non_null(strstr(error, known[i].place));
  }
  topology_destroy(topology);
}

static void what_is_not_there_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *place, *words;
  } wrong[] = {{"node:7", "there is no node 7 that this process may use; there is: 0, 1, 2, 3"},
               {"node:1", "node 1 has memory only: its nearest CPUs (0-3)"},
               {"node:0+node:9", "there is no node 9"},
               {"cpus:3,8", "there is no CPU 8; this process may use 0-7"}};
  struct topology *topology = machine("pack:2 [numa] [numa] core:2 pu:2", NULL);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct placement *placement = NULL;
    char error[TOPOLOGY_ERROR_BYTES] = "";
    assert_int_equal(placement_create(topology, wrong[i].place, 1, &placement, error), -EINVAL);
    if (!strstr(error, wrong[i].words))
      fail_msg("%s: '%s' does not say '%s'", wrong[i].place, error, wrong[i].words);
    assert_null(placement);
    assert_int_equal(placement_room(topology, wrong[i].place, error), 0);
  }
  topology_destroy(topology);
}

static void bad_spellings_are_refused(void **state)
{
  (void)state;
  char long_one[PLACEMENT_TEXT_BYTES + 10] = "cpus:";
  memset(long_one + 5, '0', sizeof long_one - 6);
  const struct {
    const char *place, *words;
  } wrong[] = {{"", "is no placement"},
               {"compac", "there are compact"},
               {"compact ", "is no placement"},
               {"node", "is no placement"},
               {"node:", "a node is a number"},
               {"node:-1", "a node is a number"},
               {"node:0x1", "a node is a number"},
               {"node:99999999999999999999", "a node is a number"},
               {"cpus:", "not a list of CPUs at byte 6"},
               {"cpus:1,", "not a list of CPUs at byte 8"},
               {"cpus:,1", "not a list of CPUs at byte 6"},
               {"cpus:3-1", "not a list of CPUs"},
               {"cpus:1-", "not a list of CPUs"},
               {"cpus:1-2-3", "not a list of CPUs"},
               {"cpus:0-65536", "not a list of CPUs"},
               {"cpus:0,2,0", "CPU 0 is in the list twice"},
               {"cpus:0-4,3", "CPU 3 is in the list twice"},
               {"node:0+", "is no placement"},
               {"+node:0", "is no placement"},
               {"compact+node:0", "can be joined"},
               {"node:0+none", "can be joined"},
               {"node:0+node:0+node:0+node:0+node:0+node:0+node:0+node:0+node:0", "at most 8"},
               {long_one, "at most 256"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char error[TOPOLOGY_ERROR_BYTES] = "";
    if (placement_is_spelled(wrong[i].place, error))
      fail_msg("'%s' is taken", wrong[i].place);
    if (!strstr(error, wrong[i].words))
      fail_msg("'%s': '%s' does not say '%s'", wrong[i].place, error, wrong[i].words);
  }
}

static void good_spellings_are_taken(void **state)
{
  (void)state;
  static const char *const good[] = {"compact",
                                     "scatter",
                                     "cores-first",
                                     "smt-first",
                                     "none",
                                     "node:0",
                                     "cpus:0",
                                     "cpus:0-65535",
                                     "cpus:7-7,1",
                                     "node:0+node:1",
                                     "cpus:1+node:3+cpus:2,4"};
  char error[TOPOLOGY_ERROR_BYTES];
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    if (!placement_is_spelled(good[i], error))
      fail_msg("%s: %s", good[i], error);
}

/* The same machine, numbered as Linux numbers it: first threads first. */
#define LINUX_NUMBERS "pack:2 [numa] core:4 pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)"

static void os_indexes_do_not_matter(void **state)
{
  (void)state;
  check(LINUX_NUMBERS, NULL, "compact",
        &(struct expected){16,
                           {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15},
                           {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}});
  check(LINUX_NUMBERS, NULL, "scatter",
        &(struct expected){16,
                           {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15},
                           {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}});
}

static void fewer_threads_take_the_first_places(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, "compact", &(struct expected){3, {0, 1, 2}, {0, 0, 0}});
  check(TWO_BY_FOUR_BY_TWO, NULL, "scatter", &(struct expected){3, {0, 8, 2}, {0, 1, 0}});
}

static void one_pu(void **state)
{
  (void)state;
  check("pu:1", NULL, "compact", &(struct expected){1, {0}, {0}});
  check("pu:1", NULL, "scatter", &(struct expected){1, {0}, {0}});
}

static void nodes_take_turns_within_packages(void **state)
{
  (void)state;
  check("pack:2 numa:4 core:2 pu:1", NULL, "scatter",
        &(struct expected){16,
                           {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15},
                           {0, 4, 1, 5, 2, 6, 3, 7, 0, 4, 1, 5, 2, 6, 3, 7}});
}

static void caches_take_turns_within_nodes(void **state)
{
  (void)state;
  check("pack:1 l3:2 core:2 pu:2", NULL, "scatter",
        &(struct expected){8, {0, 4, 2, 6, 1, 5, 3, 7}, {0}});
}

static void none_places_nobody(void **state)
{
  (void)state;
  check(TWO_BY_FOUR_BY_TWO, NULL, "none", &(struct expected){2, {-1, -1}, {-1, -1}});
}

static void the_check_of_orders_can_fail(void **state)
{
  (void)state;
  struct topology *topology = machine("pack:2 [numa] core:1 pu:2", NULL);
  struct placement *placement;
  char error[TOPOLOGY_ERROR_BYTES];
  assert_int_equal(placement_create(topology, "scatter", 4, &placement, error), 0);
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
  static const char *const places[] = {"compact", "scatter", "cores-first", "smt-first", "none"};
  struct topology *topology = machine(TWO_BY_FOUR_BY_TWO, "1-4,13");
  struct placement *placement = NULL;
  char error[TOPOLOGY_ERROR_BYTES];
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    error[0] = '\0';
    assert_int_equal(placement_create(topology, places[i], 6, &placement, error), -ERANGE);
    assert_non_null(strstr(error, "6 threads do not fit"));
    assert_non_null(strstr(error, "at most 5 of the 5"));
    assert_non_null(strstr(error, "(1-4,13)"));
    assert_non_null(strstr(error, "tmb stress --only=oversubscribed"));
    assert_int_equal(placement_create(topology, places[i], 0, &placement, error), -EINVAL);
    assert_int_equal(placement_create(topology, places[i], 5, &placement, error), 0);
    placement_destroy(placement);
  }
  topology_destroy(topology);
}

static void another_machine_is_not_bound_on(void **state)
{
  (void)state;
  struct topology *topology = machine("pu:1", NULL); /* CPU 0 is here too, most likely */
  struct placement *placement;
  struct placement_proof proof;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  assert_int_equal(placement_create(topology, "compact", 1, &placement, error), 0);
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

static struct here plan_here(const char *place)
{
  struct here here;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  if (topology_load(&here.topology, error) != 0)
    fail_msg("%s", error);
  here.threads = topology_counts(here.topology).pus;
  assert_int_equal(placement_create(here.topology, place, here.threads, &here.placement, error), 0);
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
  struct here here = plan_here("scatter");
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
  struct here here = plan_here("compact");
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
  struct here here = plan_here("none");
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
      cmocka_unit_test(six_machines_have_these_orders),
      cmocka_unit_test(lists_are_taken_as_they_stand),
      cmocka_unit_test(parts_share_the_threads),
      cmocka_unit_test(room_is_what_fits),
      cmocka_unit_test(what_is_not_there_is_refused),
      cmocka_unit_test(bad_spellings_are_refused),
      cmocka_unit_test(good_spellings_are_taken),
      cmocka_unit_test(os_indexes_do_not_matter),
      cmocka_unit_test(fewer_threads_take_the_first_places),
      cmocka_unit_test(one_pu),
      cmocka_unit_test(nodes_take_turns_within_packages),
      cmocka_unit_test(caches_take_turns_within_nodes),
      cmocka_unit_test(none_places_nobody),
      cmocka_unit_test(the_check_of_orders_can_fail),
      cmocka_unit_test(too_many_threads_are_refused),
      cmocka_unit_test(another_machine_is_not_bound_on),
      cmocka_unit_test(bound_threads_are_where_they_should_be),
      cmocka_unit_test(unbound_and_misplaced_threads_are_found_out),
      cmocka_unit_test(nothing_is_asked_of_unplaced_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
