/* memory_policy.c: see memory_policy.h. */
#include "place/memory_policy.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((format(printf, 2, 3))) static bool fail(char *error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, TOPOLOGY_ERROR_BYTES, format, arguments);
  va_end(arguments);
  return false;
}

/* ---- the text ---- */

/* A number without a sign; *text moves behind it. False: none, or above `most`. */
static bool take_number(const char **text, uint64_t most, uint64_t *number)
{
  if (**text < '0' || **text > '9')
    return false;
  char *end;
  errno = 0;
  *number = strtoull(*text, &end, 10);
  *text = end;
  return errno == 0 && *number <= most;
}

static bool take_list(const char **text, node_set *nodes)
{
  do {
    uint64_t first, last;
    if (!take_number(text, NODES_MOST - 1, &first))
      return false;
    last = first;
    if (**text == '-' && (++*text, !take_number(text, NODES_MOST - 1, &last)))
      return false;
    if (last < first)
      return false;
    for (uint64_t node = first; node <= last; node++)
      *nodes |= UINT64_C(1) << node;
  } while (**text == ',' && ++*text);
  return true;
}

static bool parse_bind(const char *text, struct memory_policy *policy, char *error)
{
  const char *at = text + strlen("bind:");
  uint64_t node;
  if (!take_number(&at, NODES_MOST - 1, &node) || *at)
    return fail(error, "'%.100s': after bind: stands the number of one node, at most %d", text,
                NODES_MOST - 1);
  policy->nodes = UINT64_C(1) << node;
  return true;
}

static bool parse_interleave(const char *text, struct memory_policy *policy, char *error)
{
  const char *at = text + strlen("interleave");
  if (*at == ':' && (++at, !take_list(&at, &policy->nodes)))
    return fail(error, "'%.100s': nodes are listed as 0,2-3, rising in a range, at most %d", text,
                NODES_MOST - 1);
  if (*at == '@' && (++at, !take_number(&at, UINT64_C(1) << 40, &policy->stripe_bytes) ||
                               policy->stripe_bytes == 0 || policy->stripe_bytes % 4096))
    return fail(error, "'%.100s': after @ stand the bytes of a turn, a multiple of 4096", text);
  return !*at || fail(error, "'%.100s': interleave, interleave:LIST or either with @BYTES", text);
}

bool memory_policy_parse(const char *text, struct memory_policy *policy, char *error)
{
  static const struct {
    const char *name;
    enum memory_kind kind;
  } plain[] = {
      {"first-touch", MEMORY_FIRST_TOUCH}, {"local", MEMORY_LOCAL}, {"per-node", MEMORY_PER_NODE}};
  *policy = (struct memory_policy){0};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    if (strcmp(text, plain[i].name) == 0) {
      policy->kind = plain[i].kind;
      return true;
    }
  }
  if (strncmp(text, "bind:", 5) == 0) {
    policy->kind = MEMORY_BIND;
    return parse_bind(text, policy, error);
  }
  if (strncmp(text, "interleave", 10) == 0) {
    policy->kind = MEMORY_INTERLEAVE;
    return parse_interleave(text, policy, error);
  }
  return fail(error, "'%.100s' is no memory policy: there are " MEMORY_SPELLINGS, text);
}

void node_set_text(node_set nodes, char *text, size_t size)
{
  size_t at = 0;
  text[0] = '\0';
  for (int first = 0; first < NODES_MOST && at < size; first++) {
    if (!node_set_has(nodes, first))
      continue;
    int last = first;
    while (node_set_has(nodes, last + 1))
      last++;
    int n = snprintf(text + at, size - at, first == last ? "%s%d" : "%s%d-%d", at ? "," : "", first,
                     last);
    at += n > 0 ? (size_t)n : 0;
    first = last;
  }
}

/* ---- pages ---- */

/* Not through hwloc, whose node sets are allocated: this runs where a signal handler takes a block.
 */
static int bind_pages(const struct page_properties *properties, void *area, size_t bytes, bool move)
{
  unsigned long nodes[] = {(unsigned long)properties->nodes,
                           (unsigned long)(properties->nodes >> 31 >> 1)}; /* long has 32 or 64 */
  const unsigned long bits = NODES_MOST + 1; /* the kernel reads one less */
  const unsigned move_flags = MPOL_MF_STRICT | MPOL_MF_MOVE;
  long failed =
      syscall(SYS_mbind, area, bytes, properties->interleave ? MPOL_INTERLEAVE : MPOL_BIND, nodes,
              bits, move ? move_flags : 0u);
  return failed ? -errno : 0;
}

int page_properties_apply(const struct page_properties *properties, void *area, size_t bytes,
                          bool move)
{
  if (properties->huge && madvise(area, bytes, MADV_HUGEPAGE) != 0)
    return -errno;
  /* Where the kernel gives huge pages unasked, it would take turns by 2 MiB, not page by page. One
   * that has none refuses this, which is as good. */
  if (properties->interleave && !properties->huge)
    (void)madvise(area, bytes, MADV_NOHUGEPAGE);
  return properties->nodes ? bind_pages(properties, area, bytes, move) : 0;
}

