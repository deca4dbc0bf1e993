/* topology_test.c: what is said about machines that are described by hand, and about bad input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "place/topology.h"

static struct topology *describe(const char *description)
{
  struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  if (topology_load_synthetic(description, &topology, error) != 0)
    fail_msg("%s: %s", description, error);
  return topology;
}

static void check_counts(const char *description, unsigned packages, unsigned nodes, unsigned cores,
                         unsigned pus)
{
  struct topology *topology = describe(description);
  struct topology_counts counts = topology_counts(topology);
  assert_int_equal(counts.packages, packages);
  assert_int_equal(counts.nodes, nodes);
  assert_int_equal(counts.cores, cores);
  assert_int_equal(counts.pus, pus);
  topology_destroy(topology);
}

static void counts_are_those_described(void **state)
{
  (void)state;
  check_counts("pack:2 [numa] core:4 pu:2", 2, 2, 8, 16);
  check_counts("pu:1", 0, 1, 0, 1);
  check_counts("numa:8 core:2 pu:1", 0, 8, 16, 16);
  check_counts("pack:1 [numa] [numa] core:2 pu:2", 1, 2, 2, 4);
}

static void pus_know_where_they_are(void **state)
{
  (void)state;
  /* Two packages of two cores of two; OS indexes as Linux often gives them: siblings far apart. */
  struct topology *topology = describe("pack:2 [numa] core:2 pu:2(indexes=0,4,1,5,2,6,3,7)");
  const struct topology_pu expected[] = {
      {.cpu = 0, .core = 0, .rank = 0, .package = 0, .node = 0},
      {.cpu = 4, .core = 0, .rank = 1, .package = 0, .node = 0},
      {.cpu = 1, .core = 1, .rank = 0, .package = 0, .node = 0},
      {.cpu = 5, .core = 1, .rank = 1, .package = 0, .node = 0},
      {.cpu = 2, .core = 2, .rank = 0, .package = 1, .node = 1},
      {.cpu = 6, .core = 2, .rank = 1, .package = 1, .node = 1},
      {.cpu = 3, .core = 3, .rank = 0, .package = 1, .node = 1},
      {.cpu = 7, .core = 3, .rank = 1, .package = 1, .node = 1},
  };
  for (unsigned i = 0; i < 8; i++) {
    struct topology_pu pu = topology_pu(topology, i);
    assert_memory_equal(&pu, &expected[i], sizeof pu);
  }
  topology_destroy(topology);
}

static void ranks_count_only_what_may_be_used(void **state)
{
  (void)state;
  struct topology *topology = describe("core:2 pu:2");
  hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
  assert_int_equal(hwloc_bitmap_list_sscanf(allowed, "1-2"), 0);
  assert_int_equal(hwloc_topology_restrict(topology_hwloc(topology), allowed, 0), 0);
  hwloc_bitmap_free(allowed);

  assert_int_equal(topology_counts(topology).pus, 2);
  struct topology_pu first = topology_pu(topology, 0), second = topology_pu(topology, 1);
  assert_int_equal(first.cpu, 1);
  assert_int_equal(first.rank, 0); /* its sibling, CPU 0, is gone */
  assert_int_equal(second.cpu, 2);
  assert_int_equal(second.rank, 0);
  char text[32];
  topology_allowed(topology, text, sizeof text);
  assert_string_equal(text, "1-2");
  topology_destroy(topology);
}

static void a_machine_without_cores_has_ranks(void **state)
{
  (void)state;
  struct topology *topology = describe("pu:3");
  for (unsigned i = 0; i < 3; i++) {
    struct topology_pu pu = topology_pu(topology, i);
    assert_int_equal(pu.core, -1);
    assert_int_equal(pu.package, -1);
    assert_int_equal(pu.rank, 0);
  }
  topology_destroy(topology);
}

static void check_node(const struct topology *topology, unsigned index, unsigned os_index,
                       const char *cpus, bool memory_only)
{
  struct topology_node node;
  topology_node(topology, index, &node);
  assert_int_equal(node.node, os_index);
  assert_string_equal(node.cpus, cpus);
  assert_int_equal(node.memory_only, memory_only);
}

