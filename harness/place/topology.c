/* topology.c: loads and describes a machine through hwloc
 * (https://www.open-mpi.org/projects/hwloc/).
 *
 * hwloc falls back to the real machine when its environment variables are malformed, and answers
 * "done" to a binding call on a machine that is not this one. Both are kept from our callers here.
 */
#include "place/topology.h"

#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  MOST_SYNTHETIC_PUS = 8192, /* hwloc would try to build any number */
  MOST_XML_BYTES = 1 << 24,
};

struct topology {
  hwloc_topology_t hwloc;
  bool this_system;
};

/* Lets a loading function fail in one line. */
#define FAIL(error, number, ...) (snprintf((error), TOPOLOGY_ERROR_BYTES, __VA_ARGS__), -(number))

/* ---- loading ---- */

static int create(struct topology **topology, char *error)
{
  struct topology *self = calloc(1, sizeof *self);
  if (!self)
    return FAIL(error, ENOMEM, "no memory for the topology");
  if (hwloc_topology_init(&self->hwloc) != 0) {
    free(self);
    return FAIL(error, ENOMEM, "hwloc does not start: no memory");
  }
  *topology = self;
  return 0;
}

void topology_destroy(struct topology *topology)
{
  hwloc_topology_destroy(topology->hwloc);
  free(topology);
}

static bool has_pus(const struct topology *self)
{
  return hwloc_get_nbobjs_by_type(self->hwloc, HWLOC_OBJ_PU) > 0;
}

int topology_load(struct topology **topology, char *error)
{
  static const char *const diverting[] = {"HWLOC_SYNTHETIC", "HWLOC_XMLFILE", "HWLOC_FSROOT",
                                          "HWLOC_CPUID_PATH", "HWLOC_THISSYSTEM"};
  for (size_t i = 0; i < sizeof diverting / sizeof diverting[0]; i++)
    if (getenv(diverting[i]))
      return FAIL(error, EINVAL,
                  "the environment variable %s makes hwloc report another machine than this one: "
                  "unset it, and plan for another machine with --synthetic or --xml",
                  diverting[i]);
  struct topology *self;
  int status = create(&self, error);
  if (status)
    return status;
  self->this_system = true;
  /* Affinity too, not only cgroups: what taskset forbids may not be bound to. */
  if (hwloc_topology_set_flags(self->hwloc, HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM |
                                                HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING) != 0 ||
      hwloc_topology_load(self->hwloc) != 0 || !has_pus(self)) {
    topology_destroy(self);
    return FAIL(error, EIO,
                "hwloc cannot find out this machine's topology: are /proc and /sys there?");
  }
  *topology = self;
  return 0;
}

/* The PUs that a description asks for at most: the product of all counts outside parentheses. */
static bool is_too_large(const char *description)
{
  uint64_t product = 1;
  int depth = 0;
  for (const char *p = description; *p;) {
    if (*p == '(')
      depth++;
    if (*p == ')' && depth > 0)
      depth--;
    bool starts_count = depth == 0 && *p >= '1' && *p <= '9' &&
                        (p == description || strchr(": \t\n[", p[-1]) != NULL);
    if (!starts_count) {
      p++;
      continue;
    }
    char *end;
    errno = 0;
    uint64_t count = strtoull(p, &end, 10);
    if (errno != 0 || count > MOST_SYNTHETIC_PUS)
      return true;
    product *= count;
    if (product > MOST_SYNTHETIC_PUS)
      return true;
    p = end;
  }
  return false;
}

int topology_load_synthetic(const char *description, struct topology **topology, char *error)
{
  if (is_too_large(description))
    return FAIL(error, EINVAL,
                "the synthetic machine \"%.200s\" has more than %d units: describe less",
                description, MOST_SYNTHETIC_PUS);
  struct topology *self;
  int status = create(&self, error);
  if (status)
    return status;
  if (hwloc_topology_set_synthetic(self->hwloc, description) != 0 ||
      hwloc_topology_load(self->hwloc) != 0 || !has_pus(self)) {
    topology_destroy(self);
    return FAIL(error, EINVAL,
                "hwloc does not understand the synthetic machine \"%.200s\": write levels from the "
                "outermost to the PUs, as in \"pack:2 [numa] core:4 pu:2\"",
                description);
  }
  *topology = self;
  return 0;
}

