/* memory_policy_test.c: how memory policies are spelled, what becomes of them on machines described
 * by hand, what a node has room for, and pages that are really bound. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place/huge_pages.h"
#include "place/memory_policy.h"
#include "tests/contract/cmocka_includes.h"

static char error[TOPOLOGY_ERROR_BYTES];

static void check_parsed(const char *text, enum memory_kind kind, node_set nodes, uint64_t stripe)
{
  struct memory_policy policy;
  if (!memory_policy_parse(text, &policy, error))
    fail_msg("%s: %s", text, error);
  assert_int_equal(policy.kind, kind);
  assert_int_equal(policy.nodes, nodes);
  assert_int_equal(policy.stripe_bytes, stripe);
}

static void policies_are_read(void **state)
{
  (void)state;
  check_parsed("first-touch", MEMORY_FIRST_TOUCH, 0, 0);
  check_parsed("local", MEMORY_LOCAL, 0, 0);
  check_parsed("per-node", MEMORY_PER_NODE, 0, 0);
  check_parsed("bind:0", MEMORY_BIND, 1, 0);
  check_parsed("bind:63", MEMORY_BIND, UINT64_C(1) << 63, 0);
  check_parsed("interleave", MEMORY_INTERLEAVE, 0, 0);
  check_parsed("interleave:0,2-3", MEMORY_INTERLEAVE, 13, 0);
  check_parsed("interleave:0-63", MEMORY_INTERLEAVE, UINT64_MAX, 0);
  check_parsed("interleave@65536", MEMORY_INTERLEAVE, 0, 65536);
  check_parsed("interleave:1,0@4096", MEMORY_INTERLEAVE, 3, 4096);
}

static void what_is_no_policy_is_refused(void **state)
{
  (void)state;
  static const char *const wrong[] = {"",
                                      "First-touch",
                                      "first-touch ",
                                      "local:0",
                                      "per-node:1",
                                      "bind",
                                      "bind:",
                                      "bind:-1",
                                      "bind:64",
                                      "bind:0,1",
                                      "bind:1x",
                                      "bind:+1",
                                      "bind: 1",
                                      "interleaved",
                                      "interleave:",
                                      "interleave@",
                                      "interleave:0-",
                                      "interleave:3-2",
                                      "interleave:0,",
                                      "interleave:0-64",
                                      "interleave@0",
                                      "interleave@4097",
                                      "interleave@4096k",
                                      "interleave:0 ",
                                      "interleave@-4096",
                                      "interleave:99999999999999999999999"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct memory_policy policy;
    error[0] = '\0';
    if (memory_policy_parse(wrong[i], &policy, error))
      fail_msg("'%s' was taken for a policy", wrong[i]);
    assert_true(strlen(error) > 10);
  }
}

static void sets_are_written_as_lists(void **state)
{
  (void)state;
  char text[16];
  node_set_text(0, text, sizeof text);
  assert_string_equal(text, "");
  node_set_text(13, text, sizeof text);
  assert_string_equal(text, "0,2-3");
  node_set_text(UINT64_MAX, text, sizeof text);
  assert_string_equal(text, "0-63");
  node_set_text(0x5555555555555555, text, sizeof text); /* cut, not overrun */
  assert_true(strlen(text) < sizeof text);
}

/* Returns what memory_plan_make() does; the nodes planned for in *nodes. */
static int plan_on(const char *machine, const char *text, node_set *nodes)
{
  struct topology *topology;
  struct memory_policy policy;
  struct memory_plan plan;
  assert_int_equal(topology_load_synthetic(machine, &topology, error), 0);
  assert_true(memory_policy_parse(text, &policy, error));
  error[0] = '\0';
  int status = memory_plan_make(&policy, topology, &plan, error);
  *nodes = plan.nodes;
  topology_destroy(topology);
  return status;
}

static void plans_use_the_nodes_of_the_machine(void **state)
{
  (void)state;
  static const struct {
    const char *machine, *policy;
    node_set nodes;
  } plans[] = {
      {"pack:2 [numa] core:4 pu:2", "interleave", 3},
      {"pack:2 [numa] core:4 pu:2", "bind:1", 2},
      {"pack:2 [numa] core:4 pu:2", "per-node", 3},
      {"numa:8 core:2 pu:1", "local", 0xff},
      {"numa:8 core:2 pu:1", "interleave:2,5-7@65536", 0xe4},
      {"pack:1 [numa] [numa] core:2 pu:2", "bind:1", 2},
      {"numa:4(indexes=0,2,4,6) core:1 pu:1", "interleave", 0x55},
      {"pu:2", "interleave", 1},
  };
  for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
    node_set nodes;
    if (plan_on(plans[i].machine, plans[i].policy, &nodes) != 0)
      fail_msg("%s on %s: %s", plans[i].policy, plans[i].machine, error);
    assert_int_equal(nodes, plans[i].nodes);
  }
}

static void nodes_that_are_not_there_are_named(void **state)
{
  (void)state;
  node_set nodes;
  assert_int_equal(plan_on("pack:2 [numa] core:4 pu:2", "bind:2", &nodes), -EINVAL);
  assert_non_null(strstr(error, "no node 2"));
  assert_non_null(strstr(error, "it has 0-1"));
  assert_int_equal(plan_on("pu:2", "interleave:0-2", &nodes), -EINVAL);
  assert_non_null(strstr(error, "no node 1-2"));
  assert_int_equal(plan_on("numa:70 core:1 pu:1", "interleave", &nodes), -EINVAL);
  assert_int_equal(plan_on("numa:70 core:1 pu:1", "interleave:0-1", &nodes), 0);
  assert_int_equal(plan_on("numa:70 core:1 pu:1", "first-touch", &nodes), 0);
}