struct page_properties memory_plan_properties(const struct memory_plan *plan)
{
  bool interleave = plan->policy.kind == MEMORY_INTERLEAVE && plan->policy.stripe_bytes == 0;
  if (plan->policy.kind != MEMORY_BIND && !interleave)
    return (struct page_properties){0};
  return (struct page_properties){.interleave = interleave, .nodes = plan->nodes};
}

/* ---- on a machine ---- */

static node_set nodes_of(const struct topology *topology, bool *too_many)
{
  node_set nodes = 0;
  *too_many = false;
  for (unsigned i = 0; i < topology_counts(topology).nodes; i++) {
    struct topology_node node;
    topology_node(topology, i, &node);
    if (node.node < NODES_MOST)
      nodes |= UINT64_C(1) << node.node;
    else
      *too_many = true;
  }
  return nodes;
}

/* Of one node as /sys tells: kB of a line of its meminfo. False: not known. */
static bool read_meminfo(const char *root, unsigned node, const char *const *names, uint64_t *bytes,
                         size_t count)
{
  char path[512], line[256];
  snprintf(path, sizeof path, "%s/sys/devices/system/node/node%u/meminfo", root, node);
  FILE *file = fopen(path, "r");
  size_t found = 0;
  while (file && fgets(line, sizeof line, file)) {
    char name[64];
    unsigned long long kib;
    if (sscanf(line, "Node %*u %63[^:]: %llu kB", name, &kib) != 2)
      continue;
    for (size_t i = 0; i < count; i++) {
      if (strcmp(name, names[i]) == 0) {
        bytes[i] = (uint64_t)kib * 1024;
        found++;
      }
    }
  }
  if (file)
    fclose(file);
  return found == count;
}

uint64_t memory_room_bytes(const char *root, unsigned node)
{
  /* File pages are given up before anything is killed. */
  static const char *const name[] = {"MemTotal", "MemFree", "Active(file)", "Inactive(file)"};
  uint64_t bytes[4];
  if (!read_meminfo(root, node, name, bytes, 4))
    return UINT64_MAX;
  uint64_t available = bytes[1] + bytes[2] + bytes[3], margin = bytes[0] / 16;
  return available > margin ? available - margin : 0;
}

bool memory_fits(const char *root, unsigned node, uint64_t bytes, const char *what, char *error)
{
  uint64_t room = memory_room_bytes(root, node);
  return bytes <= room ||
         fail(error,
              "memory: %s needs %llu MiB on node %u, which has room for %llu MiB (a sixteenth of "
              "it is left free): ask for fewer keys, or for another node",
              what, (unsigned long long)(bytes >> 20), node, (unsigned long long)(room >> 20));
}

static bool has_no_memory(const struct topology *topology, unsigned node)
{
  static const char *const name[] = {"MemTotal"};
  uint64_t bytes = 1;
  return topology_support(topology).this_system && read_meminfo("", node, name, &bytes, 1) &&
         bytes == 0;
}

/* Binds a page as a trial, and gives it back: a container may forbid what the machine can. */
static int try_pages(const struct memory_plan *plan, char *error)
{
  const size_t bytes = 4096;
  const struct page_properties properties = {.interleave = plan->policy.kind == MEMORY_INTERLEAVE,
                                             .nodes = plan->nodes};
  void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return 0; /* memory is short, which will be seen */
  int failed = page_properties_apply(&properties, page, bytes, false);
  munmap(page, bytes);
  if (!failed)
    return 0;
  fail(error,
       "memory: this system does not let this process bind memory to nodes: %s; use first-touch, "
       "or allow mbind (in a container: --cap-add=SYS_NICE)",
       strerror(-failed));
  return -ENOTSUP;
}

int memory_plan_make(const struct memory_policy *policy, const struct topology *topology,
                     struct memory_plan *plan, char *error)
{
  bool too_many;
  node_set all = nodes_of(topology, &too_many);
  *plan = (struct memory_plan){.policy = *policy, .nodes = all};
  for (int node = 0; node < NODES_MOST; node++)
    if (node_set_has(all, node) && has_no_memory(topology, (unsigned)node))
      plan->nodes &= ~(UINT64_C(1) << node);
  if (policy->kind == MEMORY_FIRST_TOUCH)
    return 0;
  char has[128], wanted[128];
  node_set_text(all, has, sizeof has);
  node_set_text(policy->nodes & ~plan->nodes, wanted, sizeof wanted);
  if (policy->nodes & ~all) {
    node_set_text(policy->nodes & ~all, wanted, sizeof wanted);
    fail(error, "memory: there is no node %s for this process: it has %s", wanted, has);
    return -EINVAL;
  }
  if (policy->nodes & ~plan->nodes || !plan->nodes) {
    fail(error, "memory: node %s has no memory: ask for another node", wanted);
    return -EINVAL;
  }
  if (policy->nodes)
    plan->nodes = policy->nodes;
  else if (too_many) {
    fail(error, "memory: nodes above %d cannot be used: name the nodes, as in interleave:0-1",
         NODES_MOST - 1);
    return -EINVAL;
  }
  struct topology_support support = topology_support(topology);
  if (support.this_system && !support.bind_memory) {
    fail(error, "memory: this system cannot bind memory to nodes: use first-touch");
    return -ENOTSUP;
  }
  return support.this_system ? try_pages(plan, error) : 0;
}
