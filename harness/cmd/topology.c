/* topology.c: `tmb topology`: the machine as hwloc sees it, or another one to plan for, and in
 * which order threads would be placed on it. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "place/placement.h"

struct options {
  const char *synthetic, *xml;
  const char *picture; /* NULL: none is drawn */
  const char *place;   /* show this order only; NULL: those of the whole machine */
  bool json;
};

enum option_key { OPTION_PICTURE = 256 };

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case 's':
    options->synthetic = argument;
    return 0;
  case 'x':
    options->xml = argument;
    return 0;
  case 'j':
    options->json = true;
    return 0;
  case 'p':
    options->place = argument;
    return 0;
  case OPTION_PICTURE:
    options->picture = argument;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "no arguments are expected, got '%s'", argument);
    return 0;
  case ARGP_KEY_END:
    if (options->synthetic && options->xml)
      argp_error(state, "--synthetic and --xml name a machine each: give one of them");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option option_list[] = {
    {"synthetic", 's', "DESCRIPTION", 0,
     "plan for a machine in hwloc's words: \"pack:2 [numa] core:4 pu:2\"", 0},
    {"xml", 'x', "FILE", 0, "plan for a machine that lstopo wrote down", 0},
    {"place", 'p', "PLACE", 0, "show this order only: " PLACEMENT_SPELLINGS, 0},
    {"json", 'j', NULL, 0, "print JSON", 0},
    {"picture", OPTION_PICTURE, "FILE", 0,
     "also draw it, with lstopo: the name's ending is the format, svg for one", 0},
    {0},
};

static const struct argp parser = {
    option_list,
    parse_option,
    NULL,
    "Shows packages, nodes, caches, cores and CPUs, what can be bound "
    "here, and where the threads of a run would be placed.",
    NULL,
    NULL,
    NULL};

/* ---- as text ---- */

/* "32 MiB", in the largest unit that leaves at least 1. */
static const char *size_text(uint64_t bytes, char *text, size_t size)
{
  static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = (double)bytes;
  size_t i = 0;
  for (; value >= 1024 && i < 4; i++)
    value /= 1024;
  if (bytes == 0)
    snprintf(text, size, "unknown");
  else
    snprintf(text, size, "%.4g %s", value, unit[i]);
  return text;
}

static void print_allowed(const struct topology *topology)
{
  struct topology_whole whole;
  char text[256];
  topology_allowed(topology, text, sizeof text);
  printf("allowed CPUs: %s", text);
  if (!topology_whole(topology, &whole))
    puts(" (of how many is not known)");
  else if (whole.pus == topology_counts(topology).pus)
    puts(" (all of the machine)");
  else
    printf(" (of %u in the machine: %s)\n", whole.pus, whole.cpus);
}

/* As the firmware has them: a row is from that node, a column to it. */
static void print_distances(const struct topology *topology)
{
  unsigned nodes = topology_counts(topology).nodes;
  uint64_t *distances = topology_distances(topology);
  if (!distances) {
    puts("\ndistances between nodes: not known");
    return;
  }
  struct topology_node node;
  printf("\ndistances\nnode");
  for (unsigned i = 0; i < nodes; i++) {
    topology_node(topology, i, &node);
    printf(" %5u", node.node);
  }
  for (unsigned i = 0; i < nodes; i++) {
    topology_node(topology, i, &node);
    printf("\n%4u", node.node);
    for (unsigned j = 0; j < nodes; j++)
      printf(" %5llu", (unsigned long long)distances[i * nodes + j]);
  }
  putchar('\n');
  free(distances);
}

/* "-" for what is not known. */
static const char *number_text(int number, char *text, size_t size)
{
  snprintf(text, size, number < 0 ? "-" : "%d", number);
  return text;
}