/* The whole file with a zero behind it; free it. NULL with errno set. */
static char *read_file(const char *path, size_t *size)
{
  FILE *file = fopen(path, "re");
  if (!file)
    return NULL;
  char *bytes = malloc(MOST_XML_BYTES + 1); /* pages that are not needed cost nothing */
  if (bytes) {
    *size = fread(bytes, 1, MOST_XML_BYTES, file);
    bytes[*size] = '\0';
    if (!ferror(file) && *size == MOST_XML_BYTES)
      errno = EFBIG;
    if (ferror(file) || *size == MOST_XML_BYTES) {
      free(bytes);
      bytes = NULL;
    }
  }
  int error = errno;
  fclose(file);
  errno = error;
  return bytes;
}

/* Whether the file ends as it should. hwloc itself says only that something is wrong. */
static bool is_whole(const char *xml, size_t size)
{
  static const char ending[] = "</topology>";
  const size_t length = sizeof ending - 1;
  while (size > 0 && strchr(" \t\r\n", xml[size - 1]))
    size--;
  return size >= length && memcmp(xml + size - length, ending, length) == 0;
}

int topology_load_xml(const char *path, struct topology **topology, char *error)
{
  size_t size;
  char *xml = read_file(path, &size);
  if (!xml)
    return FAIL(error, errno, "%.300s: %s", path, strerror(errno));
  int status;
  struct topology *self;
  if (!is_whole(xml, size))
    status =
        FAIL(error, EINVAL,
             "%.300s: not a whole XML topology: its %zu bytes do not end in </topology>; write "
             "one with `lstopo FILE.xml`",
             path, size);
  else
    status = create(&self, error);
  if (status == 0) {
    if (hwloc_topology_set_xmlbuffer(self->hwloc, xml, (int)size + 1) != 0 ||
        hwloc_topology_load(self->hwloc) != 0 || !has_pus(self)) {
      topology_destroy(self);
      status = FAIL(error, EINVAL,
                    "%.300s: not an XML topology that hwloc can read; write one with `lstopo "
                    "FILE.xml`",
                    path);
    } else {
      *topology = self;
    }
  }
  free(xml);
  return status;
}

/* ---- exporting ---- */

static int write_all(int file, const char *bytes, size_t size)
{
  while (size > 0) {
    ssize_t written = write(file, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return written < 0 ? errno : EIO;
    bytes += written;
    size -= (size_t)written;
  }
  return 0;
}

static int write_renamed(const char *path, const char *bytes, size_t size)
{
  char temporary[4096];
  int length = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
  if (length < 0 || (size_t)length >= sizeof temporary)
    return ENAMETOOLONG;
  int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0)
    return errno;
  int status = write_all(file, bytes, size);
  if (close(file) != 0 && status == 0)
    status = errno;
  if (status == 0 && rename(temporary, path) != 0)
    status = errno;
  if (status != 0)
    unlink(temporary);
  return status;
}

int topology_export_xml(const struct topology *topology, const char *path, char *error)
{
  char *xml;
  int size; /* the ending zero included */
  if (hwloc_topology_export_xmlbuffer(topology->hwloc, &xml, &size, 0) != 0)
    return FAIL(error, errno, "hwloc cannot write the topology as XML: %s", strerror(errno));
  int status = write_renamed(path, xml, (size_t)size - 1);
  hwloc_free_xmlbuffer(topology->hwloc, xml);
  return status == 0 ? 0 : FAIL(error, status, "%.300s: %s", path, strerror(status));
}

/* ---- describing ---- */

static unsigned count_of(const struct topology *self, hwloc_obj_type_t type)
{
  int count = hwloc_get_nbobjs_by_type(self->hwloc, type);
  return count > 0 ? (unsigned)count : 0; /* negative: on several depths; none of ours can be */
}

struct topology_counts topology_counts(const struct topology *topology)
{
  return (struct topology_counts){
      .packages = count_of(topology, HWLOC_OBJ_PACKAGE),
      .nodes = count_of(topology, HWLOC_OBJ_NUMANODE),
      .cores = count_of(topology, HWLOC_OBJ_CORE),
      .pus = count_of(topology, HWLOC_OBJ_PU),
  };
}

static hwloc_obj_t ancestor(const struct topology *self, hwloc_obj_t object, hwloc_obj_type_t type)
{
  return hwloc_get_ancestor_obj_by_type(self->hwloc, type, object);
}

/* Not hwloc's sibling_rank: that counts PUs which a container may not use. */
static unsigned rank_in_core(const struct topology *self, hwloc_obj_t pu, hwloc_obj_t core)
{
  unsigned rank = 0;
  for (hwloc_obj_t before = pu->prev_cousin;
       before && core && ancestor(self, before, HWLOC_OBJ_CORE) == core;
       before = before->prev_cousin)
    rank++;
  return rank;
}

