/* page_census.c: see page_census.h. */
#include "place/page_census.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int page_query_kernel(void *const *pages, size_t count, int *node)
{
  return syscall(SYS_move_pages, 0, count, pages, NULL, node, 0) == 0 ? 0 : -errno;
}

static void count_page(struct page_census *census, int node, uint64_t weight, node_set expected)
{
  if (node >= 0 && node < NODES_MOST) {
    census->on_node[node] += weight;
    census->misplaced += expected && !node_set_has(expected, node) ? weight : 0;
  } else if (node == -ENOENT || node == -EFAULT) {
    census->absent += weight;
  } else {
    census->unknown += weight;
  }
}

/* Which of `step` neighbouring batches is asked for: always the same ones, but in no pattern, as
 * pages of different nodes come in patterns. */
static size_t chosen(size_t group, size_t step)
{
  return (size_t)(((uint64_t)group * UINT64_C(0x9e3779b97f4a7c15)) >> 33) % step;
}

void page_census_add(struct page_census *census, page_query *query, const void *area, size_t bytes,
                     node_set expected)
{
  enum { BATCH = 1024 };
  void *page[BATCH];
  int node[BATCH];
  const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
  const uintptr_t from = (uintptr_t)area & ~(uintptr_t)(page_bytes - 1);
  const size_t pages = bytes ? ((uintptr_t)area + bytes - from + page_bytes - 1) / page_bytes : 0;
  const size_t step = pages > CENSUS_PAGES_MOST ? pages / CENSUS_PAGES_MOST + 1 : 1;
  census->sampled |= step > 1;
  for (size_t group = 0; group * step * BATCH < pages; group++) {
    size_t at = (group * step + chosen(group, step)) * BATCH, count = 0;
    for (; count < BATCH && at + count < pages; count++)
      page[count] = (void *)(from + (at + count) * page_bytes);
    int failed = count ? query(page, count, node) : 0;
    if (failed)
      census->error = failed;
    for (size_t i = 0; i < count; i++)
      count_page(census, failed ? -EIO : node[i], step, expected);
  }
}

uint64_t page_census_present(const struct page_census *census)
{
  uint64_t present = 0;
  for (int node = 0; node < NODES_MOST; node++)
    present += census->on_node[node];
  return present;
}