static void print_machine(const struct topology *topology)
{
  struct topology_counts counts = topology_counts(topology);
  char text[256];
  printf("packages %u, nodes %u, cores %u, CPUs %u; ", counts.packages, counts.nodes, counts.cores,
         counts.pus);
  print_allowed(topology);
  puts("\nnode  memory      CPUs");
  for (unsigned i = 0; i < counts.nodes; i++) {
    struct topology_node node;
    topology_node(topology, i, &node);
    printf("%4u  %-10s  %s%s\n", node.node, size_text(node.memory_bytes, text, sizeof text),
           node.cpus, node.memory_only ? " (memory only: these have a nearer node)" : "");
  }
  print_distances(topology);
  struct topology_cache cache;
  for (unsigned i = 0; topology_cache(topology, i, &cache); i++) {
    if (i == 0)
      puts("\ncache  size        count  CPUs of each");
    printf("%-5s  %-10s  %5u  %u\n", cache.name, size_text(cache.size_bytes, text, sizeof text),
           cache.count, cache.pus);
  }
  puts("\n CPU  core  rank in core  package  node");
  for (unsigned i = 0; i < counts.pus; i++) {
    struct topology_pu pu = topology_pu(topology, i);
    char core[12], package[12], node[12];
    printf("%4u  %4s  %12u  %7s  %4s\n", pu.cpu, number_text(pu.core, core, sizeof core), pu.rank,
           number_text(pu.package, package, sizeof package),
           number_text(pu.node, node, sizeof node));
  }
}

static const char *yes_or_no(bool yes)
{
  return yes ? "yes" : "no";
}

static void print_support(const struct topology *topology)
{
  struct topology_support support = topology_support(topology);
  if (!support.this_system) {
    puts("\nNot this system: plans only, nothing can be bound.");
    return;
  }
  puts("\nsupported here");
  printf("  bind a thread to a CPU       %s\n", yes_or_no(support.bind_thread));
  printf("  tell where a thread last ran %s\n", yes_or_no(support.last_cpu));
  printf("  bind memory to a node        %s\n", yes_or_no(support.bind_memory));
  printf("  tell where pages are         %s\n", yes_or_no(support.locate_memory));
  printf("  move pages                   %s\n", yes_or_no(support.migrate_memory));
}

static void print_placement(const char *place, const struct placement *placement)
{
  printf("  %-11s", place);
  if (placement_is_free(placement))
    printf(" left to the kernel");
  else
    for (unsigned i = 0; i < placement_threads(placement); i++)
      printf(" %d", placement_seat(placement, i).cpu);
  putchar('\n');
}

/* ---- as JSON ---- */

static json_t *known(int number)
{
  return number < 0 ? json_null() : json_integer(number);
}

static json_t *nodes_json(const struct topology *topology)
{
  json_t *list = json_array();
  for (unsigned i = 0; i < topology_counts(topology).nodes; i++) {
    struct topology_node node;
    topology_node(topology, i, &node);
    json_array_append_new(list, json_pack("{s:i, s:s, s:I, s:b}", "node", (int)node.node, "cpus",
                                          node.cpus, "memory_bytes", (json_int_t)node.memory_bytes,
                                          "memory_only", (int)node.memory_only));
  }
  return list;
}

static json_t *caches_json(const struct topology *topology)
{
  json_t *list = json_array();
  struct topology_cache cache;
  for (unsigned i = 0; topology_cache(topology, i, &cache); i++)
    json_array_append_new(list, json_pack("{s:s, s:I, s:i, s:i}", "name", cache.name, "size_bytes",
                                          (json_int_t)cache.size_bytes, "count", (int)cache.count,
                                          "cpus", (int)cache.pus));
  return list;
}

static json_t *cpus_json(const struct topology *topology)
{
  json_t *list = json_array();
  for (unsigned i = 0; i < topology_counts(topology).pus; i++) {
    struct topology_pu pu = topology_pu(topology, i);
    json_array_append_new(list, json_pack("{s:i, s:o, s:i, s:o, s:o}", "cpu", (int)pu.cpu, "core",
                                          known(pu.core), "rank", (int)pu.rank, "package",
                                          known(pu.package), "node", known(pu.node)));
  }
  return list;
}

static json_t *distances_json(const struct topology *topology)
{
  unsigned nodes = topology_counts(topology).nodes;
  uint64_t *distances = topology_distances(topology);
  json_t *rows = distances ? json_array() : json_null();
  for (unsigned i = 0; distances && i < nodes; i++) {
    json_t *row = json_array();
    for (unsigned j = 0; j < nodes; j++)
      json_array_append_new(row, json_integer((json_int_t)distances[i * nodes + j]));
    json_array_append_new(rows, row);
  }
  free(distances);
  return rows;
}

static json_t *whole_json(const struct topology *topology)
{
  struct topology_whole whole;
  if (!topology_whole(topology, &whole))
    return json_null();
  return json_pack("{s:s, s:i}", "cpus", whole.cpus, "count", (int)whole.pus);
}

