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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  MOST_SYNTHETIC_PUS = 8192, /* hwloc would try to build any number */
  MOST_XML_BYTES = 1 << 24,
  MOST_IMPORT_SECONDS = 10,
};

struct topology {
  hwloc_topology_t hwloc;
  bool this_system;
};

/* Lets a loading function fail in one line. */
#define FAIL(error, number, ...) (snprintf((error), TOPOLOGY_ERROR_BYTES, __VA_ARGS__), -(number))

/* ---- loading ---- */

static struct topology *create(void)
{
  struct topology *self = calloc(1, sizeof *self);
  if (self && hwloc_topology_init(&self->hwloc) != 0) {
    free(self);
    return NULL;
  }
  return self;
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

/* NULL: no memory, or nothing found. */
static struct topology *load_this_system(unsigned long further_flags)
{
  struct topology *self = create();
  if (!self)
    return NULL;
  self->this_system = true;
  if (hwloc_topology_set_flags(self->hwloc, HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM | further_flags) ==
          0 &&
      hwloc_topology_load(self->hwloc) == 0 && has_pus(self))
    return self;
  topology_destroy(self);
  return NULL;
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
  /* Affinity too, not only cgroups: what taskset forbids may not be bound to. */
  struct topology *self = load_this_system(HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING);
  if (!self)
    return FAIL(error, EIO,
                "hwloc cannot find out this machine's topology: are /proc and /sys there?");
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

/* A machine to plan for: described in hwloc's words, or written down as XML. */
struct description {
  const char *synthetic; /* NULL: see xml */
  const char *xml;       /* a zero behind it */
  size_t xml_size;
};

static struct topology *import(const struct description *description)
{
  struct topology *self = create();
  if (!self)
    return NULL;
  int status = description->synthetic
                   ? hwloc_topology_set_synthetic(self->hwloc, description->synthetic)
                   : hwloc_topology_set_xmlbuffer(self->hwloc, description->xml,
                                                  (int)description->xml_size + 1);
  if (status == 0 && hwloc_topology_load(self->hwloc) == 0 && has_pus(self))
    return self;
  topology_destroy(self);
  return NULL;
}

/* Asks everything that can be asked, as hwloc lets contradictions through. */
static void ask_all(const struct topology *self)
{
  struct topology_counts counts = topology_counts(self);
  struct topology_node node;
  struct topology_cache cache;
  for (unsigned i = 0; i < counts.pus; i++)
    topology_pu(self, i);
  for (unsigned i = 0; i < counts.nodes; i++)
    topology_node(self, i, &node);
  for (unsigned i = 0; topology_cache(self, i, &cache);)
    i++;
  free(topology_distances(self));
}

/* hwloc trusts what it reads: 2.9 crashes on one in twenty damaged XML files, and loses memory on
 * others. So a process that may crash reads it first. */
static bool survives_import(const struct description *description)
{
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    signal(SIGALRM, SIG_DFL);
    alarm(MOST_IMPORT_SECONDS);
    struct topology *topology = import(description);
    if (topology)
      ask_all(topology);
    _exit(topology ? 0 : 1);
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
    continue;
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int topology_load_synthetic(const char *description, struct topology **topology, char *error)
{
  if (is_too_large(description))
    return FAIL(error, EINVAL,
                "the synthetic machine \"%.200s\" has more than %d units: describe less",
                description, MOST_SYNTHETIC_PUS);
  const struct description synthetic = {.synthetic = description};
  struct topology *self = survives_import(&synthetic) ? import(&synthetic) : NULL;
  if (!self)
    return FAIL(error, EINVAL,
                "hwloc does not understand the synthetic machine \"%.200s\": write levels from the "
                "outermost to the PUs, as in \"pack:2 [numa] core:4 pu:2\"",
                description);
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
  struct description written = {0};
  char *xml = read_file(path, &written.xml_size);
  if (!xml)
    return FAIL(error, errno, "%.300s: %s", path, strerror(errno));
  written.xml = xml;
  bool whole = is_whole(xml, written.xml_size);
  struct topology *self = whole && survives_import(&written) ? import(&written) : NULL;
  free(xml);
  if (!whole)
    return FAIL(error, EINVAL,
                "%.300s: not a whole XML topology: its %zu bytes do not end in </topology>; write "
                "one with `lstopo FILE.xml`",
                path, written.xml_size);
  if (!self)
    return FAIL(error, EINVAL,
                "%.300s: not an XML topology that hwloc can read; write one with `lstopo FILE.xml`",
                path);
  *topology = self;
  return 0;
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

/* ---- the whole machine ---- */

/* What a container and taskset hide included. Another machine is its description: itself. */
static struct topology *load_whole(const struct topology *self)
{
  return self->this_system ? load_this_system(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED)
                           : (struct topology *)(uintptr_t)self;
}

static void unload_whole(const struct topology *self, struct topology *whole)
{
  if (whole && whole != self)
    topology_destroy(whole);
}

bool topology_whole(const struct topology *topology, struct topology_whole *result)
{
  struct topology *whole = load_whole(topology);
  if (whole) {
    result->pus = topology_counts(whole).pus;
    topology_allowed(whole, result->cpus, sizeof result->cpus);
  }
  unload_whole(topology, whole);
  return whole != NULL;
}

bool topology_has_cpu(const struct topology *topology, unsigned cpu)
{
  struct topology *whole = load_whole(topology);
  bool has =
      whole && hwloc_bitmap_isset(hwloc_topology_get_complete_cpuset(whole->hwloc), cpu) == 1;
  unload_whole(topology, whole);
  return has;
}

/* ---- support ---- */

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
