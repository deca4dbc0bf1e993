/* perf_counters.c: see perf_counters.h. */
#include "measure/perf_counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct perf_counter_kind perf_hardware[] = {
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    {"llc_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    {0},
};

/* Why, with the mend where there is one. */
static const char *reason(int error)
{
  switch (error) {
  case ENOENT:
  case ENODEV:
  case EOPNOTSUPP:
    return "this machine has no such counter";
  case EACCES:
  case EPERM:
    return "the kernel forbids it: sysctl kernel.perf_event_paranoid=2, or a container's filter";
  default:
    return strerror(error);
  }
}

bool perf_counters_open(struct perf_counters *counters, const struct perf_counter_kind *kind,
                        char *error)
{
  *counters = (struct perf_counters){0};
  for (; kind->name; kind++) {
    struct perf_event_attr attributes = {
        .type = kind->type,
        .size = sizeof attributes,
        .config = kind->config,
        .read_format = PERF_FORMAT_GROUP,
        .pinned = counters->count == 0, /* the whole group counts all the time, or says so */
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    int leader = counters->count ? counters->handle[0] : -1;
    long handle =
        syscall(SYS_perf_event_open, &attributes, 0, -1, leader, (long)PERF_FLAG_FD_CLOEXEC);
    if (handle < 0) {
      snprintf(error, PERF_COUNTERS_ERROR_BYTES, "%s: %s", kind->name, reason(errno));
      perf_counters_close(counters);
      return false;
    }
    counters->handle[counters->count++] = (int)handle;
  }
  return true;
}

void perf_counters_close(struct perf_counters *counters)
{
  while (counters->count > 0)
    close(counters->handle[--counters->count]);
}

bool perf_counters_read(const struct perf_counters *counters, uint64_t value[PERF_COUNTERS_MOST])
{
  uint64_t group[1 + PERF_COUNTERS_MOST]; /* their number, then each */
  size_t bytes = (1 + counters->count) * sizeof *group;
  if (counters->count == 0 || read(counters->handle[0], group, bytes) != (ssize_t)bytes)
    return false;
  memcpy(value, group + 1, counters->count * sizeof *value);
  return true;
}