static json_t *machine_json(const struct topology *topology)
{
  struct topology_counts counts = topology_counts(topology);
  struct topology_support support = topology_support(topology);
  char allowed[4096];
  topology_allowed(topology, allowed, sizeof allowed);
  return json_pack(
      "{s:i, s:b, s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:o, "
      "s:{s:b, s:b, s:b, s:b, s:b}, s:{}}",
      "v", 1, "this_system", (int)support.this_system, "packages", (int)counts.packages, "cores",
      (int)counts.cores, "allowed", allowed, "machine", whole_json(topology), "nodes",
      nodes_json(topology), "distances", distances_json(topology), "caches", caches_json(topology),
      "cpus", cpus_json(topology), "support", "bind_thread", (int)support.bind_thread, "last_cpu",
      (int)support.last_cpu, "bind_memory", (int)support.bind_memory, "locate_memory",
      (int)support.locate_memory, "migrate_memory", (int)support.migrate_memory, "placements");
}

static json_t *placement_json(const struct placement *placement)
{
  json_t *list = json_array();
  for (unsigned i = 0; i < placement_threads(placement); i++)
    json_array_append_new(list, known(placement_seat(placement, i).cpu));
  return list;
}

/* ---- the verb ---- */

static int fail(const char *sentence)
{
  fprintf(stderr, "tmb topology: %s\n", sentence);
  return EXIT_ERROR;
}

static int show_placement(const struct topology *topology, const char *place, json_t *json)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  struct placement *placement;
  unsigned room = placement_room(topology, place, sentence);
  if (room == 0 || placement_create(topology, place, room, &placement, sentence) != 0)
    return fail(sentence);
  if (json)
    json_object_set_new(json_object_get(json, "placements"), place, placement_json(placement));
  else
    print_placement(place, placement);
  placement_destroy(placement);
  return EXIT_GOOD;
}

/* Shows the orders, as text or into the JSON: of the whole machine and of each node, or the one
 * that is asked for. */
static int show_placements(const struct options *options, const struct topology *topology,
                           json_t *json)
{
  static const char *const whole[] = {"compact", "cores-first", "scatter", "smt-first"};
  if (options->place)
    return show_placement(topology, options->place, json);
  int code = EXIT_GOOD;
  for (size_t i = 0; i < sizeof whole / sizeof whole[0] && code == EXIT_GOOD; i++)
    code = show_placement(topology, whole[i], json);
  for (unsigned i = 0; i < topology_counts(topology).nodes && code == EXIT_GOOD; i++) {
    struct topology_node node;
    char place[32];
    topology_node(topology, i, &node);
    snprintf(place, sizeof place, "node:%u", node.node);
    if (!node.memory_only)
      code = show_placement(topology, place, json);
  }
  return code;
}

static int show(const struct options *options, const struct topology *topology)
{
  json_t *json = NULL;
  char sentence[TOPOLOGY_ERROR_BYTES];
  if (options->place && placement_room(topology, options->place, sentence) == 0)
    return fail(sentence); /* before anything is printed */
  if (options->json) {
    json = machine_json(topology);
    if (!json)
      return fail("no memory for the JSON");
  } else {
    print_machine(topology);
    print_support(topology);
    puts("\nplacement: the CPU of thread 0, 1, ...");
  }
  int code = show_placements(options, topology, json);
  if (json && code == EXIT_GOOD) {
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
  }
  json_decref(json);
  if (fflush(stdout) != 0 || ferror(stdout))
    return fail("standard output cannot be written");
  return code;
}

int cmd_topology(int argc, char **argv)
{
  struct options options = {0};
  argp_parse(&parser, argc, argv, 0, NULL, &options);
  struct topology *topology;
  char sentence[TOPOLOGY_ERROR_BYTES];
  int error = options.synthetic ? topology_load_synthetic(options.synthetic, &topology, sentence)
              : options.xml     ? topology_load_xml(options.xml, &topology, sentence)
                                : topology_load(&topology, sentence);
  if (error)
    return fail(sentence);
  int code = EXIT_GOOD;
  if (options.picture && topology_draw(topology, options.picture, sentence) != 0)
    code = fail(sentence);
  else
    code = show(&options, topology);
  topology_destroy(topology);
  return code;
}
