/* program_build.c: how the measuring program was built, as facts beside the machine's. Called by
 * the verbs that record or show facts. */
#include <string.h>

#include "measure/machine_note.h"

static void note_build_type(struct machine_facts *facts, const char *type)
{
  static const char *const optimized[] = {"Release", "RelWithDebInfo", "MinSizeRel"};
  struct machine_fact *fact = note_fact(facts, "build_type");
  note_text(fact, type[0] ? type : "none");
  for (size_t i = 0; i < sizeof optimized / sizeof optimized[0]; i++)
    if (strcmp(type, optimized[i]) == 0)
      return;
  note_effect(fact, MACHINE_SPOILS,
              "Maps and harness were built without optimisation: their figures say nothing about "
              "code that is.");
  note_remedy(fact, "ci/build.sh release");
}

static void note_sanitizers(struct machine_facts *facts, const char *sanitizers)
{
  struct machine_fact *fact = note_fact(facts, "sanitizers");
  note_text(fact, sanitizers[0] ? sanitizers : "none");
  if (!sanitizers[0])
    return;
  note_effect(fact, MACHINE_SPOILS,
              "Every access to memory is checked as it is made: the times are those of the "
              "checks.");
  note_remedy(fact, "ci/build.sh release");
}

static void note_benchmark_library(struct machine_facts *facts, const char *build)
{
  struct machine_fact *fact = note_fact(facts, "benchmark_library");
  if (!build[0])
    return;
  note_text(fact, build);
  if (strcmp(build, "debug") != 0)
    return;
  note_effect(fact, MACHINE_LIMITS,
              "Google Benchmark was built with its assertions. They run outside the clock, which "
              "workers start and stop themselves: figures of tmb are the same, overheads of other "
              "programs with this library are not.");
  note_remedy(fact, "a libbenchmark built with -DNDEBUG (CMAKE_BUILD_TYPE=Release)");
}

void machine_facts_note_program(struct machine_facts *facts, const struct program_build *build)
{
  note_build_type(facts, build->type);
  note_sanitizers(facts, build->sanitizers);
  note_benchmark_library(facts, build->benchmark_library);
}