static void memory_only_nodes_are_told_apart(void **state)
{
  (void)state;
  struct topology *topology = describe("pack:2 [numa(memory=1GiB)] [numa(memory=2GiB)] pu:2");
  check_node(topology, 0, 0, "0-1", false);
  check_node(topology, 1, 1, "0-1", true);
  check_node(topology, 2, 2, "2-3", false);
  check_node(topology, 3, 3, "2-3", true);
  assert_int_equal(topology_pu(topology, 3).node, 2);
  struct topology_node node;
  topology_node(topology, 1, &node);
  assert_int_equal(node.memory_bytes, 2u << 30);
  topology_destroy(topology);

  /* One that belongs to the whole machine, with an OS index below the others'. */
  topology = describe("[numa(indexes=1,2,0)] pack:2 [numa] pu:2");
  struct topology_counts counts = topology_counts(topology);
  assert_int_equal(counts.nodes, 3);
  unsigned memory_only = 0;
  for (unsigned i = 0; i < 3; i++) {
    topology_node(topology, i, &node);
    assert_int_equal(node.memory_only, strcmp(node.cpus, "0-3") == 0);
    memory_only += node.memory_only;
  }
  assert_int_equal(memory_only, 1);
  topology_destroy(topology);
}

static void caches_are_listed_from_memory_inwards(void **state)
{
  (void)state;
  struct topology *topology = describe("pack:2 l3:1(size=4MiB) l2:2(size=512KiB) core:1 pu:2");
  struct topology_cache cache;
  assert_true(topology_cache(topology, 0, &cache));
  assert_string_equal(cache.name, "L3");
  assert_int_equal(cache.size_bytes, 4 << 20);
  assert_int_equal(cache.count, 2);
  assert_int_equal(cache.pus, 4);
  assert_true(topology_cache(topology, 1, &cache));
  assert_string_equal(cache.name, "L2");
  assert_int_equal(cache.size_bytes, 512 << 10);
  assert_int_equal(cache.count, 4);
  assert_int_equal(cache.pus, 2);
  assert_false(topology_cache(topology, 2, &cache));
  topology_destroy(topology);
}

/* Gives a described machine with three nodes distances that differ by direction. */
static void add_distances(struct topology *topology)
{
  static hwloc_uint64_t values[] = {10, 21, 32, 12, 10, 23, 13, 24, 10};
  hwloc_topology_t hwloc = topology_hwloc(topology);
  hwloc_obj_t nodes[3];
  for (unsigned i = 0; i < 3; i++)
    nodes[i] = hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, i);
  hwloc_distances_add_handle_t handle = hwloc_distances_add_create(
      hwloc, NULL, HWLOC_DISTANCES_KIND_FROM_OS | HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);
  assert_non_null(handle);
  assert_int_equal(hwloc_distances_add_values(hwloc, handle, 3, nodes, values, 0), 0);
  assert_int_equal(hwloc_distances_add_commit(hwloc, handle, 0), 0);
}

static void distances_are_known_or_not(void **state)
{
  (void)state;
  struct topology *topology = describe("numa:3 pu:1");
  assert_null(topology_distances(topology));
  add_distances(topology);
  uint64_t *distances = topology_distances(topology);
  assert_non_null(distances);
  static const uint64_t expected[] = {10, 21, 32, 12, 10, 23, 13, 24, 10};
  assert_memory_equal(distances, expected, sizeof expected);
  free(distances);

  /* Of the nodes that are left. */
  hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
  assert_int_equal(hwloc_bitmap_list_sscanf(allowed, "0,2"), 0);
  assert_int_equal(hwloc_topology_restrict(topology_hwloc(topology), allowed,
                                           HWLOC_RESTRICT_FLAG_REMOVE_CPULESS),
                   0);
  hwloc_bitmap_free(allowed);
  distances = topology_distances(topology);
  assert_non_null(distances);
  assert_memory_equal(distances, ((const uint64_t[]){10, 32, 13, 10}), 4 * sizeof *distances);
  free(distances);
  topology_destroy(topology);
}

static void a_described_machine_is_whole(void **state)
{
  (void)state;
  struct topology *topology = describe("pack:2 [numa] core:2 pu:2(indexes=0,4,1,5,2,6,3,9)");
  struct topology_whole whole;
  assert_true(topology_whole(topology, &whole));
  assert_int_equal(whole.pus, 8);
  assert_string_equal(whole.cpus, "0-6,9");
  assert_true(topology_has_cpu(topology, 9));
  assert_false(topology_has_cpu(topology, 8));
  assert_false(topology_has_cpu(topology, 65535));
  topology_destroy(topology);
}

static void a_described_machine_supports_nothing(void **state)
{
  (void)state;
  setenv("HWLOC_THISSYSTEM", "1", 1); /* not even when the environment says so */
  struct topology *topology = describe("pu:2");
  unsetenv("HWLOC_THISSYSTEM");
  struct topology_support support = topology_support(topology);
  assert_false(support.this_system || support.bind_thread || support.last_cpu ||
               support.bind_memory || support.locate_memory || support.migrate_memory);
  topology_destroy(topology);
}

