/* container_limits.c: walks from this process's control group up to the root, taking the tightest
 * limit on the way. Where the group's path is not visible (a container that sees only its own part
 * of the tree), the walk still ends at what is mounted as the root. */
#include "measure/container_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/system_file.h"

/* Version 1 writes "no limit" as the largest number of whole pages. */
static const double UNLIMITED_BYTES = (double)(1ull << 60);

static void tighten(double *limit, double found)
{
  if (found > 0 && (*limit == 0 || found < *limit))
    *limit = found;
}

/* What one directory of the tree says; nothing when the files are not there. */
typedef void directory_look(const char *root, const char *directory,
                            struct container_limits *limits);

static void look_at_version_2(const char *root, const char *directory,
                              struct container_limits *limits)
{
  char path[4096], text[64];
  double bytes;
  snprintf(path, sizeof path, "%s/cpu.max", directory);
  double quota_us, period_us;
  if (system_file_text(root, path, text, sizeof text) &&
      sscanf(text, "%lf %lf", &quota_us, &period_us) == 2 && period_us > 0)
    tighten(&limits->cpus, quota_us / period_us);
  snprintf(path, sizeof path, "%s/memory.max", directory);
  if (system_file_number(root, path, &bytes)) /* "max" is not a number */
    tighten(&limits->memory_bytes, bytes);
}

static void look_at_cpu_version_1(const char *root, const char *directory,
                                  struct container_limits *limits)
{
  char path[4096];
  double quota_us, period_us;
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
  bool has_quota = system_file_number(root, path, &quota_us);
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
  if (has_quota && system_file_number(root, path, &period_us) && period_us > 0)
    tighten(&limits->cpus, quota_us / period_us); /* -1: no quota */
}

static void look_at_memory_version_1(const char *root, const char *directory,
                                     struct container_limits *limits)
{
  char path[4096];
  double bytes;
  snprintf(path, sizeof path, "%s/memory.limit_in_bytes", directory);
  if (system_file_number(root, path, &bytes) && bytes < UNLIMITED_BYTES)
    tighten(&limits->memory_bytes, bytes);
}

/* From mount + group up to mount itself. */
static void walk_up(const char *root, const char *mount, const char *group, directory_look *look,
                    struct container_limits *limits)
{
  char directory[2048];
  int length = snprintf(directory, sizeof directory, "%s%s", mount, group);
  if (length < 0 || (size_t)length >= sizeof directory)
    return;
  const size_t mount_length = strlen(mount);
  for (;;) {
    look(root, directory, limits);
    if (strlen(directory) <= mount_length)
      return;
    *strrchr(directory + mount_length, '/') = '\0';
  }
}

/* Whether a comma-separated list has the word. */
static bool lists(const char *list, const char *word)
{
  size_t length = strlen(word);
  for (const char *p = list; p; p = strchr(p, ',')) {
    p += *p == ',';
    if (strncmp(p, word, length) == 0 && (p[length] == ',' || p[length] == '\0'))
      return true;
  }
  return false;
}

void container_limits_read(const char *root, struct container_limits *limits)
{
  char groups[8192], *rest = groups, *line;
  *limits = (struct container_limits){
      .known = system_file_text(root, "/proc/self/cgroup", groups, sizeof groups)};
  while ((line = strsep(&rest, "\n")) != NULL) { /* "id:controllers:/group" */
    strsep(&line, ":");
    const char *controllers = strsep(&line, ":");
    const char *group = line;
    if (!controllers || !group || group[0] != '/')
      continue;
    if (controllers[0] == '\0') {
      walk_up(root, "/sys/fs/cgroup", group, look_at_version_2, limits);
      walk_up(root, "/sys/fs/cgroup/unified", group, look_at_version_2, limits);
    }
    if (lists(controllers, "cpu"))
      walk_up(root, "/sys/fs/cgroup/cpu", group, look_at_cpu_version_1, limits);
    if (lists(controllers, "memory"))
      walk_up(root, "/sys/fs/cgroup/memory", group, look_at_memory_version_1, limits);
  }
}
