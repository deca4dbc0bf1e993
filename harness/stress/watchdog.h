/* watchdog.h: runs a scenario in a process of its own and watches it from outside, where no lock of
 * the map can hold it up. A crash, a hang and an early exit each cost that scenario only, and are
 * written on its board. */
#ifndef TMB_WATCHDOG_H
#define TMB_WATCHDOG_H

#include "stress/scenario.h"

struct watch_limits {
  double deadlock_s; /* no progress while a handler's put stands inside a put of its thread */
  double hang_s;     /* no progress at all */
};

/* The bout's board is a shared one. Returns when the process has ended; then the board tells. */
void watchdog_run(struct bout *bout, const struct watch_limits *limits);

#endif