static void this_machine_can_be_loaded(void **state)
{
  (void)state;
  struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES];
  assert_int_equal(topology_load(&topology, error), 0);
  assert_true(topology_support(topology).this_system);
  assert_true(topology_counts(topology).pus >= 1);
  assert_true(topology_counts(topology).nodes >= 1);
  topology_destroy(topology);
}

static void affinity_is_respected(void **state)
{
  (void)state;
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  if (CPU_COUNT(&before) < 2)
    skip();
  size_t last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(last, &before))
    last--;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES];
  int status = topology_load(&topology, error);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  assert_int_equal(status, 0);
  assert_int_equal(topology_counts(topology).pus, 1);
  assert_int_equal(topology_pu(topology, 0).cpu, last);
  struct topology_whole whole; /* has those too that were forbidden */
  assert_true(topology_whole(topology, &whole));
  assert_true(whole.pus >= (unsigned)CPU_COUNT(&before));
  for (unsigned cpu = 0; cpu <= last; cpu++)
    if (CPU_ISSET(cpu, &before))
      assert_true(topology_has_cpu(topology, cpu));
  topology_destroy(topology);
}

static void refused(int status, const char *error, const char *expected)
{
  assert_true(status < 0);
  if (!strstr(error, expected))
    fail_msg("\"%s\" does not say \"%s\"", error, expected);
}

static void bad_descriptions_are_refused(void **state)
{
  (void)state;
  const char *const bad[] = {"",          "foo",       "pack:2",         "pu:0",
                             "pu:-1",     "pack:1(",   "pu:2 and more",  "pack:2 core:2",
                             "pack:2x4",  "pu:2 pu:2", "[numa] [numa]",  ")",
                             "\xff\xfe:", "pu:",       "core:2 pu:zwei", "99999999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct topology *topology = NULL;
    char error[TOPOLOGY_ERROR_BYTES] = "";
    refused(topology_load_synthetic(bad[i], &topology, error), error, "synthetic machine");
    assert_null(topology);
  }
}

static void boundless_descriptions_are_refused(void **state)
{
  (void)state;
  const char *const large[] = {"pu:100000", "numa:100 core:100 pu:2", "pu:18446744073709551617",
                               "4000 4000", "pack:2 [numa:2] core:3000 pu:1"};
  struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES];
  for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
    refused(topology_load_synthetic(large[i], &topology, error), error, "more than 8192");
  /* Sizes are not counts. */
  topology_destroy(describe("pack:2 [numa(memory=137438953472)] l3:1(size=33554432) core:2 pu:2"));
}

static void a_diverting_environment_is_refused(void **state)
{
  (void)state;
  const char *const variables[] = {"HWLOC_SYNTHETIC", "HWLOC_XMLFILE", "HWLOC_FSROOT",
                                   "HWLOC_THISSYSTEM"};
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
    struct topology *topology;
    char error[TOPOLOGY_ERROR_BYTES];
    setenv(variables[i], "pack:2 nonsense", 1);
    refused(topology_load(&topology, error), error, variables[i]);
    unsetenv(variables[i]);
  }
}

/* ---- files, in a folder of the test's own ---- */

struct folder {
  char path[64];
  char file[128];
};

static struct folder make_folder(void)
{
  struct folder folder = {.path = "/tmp/topology_test.XXXXXX"};
  assert_non_null(mkdtemp(folder.path));
  snprintf(folder.file, sizeof folder.file, "%s/topology.xml", folder.path);
  return folder;
}

static void remove_folder(const struct folder *folder)
{
  unlink(folder->file);
  assert_int_equal(rmdir(folder->path), 0); /* nothing else may be left in it */
}

static void write_file(const char *path, const char *bytes, size_t size)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void xml_holds_what_was_exported(void **state)
{
  (void)state;
  struct folder folder = make_folder();
  char error[TOPOLOGY_ERROR_BYTES] = "";
  struct topology *written = describe("pack:2 [numa] core:3 pu:2"), *read;
  assert_int_equal(topology_export_xml(written, folder.file, error), 0);
  assert_int_equal(topology_load_xml(folder.file, &read, error), 0);
  struct topology_counts counts = topology_counts(read);
  assert_int_equal(counts.pus, 12);
  assert_int_equal(counts.nodes, 2);
  for (unsigned i = 0; i < counts.pus; i++) {
    struct topology_pu left = topology_pu(written, i), right = topology_pu(read, i);
    assert_memory_equal(&left, &right, sizeof left);
  }
  assert_false(topology_support(read).this_system);
  topology_destroy(read);
  topology_destroy(written);
  remove_folder(&folder);
}

