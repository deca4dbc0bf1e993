/* machine.c: see machine.h. */
#include "cmd/machine.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "bench/gbench_shim.h"

#define INTERVAL_BEFORE_RUN_S 0.25

static void sleep_for(double interval_s)
{
  struct timespec left = {.tv_sec = (time_t)interval_s,
                          .tv_nsec = (long)((interval_s - (double)(time_t)interval_s) * 1e9)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    continue;
}

void machine_read(const char *root, double interval_s, struct machine_facts *facts)
{
  const struct program_build program = {.type = TMB_BUILD_TYPE,
                                        .sanitizers = TMB_SANITIZERS,
                                        .benchmark_library = gbench_library_build()};
  struct processor_times before, after;
  machine_facts_read(root, facts); /* first: reading takes time of its own */
  processor_times_read(root, &before);
  if (root[0] == '\0')
    sleep_for(interval_s);
  processor_times_read(root, &after);
  machine_facts_note_interval(facts, &before, &after);
  machine_facts_note_program(facts, &program);
}

void machine_read_before_run(const char *verb, struct machine_facts *facts)
{
  machine_read("", INTERVAL_BEFORE_RUN_S, facts);
  const char *separator = ": this spoils measurements here: ";
  if (machine_facts_count(facts, MACHINE_SPOILS) == 0)
    return;
  fputs(verb, stderr);
  for (size_t i = 0; i < facts->count; i++) {
    if (facts->fact[i].severity != MACHINE_SPOILS)
      continue;
    fprintf(stderr, "%s%s", separator, facts->fact[i].name);
    separator = ", ";
  }
  fputs("; `tmb doctor` says how, and what to change\n", stderr);
}
