/* container_limits.h: how much processor time and memory the control groups above this process
 * leave it. Both versions of control groups are understood, and the two side by side. Used by
 * machine_facts. Reference: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux. */
#ifndef TMB_CONTAINER_LIMITS_H
#define TMB_CONTAINER_LIMITS_H

#include <stdbool.h>

struct container_limits {
  bool known;          /* false: this system does not say */
  double cpus;         /* processors' worth of time; 0: no limit */
  double memory_bytes; /* 0: no limit */
};

/* `root` as in system_file.h. */
void container_limits_read(const char *root, struct container_limits *limits);

#endif