/* ---- room ---- */

static char root[64];

static void write_meminfo(unsigned node, const char *text)
{
  char path[256];
  snprintf(path, sizeof path, "%s/sys/devices/system/node/node%u", root, node);
  for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
    *slash = '\0';
    mkdir(path, 0777);
  }
  mkdir(path, 0777);
  strcat(path, "/meminfo");
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void a_node_keeps_a_margin(void **state)
{
  (void)state;
  write_meminfo(3, "Node 3 MemTotal:       1048576 kB\nNode 3 MemFree:         524288 kB\n"
                   "Node 3 Active(file):     65536 kB\nNode 3 Inactive(file):    0 kB\n");
  const uint64_t room = (uint64_t)(524288 + 65536 - 65536) * 1024;
  assert_int_equal(memory_room_bytes(root, 3), room);
  assert_true(memory_fits(root, 3, room, "the region", error));
  assert_false(memory_fits(root, 3, room + 1, "the region", error));
  assert_non_null(strstr(error, "the region needs 512 MiB on node 3, which has room for 512 MiB"));
  write_meminfo(4, "Node 4 MemTotal:       1048576 kB\nNode 4 MemFree:         1024 kB\n"
                   "Node 4 Active(file):     0 kB\nNode 4 Inactive(file):    0 kB\n");
  assert_int_equal(memory_room_bytes(root, 4), 0);
  assert_int_equal(memory_room_bytes(root, 5), UINT64_MAX); /* not known: not refused */
  write_meminfo(6, "Node 6 MemTotal: lots\nNode 6\n");
  assert_int_equal(memory_room_bytes(root, 6), UINT64_MAX);
}

/* ---- pages of this machine ---- */

static void a_page_is_bound_here(void **state)
{
  (void)state;
  struct topology *topology;
  struct memory_policy policy = {.kind = MEMORY_FIRST_TOUCH};
  struct memory_plan plan;
  assert_int_equal(topology_load(&topology, error), 0);
  assert_int_equal(memory_plan_make(&policy, topology, &plan, error), 0);
  policy = (struct memory_policy){.kind = MEMORY_BIND, .nodes = plan.nodes & -plan.nodes};
  int status = memory_plan_make(&policy, topology, &plan, error);
  topology_destroy(topology);
  if (status == -ENOTSUP)
    skip();
  assert_int_equal(status, 0);
  char *area = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal(area, MAP_FAILED);
  struct page_properties properties = memory_plan_properties(&plan);
  assert_int_equal(properties.nodes, plan.nodes);
  assert_int_equal(page_properties_apply(&properties, area, 8192, false), 0);
  memset(area, 1, 8192);
  assert_int_equal(page_properties_apply(&properties, area, 8192, true), 0);
  properties.nodes = UINT64_C(1) << 63; /* the control: that node is nowhere */
  assert_int_equal(page_properties_apply(&properties, area, 8192, false), -EINVAL);
  munmap(area, 8192);
}

/* Whether the mapping of that address has the flag in /proc/self/smaps. */
static bool mapping_has(const void *address, const char *flag)
{
  FILE *file = fopen("/proc/self/smaps", "r");
  assert_non_null(file);
  char line[512];
  bool inside = false, found = false;
  while (fgets(line, sizeof line, file)) {
    uintptr_t from, to;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
      inside = (uintptr_t)address >= from && (uintptr_t)address < to;
    else if (inside && strncmp(line, "VmFlags:", 8) == 0)
      found = strstr(line, flag) != NULL;
  }
  fclose(file);
  return found;
}

/* Else the kernel may give huge pages unasked, and take turns by them. */
static void interleaving_by_pages_turns_huge_ones_off(void **state)
{
  (void)state;
  static const struct {
    struct page_properties properties;
    bool off;
  } cases[] = {
      {{.interleave = true, .nodes = 1}, true},
      {{.interleave = true, .nodes = 1, .huge = true}, false}, /* asked for: they stay */
      {{.nodes = 1}, false},
      {{0}, false},
  };
  char text[HUGE_PAGES_ERROR_BYTES];
  if (!huge_pages_offered("", text))
    skip();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *area = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(area, MAP_FAILED);
    int status = page_properties_apply(&cases[i].properties, area, 8192, false);
    bool bound = status == 0 || !cases[i].properties.nodes; /* a container may forbid it */
    if (bound)
      assert_int_equal(mapping_has(area, " nh"), cases[i].off);
    munmap(area, 8192);
  }
}

int main(void)
{
  snprintf(root, sizeof root, "memory_policy_test.XXXXXX");
  if (!mkdtemp(root))
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(policies_are_read),
      cmocka_unit_test(what_is_no_policy_is_refused),
      cmocka_unit_test(sets_are_written_as_lists),
      cmocka_unit_test(plans_use_the_nodes_of_the_machine),
      cmocka_unit_test(nodes_that_are_not_there_are_named),
      cmocka_unit_test(a_node_keeps_a_margin),
      cmocka_unit_test(a_page_is_bound_here),
      cmocka_unit_test(interleaving_by_pages_turns_huge_ones_off),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", root);
  return system(command) != 0 || failed;
}
