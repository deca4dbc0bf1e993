// gbench_shim.cc: see gbench_shim.h. The only C++ of the harness. Uses nothing whose meaning
// changed between Google Benchmark 1.7 and 1.9: one thread, manual time, plain counters (no rates).
#include "bench/gbench_shim.h"

#include <benchmark/benchmark.h>

struct gbench_state {
  benchmark::State *state;
};

void gbench_counter(gbench_state *to, const char *name, double value)
{
  to->state->counters[name] = benchmark::Counter(value);
}

void gbench_context(const char *name, const char *value)
{
  benchmark::AddCustomContext(name, value);
}

void gbench_flags(int *argc, char **argv)
{
  benchmark::Initialize(argc, argv);
}

bool gbench_run(const gbench_benchmark *what)
{
  bool failed = false;
  benchmark::RegisterBenchmark(what->name,
                               [what, &failed](benchmark::State &state) {
                                 what->begin(what->arg);
                                 for (auto _ : state) {
                                   const char *error = "";
                                   double seconds = what->trial(what->arg, &error);
                                   if (seconds < 0) {
                                     failed = true;
                                     state.SkipWithError(error);
                                     return;
                                   }
                                   state.SetIterationTime(seconds);
                                 }
                                 gbench_state to{&state};
                                 what->end(what->arg, &to);
                               })
      ->UseManualTime()
      ->MinTime(what->min_time_s)
      ->Unit(benchmark::kNanosecond);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return !failed;
}
