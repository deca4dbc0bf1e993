/* detect.c: runs one detector on one map for some seconds: detect DETECTOR SECONDS SEED MAP REGION.
 *
 * Exit code 1 and "found after T s: …" when the map is found wrong, 0 and "nothing found" when not,
 * 4 at a usage or tool error. A map that makes no progress for HANG_SECONDS is found wrong, too;
 * one that crashes ends the process by its signal, one that a sanitizer catches with the
 * sanitizer's exit code. Called by ci/mutants.sh. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/plugin_loader.h"
#include "measure/stopwatch.h"
#include "tests/mutants/detector.h"

#define HANG_SECONDS 8

enum { FOUND = 1, ERROR = 4 };

static const struct {
  const char *name;
  detector *run;
} detectors[] = {
    {"oracle", detect_by_oracle},       /* the oracle behind trials as in a benchmark */
    {"recording", detect_by_recording}, /* small histories and the interning check */
    {"search", detect_by_search},       /* small histories and the general checker */
};

static void hang(int signal_number)
{
  (void)signal_number;
  static const char sentence[] = "found: no progress: a deadlock or an endless loop\n";
  ssize_t ignored = write(STDOUT_FILENO, sentence, sizeof sentence - 1);
  (void)ignored;
  _exit(FOUND);
}

void detector_alive(void)
{
  alarm(HANG_SECONDS);
}

void detector_fails(const char *sentence)
{
  fprintf(stderr, "detect: %s\n", sentence);
  exit(ERROR);
}

static const union plugin_table *load(const char *name_or_path, uint32_t kind)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(name_or_path, kind, error);
  if (!table)
    detector_fails(error);
  return table;
}

int main(int argc, char **argv)
{
  detector *run = NULL;
  for (size_t i = 0; argc == 6 && i < sizeof detectors / sizeof *detectors; i++)
    if (strcmp(argv[1], detectors[i].name) == 0)
      run = detectors[i].run;
  double seconds = argc == 6 ? strtod(argv[2], NULL) : 0;
  if (!run || !(seconds > 0))
    detector_fails("usage: detect oracle|recording|search SECONDS SEED MAP REGION");

  uint64_t start_ns = stopwatch_now_ns();
  struct detector_task task = {.map_path = argv[4],
                               .region_path = argv[5],
                               .map = &load(argv[4], PLUGIN_MAP)->map,
                               .region = &load(argv[5], PLUGIN_REGION)->region,
                               .seed = strtoull(argv[3], NULL, 10),
                               .end_ns = start_ns + (uint64_t)(seconds * 1e9)};
  signal(SIGALRM, hang);
  detector_alive();
  char finding[FINDING_BYTES] = "";
  bool found = run(&task, finding);
  alarm(0);
  if (found)
    printf("found after %.3f s: %s\n", (double)(stopwatch_now_ns() - start_ns) * 1e-9, finding);
  else
    puts("nothing found");
  return found ? FOUND : 0;
}