/* Of the nodes that the PU is near to, the one with the fewest PUs, and of these the one with the
 * lowest OS index: memory-only nodes have their neighbour's PUs, or everybody's. */
static int own_node(const struct topology *self, hwloc_obj_t pu)
{
  int own = -1, fewest = 0;
  int os_index;
  hwloc_bitmap_foreach_begin(os_index, pu->nodeset)
  {
    hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(self->hwloc, (unsigned)os_index);
    int pus = node ? hwloc_bitmap_weight(node->cpuset) : -1;
    if (pus > 0 && (own < 0 || pus < fewest)) {
      own = os_index;
      fewest = pus;
    }
  }
  hwloc_bitmap_foreach_end();
  return own;
}

struct topology_pu topology_pu(const struct topology *topology, unsigned index)
{
  hwloc_obj_t pu = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, index);
  hwloc_obj_t core = ancestor(topology, pu, HWLOC_OBJ_CORE);
  hwloc_obj_t package = ancestor(topology, pu, HWLOC_OBJ_PACKAGE);
  return (struct topology_pu){
      .cpu = pu->os_index,
      .core = core ? (int)core->logical_index : -1,
      .rank = rank_in_core(topology, pu, core),
      .package = package ? (int)package->logical_index : -1,
      .node = own_node(topology, pu),
  };
}

static void list_cpus(hwloc_const_bitmap_t cpus, char *text, size_t size)
{
  static const char cut[] = "…";
  int length = hwloc_bitmap_list_snprintf(text, size, cpus);
  if (length >= 0 && (size_t)length >= size && size > sizeof cut)
    memcpy(text + size - sizeof cut, cut, sizeof cut);
}

static hwloc_obj_t node_by_rank(const struct topology *self, unsigned index)
{
  int os_index = -1;
  for (unsigned i = 0; i <= index; i++)
    os_index = hwloc_bitmap_next(hwloc_topology_get_topology_nodeset(self->hwloc), os_index);
  return hwloc_get_numanode_obj_by_os_index(self->hwloc, (unsigned)os_index);
}

static bool is_own_node_of_some_pu(const struct topology *self, hwloc_obj_t node)
{
  hwloc_obj_t pu = NULL;
  while (
      (pu = hwloc_get_next_obj_inside_cpuset_by_type(self->hwloc, node->cpuset, HWLOC_OBJ_PU, pu)))
    if (own_node(self, pu) == (int)node->os_index)
      return true;
  return false;
}

void topology_node(const struct topology *topology, unsigned index, struct topology_node *result)
{
  hwloc_obj_t node = node_by_rank(topology, index);
  *result = (struct topology_node){
      .node = node->os_index,
      .memory_bytes = node->attr->numanode.local_memory,
      .memory_only = !is_own_node_of_some_pu(topology, node),
  };
  list_cpus(node->cpuset, result->cpus, sizeof result->cpus);
}

bool topology_cache(const struct topology *topology, unsigned index, struct topology_cache *cache)
{
  static const hwloc_obj_type_t level[] = {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE,
                                           HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L1CACHE};
  for (size_t i = 0; i < sizeof level / sizeof level[0]; i++) {
    unsigned count = count_of(topology, level[i]);
    if (count == 0 || index-- > 0)
      continue;
    hwloc_obj_t first = hwloc_get_obj_by_type(topology->hwloc, level[i], 0);
    *cache = (struct topology_cache){
        .size_bytes = first->attr->cache.size,
        .count = count,
        .pus = (unsigned)hwloc_bitmap_weight(first->cpuset),
    };
    hwloc_obj_type_snprintf(cache->name, sizeof cache->name, first, 0);
    return true;
  }
  return false;
}

void topology_allowed(const struct topology *topology, char *text, size_t size)
{
  list_cpus(hwloc_topology_get_topology_cpuset(topology->hwloc), text, size);
}

struct topology_support topology_support(const struct topology *topology)
{
  if (!topology->this_system || !hwloc_topology_is_thissystem(topology->hwloc))
    return (struct topology_support){.this_system = false};
  const struct hwloc_topology_support *support = hwloc_topology_get_support(topology->hwloc);
  return (struct topology_support){
      .this_system = true,
      .bind_thread =
          support->cpubind->set_thisthread_cpubind && support->cpubind->get_thisthread_cpubind,
      .last_cpu = support->cpubind->get_thisthread_last_cpu_location,
      .bind_memory = support->membind->set_area_membind && support->membind->bind_membind,
      .locate_memory = support->membind->get_area_memlocation,
      .migrate_memory = support->membind->migrate_membind,
  };
}

struct hwloc_topology *topology_hwloc(const struct topology *topology)
{
  return topology->hwloc;
}
