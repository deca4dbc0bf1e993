/* gbench_shim.h: Google Benchmark for C.
 *
 * One benchmark in one process. Google Benchmark decides how many trials there are, keeps its
 * flags, its console line and its JSON; the time of each trial is ours (manual time, one thread),
 * because with its own threads versions before 1.9 divide manual time by their number.
 */
#ifndef TMB_GBENCH_SHIM_H
#define TMB_GBENCH_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state; /* where a finished run puts its counters */

struct gbench_benchmark {
  const char *name;
  double
      min_time_s; /* of trial time; Google Benchmark's flag of that name, when given, overrides */
  void *arg;      /* passed to the calls below */
  /* A series of trials begins; what earlier series gathered is forgotten. */
  void (*begin)(void *arg);
  /* One trial. Seconds that it took; negative: it failed, with a sentence in *error. */
  double (*trial)(void *arg, const char **error);
  /* The series is over: gbench_counter() for each figure. */
  void (*end)(void *arg, struct gbench_state *);
};

void gbench_counter(struct gbench_state *, const char *name, double value);

/* A member of the context in the output. Both strings are copied. Before gbench_run(). */
void gbench_context(const char *name, const char *value);

/* How the library says it was built: "release" or "debug"; "" when it does not say. */
const char *gbench_library_build(void);

/* Takes Google Benchmark's flags out of argv, as it does itself. */
void gbench_flags(int *argc, char **argv);

/* Runs it; writes the outputs that the flags ask for. False: a trial failed. */
bool gbench_run(const struct gbench_benchmark *);

#ifdef __cplusplus
}
#endif
#endif