static void an_export_that_fails_leaves_nothing(void **state)
{
  (void)state;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  struct topology *topology = describe("pu:2");
  refused(topology_export_xml(topology, "/nonexistent/topology.xml", error), error,
          "/nonexistent/topology.xml: No such file");
  struct folder folder = make_folder(); /* a folder stands where the file should go */
  refused(topology_export_xml(topology, folder.path, error), error, folder.path);
  topology_destroy(topology);
  remove_folder(&folder);
}

static void bad_xml_is_refused(void **state)
{
  (void)state;
  struct folder folder = make_folder();
  struct topology *topology = NULL;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  refused(topology_load_xml(folder.file, &topology, error), error, "No such file");
  refused(topology_load_xml(folder.path, &topology, error), error, "Is a directory");
  const char *const bad[] = {
      "",
      "no xml",
      "<topology",
      "<?xml version=\"1.0\"?><topology/>",
      "<html></topology>",
      "<topology></topology>",
      "<topology version=\"9.9\"></topology>",
      "<topology version=\"2.0\"><object type=\"Teapot\"/></topology>",
      "<topology version=\"2.0\"><object type=\"PU\" os_index=\"-1\"/></topology>"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    write_file(folder.file, bad[i], strlen(bad[i]));
    refused(topology_load_xml(folder.file, &topology, error), error, "XML topology");
    assert_null(topology);
  }
  remove_folder(&folder);
}

/* What topology_export_xml writes about a machine; *size bytes of it. */
static const char *exported_xml(const char *description, size_t *size)
{
  static char xml[1 << 16];
  struct folder folder = make_folder();
  struct topology *topology = describe(description);
  char error[TOPOLOGY_ERROR_BYTES] = "";
  assert_int_equal(topology_export_xml(topology, folder.file, error), 0);
  topology_destroy(topology);
  FILE *file = fopen(folder.file, "r");
  assert_non_null(file);
  *size = fread(xml, 1, sizeof xml - 1, file);
  fclose(file);
  xml[*size] = '\0';
  assert_in_range(*size, 100, sizeof xml - 2);
  remove_folder(&folder);
  return xml;
}

/* hwloc 2.9 itself crashes on some of these. */
static void damaged_xml_does_no_harm(void **state)
{
  (void)state;
  size_t size, refusals = 0;
  char *xml = strdup(exported_xml("pack:2 [numa] core:2 pu:1", &size));
  assert_non_null(xml);
  struct folder folder = make_folder();
  for (char *quote = xml; (quote = strstr(quote, "\" complete_")) != NULL; quote++) {
    struct topology *topology;
    char error[TOPOLOGY_ERROR_BYTES];
    *quote = '+'; /* runs two attributes together */
    write_file(folder.file, xml, size);
    *quote = '"';
    if (topology_load_xml(folder.file, &topology, error) != 0)
      refusals++;
    else
      topology_destroy(topology);
  }
  assert_true(refusals > 0);
  remove_folder(&folder);
  free(xml);
}

static void cut_xml_is_refused(void **state)
{
  (void)state;
  size_t size;
  const char *xml = exported_xml("pack:2 [numa] core:2 pu:1", &size);
  struct folder folder = make_folder();
  struct topology *topology = NULL;
  char error[TOPOLOGY_ERROR_BYTES] = "";
  for (size_t cut = 0; cut + sizeof "</topology>" < size; cut += 41) {
    write_file(folder.file, xml, cut);
    refused(topology_load_xml(folder.file, &topology, error), error, "not a whole XML topology");
    assert_null(topology);
  }
  remove_folder(&folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_are_those_described),
      cmocka_unit_test(pus_know_where_they_are),
      cmocka_unit_test(ranks_count_only_what_may_be_used),
      cmocka_unit_test(a_machine_without_cores_has_ranks),
      cmocka_unit_test(memory_only_nodes_are_told_apart),
      cmocka_unit_test(caches_are_listed_from_memory_inwards),
      cmocka_unit_test(distances_are_known_or_not),
      cmocka_unit_test(a_described_machine_is_whole),
      cmocka_unit_test(a_described_machine_supports_nothing),
      cmocka_unit_test(this_machine_can_be_loaded),
      cmocka_unit_test(affinity_is_respected),
      cmocka_unit_test(bad_descriptions_are_refused),
      cmocka_unit_test(boundless_descriptions_are_refused),
      cmocka_unit_test(a_diverting_environment_is_refused),
      cmocka_unit_test(xml_holds_what_was_exported),
      cmocka_unit_test(an_export_that_fails_leaves_nothing),
      cmocka_unit_test(bad_xml_is_refused),
      cmocka_unit_test(damaged_xml_does_no_harm),
      cmocka_unit_test(cut_xml_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
