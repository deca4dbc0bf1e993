/* probe_area.c: see probe_area.h. Binds by preference, never strictly: a strict binding beyond a
 * node's size ends in a kill; where the pages are is looked up afterwards.
 * Reference: move_pages(2), madvise(2), proc(5) on smaps. */
#include "probe/probe_area.h"

#include <errno.h>
#include <hwloc.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/container_limits.h"
#include "measure/system_file.h"
#include "place/huge_pages.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

enum { PAGES_LOOKED_AT = 1024 };

static bool bind_to(const struct topology *topology, void *bytes, size_t size, int node)
{
  if (node < 0 || !topology_support(topology).bind_memory)
    return false;
  hwloc_topology_t hwloc = topology_hwloc(topology);
  hwloc_obj_t object = hwloc_get_numanode_obj_by_os_index(hwloc, (unsigned)node);
  return object && hwloc_set_area_membind(hwloc, bytes, size, object->nodeset, HWLOC_MEMBIND_BIND,
                                          HWLOC_MEMBIND_BYNODESET) == 0;
}

/* Of pages evenly spread over the area. */
static double share_on(const unsigned char *bytes, size_t size, int node)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = size / page;
  size_t looks = pages < PAGES_LOOKED_AT ? pages : PAGES_LOOKED_AT, here = 0;
  void *address[PAGES_LOOKED_AT];
  int status[PAGES_LOOKED_AT];
  if (node < 0 || looks == 0)
    return NAN;
  for (size_t i = 0; i < looks; i++)
    address[i] = (void *)(uintptr_t)(bytes + i * pages / looks * page);
  if (syscall(SYS_move_pages, 0, looks, address, NULL, status, 0) != 0)
    return NAN;
  for (size_t i = 0; i < looks; i++)
    here += status[i] == node;
  return (double)here / (double)looks;
}

int probe_area_init(struct probe_area *area, const struct topology *topology, size_t size, int node,
                    enum probe_pages pages, char *error)
{
  size_t whole = (size + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  *area = (struct probe_area){.size = size, .mapping_size = whole + 3 * HUGE_PAGE_BYTES};
  area->mapping = mmap(NULL, area->mapping_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area->mapping == MAP_FAILED) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "%zu bytes of address space: %s", area->mapping_size,
             strerror(errno));
    return -ENOMEM;
  }
  uintptr_t first = (uintptr_t)area->mapping + HUGE_PAGE_BYTES;
  size_t ahead = (HUGE_PAGE_BYTES - first % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
  /* Guards on both sides keep the kernel from merging it with a neighbour. */
  area->bytes = (unsigned char *)area->mapping + HUGE_PAGE_BYTES + ahead;
  if (mprotect(area->bytes, whole, PROT_READ | PROT_WRITE) != 0) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "%zu bytes of memory: %s", whole, strerror(errno));
    munmap(area->mapping, area->mapping_size);
    return -ENOMEM;
  }
  madvise(area->bytes, whole, pages == PROBE_HUGE_PAGES ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  area->bound = bind_to(topology, area->bytes, whole, node);
  memset(area->bytes, 1, whole);
  if (pages == PROBE_HUGE_PAGES)
    madvise(area->bytes, whole, MADV_COLLAPSE); /* what fragmentation left over; may fail */
  area->on_node_share = share_on(area->bytes, whole, node);
  area->huge_share = (double)huge_pages_held(NULL, area->bytes, whole) / (double)whole;
  return 0;
}

void probe_area_fini(struct probe_area *area)
{
  munmap(area->mapping, area->mapping_size);
}

/* "Node 0 MemFree:  123 kB", "MemAvailable:  123 kB": the bytes behind the word; 0: not there. */
static double bytes_behind(const char *text, const char *word)
{
  const char *found = strstr(text, word);
  return found ? strtod(found + strlen(word), NULL) * 1024 : 0;
}

size_t probe_area_room(const char *root, int node)
{
  char text[8192], path[96];
  double room = 0;
  struct container_limits limits;
  if (system_file_text(root, "/proc/meminfo", text, sizeof text))
    room = bytes_behind(text, "MemAvailable:");
  container_limits_read(root, &limits);
  if (limits.memory_bytes > 0 && limits.memory_bytes < room)
    room = limits.memory_bytes;
  snprintf(path, sizeof path, "/sys/devices/system/node/node%d/meminfo", node);
  if (node >= 0 && system_file_text(root, path, text, sizeof text)) {
    double unused = bytes_behind(text, "MemFree:") + bytes_behind(text, "Inactive(file):");
    if (unused < room)
      room = unused;
  }
  return isfinite(room) && room > 0 && room < 0x1p62 ? (size_t)(room / 4) : 0;
}
