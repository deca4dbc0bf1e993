/* detector.h: what finds out that a map is wrong, as a program runs it on one map for some seconds.
 * A new detector is a function here and a line in detect.c's table. */
#ifndef TMB_DETECTOR_H
#define TMB_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "api/intern_map.h"

#define FINDING_BYTES 2048

struct detector_task {
  const char *map_path, *region_path; /* as given */
  const struct map_plugin *map;
  const struct region_plugin *region;
  uint64_t seed;
  uint64_t end_ns; /* by the stopwatch: begin nothing after it */
};

/* What ends the process when a detector makes no progress: call it often. */
void detector_alive(void);

/* Something that was missing or broke down: a sentence, exit code 4. */
_Noreturn void detector_fails(const char *sentence);

/* True: the map is wrong; a sentence in finding[FINDING_BYTES]. False: nothing was found until
 * end_ns. */
typedef bool detector(const struct detector_task *, char *finding);

detector detect_by_oracle, detect_by_recording, detect_by_search;

#endif
