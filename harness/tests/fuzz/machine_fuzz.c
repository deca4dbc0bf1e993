/* machine_fuzz.c: any bytes in the files of /proc and /sys that machine facts are read from. An
 * input is records between form feeds: a byte that says which file, then what is in it. Files that
 * no record names are empty. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measure/machine_facts.h"

#define CPU_FOLDER "/sys/devices/system/cpu/"

static const char *const files[] = {
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/loadavg",
    "/proc/stat",
    "/proc/self/status",
    "/proc/self/cgroup",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/numa_balancing",
    "/proc/sys/kernel/perf_event_paranoid",
    CPU_FOLDER "online",
    CPU_FOLDER "smt/active",
    CPU_FOLDER "cpu0/topology/thread_siblings_list",
    CPU_FOLDER "cpu0/cpufreq/scaling_governor",
    CPU_FOLDER "intel_pstate/no_turbo",
    "/sys/devices/system/node/online",
    "/sys/devices/system/clocksource/clocksource0/current_clocksource",
    "/sys/devices/system/clocksource/clocksource0/available_clocksource",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/memory.max",
    "/sys/class/dmi/id/sys_vendor",
    "/proc/cmdline",
};

#define FILES (sizeof files / sizeof files[0])

static char root[64];

static void make_folders_above(char *path)
{
  for (char *slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(path, 0700);
    *slash = '/';
  }
}

static void remove_root(void)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  if (system(command) != 0)
    fprintf(stderr, "%s: not removed\n", root);
}

static void put(const char *path, const uint8_t *bytes, size_t n)
{
  char whole[256];
  snprintf(whole, sizeof whole, "%s%s", root, path);
  make_folders_above(whole);
  FILE *file = fopen(whole, "w");
  if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
    abort();
}

static void put_records(const uint8_t *bytes, size_t n)
{
  for (size_t i = 0; i < FILES; i++)
    put(files[i], bytes, 0);
  while (n > 0) {
    const uint8_t *feed = memchr(bytes, '\f', n);
    size_t size = feed ? (size_t)(feed - bytes) : n;
    if (size > 0)
      put(files[bytes[0] % FILES], bytes + 1, size - 1);
    size += feed != NULL;
    bytes += size;
    n -= size;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  static const struct processor_times before = {.known = true, .busy = 10, .steal = 1, .all = 100};
  struct processor_times after;
  struct machine_facts facts;
  if (root[0] == '\0') {
    snprintf(root, sizeof root, "/tmp/machine_fuzz.XXXXXX");
    if (!mkdtemp(root))
      abort();
    atexit(remove_root);
  }
  put_records(bytes, n);
  processor_times_read(root, &after);
  machine_facts_read(root, &facts);
  machine_facts_note_interval(&facts, &before, &after);
  json_t *json = machine_facts_json(&facts);
  if (!json) /* a value that is neither a number nor text */
    abort();
  json_decref(json);
  return 0;
}
