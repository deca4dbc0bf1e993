/* boundaries_test.c: where curves over threads may bend, on machines whose orders were counted by
 * hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "place/topology.h"
#include "report/boundaries.h"

static char folder[] = "/tmp/boundaries_test.XXXXXX";

/* "1 shared cores; 4 2 nodes" */
static const char *found(const char *machine, const char *place)
{
  static char text[512];
  char path[64], error[TOPOLOGY_ERROR_BYTES];
  struct topology *topology;
  struct boundaries boundaries;
  snprintf(path, sizeof path, "%s/topology.xml", folder);
  assert_int_equal(topology_load_synthetic(machine, &topology, error), 0);
  assert_int_equal(topology_export_xml(topology, path, error), 0);
  topology_destroy(topology);
  boundaries_find(folder, place, &boundaries);
  assert_int_equal(unlink(path), 0);
  text[0] = '\0';
  for (size_t i = 0; i < boundaries.count; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u %s", i ? "; " : "",
             boundaries.item[i].threads, boundaries.item[i].label);
  return text;
}

static void boundaries_are_where_they_were_counted(void **state)
{
  (void)state;
  /* compact: siblings, cores, nodes in turn; scatter: nodes in turn, then cores, then siblings */
  assert_string_equal(found("pack:2 [numa] core:2 pu:2", "compact"), "1 shared cores; 4 2 nodes");
  assert_string_equal(found("pack:2 [numa] core:2 pu:2", "scatter"), "1 2 nodes; 4 shared cores");
  assert_string_equal(found("pack:4 [numa] core:1 pu:1", "compact"),
                      "1 2 nodes; 2 3 nodes; 3 4 nodes");
  assert_string_equal(found("pack:1 [numa] core:8 pu:1", "compact"), "");
  assert_string_equal(found("pack:1 [numa] core:2 pu:2", "scatter"), "2 shared cores");
  /* less than the machine, and not its first CPUs: one of every core, then the siblings */
  assert_string_equal(found("pack:2 [numa] core:2 pu:2", "node:1"), "2 shared cores");
}

static void what_has_no_order_has_no_boundary(void **state)
{
  (void)state;
  struct boundaries boundaries = {.count = 9};
  assert_string_equal(found("pack:2 [numa] core:2 pu:2", "none"), "");
  assert_string_equal(found("pack:2 [numa] core:2 pu:2", "nonsense"), "");
  boundaries_find("/nonexistent", "compact", &boundaries);
  assert_int_equal(boundaries.count, 0);
}

static void more_than_can_be_drawn_are_cut(void **state)
{
  (void)state;
  struct boundaries boundaries;
  char path[64], error[TOPOLOGY_ERROR_BYTES];
  struct topology *topology;
  snprintf(path, sizeof path, "%s/topology.xml", folder);
  assert_int_equal(topology_load_synthetic("pack:64 [numa] pu:1", &topology, error), 0);
  assert_int_equal(topology_export_xml(topology, path, error), 0);
  topology_destroy(topology);
  boundaries_find(folder, "compact", &boundaries);
  assert_int_equal(boundaries.count, BOUNDARIES_MOST);
  assert_int_equal(unlink(path), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(boundaries_are_where_they_were_counted),
      cmocka_unit_test(what_has_no_order_has_no_boundary),
      cmocka_unit_test(more_than_can_be_drawn_are_cut),
  };
  if (!mkdtemp(folder))
    return 4;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
